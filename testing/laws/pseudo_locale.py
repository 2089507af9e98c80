"""A pseudo-locale with fullwidth letters, so that a page shows which texts are translated.

If a text has other letters, its translation is missing in one language or more.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_letters
from typing import Any

from django.utils.translation import trans_real

from core.pages.wording import list_patterns
from core.texts.locales import ENGLISH, LANGUAGES
from products.filing.column_names import list_own_keys, list_own_names

LANGUAGE = "de"  # the pseudo-locale replaces this language, and has its numbers, dates and plurals
CACHES = (list_patterns, list_own_names, list_own_keys)  # the product's functions that keep translated texts
WIDER = ord("Ａ") - ord("A")
MARKED = {ord(letter): ord(letter) + WIDER for letter in ascii_letters}
# Tags, entities and placeholders in a message are not marked.
NO_WORDS = re.compile(r"(<[^>]*>|&#?\w+;|%\(\w+\)\w|%[a-z]|\{[^}]*\})")


def mark(message: str) -> str:
    """Return the message with fullwidth letters."""
    parts = NO_WORDS.split(message)
    return "".join(part if place % 2 else part.translate(MARKED) for place, part in enumerate(parts))


def unmark(text: str) -> str:
    """Return the text with normal letters."""
    return text.translate({wide: narrow for narrow, wide in MARKED.items()})


class Marking(trans_real.DjangoTranslation):  # type: ignore[misc,name-defined]
    """Marks the messages that have a translation in every language."""

    def is_translated(self, key: Any) -> bool:
        found = [trans_real.translation(language) for language in LANGUAGES if language not in (ENGLISH, LANGUAGE)]
        return all(key in translation._catalog for translation in (self, *found))  # type: ignore[attr-defined]

    def gettext(self, message: str) -> str:
        _context, _separator, text = message.rpartition("\x04")
        return mark(text) if self.is_translated(message) else text

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        text = (singular if number == 1 else plural).rpartition("\x04")[2]
        return mark(text) if self.is_translated((singular, 0)) else text


@contextmanager
def pseudo_locale() -> Iterator[None]:
    """Mark translated texts in LANGUAGE, as a context manager."""
    real = trans_real.translation(LANGUAGE)
    replace_translation(Marking(LANGUAGE))
    try:
        yield
    finally:
        replace_translation(real)


def replace_translation(translation: Any) -> None:
    """Use this translation for LANGUAGE, also where a text of the former one was kept."""
    trans_real._translations[LANGUAGE] = translation  # type: ignore[attr-defined]
    for function in CACHES:
        function.cache_clear()
