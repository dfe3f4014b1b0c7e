"""Standard output as the commands that print JSON need it."""

import io
import sys


def print_utf8() -> None:
    """Make standard output UTF-8 whatever the terminal's encoding; a stream that a test put in its place is left."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
