"""Time zones are those of the package alone. Each has its present date."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

from core.time_zones import get_zone, list_changes, list_zones, midnight, today
from testing.clock import set_clock
from testing.tables import all_cases


def test_the_list_has_the_zones_of_the_package_and_none_of_the_machine():
    zones = list_zones()
    assert {"UTC", "Europe/Vienna", "Pacific/Auckland", "America/Argentina/Buenos_Aires", "Etc/GMT+12"} <= set(zones)
    assert "Factory" not in zones
    assert list(zones) == sorted(set(zones))


def test_every_zone_is_read_from_the_package(monkeypatch):
    monkeypatch.setattr(zoneinfo, "ZoneInfo", None)
    get_zone.cache_clear()
    now = datetime.now(UTC)
    assert all(now.astimezone(get_zone(zone)) == now for zone in list_zones())


@all_cases(
    ("moment", "zone", "day"),
    [
        ("2026-01-31T10:59:59Z", "Pacific/Auckland", "2026-01-31"),
        ("2026-01-31T11:00:00Z", "Pacific/Auckland", "2026-02-01"),  # UTC+13
        ("2026-07-31T11:59:59Z", "Pacific/Auckland", "2026-07-31"),
        ("2026-07-31T12:00:00Z", "Pacific/Auckland", "2026-08-01"),  # UTC+12
        ("2026-01-01T07:59:59Z", "America/Los_Angeles", "2025-12-31"),
        ("2026-01-01T08:00:00Z", "America/Los_Angeles", "2026-01-01"),  # UTC-8
        ("2026-07-01T06:59:59Z", "America/Los_Angeles", "2026-06-30"),
        ("2026-07-01T07:00:00Z", "America/Los_Angeles", "2026-07-01"),  # UTC-7
        ("2026-07-01T00:00:00Z", "UTC", "2026-07-01"),
    ],
)
def test_today_changes_at_midnight_of_the_zone(monkeypatch, moment, zone, day):
    set_clock(monkeypatch, moment)
    assert today(zone) == date.fromisoformat(day)


@all_cases(
    ("day", "zone", "instant"),
    [
        ("2026-09-27", "Pacific/Auckland", "2026-09-26T12:00:00Z"),  # on this day, the clocks go forward at 2
        ("2026-09-28", "Pacific/Auckland", "2026-09-27T11:00:00Z"),  # so the day before had 23 hours
        ("2026-11-01", "America/Los_Angeles", "2026-11-01T07:00:00Z"),  # on this day, the clocks go back at 2
        ("2026-11-02", "America/Los_Angeles", "2026-11-02T08:00:00Z"),  # so the day before had 25 hours
        ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"),  # the clocks go from 0 to 1, so the day begins at 1
    ],
)
def test_midnight_is_the_first_instant_of_a_day(day, zone, instant):
    assert midnight(date.fromisoformat(day), zone) == datetime.fromisoformat(instant)


@all_cases(
    ("zone", "first", "last", "moments", "minutes"),
    [
        ("Asia/Kathmandu", "2026-01-01T00:10Z", "2026-12-31T00:00Z", [], [345]),
        ("Europe/Vienna", "2026-10-24T22:10Z", "2026-10-25T23:00Z", ["2026-10-25T01:00Z"], [120, 60]),
        ("Europe/Vienna", "2026-10-24T22:00Z", "2026-10-25T01:00Z", [], [120]),
        ("Australia/Lord_Howe", "2026-04-04T13:00Z", "2026-04-05T13:30Z", ["2026-04-04T15:00Z"], [660, 630]),
        (
            "America/New_York", "2026-01-01T05:00Z", "2027-01-01T05:00Z", ["2026-03-08T07:00Z", "2026-11-01T06:00Z"],
            [-300, -240, -300],
        ),
    ],
)  # fmt: skip
def test_the_offsets_of_a_period(zone, first, last, moments, minutes):
    changes = [datetime.fromisoformat(moment) for moment in (first, *moments)]
    found = list_changes(changes[0], datetime.fromisoformat(last), zone)
    assert [change.astimezone(UTC) for change in found] == changes
    assert [change.utcoffset() for change in found] == [timedelta(minutes=offset) for offset in minutes]
