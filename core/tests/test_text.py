"""Rules for texts: length and marks are checked first, then the text is normalised, then characters are checked."""

import sys
import unicodedata
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from core.texts.cleaning import (
    MAX_MARKS,
    clean_line,
    clean_paragraphs,
    clean_search_text,
    clean_text,
    has_too_many_marks,
    is_mark,
)
from testing.tables import all_cases

COMBINED = "e\u0301"  # macOS writes é in this form
LONGEST_DECOMPOSITION = "\u1fa7"  # ω with three marks: four code points


def get_error_code(rule, *arguments):
    """Return the code of the ValidationError that the rule raises."""
    with pytest.raises(ValidationError) as refused:
        rule(*arguments)
    return refused.value.code


@pytest.mark.quick
def test_the_length_of_a_text_is_that_of_its_composed_form():
    assert clean_line(COMBINED * 255, 255) == "\xe9" * 255
    assert clean_line(unicodedata.normalize("NFD", LONGEST_DECOMPOSITION) * 255, 255) == LONGEST_DECOMPOSITION * 255
    assert get_error_code(clean_line, COMBINED * 256, 255) == "max_length"


def test_checks_length_and_marks_before_normalising(monkeypatch):
    monkeypatch.setattr("core.texts.cleaning.unicodedata", SimpleNamespace(category=unicodedata.category))
    assert get_error_code(clean_text, "e" * 41, 10) == "max_length"
    assert get_error_code(clean_text, "e" + "\u0301" * (MAX_MARKS + 1), 255) == "marks"


@all_cases("mark", ["\u0301", "\u0f73", "\uff9e", "\u20dd", "\u093f"])
@all_cases("start", range(0, 70, 3))
def test_allows_30_marks_in_a_row_at_any_position(mark, start):
    assert not has_too_many_marks("e" * start + mark * MAX_MARKS + "e" * 40)
    assert has_too_many_marks("e" * start + mark * (MAX_MARKS + 1) + "e" * 40)
    assert not has_too_many_marks((mark * MAX_MARKS + "e") * 5)


def test_every_character_that_normalising_may_reorder_is_a_mark():
    for character in map(chr, range(sys.maxunicode + 1)):
        decomposed = unicodedata.normalize("NFKD", character)
        assert not unicodedata.combining(decomposed[0]) or is_mark(character), hex(ord(character))


def test_accepts_a_long_text_with_short_runs_of_marks():
    text = ("e" + "\u0301\u0323" * 15) * 300
    assert len(clean_paragraphs(text, 10_000)) <= len(text)


@pytest.mark.quick
@all_cases("text", ["\u200b", "\u200b\u200d\ufeff", "\u00ad", "\u2060 \u200b", "\u0301", "\u3164", "\u2800"])
def test_a_line_needs_a_visible_character(text):
    assert get_error_code(clean_line, text, 255) == "invisible"
    assert clean_paragraphs(text, 255) == text.strip()


@all_cases("text", ["क\u094d\u200dष", "می\u200cخواهم", "👩\u200d🚀", "❤\ufe0f", "\u200fשלום", "·", "𛀀", "\ue000"])
def test_accepts_invisible_characters_that_scripts_and_emoji_need(text):
    assert clean_line(text, 255) == unicodedata.normalize("NFC", text)


@pytest.mark.quick
@all_cases("character", [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))])
def test_a_line_refuses_characters_that_change_the_direction(character):
    assert get_error_code(clean_line, f"Tea{character}gpj.exe", 255) == "direction"
    assert clean_search_text(f"Tea{character}", 255) == f"Tea{character}"


def test_paragraphs_may_embed_and_isolate_but_not_override_a_direction():
    assert clean_paragraphs("\u2067שלום\u2069 \u202bשלום\u202c", 1000) == "\u2067שלום\u2069 \u202bשלום\u202c"
    assert get_error_code(clean_paragraphs, "Tea\u202egpj.exe", 1000) == "direction"
    assert get_error_code(clean_paragraphs, "Tea\u202dgpj.exe", 1000) == "direction"


def test_the_error_names_the_invisible_character():
    with pytest.raises(ValidationError, match=r"U\+202E"):
        clean_line("Tea\u202e", 255)


@all_cases("end", "\n\r\x0b\x0c\x1c\x85\u2028\u2029")
def test_a_line_refuses_line_ends_except_at_its_end(end):
    assert get_error_code(clean_line, f"Tea{end}pot", 255) == "control"
    assert clean_line(f"Tea{end}", 255) == "Tea"  # trailing white space is removed


def test_accepts_an_empty_line():
    assert clean_line(" ", 255) == ""
