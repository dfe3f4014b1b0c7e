"""Alerts: a scan finds conditions that begin and end, incidents keep them, messages of channels tell of them."""
