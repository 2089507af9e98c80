"""GS1 data in scanned texts. The table has examples of the standard, broken texts, and the results of biip alone."""

import csv
from datetime import date
from pathlib import Path

import biip
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.texts import gs1
from core.texts.gs1 import GS1
from testing.tables import all_cases

TABLE = Path(__file__).with_name("gs1_strings.tsv")
MIN_ROWS = 200
GTIN = "04006381333931"


def read_table():
    """Return the rows of the table. `\\F` is FNC1."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{**row, "text": row["text"].replace("\\F", gs1.FNC1)} for row in rows]


def write_own(found):
    return "none" if found is None else write(found.gtin, found.lot, found.expires_on, found.serial, found.count)


def write(*values):
    return "|".join("" if value is None else str(value) for value in values)


def write_of_biip(text):
    """Return the result of biip's own parser.

    For a text with an error, return the part that it reads before the error.
    """
    try:
        result = biip.parse(text)
    except Exception as error:
        return type(error).__name__
    message = result.gs1_message or result.gs1_digital_link_uri
    if message is None:
        return write(result.gtin.as_gtin_14(), *[None] * 4) if result.gtin else "none"
    found = {element.ai.ai: element for element in reversed(message.element_strings)}
    gtin, lot, serial = (pick(found, *names) for names in (("01", "02"), ("10",), ("21",)))
    dated = next((found[name].date for name in ("17", "15") if name in found), None)
    return write(gtin, lot, dated, serial, None)


def pick(found, *names):
    return next((found[name].value for name in names if name in found), None)


def test_the_table_has_two_hundred_different_texts():
    assert len({row["text"] for row in read_table()}) == len(read_table()) >= MIN_ROWS


@pytest.mark.quick
@all_cases("row", read_table())
def test_reads_the_text_to_its_end_or_not_at_all(row):
    assert write_own(gs1.parse(row["text"])) == row["ours"]


def test_the_table_says_where_biip_alone_differs():
    """This test fails if an update of biip reads a text differently."""
    assert [(row["text"], write_of_biip(row["text"])) for row in read_table()] == [
        (row["text"], row["biip"]) for row in read_table()
    ]


def test_biip_alone_reads_a_part_of_a_wrong_text():
    """This is the negative control. The rules of core.texts.gs1 refuse these texts."""
    differ = {row["what"] for row in read_table() if row["ours"] == "none" and row["biip"] != "none"}
    assert differ >= {"two lots", "code of one's own", "broken Digital Link", "GTIN with a wrong check digit"}


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text):
    gs1.parse(text)


@given(st.text(alphabet="0123456789()]C1dQ/:?&=%.htps\x1dAé٣", max_size=60))
def test_any_text_of_the_characters_that_matter_is_read_without_an_error(text):
    for start in ("", "01" + GTIN, "(01)" + GTIN, "https://id.gs1.org/01/" + GTIN):
        gs1.parse(start + text)


@given(
    st.text(alphabet="!\"%&'*+,-./0123456789:;<=>?ABCXYZ_abcxyz", min_size=1, max_size=20),
    st.none() | st.dates(date(2000, 1, 1), date(2070, 12, 31)),
)
def test_a_written_digital_link_is_read_again(lot, expires_on):
    assert gs1.is_lot(lot)
    assert gs1.parse(gs1.write_digital_link(GTIN, lot, expires_on)) == GS1(GTIN, lot, expires_on)


@pytest.mark.quick
@all_cases("lot", ["", "x" * 21, "Öl", "two words", "A#1", "(A)"])
def test_a_lot_that_gs1_can_not_write_is_known(lot):
    assert gs1.is_lot(lot) is (lot == "(A)")


@all_cases(
    ("code", "expected"),
    [("4006381333931", True), ("4006381333932", False), ("96385074", True), ("400638133393", False)],
)
def test_a_gtin_has_the_right_check_digit(code, expected):
    assert gs1.is_gtin(code) is expected


def test_digits_of_other_scripts_are_no_gtin():
    assert gs1.parse("٤٠٠٦٣٨١٣٣٣٩٣١") is None
    assert not gs1.is_gtin("٤٠٠٦٣٨١٣٣٣٩٣١")
