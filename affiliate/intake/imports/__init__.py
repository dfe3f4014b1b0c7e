"""Leads out of files: uploaded, columns chosen, checked, taken in by a worker row after row."""
