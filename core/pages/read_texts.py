"""What the user of a form has read: a digest of each text, in a hidden field.

With it, a form of a row sends only what its user has changed. If somebody else has changed the same since the form was
opened, nothing is saved: the form is shown again with what was typed and with the present value.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from core.pages.forms import CHANGED
from core.sentences import fill
from core.translation import gettext_noop

DIGEST_BYTES = 6
MAX_SHOWN_LENGTH = 500  # the most characters of a present value that a form quotes
NOW_EMPTY = gettext_noop("Somebody else has changed this meanwhile. It is now empty.")


def clean(texts: Iterable[Any]) -> list[str]:
    """Return the texts without what browsers add and the rules of fields remove: CR LF and spaces around."""
    return [str(text).replace("\r\n", "\n").strip() for text in texts]


def digest(name: str, texts: Iterable[Any]) -> str:
    return blake2b(json.dumps([name, clean(texts)]).encode(), digest_size=DIGEST_BYTES).hexdigest()


def write_digests(texts: Mapping[str, Iterable[Any]]) -> str:
    """Return the value of the hidden field READ_FIELD for the texts of each field."""
    return ".".join(digest(name, several) for name, several in texts.items())


def find_value(row: Mapping[str, Any], name: str) -> Any:
    """Return the value of the row in this field. A name with a point is that of a part of a field."""
    field, _point, part = name.partition(".")
    return (row.get(field) or {}).get(part) if part else row.get(field)


def say_present(value: str) -> str:
    """Return what a form says at a field that its user and somebody else have changed."""
    return fill(CHANGED, value=value[:MAX_SHOWN_LENGTH]) if value else fill(NOW_EMPTY)
