"""How moments are written in each language: short, and everywhere the same."""
