"""The rules for texts: length and marks before anything else, then the normal form, then what a line may hold."""

import sys
import unicodedata
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from core.text import (
    MAX_MARKS,
    clean_line,
    clean_paragraphs,
    clean_search_text,
    clean_text,
    has_too_many_marks,
    is_mark,
)

COMBINED = "e\u0301"  # as macOS writes é
LONGEST_DECOMPOSITION = "\u1fa7"  # ω with three marks: four code points


def refusal(rule, *arguments):
    with pytest.raises(ValidationError) as refused:
        rule(*arguments)
    return refused.value.code


def test_a_text_is_as_long_as_its_composed_form():
    assert clean_line(COMBINED * 255, 255) == "\xe9" * 255
    assert clean_line(unicodedata.normalize("NFD", LONGEST_DECOMPOSITION) * 255, 255) == LONGEST_DECOMPOSITION * 255
    assert refusal(clean_line, COMBINED * 256, 255) == "max_length"


def test_a_text_is_refused_by_its_length_before_it_is_normalised(monkeypatch):
    monkeypatch.setattr("core.text.unicodedata", SimpleNamespace(category=unicodedata.category))
    assert refusal(clean_text, "e" * 41, 10) == "max_length"
    assert refusal(clean_text, "e" + "\u0301" * (MAX_MARKS + 1), 255) == "marks"


@pytest.mark.parametrize("mark", ["\u0301", "\u0f73", "\uff9e", "\u20dd", "\u093f"])
@pytest.mark.parametrize("start", range(0, 70, 3))
def test_thirty_marks_may_follow_each_other_wherever_they_stand(mark, start):
    assert not has_too_many_marks("e" * start + mark * MAX_MARKS + "e" * 40)
    assert has_too_many_marks("e" * start + mark * (MAX_MARKS + 1) + "e" * 40)
    assert not has_too_many_marks((mark * MAX_MARKS + "e") * 5)


def test_every_character_that_normalising_may_move_is_a_mark():
    for character in map(chr, range(sys.maxunicode + 1)):
        decomposed = unicodedata.normalize("NFKD", character)
        assert not unicodedata.combining(decomposed[0]) or is_mark(character), hex(ord(character))


def test_a_long_text_of_short_runs_is_taken():
    text = ("e" + "\u0301\u0323" * 15) * 300
    assert len(clean_paragraphs(text, 10_000)) <= len(text)


@pytest.mark.parametrize(
    "text", ["\u200b", "\u200b\u200d\ufeff", "\u00ad", "\u2060 \u200b", "\u0301", "\u3164", "\u2800"]
)
def test_a_line_has_a_visible_character(text):
    assert refusal(clean_line, text, 255) == "invisible"
    assert clean_paragraphs(text, 255) == text.strip()


@pytest.mark.parametrize(
    "text", ["क\u094d\u200dष", "می\u200cخواهم", "👩\u200d🚀", "❤\ufe0f", "\u200fשלום", "·", "𛀀", "\ue000"]
)
def test_what_scripts_and_emoji_need_is_taken(text):
    assert clean_line(text, 255) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))])
def test_a_line_does_not_turn_the_direction_of_text(character):
    assert refusal(clean_line, f"Tea{character}gpj.exe", 255) == "direction"
    assert clean_search_text(f"Tea{character}", 255) == f"Tea{character}"


def test_a_note_may_embed_and_isolate_but_not_override_a_direction():
    assert clean_paragraphs("\u2067שלום\u2069 \u202bשלום\u202c", 1000) == "\u2067שלום\u2069 \u202bשלום\u202c"
    assert refusal(clean_paragraphs, "Tea\u202egpj.exe", 1000) == "direction"
    assert refusal(clean_paragraphs, "Tea\u202dgpj.exe", 1000) == "direction"


def test_a_refusal_names_the_invisible_character():
    with pytest.raises(ValidationError, match=r"U\+202E"):
        clean_line("Tea\u202e", 255)


@pytest.mark.parametrize("end", "\n\r\x0b\x0c\x1c\x85\u2028\u2029")
def test_a_line_is_one_line(end):
    assert refusal(clean_line, f"Tea{end}pot", 255) == "control"
    assert clean_line(f"Tea{end}", 255) == "Tea"  # white space at its end


def test_an_empty_line_is_no_matter_of_text():
    assert clean_line(" ", 255) == ""
