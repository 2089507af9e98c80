"""Numbers and dates as people write them in a column of a spreadsheet."""

import pytest

from core.files.dates import AmbiguousDate, NotADate, find_day_first, normalize_date
from core.files.numbers import AmbiguousNumber, NotANumber, find_decimal_sign, normalize_number
from testing.tables import all_cases


@pytest.mark.quick
@all_cases(
    ("text", "number"),
    [
        ("12", "12"), ("1.50", "1.50"), ("1,50", "1.50"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"), ("1,234,567", "1234567"), ("1,234,567.8", "1234567.8"), ("0,125", "0.125"),
        ("€ 1 234,50", "1234.50"), ("1 234,50 €", "1234.50"), ("1\u00a0234,50\u202f€", "1234.50"),
        ("$1,234.50", "1234.50"),
        ("CHF 1'234.50", "1234.50"), ("12,50 EUR", "12.50"), ("12.5kr", "12.5"), ("-3", "-3"), ("+3,5", "+3.5"),
        ("R$ 12,50", "12.50"), ("99 Kč", "99"), ("250 руб.", "250"), ("15 000 Fcfa", "15000"), ("12,-", "12"),
        ("12.\u2013 Fr.", "12"), ("S/ 12.50", "12.50"), ("Rs. 500", "500"), ("12,50 zł", "12.50"),
        ("3,20 Euro", "3.20"), ("12 pcs", "12"), ("-5 Kč", "-5"),
        ("€229,99 Incl. btw", "229.99"), ("12,50 inkl. MwSt.", "12.50"), ("1980税込", "1980"), ("34,50 TTC", "34.50"),
        ("12.50 (ex VAT)", "12.50"), ("12 HT", "12"),
        ("2 шт.", "2"), ("2шт", "2"), ("12 бр.", "12"), ("12 ком", "12"), ("12 τεμ", "12"),
        ("3 個", "3"), ("3 개", "3"),
        ("1234,5", "1234.5"), ("1234.567", "1234.567"), (",5", ".5"),
    ],
)  # fmt: skip
def test_a_number_that_can_be_read_in_one_way_is_read(text, number):
    assert normalize_number(text) == number


@pytest.mark.quick
@all_cases("text", ["1,234", "1.234", "-12.345"])
def test_one_sign_before_three_digits_can_be_read_in_two_ways(text):
    with pytest.raises(AmbiguousNumber):
        normalize_number(text)


@all_cases(("sign", "number"), [(",", "1.234"), (".", "1234")])
def test_the_column_decides_what_a_comma_is(sign, number):
    assert normalize_number("1,234", sign) == number


@pytest.mark.quick
@all_cases(
    "text",
    [
        "",
        "abc",
        "1.2.3",
        "1,23,456",
        "1,234,56",
        "12,34,567.8",
        "1.234,56,7",
        "1..2",
        "--3",
        "4.01235E+12",
        "½",
        "١٢",
        "1-2",
        "€",
        "1 Dtz",
        "2 dz.",
        "2 пар",
        "12 тыс.",
        "3 万",
        "3 tsd",
        ">10 шт.",
        "10+",
        "10以上",
        "5 Stück",
        "1,-,-",
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NotANumber):
        normalize_number(text)


@all_cases(
    ("cell", "sign"),
    [("1,234", None), ("2,50", ","), ("7", None), ("1.5", "."), ("1.234,5", ","), ("x", None), ("1.234.567", ",")],
)
def test_a_cell_shows_its_decimal_sign_or_none(cell, sign):
    assert find_decimal_sign(cell) == sign


@pytest.mark.quick
@all_cases(
    ("text", "day"),
    [
        ("2026-12-31", "2026-12-31"), ("2026-1-2", "2026-01-02"), ("2026-12-31 00:00:00", "2026-12-31"),
        ("31.12.2026", "2026-12-31"), ("1.2.2026", "2026-02-01"), ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"), ("02/02/2026", "2026-02-02"), (" 31-12-2026 ", "2026-12-31"),
    ],
)  # fmt: skip
def test_a_date_that_can_be_read_in_one_way_is_read(text, day):
    assert normalize_date(text) == day


@pytest.mark.quick
@all_cases(("day_first", "day"), [(True, "2026-02-01"), (False, "2026-01-02")])
def test_the_column_decides_whether_the_day_comes_first(day_first, day):
    with pytest.raises(AmbiguousDate):
        normalize_date("01/02/2026")
    assert normalize_date("01/02/2026", day_first) == day


@pytest.mark.quick
@all_cases("text", ["", "tomorrow", "31.13.2026", "2026-02-30", "31/31/2026", "2026-12-31T10:00"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(NotADate):
        normalize_date(text)


@all_cases(
    ("cell", "day_first"), [("31/12/2026", True), ("12/31/2026", False), ("01/02/2026", None), ("2026-12-31", None)]
)
def test_a_date_with_slashes_shows_its_order_or_none(cell, day_first):
    assert find_day_first(cell) == day_first
