"""Find the encoding of a text file that is not UTF-8.

Old programs write files in the code page of their country, and no byte of a file names it. For Latin letters, this
module decodes the text with each encoding and judges the result: no word has a `£` or a `¿` inside, and Czech has no
`ø`. The library charset-normalizer recognises other scripts.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

# The names of the encodings as people know them, by the names of Python's codecs. If several Latin encodings fit
# equally, the first one is used.
LATIN = {
    "cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1254": "Windows-1254", "cp850": "DOS 850",
    "iso8859_2": "ISO 8859-2", "mac_roman": "Mac Roman",
}  # fmt: skip
OTHERS = {
    "cp1251": "Windows-1251", "cp1253": "Windows-1253", "cp932": "Shift_JIS", "gb18030": "GBK", "big5": "Big5",
    "cp949": "EUC-KR",
}  # fmt: skip
USUAL = "cp1252"
NAMES = {"utf-8": "UTF-8", **LATIN, **OTHERS, "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
# The encodings that a client can name, such as `windows-1250`. UTF-16 is recognised by its byte order mark.
BY_PARAMETER = {
    name.lower().replace(" ", "-"): codec for codec, name in NAMES.items() if not codec.startswith("utf-16")
}
# The letters beyond ASCII of each language, by the encodings for these languages.
WESTERN = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúüªº", "àèéìíîòóùúº", "áâãàçéêíóôõúüªº", "éèëïóöüá", "åäöé", "åæøé", "áðéíóúýþæö",
)  # fmt: skip
CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţșț", "äöüß")
TURKISH = ("çğıöşüâîû\u0307",)
ALPHABETS = {
    "cp1252": WESTERN, "cp1250": CENTRAL, "cp1254": TURKISH, "cp850": WESTERN, "iso8859_2": CENTRAL,
    "mac_roman": WESTERN,
}  # fmt: skip
WITHIN_WORDS = "\u2018\u2019\u00b7\u00ad\u2010-\u2015"  # the signs beyond ASCII that may be between two letters
LETTER = r"[^\W\d_]"
STRANGE = re.compile(
    rf"(?<={LETTER})(?:[^\w\s\x00-\x7f{WITHIN_WORDS}]|[ªº])(?={LETTER})|[£¥¯¦¬¨\u00b4\u00b8](?={LETTER})|[\x80-\x9f\ufffd]"
)
OTHER_SCRIPT = re.compile(rb"(?:[\x80-\xff][\x40-\x7e]?){4}")  # four letters beyond ASCII in a row
MAX_BYTES_JUDGED = 64 * 1024  # the most bytes that are judged, of lines with bytes beyond ASCII
MIN_SIGNS = 1000  # in a file with as many bytes, a single doubtful sign is no question
SIGNS_BEFORE = 15  # the signs that a sample shows before the first letter beyond ASCII
MAX_STRANGE = 0.2  # the largest share of strange signs and letters at which an encoding fits


class Doubtful(Exception):
    """No encoding fits. `samples` has the beginning of the text in each of them."""

    def __init__(self, samples: dict[str, str]) -> None:
        super().__init__(samples)
        self.samples = samples


class Judgement(NamedTuple):
    """How a text looks in an encoding. The smallest one is the best."""

    strange: int  # the number of signs and letters that no text has at their places
    is_mixed: bool  # whether it has letters of several languages
    place: int  # the position of the encoding in LATIN


def guess_encoding(sample: bytes, size: int = 0) -> str:
    """Return the encoding of these lines, which have bytes beyond ASCII and are not UTF-8. Raise Doubtful.

    A single doubtful sign is read in the best encoding if the file has at least MIN_SIGNS bytes, as `size` says.
    """
    if OTHER_SCRIPT.search(sample) and (found := guess_other(sample)):
        return found
    texts = {encoding: sample.decode(encoding, errors="replace") for encoding in LATIN}
    judged = {encoding: judge(text, encoding) for encoding, text in texts.items()}
    best = min(judged, key=judged.__getitem__)
    is_strange = judged[best].strange > MAX_STRANGE * max(len(list_letters(texts[best])), 1)
    if is_strange and (size < MIN_SIGNS or sum(byte > 127 for byte in sample) > 1):
        others = {encoding: sample.decode(encoding, errors="replace") for encoding in OTHERS}
        raise Doubtful({encoding: show_unusual(text) for encoding, text in (texts | others).items()})
    return best


def show_unusual(text: str) -> str:
    """Return the text from a little before its first letter beyond ASCII."""
    place = next((place for place, letter in enumerate(text) if not letter.isascii()), 0)
    return text[max(place - SIGNS_BEFORE, 0) :]


def guess_other(sample: bytes) -> str:
    """Return the encoding of a text that is not in Latin letters. It is empty if the library finds none."""
    found = from_bytes(sample, cp_isolation=[*OTHERS], enable_fallback=False).best()
    if not found:
        return ""
    letters = list_letters(str(found))
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return found.encoding if latin * 2 < len(letters) else ""


def judge(text: str, encoding: str) -> Judgement:
    """Return how a text looks that was decoded with one of the encodings in LATIN.

    Letters of several languages in one text count against every encoding except the usual one.
    """
    letters, alphabets = list_letters(text.lower()), ALPHABETS[encoding]
    is_mixed = not any({*letters} <= {*alphabet} for alphabet in alphabets)
    known = set("".join(alphabets)) if encoding == USUAL or not is_mixed else set()
    strange = sum(letter not in known for letter in letters) + len(STRANGE.findall(text))
    return Judgement(strange, is_mixed, [*LATIN].index(encoding))


def list_letters(text: str) -> list[str]:
    """Return the letters beyond ASCII. The micro sign does not count."""
    return [letter for letter in text if letter.isalpha() and not letter.isascii() and letter != "µ"]


def list_unusual_lines(lines: Iterator[bytes]) -> bytes:
    """Return the first lines that have bytes beyond ASCII."""
    found: list[bytes] = []
    length = 0
    for line in lines:
        if not line.isascii():
            found.append(line)
            length += len(line)
            if length > MAX_BYTES_JUDGED:
                break
    return b"".join(found)[:MAX_BYTES_JUDGED]
