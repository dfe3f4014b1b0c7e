"""Statuses in: each call is kept first and applied after."""
