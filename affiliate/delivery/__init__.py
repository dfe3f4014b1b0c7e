"""The engine: routing, push, poll, retry, limits, and the one door that changes a status."""
