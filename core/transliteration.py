"""Write names of any script in the letters of the English alphabet, for keys that programs and addresses have.

The sounds are taken from the Unicode names of the letters, so the language of the text need not be known.
"""

import re
import unicodedata
from functools import cache

from core.folding import fold

# In these scripts, the name of a letter begins with its sound.
FIRST_SOUND = {"GREEK", "ARABIC", "HEBREW", "ARMENIAN", "GEORGIAN"}
# The sounds of Cyrillic letters by their names. Other letters sound as the consonants of their names.
CYRILLIC = {"ghe": "g", "ie": "e", "yeru": "y", "yu": "yu", "ya": "ya", "sign": ""}


def transliterate(text: str) -> str:
    """Return the text in lower case: `Größe` as `grosse`, `Бренд` as `brend`, and `ブランド` as `burando`.

    A Chinese character becomes its number in Unicode. Signs that are no letters are returned as they are.
    """
    return "".join(letter if letter.isascii() else spell_letter(letter) for letter in fold(text))


@cache
def spell_letter(letter: str) -> str:
    """Return the sound of a letter or of the sign of a vowel. Other marks have no sound. Signs stay the same."""
    name = unicodedata.name(letter, "").partition(" WITH ")[0]
    if not (letter.isalpha() or "VOWEL SIGN" in name):
        return "" if unicodedata.category(letter).startswith("M") else letter
    script, sound = name.partition(" ")[0], re.split("[ -]", name)[-1].lower()
    if script in FIRST_SOUND:
        return sound[:1]
    if script == "CYRILLIC":
        return CYRILLIC.get(sound, re.sub("[aeiou]", "", sound) or sound)
    return sound
