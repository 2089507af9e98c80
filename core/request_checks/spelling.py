"""The known name that a mistyped one may stand for."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_COMPARED_LENGTH = 64  # longer names get no suggestion: comparing texts takes time


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is spelled most like this one, None if none is near."""
    if len(name) > MAX_COMPARED_LENGTH:
        return None
    return next(iter(get_close_matches(name.lower(), sorted(known), n=1)), None)
