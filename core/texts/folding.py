"""Folding: a search and the order of pages ignore case and accents, and treat some letters as others.

A search folds only the words that it looks for. They become regular expressions that match all their spellings, so that
the database reads the texts as they are: it needs no extension, no column and no index for it, and finds the rows of
every release. PostgreSQL matches the letters of such an expression in the same way under every locale.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce
from itertools import chain
from operator import and_, or_
from typing import Any, TypeVar

from django.db.models import Func, Q, TextField

T = TypeVar("T")

MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670"  # accents, and the vowels of Hebrew and Arabic
# The letters that Unicode does not decompose into a letter and an accent, and the signs that programs write in place of
# the typed ones.
LETTERS = {
    "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "đ": "d", "ø": "o", "ł": "l", "\u0131": "i", "ħ": "h", "ŧ": "t",
    **dict.fromkeys("\u2018\u2019\u02bc", "'"), **dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-"),
}  # fmt: skip
# What people type for these letters if their keyboard lacks them.
TYPED = {"ae": "äÄ", "oe": "öÖøØ", "ue": "üÜ", "aa": "åÅ"}
MARK = re.compile(f"[{MARKS}]+")
# Characters outside of these ranges are not folded in stored texts. To examine all characters would take a second.
FOLDED_RANGES = (range(0x3400), range(0xA640, 0xAC00), range(0xF900, 0x10000), range(0x10400, 0x1FC00))
MAX_SPELLED = 3  # the most letters into which one character is folded, such as `ﬃ`
MAX_LETTERS = 400  # the most letters of all words of a search; no name is longer

BETWEEN = r"[^0-9]*(?:\(0\))?[^0-9]*"  # what may be between two digits of a telephone number
NUMBER = re.compile(r"\+?[0-9 ()./-]+")
MIN_DIGITS = 5  # the fewest digits of a text that is compared with telephone numbers
MAX_DIGITS = 30
MAX_COUNTRY_DIGITS = 3

# The key by which pages order names: letters without accents, `ß` as `ss`, and numbers by their values. The order is
# that of German, English and French, with `ñ` after `n` as in Spanish. The keys are compared byte by byte, so the order
# is the same on every server. An index of products has this expression: a change needs a new index.
PLAIN = r"""lower(regexp_replace(
normalize(replace(replace(%(expressions)s, 'ñ', 'n~'), 'Ñ', 'n~'), NFKD), '[\u0300-\u036f]+', '', 'g'
))"""
FOLDED = f"""CASE WHEN octet_length(%(expressions)s) = char_length(%(expressions)s) THEN lower(%(expressions)s)
ELSE translate(replace(replace(replace(
{PLAIN}, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øđðłıħŧ', 'oddliht') END"""
DIGITS, MAX_KEY_LENGTH = 15, 255  # an index has room for any text of MAX_KEY_LENGTH
NAME_KEY = f"""(left(CASE WHEN %(expressions)s ~ '[0-9]' THEN regexp_replace(
regexp_replace({FOLDED}, '[0-9]+', '{"0" * DIGITS}\\&', 'g'), '[0-9]+(?=[0-9]{{{DIGITS}}})', '', 'g'
) ELSE {FOLDED} END, {MAX_KEY_LENGTH}) COLLATE "C")"""


def fold(text: str) -> str:
    """Return the text as a search compares it: `Crème brûlée` as `creme brulee`, and `Straße` as `strasse`."""
    return "".join(map(fold_character, text))


@cache
def fold_character(character: str) -> str:
    """Return the letters into which the character is folded. An accent is folded into no letter."""
    plain = MARK.sub("", unicodedata.normalize("NFKD", character)).casefold()  # noqa: TID251, a single one
    plain = "".join(LETTERS.get(letter, letter) for letter in plain)
    is_spelled = character.isalpha() and plain.isascii() and len(plain) <= MAX_SPELLED
    if is_spelled or (len(plain) < 2 and not plain.isspace()):
        return plain
    lower = character.casefold()  # `½` and `°` are no letters, and `각` has three parts: they stay one character
    return lower if len(lower) == 1 else character


def select_named(name: str, rows: list[T], get_name: Callable[[T], str]) -> list[T]:
    """Return the rows with this name, ignoring case. If there are none, ignore accents too, or return all rows."""
    for compare in (str.casefold, fold):
        if named := [row for row in rows if compare(get_name(row)) == compare(name)]:
            return named
    return rows


def make_key(name: str) -> str:
    """Return the key by which pages order names, for names that are sorted without the database."""
    text = fold(re.sub("[ñÑ]", "n~", name))
    return re.sub("[0-9]+", lambda number: number[0].zfill(DIGITS)[-DIGITS:], text)[:MAX_KEY_LENGTH]


def is_named(name: str, given: str) -> str:
    """Return the SQL condition that a name is the given one. Case is ignored: `ß` is `ss`, a final sigma a sigma."""
    return " = ".join(f"replace(replace(lower({text}), 'ς', '\u03c3'), 'ß', 'ss')" for text in (name, given))


class NameKey(Func):
    """The key by which pages order names, as an expression of the ORM."""

    template = NAME_KEY
    output_field = TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        sql, parameters = super().as_sql(*args, **kwargs)
        return sql, parameters * NAME_KEY.count("%(expressions)s")


@cache
def list_spellings() -> dict[str, str]:
    """Return all characters that are folded, by the letters into which they are folded or by which they are typed."""
    spellings: dict[str, str] = defaultdict(str, TYPED)
    for character in map(chr, chain(*FOLDED_RANGES)):
        if (folded := fold_character(character)) != character:
            spellings[folded] += character
    return dict(spellings)


@cache
def list_beginnings() -> dict[str, str]:
    """Return the characters that are folded into several letters, by the first of these letters."""
    beginnings: dict[str, str] = defaultdict(str)
    for folded, characters in list_spellings().items():
        beginnings[folded[:1]] += characters if len(folded) > 1 else ""
    return beginnings


def spell(text: str) -> str:
    """Return a regular expression of PostgreSQL that matches all spellings of the text.

    The text may end within a folded character: `stras` matches `Straße`, which is folded as `strasse`.
    """
    letters, parts = [*filter(None, map(fold_character, text))], []
    while letters:
        size = next((n for n in range(MAX_SPELLED, 1, -1) if "".join(letters[:n]) in list_spellings()), 1)
        folded, letters = "".join(letters[:size]), letters[size:]
        parts.append(spell_letters(folded))
    if parts and len(folded) == 1:
        parts[-1] = match_any(list_characters(folded) + list_beginnings().get(folded, ""))
    return "".join(parts)


def spell_letters(folded: str) -> str:
    """Return the expression for the letters, in all ways to spell them: `ss` is two letters or one `ß`."""
    ways = [
        match_any(characters) + spell_letters(folded[size:])
        for size in range(1, len(folded) + 1)
        if (characters := list_characters(folded[:size]))
    ]
    return f"(?:{'|'.join(ways)})" if len(ways) > 1 else "".join(ways)


def list_characters(folded: str) -> str:
    """Return the characters that are folded into this letter, or into these letters."""
    return (folded if len(folded) == 1 else "") + list_spellings().get(folded, "")


def match_any(characters: str) -> str:
    """Return the expression for one of the characters, and for accents that follow it."""
    escaped = (f"\\{one}" if one.isascii() and not one.isalnum() else one for one in characters)
    return f"[{''.join(escaped)}][{MARKS}]*"


def spell_number(text: str) -> str:
    """Return a regular expression that matches other ways to write a telephone number. It is empty for other texts.

    `+49 170 123456`, `0049170123456` and `0170/123456` are one number. A number with a country code matches the same
    number without it, and the other way round.
    """
    text = text.strip()
    digits = re.sub("[^0-9]", "", text.replace("(0)", ""))
    if not NUMBER.fullmatch(text) or not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        return ""
    number = digits.lstrip("0")
    found = [BETWEEN.join(number)]
    if text.startswith(("+", "00")):
        starts = range(1, MAX_COUNTRY_DIGITS + 1)
        found += [f"^[^0-9]*0?{BETWEEN}{BETWEEN.join(rest)}" for n in starts if len(rest := number[n:]) >= MIN_DIGITS]
    return "|".join(found)


def match_number(text: str, field: str) -> Q:
    """Return the condition that the field has this telephone number. It is empty for other texts and fields."""
    number = spell_number(text) if field else ""
    return Q(**{f"{field}__regex": number}) if number else Q()


def match_words(words: Iterable[str], fields: Sequence[str]) -> Q:
    """Return the condition that each of the words is in one of the fields, in any spelling.

    No row matches if the words have more than MAX_LETTERS letters, because the database would take long to compile
    their expressions.
    """
    words = list(words)
    if sum(map(len, words)) > MAX_LETTERS:
        return Q(pk__in=[])
    return reduce(and_, (match_text(word, fields) for word in words), Q())


def match_text(text: str, fields: Sequence[str]) -> Q:
    """Return the condition that the text is in one of the fields, in any spelling."""
    return reduce(or_, (Q(**{f"{field}__regex": spell(text)}) for field in fields))


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
