"""The due times of mails: days of the week and of the month, and the nights on which the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.time_zones import get_zone
from desk.saved.services import MONTH_DAYS, WEEKDAYS, find_hour, find_latest, find_next
from testing.tables import all_cases

SANTIAGO, BERLIN, LORD_HOWE = "America/Santiago", "Europe/Berlin", "Australia/Lord_Howe"
NUUK, APIA, TORONTO = "America/Nuuk", "Pacific/Apia", "America/Toronto"


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=get_zone(zone))


@all_cases(
    ("zone", "day", "hour", "instant"),
    [
        # Santiago skips the hour 0 on 6 September 2026, and has the hour 23 of 4 April 2026 twice.
        (SANTIAGO, "2026-09-05", 23, "2026-09-06T03:00"),
        (SANTIAGO, "2026-09-06", 0, "2026-09-06T04:00"),
        (SANTIAGO, "2026-09-06", 1, "2026-09-06T04:00"),
        (SANTIAGO, "2026-09-06", 7, "2026-09-06T10:00"),
        (SANTIAGO, "2026-04-04", 23, "2026-04-05T02:00"),
        (SANTIAGO, "2026-04-05", 0, "2026-04-05T04:00"),
        (SANTIAGO, "2026-04-05", 7, "2026-04-05T11:00"),
        # Berlin skips the hour 2 on 29 March 2026, and has it twice on 25 October 2026.
        (BERLIN, "2026-03-29", 1, "2026-03-29T00:00"),
        (BERLIN, "2026-03-29", 2, "2026-03-29T01:00"),
        (BERLIN, "2026-03-29", 3, "2026-03-29T01:00"),
        (BERLIN, "2026-10-25", 2, "2026-10-25T00:00"),
        (BERLIN, "2026-10-25", 3, "2026-10-25T02:00"),
        # Lord Howe's clocks change by half an hour: at 2:00 on 4 October and on 5 April 2026.
        (LORD_HOWE, "2026-10-04", 1, "2026-10-03T14:30"),
        (LORD_HOWE, "2026-10-04", 2, "2026-10-03T15:30"),  # 2:30
        (LORD_HOWE, "2026-10-04", 3, "2026-10-03T16:00"),
        (LORD_HOWE, "2026-04-05", 1, "2026-04-04T14:00"),
        (LORD_HOWE, "2026-04-05", 2, "2026-04-04T15:30"),
        (NUUK, "2026-03-28", 23, "2026-03-29T01:00"),  # skipped: the gap ends on the next day
        (TORONTO, "1919-03-31", 0, "1919-03-31T04:30"),  # the gap is from 23:30 to 0:30
        (APIA, "2011-12-30", 7, "2011-12-30T10:00"),  # the whole day was skipped
    ],
)
def test_an_hour_begins_once_even_if_it_is_skipped_or_doubled(zone, day, hour, instant):
    assert find_hour(date.fromisoformat(day), hour, zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.quick
@all_cases(
    ("days", "after", "found"),
    [
        (["mon"], "2026-11-30T06:59", "2026-11-30T07:00"),
        (["mon"], "2026-11-30T07:00", "2026-12-07T07:00"),  # a view saved at the hour or later waits
        (["mon"], "2026-11-30T07:01", "2026-12-07T07:00"),
        (["mon", "thu"], "2026-11-30T07:01", "2026-12-03T07:00"),
        (["1"], "2026-11-30T08:00", "2026-12-01T07:00"),
        (["28"], "2027-02-27T08:00", "2027-02-28T07:00"),
        (["last"], "2027-02-01T08:00", "2027-02-28T07:00"),
        (["last"], "2028-02-01T08:00", "2028-02-29T07:00"),
        (["last"], "2026-12-31T08:00", "2027-01-31T07:00"),
        (["last", "28"], "2027-02-28T07:00", "2027-03-28T07:00"),  # both are one day in this month: one mail
        (["mon", "1"], "2027-01-31T08:00", "2027-02-01T07:00"),  # a Monday and the first: either, one mail
        (["mon", "1"], "2027-02-01T07:00", "2027-02-08T07:00"),
        ([*WEEKDAYS, *MONTH_DAYS], "2026-12-31T08:00", "2027-01-01T07:00"),
    ],
)
def test_the_next_mail_is_due_on_the_next_day_of_the_week_or_the_month(days, after, found):
    assert find_next(days, 7, BERLIN, at(after)) == at(found)


@all_cases("zone", [SANTIAGO, BERLIN, LORD_HOWE, NUUK])
def test_each_day_of_a_year_has_one_mail(zone):
    for hour in (0, 1, 2, 3, 7, 23):
        start, end = at("2026-01-01T00:00", zone), at("2027-01-01T00:00", zone)
        found, moment = 0, find_next(WEEKDAYS, hour, zone, start.astimezone(UTC))
        while moment < end.astimezone(UTC):
            found, moment = found + 1, find_next(WEEKDAYS, hour, zone, moment)
        assert found == (364 if hour == 0 else 365), hour


@all_cases(
    ("days", "planned", "now", "found"),
    [
        (WEEKDAYS, "2026-11-30T07:00", "2026-11-30T07:01", "2026-11-30T07:00"),
        (WEEKDAYS, "2026-11-30T07:00", "2026-12-01T06:59", "2026-11-30T07:00"),
        (WEEKDAYS, "2026-11-30T07:00", "2026-12-02T09:00", "2026-12-02T07:00"),  # only the latest
        (["mon"], "2026-11-30T07:00", "2026-12-02T09:00", "2026-11-30T07:00"),
        (WEEKDAYS, "2026-11-30T04:00", "2026-11-30T04:01", None),  # planned in another time zone, whose day was ahead
        (WEEKDAYS, "2026-11-30T11:00", "2026-11-30T11:01", "2026-11-30T07:00"),  # and behind
        (WEEKDAYS, "2026-11-30T23:00", "2026-11-30T23:01", None),  # nearer to tomorrow's
    ],
)
def test_only_the_latest_of_the_missed_times_counts(days, planned, now, found):
    assert find_latest(days, 7, BERLIN, at(planned), at(now)) == (found and at(found))


@all_cases("hour", range(24))
def test_a_shop_that_moves_west_gets_no_mail_twice_at_any_hour(hour):
    planned = datetime(2026, 11, 30, hour, tzinfo=UTC)
    assert find_latest(WEEKDAYS, hour, "Etc/GMT+3", planned, planned + timedelta(minutes=1)) is None


def test_a_mail_planned_for_the_end_of_a_gap_belongs_to_the_day_before():
    planned = find_hour(date(2026, 3, 28), 23, NUUK)
    assert find_latest(["sat"], 23, NUUK, planned, planned) == planned
