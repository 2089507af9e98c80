"""Folding: which texts a search finds, and in which order pages show names."""

import re
import sys

import pytest

from core.database.postgres.base import fetch
from core.texts.folding import FOLDED_RANGES, NAME_KEY, fold, fold_character, make_key, spell, spell_number
from testing.tables import all_cases

FOLDED = {
    "Crème brûlée": "creme brulee", "Müsli": "musli", "Straße": "strasse", "STRAẞE": "strasse", "İzmir ı": "izmir i",
    "ΑΣ ας": "ας ας", "Œuf": "oeuf", "Smørrebrød": "smorrebrod", "Łódź": "lodz", "Ёлка": "елка", "x\u030c": "x",
    "ＡＢＣ": "abc", "Kid’s T–Shirt": "kid's t-shirt", "m²": "m2", "½ °C ™": "½ °c ™", "각": "각", "が": "が",
}  # fmt: skip
HOSTILE = [
    "[", "]-[", "^$", "a\\b", "50%", "a_b", "***=x", "(?i)x", "x{2}", "sß", "ßs", "ßß", "ﬃ", "ffi", "a" * 200,
    "s" * 200, "ß" * 200, "´", "x\u0301y", "ŉ", "Ŀ", "ᾈ", "각", "ｶﾞ", "😀", "ΐ",
]  # fmt: skip
NAMES = [
    "2", "10", "Apfel", "Äpfel", "Blau 2 x 9", "Blau 2 x 10", "Blau 10 x 1", "İstanbul", "Item 2", "item 10", "nuez",
    "nz", "ñandú", "Œuf", "oeuf a", "Straße", "strasse 1", "Zebra", "Zucker", "Ωmega", "花",
]  # fmt: skip
HIGH = 0x2F800  # composed ideographs, which no stored text contains, because NFC replaces them


@all_cases("text", FOLDED)
def test_a_text_is_folded(text):
    assert fold(text) == fold(FOLDED[text])
    assert fold(fold(text)) == fold(text)


def test_a_search_finds_what_it_found_when_it_ignored_case_alone():
    characters = [chr(point) for point in range(HIGH) if not 0xD800 <= point < 0xE000]
    assert [one for one in characters if fold(one) != fold(one.lower())] == []
    assert [one for one in characters if len(one.upper()) == 1 and fold(one) != fold(one.upper())] == ["\u0345"]


def test_all_characters_that_are_folded_are_known():
    others = (point for point in range(HIGH) if not any(point in known for known in FOLDED_RANGES))
    assert [hex(point) for point in others if fold_character(chr(point)) != chr(point)] == []
    assert {hex(point)[:4] for point in range(HIGH, sys.maxunicode) if fold_character(chr(point)) != chr(point)} == {
        "0x2f"
    }


@pytest.mark.django_db
def test_each_spelling_finds_itself_and_no_other_text():
    letters = [chr(point) for point in range(0x21, 0x250)]
    texts = [*HOSTILE, *letters, *FOLDED]
    statement = """
        SELECT text, text ~ spelled, 'qq' ~ spelled
        FROM unnest(%(texts)s::text[], %(spelled)s::text[]) AS one (text, spelled)
    """
    found = fetch(statement, {"texts": texts, "spelled": [spell(text) for text in texts]})
    assert [text for text, finds_itself, _finds_other in found if not finds_itself] == []
    assert [text for text, _finds_itself, finds_other in found if finds_other] == ["Q", "q"]


@all_cases(
    ("text", "word"),
    [
        ("Straße", "stras"), ("Straße", "STRASSE"), ("strasse", "straße"), ("Käse", "kase"), ("Bœuf", "boe"),
        ("ΟΔΟΣ", "οδος"), ("Cafe\u0301s", "cafés"), ("İSTANBUL", "istanbul"), ("ofﬁce", "office"),
        ("office", "ofﬁce"), ("dotless ı", "I"), ("Müller", "mueller"), ("Smørrebrød", "smoerrebroed"),
    ],
)  # fmt: skip
def test_a_word_finds_other_spellings(text, word):
    assert re.search(spell(word), text)  # Python reads these expressions as PostgreSQL does


def test_a_letter_is_not_left_out():
    assert not re.search(spell("glass"), "glas")
    assert not re.search(spell("the"), "te")


@pytest.mark.quick
@all_cases(
    ("stored", "typed"),
    [
        ("+49 170 1234567", "0170/1234567"), ("0170 123 45 67", "+491701234567"), ("555.010.4477", "5550104477"),
        ("+49 (0)170 1234567", "0049 170 1234567"), ("+49 (0)170 1234567", "01701234567"),
        ("0170 123 45 67", "0049 170 1234567"),
        ("(555) 010-4477", "+1 555-010-4477"), ("+43 555 12345 / 20", "12345"),
    ],
)  # fmt: skip
def test_a_telephone_number_is_found_however_it_is_written(stored, typed):
    assert re.search(spell_number(typed), stored)


@pytest.mark.quick
@all_cases(
    ("stored", "typed"),
    [("0170 1234567", "0170 1234568"), ("0171 234567", "+49 170 1234567"), ("0170 1234567", "0171 234567")],
)
def test_another_telephone_number_is_not_found(stored, typed):
    assert not re.search(spell_number(typed), stored)


def test_other_texts_are_no_telephone_numbers():
    assert [spell_number(text) for text in ("", "1234", "12a345", "Ada 0170 1234567", "1" * 40)] == [""] * 5


@pytest.mark.quick
@pytest.mark.django_db
def test_names_are_in_the_order_of_people():
    shuffled = sorted(NAMES, reverse=True)
    keys = f"SELECT name FROM unnest(%(names)s::text[]) AS name ORDER BY {NAME_KEY % {'expressions': 'name'}}, name"
    assert [name for (name,) in fetch(keys, {"names": shuffled})] == NAMES
    assert sorted(shuffled, key=lambda name: (make_key(name), name)) == NAMES


@pytest.mark.django_db
def test_the_key_of_any_name_fits_into_the_index():
    names = ["1 " * 127, "9" * 255, "\ufdfa" * 255, "\U0001f600" * 255, "ñ" * 255]
    keys = f"SELECT max(octet_length({NAME_KEY % {'expressions': 'name'}})) FROM unnest(%(names)s::text[]) AS name"
    [(longest,)] = fetch(keys, {"names": names})
    assert longest <= 4 * 255 < 2704
