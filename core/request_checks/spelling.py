"""Suggest the correct spelling of names."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_COMPARED_LENGTH = 64  # longer names get no suggestion, because comparing long texts is expensive


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is spelled most like this one, or None if none is similar."""
    if len(name) > MAX_COMPARED_LENGTH:
        return None
    return next(iter(get_close_matches(name.lower(), sorted(known), n=1)), None)
