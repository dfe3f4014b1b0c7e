"""How each network is spoken to: declarations and conversations, without any I/O.

Nothing here opens a socket, reads a setting, touches the database or knows of Celery.
"""
