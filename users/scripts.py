"""The single-script rule for user names (UTS #39): one name can't be written to look like another one.

Python has no script property. The first word of a letter's name in Unicode is its script, except where SCRIPTS has
another one. Scripts whose names begin with the same word, as Old Italic and Old Turkic, count as one.
"""

import unicodedata

from django.core.exceptions import ValidationError

from core.text import is_visible

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
# Writing systems of several scripts: Japanese, Korean, Chinese with phonetic letters.
TOGETHER = [{"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "HANGUL"}, {"HAN", "BOPOMOFO"}]


def refuse_misleading_name(name: str) -> None:
    """Raise ValidationError for an invisible letter, and for letters that are not of one writing system."""
    if name.isascii():
        return
    if not all(map(is_visible, name)):
        raise ValidationError("Remove the invisible letters.", "invisible")
    found = {script for character in name if (script := script_of(character))}
    if len(found) > 1 and not any(found <= system for system in TOGETHER):
        raise ValidationError("Use the letters of one script: %(found)s are mixed.", "mixed_scripts", describe(found))


def describe(scripts: set[str]) -> dict[str, str]:
    return {"found": " and ".join(sorted(script.capitalize() for script in scripts))}


def script_of(character: str) -> str:
    """Return the character's script, and an empty text for what all scripts share: ASCII digits and signs."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    word = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    return SCRIPTS.get(word, word)
