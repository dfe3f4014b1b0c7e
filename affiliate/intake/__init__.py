"""Leads in: the JSON API and the compatible one, over one service."""
