"""Split texts into what people see as one character, and measure them approximately."""

import unicodedata

from core.text import is_mark

WIDE, NARROW = 1.0, 0.55  # the approximate width of a character, as a part of its height
JOINER, BREAK, VIRAMA = "\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH SPACE}", 9
# The characters in LAST belong to the character before them, as marks do: the vowels am of Thai and Lao, and skin tones
# of emoji. The vowels of Thai and Lao in FIRST belong to the next character.
LAST = frozenset("\u0e33\u0eb3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
FIRST = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
FLAGS = range(0x1F1E6, 0x1F200)  # two of these letters are one flag
VOWELS_OF_HANGUL = range(0x1160, 0x1200)  # the vowels and last consonants, which follow a first one


def split_graphemes(text: str) -> list[str]:
    """Return the characters of the text, each with its marks. Joining them returns the text."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for one in text:
        if found and continues(found[-1], one):
            found[-1] += one
        else:
            found.append(one)
    return found


def continues(grapheme: str, one: str) -> bool:
    """Return whether the code point belongs to the grapheme before it."""
    last = grapheme[-1]
    return (
        is_mark(one)
        or (unicodedata.category(one) == "Cf" and one != BREAK)
        or one in LAST
        or last == JOINER
        or last in FIRST
        or unicodedata.combining(last) == VIRAMA
        or ord(one) in VOWELS_OF_HANGUL
        or (len(grapheme) == 1 and ord(last) in FLAGS and ord(one) in FLAGS)
    )


def is_wide(one: str) -> bool:
    return unicodedata.east_asian_width(one) in "WF"


def measure(text: str, size: int) -> float:
    """Return the approximate width of the text. The exact one depends on the font of the printer or the browser."""
    return sum(map(measure_grapheme, split_graphemes(text))) * size


def measure_grapheme(grapheme: str) -> float:
    return 0 if grapheme == BREAK else WIDE if any(map(is_wide, grapheme)) else NARROW


def take_fitting(text: str, size: int, width: float) -> str:
    """Return the beginning of the text that fits into the width, of whole characters."""
    taken, used = "", 0.0
    for grapheme in split_graphemes(text):
        used += measure_grapheme(grapheme) * size
        if used > width:
            break
        taken += grapheme
    return taken
