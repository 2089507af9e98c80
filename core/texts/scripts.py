"""The single-script rule for names of users (UTS #39).

No user name looks like another one. Python does not know the scripts of characters. The first word of a letter's
Unicode name is used as its script, unless SCRIPTS maps it to another one. Scripts whose names begin with the same word,
such as Old Italic and Old Turkic, count as one.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.texts.cleaning import is_visible

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
