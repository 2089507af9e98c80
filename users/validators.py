"""The rules for passwords that Django does not have, and the single-script rule for user names (UTS #39).

No user name looks like another one. Python does not know the scripts of characters. The first word of a letter's
Unicode name is used as its script, unless SCRIPTS maps it to another one. Scripts whose names begin with the same word,
such as Old Italic and Old Turkic, count as one.
"""

import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.sentences import fill
from core.texts.cleaning import is_visible

# The limit of a password at sign-in. It is higher than that of a new one, because a command may set a longer one.
MAX_TYPED_PASSWORD_LENGTH = 4096
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


class MaximumLengthValidator:
    """Refuses a long password, to limit the work of hashing it."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            said = fill("This password is longer than {limit} characters.", limit=self.max_length)
            raise ValidationError(said, "password_too_long")

    def get_help_text(self) -> str:
        return f"Your password can't be longer than {self.max_length} characters."


class NotBlankValidator:
    """Refuses a password that consists of white space."""

    def validate(self, password: str, user: Any = None) -> None:
        if not password.strip():
            raise ValidationError(_("This password consists of white space."), "password_blank")

    def get_help_text(self) -> str:
        return "Your password can't consist of white space."


class NotDemoPasswordValidator:
    """Refuses the published password of the demo, outside of demo mode."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == settings.DEMO_PASSWORD and not settings.DEMO:
            raise ValidationError(
                _("This password is printed in the documentation. Choose another one."), "password_printed"
            )

    def get_help_text(self) -> str:
        return "Your password can't be the one that is printed in the documentation."


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
