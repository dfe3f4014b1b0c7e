"""Who is at work in this thread: the record of changes names that person."""

from contextlib import contextmanager
from contextvars import ContextVar

_person = ContextVar("acting_person", default=None)


@contextmanager
def acting(person):
    """`person` is a user, lazy or not; what is changed inside is put down to that person."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def person():
    """The user at work; None for the hub itself."""
    user = _person.get()
    return user if user is not None and user.is_authenticated else None
