"""Dates as people and programs write them."""

from datetime import date

import pytest
from django.utils import timezone

from core.files.dates import AmbiguousDate, HasTime, NoSuchDay, NotADate, normalize_date
from testing.tables import all_cases

LAST_DAY = "2027-01-31"


@pytest.mark.quick
@all_cases(
    ("text", "expected"),
    [
        *((text, LAST_DAY) for text in (
            "2027-01-31", "2027/01/31", "2027.1.31", "31.01.2027", "31.1.27", "1/31/2027", "31-Jan-27", "31-jan.-2027",
            "31 janvier 2027", "31. Januar 2027", "31 de enero de 2027", "31 stycznia 2027", "31 января 2027",
            "January 31, 2027", "Jan 31 2027", "31 ocak 2027",
        )),
        *((text, LAST_DAY) for text in ("01/2027", "1.2027", "2027-01", "Jan-27", "janv. 2027", "gennaio 2027")),
        *((text, LAST_DAY) for text in ("2027-01-31T00:00", "31.01.2027 00:00:00", "1/31/2027 12:00:00 AM")),
        ("02/2028", "2028-02-29"), ("1-Mrz-27", "2027-03-01"),
    ],
)  # fmt: skip
def test_reads_a_date(text, expected):
    assert normalize_date(text) == expected


@pytest.mark.quick
@all_cases(
    ("text", "error"),
    [
        *((text, NotADate) for text in ("", "soon", "May", "31-Foo-27", "2 kg 27", "Tea 2027", "1" * 100)),
        # Unicode decomposes these into more letters than a cell of this form has.
        *((text, NotADate) for text in ("냉동수산가공식품", "한국산냉동수산가공식품 27", "ổệ" * 6, "ﷺﷺﷺ 27", "ﬃ" * 12)),
        *((text, NoSuchDay) for text in ("31 Feb 2027", "13/2027", "2027/02/30")),
        *((text, HasTime) for text in (
            "2027-01-31 14:30", "2027-01-31T23:00:00Z", "31.1.2027, 8:15", "1/2/2027 2:30 PM", "2027-01-31 00:00+02:00",
        )),
        ("01/02/2027", AmbiguousDate), ("01/02/2027 00:00", AmbiguousDate), ("soon 14:30", NotADate),
    ],
)  # fmt: skip
def test_refuses_what_is_no_date(text, error):
    with pytest.raises(error):
        normalize_date(text)


@pytest.mark.quick
@all_cases(
    ("text", "expected"),
    [
        ("29. November", "2026-11-29"), ("28. November", "2027-11-28"), ("30-nov", "2026-11-30"),
        ("31 Oct", "2027-10-31"), ("1 December", "2026-12-01"), ("23-févr", "2027-02-23"),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_today_or_the_next_one(monkeypatch, text, expected):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 11, 29))
    assert normalize_date(text) == expected
