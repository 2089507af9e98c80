"""Rules for texts. The API, its filters, imports and the support desk use them (ADR 0014).

Names of users also follow the single-script rule (UTS #39), so that none looks like another one. Python does not know
the scripts of characters. The first word of a letter's Unicode name is used as its script, unless SCRIPTS maps it to
another one. Scripts whose names begin with the same word, such as Old Italic and Old Turkic, count as one.
"""

import re
import unicodedata
from typing import Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_TEXT_LENGTH = 10_000  # the limit of a text that has no smaller one
MAX_MARKS = 30  # the limit of combining marks in a row; Unicode's stream-safe text has the same (UAX #15)
MAX_DECOMPOSED = 4  # the most code points into which one composed character decomposes
NOT_UTF8 = gettext_lazy("This is not UTF-8.")

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # includes the line and paragraph separators
CONTROL_EXCEPT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # bidirectional embeddings, overrides and isolates
OVERRIDE = re.compile(r"[\u202d\u202e]")
# These have no ink: letters that are fillers, and the empty Braille pattern.
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
VARIATION = re.compile(r"[\u034f\ufe00-\ufe0f]")  # select another form of a letter
HALFWIDTH_MARKS = "\uff9e\uff9f"  # NFKC turns these letters into combining marks

Form = Literal["NFC", "NFKC", "NFKD"]


def clean_line(text: str, max_length: int) -> str:
    """Return a single line, such as a name or a code, in the form to store. Raise ValidationError if it is refused."""
    text = clean_text(text, max_length)
    refuse_characters(text, CONTROL, DIRECTION)
    if text and not any(map(is_visible, text)):
        raise ValidationError(_("Enter at least one visible character."), "invisible")
    return text


def clean_paragraphs(text: str, max_length: int) -> str:
    """Return a text of several lines in the form to store. Raise ValidationError if it is refused."""
    text = clean_text(text, max_length)
    refuse_characters(text, CONTROL_EXCEPT_BREAKS, OVERRIDE)
    return text


def clean_code(text: str, max_length: int) -> str:
    """Return a code as clean_line() does, without the invisible characters that come with copied texts."""
    if DIRECTION.search(text):
        return clean_line(text, max_length)
    return clean_line(remove_invisible(text).strip() or text, max_length)


def remove_invisible(text: str) -> str:
    """Return the text without format characters such as a zero-width space, and without letters that have no ink."""
    return text if text.isascii() else "".join(letter for letter in text if not is_invisible(letter))


def clean_search_text(text: str, max_length: int) -> str:
    """Return a search text in the form of stored texts. Raise ValidationError if no stored text can contain it."""
    text = clean_text(text, max_length)
    refuse_characters(text, CONTROL)
    return text


def clean_text(text: str, max_length: int, form: Form = "NFC") -> str:
    """Return the text trimmed and normalised. Raise ValidationError if it is too long or has too many marks."""
    # Both are checked before normalising, because normalising takes time quadratic in the length of a run of marks.
    if len(text) > max_length * MAX_DECOMPOSED:
        raise build_length_error(max_length)
    if has_too_many_marks(text):
        raise ValidationError(_("Use at most {number} combining marks in a row.").format(number=MAX_MARKS), "marks")
    text = unicodedata.normalize(form, text.strip())
    if len(text) > max_length:
        raise build_length_error(max_length)
    return text


def fold_case(code: str) -> str:
    """Return the code in lower case like PostgreSQL's lower(): each character becomes exactly one character."""
    # str.lower() turns a capital sigma at the end of a word into a final sigma, and a capital dotted I into two.
    return "".join(letter.lower()[0] for letter in code)


def build_length_error(max_length: int) -> ValidationError:
    said = _("Ensure this field has no more than {max_length} characters.")
    return ValidationError(said.format(max_length=max_length), "max_length")


def refuse_characters(text: str, control: re.Pattern[str], direction: re.Pattern[str] | None = None) -> None:
    """Raise ValidationError for a control character, and for one that changes the direction of the text around it."""
    if control.search(text):
        raise ValidationError(_("Control characters are not allowed."), "control")
    if found := direction and direction.search(text):
        said = _("Remove the invisible character {code}: it reorders text.")
        raise ValidationError(said.format(code=f"U+{ord(found[0]):04X}"), "direction")


def has_too_many_marks(text: str) -> bool:
    """Return whether there are more than MAX_MARKS combining marks in a row."""
    # A longer run includes at least one of these positions, so most texts need a check of one character in 31.
    if text.isascii() or not any(map(is_mark, text[MAX_MARKS :: MAX_MARKS + 1])):
        return False
    run = 0
    for character in text:
        run = run + 1 if is_mark(character) else 0
        if run > MAX_MARKS:
            return True
    return False


def is_mark(character: str) -> bool:
    """Return whether normalising may reorder the character or its decomposition."""
    return unicodedata.category(character)[0] == "M" or character in HALFWIDTH_MARKS


def is_invisible(character: str) -> bool:
    """Return whether people do not see the character in a code. A space is visible."""
    category = unicodedata.category(character)
    return category == "Cf" or character in BLANK_LETTERS or bool(VARIATION.match(character))


def is_visible(character: str) -> bool:
    """Return whether the character is visible on its own. Spaces, format characters, marks and fillers are not."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category not in ("Cc", "Cf") and character not in BLANK_LETTERS


SCRIPTS = {
    "CJK": "HAN",
    "IDEOGRAPHIC": "HAN",
    "HENTAIGANA": "HIRAGANA",
    "KATAKANA-HIRAGANA": "KATAKANA",
    "ARABIC-INDIC": "ARABIC",
    "EXTENDED": "ARABIC",
    "TURNED": "LATIN",
    "MODIFIER": "",
}
# These writing systems combine scripts: Japanese, Korean, and Chinese with phonetic letters.
SCRIPT_COMBINATIONS = [{"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "HANGUL"}, {"HAN", "BOPOMOFO"}]


def refuse_misleading_name(name: str) -> None:
    """Raise ValidationError if the name has an invisible letter, or letters of more than one writing system."""
    if name.isascii():
        return
    if not all(map(is_visible, name)):
        raise ValidationError(_("Remove the invisible letters."), "invisible")
    found = {script for character in name if (script := find_script(character))}
    if len(found) > 1 and not any(found <= system for system in SCRIPT_COMBINATIONS):
        names = " and ".join(sorted(script.capitalize() for script in found))
        raise ValidationError(
            _("Use the letters of one script: %(found)s are mixed."), "mixed_scripts", {"found": names}
        )


def find_script(character: str) -> str:
    """Return the character's script. It is empty for ASCII digits and signs, because all scripts share them."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    word = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    return SCRIPTS.get(word, word)
