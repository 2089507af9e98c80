"""What a text may be: one rule for the API, its filters, imported files and the support desk (ADR 0014)."""

import re
import unicodedata
from typing import Literal

from django.core.exceptions import ValidationError

MAX_TEXT_LENGTH = 10_000  # characters of a text that names no smaller limit
MAX_MARKS = 30  # combining marks in a row, as in Unicode's stream-safe text (UAX #15)
MAX_DECOMPOSED = 4  # code points that one composed character decomposes into

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # with the separators of lines and paragraphs
CONTROL_EXCEPT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # bidirectional embeddings, overrides and isolates
OVERRIDE = re.compile(r"[\u202d\u202e]")
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that show nothing: fillers, empty Braille
HALFWIDTH_MARKS = "\uff9e\uff9f"  # letters that NFKC turns into combining marks

Form = Literal["NFC", "NFKC"]


def line(text: str, max_length: int) -> str:
    """Return a name, a code or another single line as it is stored. Raise ValidationError if it is refused."""
    text = clean_text(text, max_length)
    refuse_control(text, CONTROL)
    refuse_direction(text, DIRECTION)
    if text and not any(map(is_visible, text)):
        raise ValidationError("Enter at least one visible character.", "invisible")
    return text


def paragraphs(text: str, max_length: int) -> str:
    """Return a text of several lines as it is stored. Raise ValidationError if it is refused."""
    text = clean_text(text, max_length)
    refuse_control(text, CONTROL_EXCEPT_BREAKS)
    refuse_direction(text, OVERRIDE)
    return text


def searched(text: str, max_length: int) -> str:
    """Return a text to look for, in the form of stored ones. Raise ValidationError if nothing stored can hold it."""
    text = clean_text(text, max_length)
    refuse_control(text, CONTROL)
    return text


def clean_text(text: str, max_length: int, form: Form = "NFC") -> str:
    """Return the text trimmed and normalised. Raise ValidationError if it is too long or has too many marks in a row.

    Both are checked before the text is normalised, which takes a time quadratic in the length of a run of marks.
    """
    if len(text) > max_length * MAX_DECOMPOSED:
        raise too_long(max_length)
    if has_too_many_marks(text):
        raise ValidationError(f"Use at most {MAX_MARKS} combining marks in a row.", "marks")
    text = unicodedata.normalize(form, text.strip())
    if len(text) > max_length:
        raise too_long(max_length)
    return text


def too_long(max_length: int) -> ValidationError:
    return ValidationError(f"Ensure this field has no more than {max_length} characters.", "max_length")


def refuse_control(text: str, pattern: re.Pattern[str]) -> None:
    if pattern.search(text):
        raise ValidationError("Control characters are not allowed.", "control")


def refuse_direction(text: str, pattern: re.Pattern[str]) -> None:
    """Raise ValidationError for a character that changes the direction in which the text around it is shown."""
    if found := pattern.search(text):
        raise ValidationError(f"Remove the invisible character U+{ord(found[0]):04X}: it reorders text.", "direction")


def has_too_many_marks(text: str) -> bool:
    """Return whether more than MAX_MARKS marks follow each other."""
    # A longer run covers at least one of these places: most texts are judged by one character in 31.
    if text.isascii() or not any(map(is_mark, text[MAX_MARKS :: MAX_MARKS + 1])):
        return False
    run = 0
    for character in text:
        run = run + 1 if is_mark(character) else 0
        if run > MAX_MARKS:
            return True
    return False


def is_mark(character: str) -> bool:
    """Return whether NFC or NFKC may move the character or what it decomposes into."""
    return unicodedata.category(character)[0] == "M" or character in HALFWIDTH_MARKS


def is_visible(character: str) -> bool:
    """Return whether the character alone shows something: no space, format character, mark or filler."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category not in ("Cc", "Cf") and character not in BLANK_LETTERS
