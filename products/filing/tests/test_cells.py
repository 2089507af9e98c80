"""If a cell matches its column's pattern, the field would return the cell unchanged."""

import os
from contextlib import suppress
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.serializers import ValidationError

from products.filing.cells import CellReader
from products.filing.columns import COLUMNS, COLUMNS_BY_NAME
from products.filing.rules import RULES
from testing.tables import all_cases

TEXTS = [column.name for column in COLUMNS if column.sql_type == "text" and column.name not in ("codes", "tags")]
DATES = [column.name for column in COLUMNS if column.sql_type == "date"]
NUMBERS = [column.name for column in COLUMNS if column.sql_type in ("bigint", "numeric")]
READER = CellReader([])
EXAMPLES = 300 if os.environ.get("HOSTILE") == "all" else 100


def validate_by_field(column, cell):
    return RULES[column].field.run_validation(cell)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(column=st.sampled_from(TEXTS), cell=st.text(st.characters(max_codepoint=0x17F), max_size=70))
def test_the_field_accepts_a_plain_text_unchanged(column, cell):
    if cell and RULES[column].plain.fullmatch(cell):
        assert READER.read(COLUMNS_BY_NAME[column], cell) == validate_by_field(column, cell) == cell


@all_cases("column", [*TEXTS, "codes", "tags"])
def test_an_empty_text_is_plain(column):
    assert RULES[column].plain.fullmatch("")
    assert READER.read(COLUMNS_BY_NAME[column], "") == ""


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(column=st.sampled_from(DATES), cell=st.from_regex(r"20[0-9]{2}-[0-3][0-9]-[0-3][0-9]", fullmatch=True))
def test_the_field_accepts_a_plain_date_unchanged(column, cell):
    if RULES[column].plain.fullmatch(cell):
        assert READER.read(COLUMNS_BY_NAME[column], cell) == validate_by_field(column, cell) == date.fromisoformat(cell)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(column=st.sampled_from(NUMBERS), cell=st.from_regex(r"[0-9]{1,12}(\.[0-9]{0,3})?", fullmatch=True))
def test_the_field_accepts_a_plain_number_unchanged(column, cell):
    if RULES[column].plain.fullmatch(cell):
        assert Decimal(READER.read(COLUMNS_BY_NAME[column], cell)) == Decimal(validate_by_field(column, cell))


@all_cases("column", TEXTS)
def test_a_text_of_maximum_length_is_plain_and_a_longer_one_is_not(column):
    longest = "7" + "x" * (RULES[column].field.max_length - 1)  # a barcode has a digit
    assert RULES[column].plain.fullmatch(longest)
    assert not RULES[column].plain.fullmatch(longest + "x")


@all_cases(
    ("column", "cell"),
    [("price", ""), ("quantity", ""), ("expiration_date", ""), ("codes", "x"),
     ("name", " x"), ("name", "x "), ("name", "'=x"), ("name", "a\tb"), ("name", "Ö"), ("price", "-1"),
     ("price", "1e3"), ("price", "1.234"), ("price", "12345678901"), ("quantity", "1.0"), ("quantity", "1000000000")],
)  # fmt: skip
def test_a_cell_that_needs_validation_is_not_plain(column, cell):
    assert not RULES[column].plain.fullmatch(cell)


CELLS = st.one_of(
    st.text(max_size=12), st.dates(), st.decimals(allow_nan=False, allow_infinity=False),
    st.from_regex(r"[-+(]?[$\u20ac ]?[0-9]{0,4}[.,' ]?[0-9]{0,4}[.,]?[0-9]{0,3}[%)E]?[+]?[0-9]{0,2}", fullmatch=True),
    st.from_regex(r"'?[0-9]{4,13}[ ,;/.\n-]{0,2}[0-9]{0,13}", fullmatch=True),
    st.from_regex(r'[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}|="?[^"]{0,4}"?', fullmatch=True),
)  # fmt: skip


@settings(max_examples=2 * EXAMPLES, deadline=None, derandomize=True)
@given(column=st.sampled_from(COLUMNS), cell=CELLS)
def test_any_cell_is_read_or_refused_with_a_message(column, cell):
    reader = CellReader([column])
    if reader.may_decide(column):
        reader.observe(column, cell)
    reader.settle()
    with suppress(ValidationError):
        reader.read(column, cell)
