"""No spreadsheet finds a formula in a text, whichever delimiter it splits at; and every text comes back as it was."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.csv_text import DELIMITERS, format_csv_line, guard_formulas, remove_guards

RISKY = st.text("=+-@'\"a1 ;,|\t\r\n\u200b\uff1d", max_size=12)
STARTS_A_FORMULA = re.compile("[\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def cells_of(line, delimiter):
    """The cells as a spreadsheet sees them that splits at this delimiter."""
    return [cell for row in csv.reader(io.StringIO(line, newline=""), delimiter=delimiter) for cell in row]


def torn(line):
    """The pieces of the line for a reader that splits at every delimiter but the comma and knows no quotes."""
    return [piece.strip("\"'") if piece.startswith('"') else piece for piece in re.split(r"[;|\t\r\n]", line)]


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\u200b="])
def test_a_formula_behind_a_delimiter_is_guarded(delimiter, sign):
    assert guard_formulas(f"tea{delimiter}{sign}cmd") == f"tea{delimiter}'{sign}cmd"


@pytest.mark.parametrize("text", ['a;"=cmd"', "a;'=cmd", "a;'\"=cmd", "a\n=cmd", "a\r=cmd", "\t=cmd", "a;=b;=c"])
def test_neither_quotes_nor_line_ends_hide_a_formula(text):
    assert not any(STARTS_A_FORMULA.match(piece.lstrip('"')) for piece in torn(format_csv_line(["tea", text])))


@settings(max_examples=500, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
@example(texts=["x;", '"=cmd'])
@example(texts=['a;""=cmd', "-"])
def test_no_reader_finds_a_formula(texts):
    line = format_csv_line([7, *texts])
    for delimiter in DELIMITERS:
        assert not [cell for cell in cells_of(line, delimiter) if STARTS_A_FORMULA.match(cell)]


@settings(max_examples=500, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
def test_every_text_comes_back(texts):
    [cells] = csv.reader(io.StringIO(format_csv_line([7, *texts]), newline=""), strict=True)
    assert [remove_guards(cell) for cell in cells] == ["7", *texts]


@pytest.mark.parametrize("text", ["tea;black", "tea|black", "tea\tblack", "tea,black", 'tea "black"', "tea\nblack"])
def test_what_a_spreadsheet_would_split_is_quoted(text):
    doubled = text.replace('"', '""')
    assert format_csv_line([text]) == f'"{doubled}"\r\n'


@pytest.mark.parametrize("text", ["tea", "a - b", "K-1", "a=b", "e@mail", "tea; - black", "'tea'", "a;'b'"])
def test_other_text_stays_as_it_is(text):
    assert guard_formulas(text) == text


def test_values_are_written_as_json_writes_them_and_numbers_are_not_guarded():
    values = [-5, Decimal("-1.50"), None, "", date(2026, 5, 1), datetime(2026, 5, 1, tzinfo=UTC)]
    assert format_csv_line(values) == "-5,-1.50,,,2026-05-01,2026-05-01T00:00:00Z\r\n"
