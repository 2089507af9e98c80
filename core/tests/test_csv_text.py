"""CSV contains no formula for a spreadsheet, with any delimiter, and texts are read back unchanged.

HOSTILE=all (`make hostile`) tries more random texts.
"""

import csv
import io
import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.files.writers import (
    BYTE_ORDER_MARK,
    DELIMITERS,
    EUROPEAN,
    ROWS_AT_A_TIME,
    STANDARD,
    format_line,
    format_lines,
    guard_formulas,
    remove_guards,
)
from testing.tables import all_cases

EXAMPLES = 500 if os.environ.get("HOSTILE") == "all" else 100
RISKY = st.text("=+-@'\"a1 ;,|\t\r\n\u200b\uff1d", max_size=12)
STARTS_A_FORMULA = re.compile("[\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def read_cells(line, delimiter):
    """Return the cells that a spreadsheet sees if it splits at this delimiter."""
    return [cell for row in csv.reader(io.StringIO(line, newline=""), delimiter=delimiter) for cell in row]


def split_naively(line):
    """Return the cells that a reader sees if it splits at every delimiter except the comma and ignores quotes."""
    return [piece.strip("\"'") if piece.startswith('"') else piece for piece in re.split(r"[;|\t\r\n]", line)]


@pytest.mark.quick
@all_cases("delimiter", DELIMITERS)
@all_cases("sign", ["=", "+", "-", "@", "\uff1d", "\u200b="])
def test_guards_a_formula_after_a_delimiter(delimiter, sign):
    assert guard_formulas(f"tea{delimiter}{sign}cmd") == f"tea{delimiter}'{sign}cmd"


@all_cases("text", ['a;"=cmd"', "a;'=cmd", "a;'\"=cmd", "a\n=cmd", "a\r=cmd", "\t=cmd", "a;=b;=c"])
def test_guards_formulas_after_quotes_and_line_ends(text):
    assert not any(STARTS_A_FORMULA.match(piece.lstrip('"')) for piece in split_naively(format_line(["tea", text])))


@pytest.mark.quick
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
@example(texts=["x;", '"=cmd'])
@example(texts=['a;""=cmd', "-"])
def test_no_spreadsheet_finds_a_formula(texts):
    line = format_line([7, *texts])
    for delimiter in DELIMITERS:
        assert not [cell for cell in read_cells(line, delimiter) if STARTS_A_FORMULA.match(cell)]


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
def test_every_text_is_read_back_unchanged(texts):
    [cells] = csv.reader(io.StringIO(format_line([7, *texts]), newline=""), strict=True)
    assert [remove_guards(cell) for cell in cells] == ["7", *texts]


@all_cases("text", ["tea;black", "tea|black", "tea\tblack", "tea,black", 'tea "black"', "tea\nblack"])
def test_quotes_text_that_a_spreadsheet_would_split(text):
    doubled = text.replace('"', '""')
    assert format_line([text]) == f'"{doubled}"\r\n'


@all_cases("text", ["tea", "a - b", "K-1", "a=b", "e@mail", "tea; - black", "'tea'", "a;'b'"])
def test_does_not_change_other_text(text):
    assert guard_formulas(text) == text


def test_values_have_their_json_format_and_numbers_are_not_guarded():
    values = [-5, Decimal("-1.50"), None, True, "", date(2026, 5, 1), datetime(2026, 5, 1, tzinfo=UTC)]
    assert format_line(values) == "-5,-1.50,,true,,2026-05-01,2026-05-01T00:00:00Z\r\n"


@pytest.mark.quick
def test_a_european_file_has_a_byte_order_mark_semicolons_and_commas():
    rows = [["name", "price"], ["a;b", Decimal("-1234.50")], ["1.5", Decimal(7)], [None, 7], ["a,b", date(2026, 5, 1)]]
    assert "".join(format_lines(rows, EUROPEAN)) == (
        '\ufeffname;price\r\n"a;b";-1234,50\r\n1.5;7\r\n;7\r\n"a,b";2026-05-01\r\n'
    )
    assert "".join(format_lines(rows, STANDARD)) == "".join(map(format_line, rows))


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
@example(texts=["x;", '"=cmd'])
@example(texts=["x,", '"=cmd'])
def test_no_spreadsheet_finds_a_formula_in_a_european_file(texts):
    line = format_line([Decimal("7.50"), *texts], EUROPEAN)
    for delimiter in DELIMITERS:
        assert not [cell for cell in read_cells(line, delimiter) if STARTS_A_FORMULA.match(cell)]


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(texts=st.lists(RISKY, min_size=1, max_size=4))
def test_every_text_of_a_european_file_is_read_back_unchanged(texts):
    [cells] = csv.reader(io.StringIO(format_line([7, *texts], EUROPEAN), newline=""), delimiter=";", strict=True)
    assert [remove_guards(cell) for cell in cells] == ["7", *texts]


VALUES = RISKY | st.none() | st.integers() | st.decimals(places=2, min_value=-1000, max_value=1000) | st.dates()
COLUMNS = st.lists(st.sampled_from([RISKY, st.just("tea"), st.integers(), VALUES]), min_size=1, max_size=4)


@all_cases("dialect", [STANDARD, EUROPEAN])
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(rows=COLUMNS.flatmap(lambda columns: st.lists(st.tuples(*columns), min_size=1, max_size=6)))
@example(rows=[("tea", 1), ("\x1f=cmd", 2)])
@example(rows=[("tea", 1), ("'=cmd", None)])
@example(rows=[("tea", 1), ("\u200b=cmd", Decimal("1.5"))])
def test_columns_are_formatted_like_single_lines(dialect, rows):
    mark = BYTE_ORDER_MARK if dialect == EUROPEAN else ""
    assert "".join(format_lines(rows, dialect)) == mark + "".join(format_line(row, dialect) for row in rows)


def test_many_rows_are_formatted_like_single_lines():
    rows = [(number, "tea" if number < ROWS_AT_A_TIME else "=cmd") for number in range(2 * ROWS_AT_A_TIME + 1)]
    assert "".join(format_lines(rows)) == "".join(map(format_line, rows))
