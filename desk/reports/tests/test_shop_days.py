"""Days of the shop's time zone, in the report of movements and where the date of today decides what has expired."""

from datetime import date, timedelta

from django.urls import resolve

from core.lists.filters import parse_instant
from core.time_zones import list_midnights, subtract_days, today
from desk.reports.tests.reporting import book, read_report, read_rows
from testing.cast.people import make_product
from testing.clock import set_clock
from testing.tables import all_cases
from users.models import User

AUCKLAND, LOS_ANGELES = "Pacific/Auckland", "America/Los_Angeles"


def move_shop(owner, zone):
    User.objects.filter(pk=owner.pk).update(time_zone=zone)


def list_days(client, **query):
    return [(row["day"], row["quantity_out"]) for row in read_rows(client, "movements", **query)]


@all_cases(
    ("zone", "moments", "days"),
    [
        # The cases are midnight in summer and in winter time, and around both changes.
        (AUCKLAND, ["2026-05-01T11:59:59Z", "2026-05-01T12:00:00Z"], [("2026-05-01", 1), ("2026-05-02", 1)]),
        (AUCKLAND, ["2026-01-31T10:59:59Z", "2026-01-31T11:00:00Z"], [("2026-01-31", 1), ("2026-02-01", 1)]),
        (AUCKLAND, ["2026-04-04T11:00:00Z", "2026-04-05T11:59:59Z"], [("2026-04-05", 2)]),  # this day has 25 hours
        (AUCKLAND, ["2026-09-26T12:00:00Z", "2026-09-27T10:59:59Z"], [("2026-09-27", 2)]),  # this day has 23 hours
        (AUCKLAND, ["2026-09-27T10:59:59Z", "2026-09-27T11:00:00Z"], [("2026-09-27", 1), ("2026-09-28", 1)]),
        (LOS_ANGELES, ["2026-03-08T08:00:00Z", "2026-03-09T06:59:59Z"], [("2026-03-08", 2)]),  # this day has 23 hours
        (LOS_ANGELES, ["2026-03-08T07:59:59Z", "2026-03-09T07:00:00Z"], [("2026-03-07", 1), ("2026-03-09", 1)]),
        (LOS_ANGELES, ["2025-11-02T07:00:00Z", "2025-11-03T07:59:59Z"], [("2025-11-02", 2)]),  # this day has 25 hours
        (LOS_ANGELES, ["2025-11-03T07:59:59Z", "2025-11-03T08:00:00Z"], [("2025-11-02", 1), ("2025-11-03", 1)]),
        ("UTC", ["2026-05-01T23:59:59Z", "2026-05-02T00:00:00Z"], [("2026-05-01", 1), ("2026-05-02", 1)]),
    ],
)
def test_movements_are_grouped_by_the_shop_s_days(as_alice, alice, kettle, zone, moments, days):
    move_shop(alice, zone)
    for moment in moments:
        book(as_alice, kettle, "OUT", 1, moment)
    period = {"from": "2025-10-20T00:00:00Z", "to": "2026-10-20T00:00:00Z"}
    assert list_days(as_alice, **period) == days


def test_dates_of_a_period_are_days_of_the_shop(as_alice, alice, kettle):
    move_shop(alice, AUCKLAND)
    for moment in ("2026-05-09T11:59:59Z", "2026-05-09T12:00:00Z", "2026-05-10T11:59:59Z", "2026-05-10T12:00:00Z"):
        book(as_alice, kettle, "OUT", 1, moment)
    assert list_days(as_alice, **{"from": "2026-05-10", "to": "2026-05-11"}) == [("2026-05-10", 2)]
    assert list_days(as_alice, **{"from": "2026-05-10T00:00:00Z", "to": "2026-05-11T00:00:00Z"}) == [
        ("2026-05-10", 1),
        ("2026-05-11", 1),
    ]


@all_cases("zone", [AUCKLAND, LOS_ANGELES, "UTC"])
def test_a_part_of_a_day_is_on_that_day(as_alice, alice, kettle, zone):
    move_shop(alice, zone)
    book(as_alice, kettle, "OUT", 1, "2026-05-10T16:00:00Z")
    day = "2026-05-11" if zone == AUCKLAND else "2026-05-10"
    assert list_days(as_alice, **{"from": "2026-05-10T15:59:00Z", "to": "2026-05-10T16:01:00Z"}) == [(day, 1)]


@all_cases("zone", [AUCKLAND, LOS_ANGELES])
def test_by_default_the_period_ends_with_the_shop_s_today(as_alice, alice, kettle, zone):
    move_shop(alice, zone)
    book(as_alice, kettle, "OUT", 1)
    assert list_days(as_alice) == [(today(zone).isoformat(), 1)]


@all_cases("zone", [AUCKLAND, LOS_ANGELES, "UTC"])
def test_a_period_of_366_days_is_accepted_in_every_zone(as_alice, alice, zone):
    move_shop(alice, zone)
    for first, last in [("2025-03-01", "2026-03-02"), ("2025-10-15", "2026-10-16"), ("2025-07-01", "2026-07-02")]:
        assert list_days(as_alice, **{"from": first, "to": last}) == []
    answer = as_alice.get("/api/reports/movements/", {"from": "2025-03-01", "to": "2026-03-03"})
    assert answer.status_code == 400


def test_the_value_at_a_date_is_the_one_at_the_shop_s_midnight(as_alice, alice):
    pot = make_product(alice, "Pot", price="10.00")
    book(as_alice, pot, "IN", 3, "2026-05-09T12:30:00Z")  # in Auckland this is half past midnight
    assert read_report(as_alice, "valuation", as_of="2026-05-10")["total"]["value_at_price"] == "30.00"
    move_shop(alice, AUCKLAND)
    assert read_report(as_alice, "valuation", as_of="2026-05-10")["total"]["value_at_price"] == "0.00"
    assert read_report(as_alice, "valuation", as_of="2026-05-11")["total"]["value_at_price"] == "30.00"


@all_cases(
    ("zone", "moment", "expired"),
    [
        (AUCKLAND, "2026-09-26T11:59:59Z", False),  # it is 23:59:59 on the 26th
        (AUCKLAND, "2026-09-26T12:00:00Z", True),
        (AUCKLAND, "2026-09-27T10:59:59Z", True),
        (LOS_ANGELES, "2026-09-27T06:59:59Z", False),
        (LOS_ANGELES, "2026-09-27T07:00:00Z", True),
        ("UTC", "2026-09-26T23:59:59Z", False),
        ("UTC", "2026-09-27T00:00:00Z", True),
    ],
)
def test_a_product_expires_at_midnight_of_the_shop(as_alice, as_bob, alice, monkeypatch, zone, moment, expired):
    milk = make_product(alice, "Milk", 2, price="3.00", expiration_date=date(2026, 9, 27))
    move_shop(alice, zone)
    set_clock(monkeypatch, moment)
    for client in (as_alice, as_bob):
        assert client.get(f"/api/products/{milk.pk}/").json()["is_expired"] is expired
        assert [row["is_expired"] for row in client.get("/api/products/").json()["results"]] == [expired]
        assert client.get("/api/products/?expired=true").json()["count"] == expired
        assert len(client.get("/api/products/alerts/").json()["expired"]) == expired
        assert client.get("/api/dashboard/").json()["counts"]["expired_products"] == expired
        assert client.get("/api/dashboard/").json()["financial"]["expired_inventory_value"] == 6.0 * expired
    assert as_alice.patch(f"/api/products/{milk.pk}/", {"name": "Oat"}).json()["is_expired"] is expired


def test_days_left_are_counted_from_the_shop_s_today(as_alice, alice, kettle, monkeypatch):
    book(as_alice, kettle, "OUT", 1)
    move_shop(alice, AUCKLAND)
    set_clock(monkeypatch, "2026-09-26T12:00:00Z")
    [row] = read_rows(as_alice, "days-left")
    assert row["runs_out_on"] == f"{date(2026, 9, 27) + timedelta(days=row['days_left'])}"


def test_times_are_returned_in_utc(as_alice, alice, kettle):
    move_shop(alice, AUCKLAND)
    booked = book(as_alice, kettle, "OUT", 1, "2026-05-10T00:00:00+12:00")
    assert booked["occurred_at"] == "2026-05-09T12:00:00Z"


def test_a_day_that_a_zone_skipped_has_no_movements():
    """Samoa went from December 29th to 31st in 2011."""
    start, end = parse_instant("2011-12-29", "Pacific/Apia"), parse_instant("2012-01-01", "Pacific/Apia")
    first, midnights = list_midnights(start, end, "Pacific/Apia")
    assert first == date(2011, 12, 29)
    assert [f"{moment:%d %H}" for moment in midnights] == ["29 10", "30 10", "30 10", "31 10"]


def test_days_are_subtracted_on_the_clock_of_the_zone():
    end = parse_instant("2026-09-28", AUCKLAND)
    assert subtract_days(end, 1, AUCKLAND) == parse_instant("2026-09-27", AUCKLAND)
    assert end - subtract_days(end, 1, AUCKLAND) == timedelta(hours=23)


@all_cases("address", ["/api/stock/", "/api/stock/operations/"])
def test_a_date_in_the_filters_of_a_list_begins_at_the_shop_s_midnight(as_alice, as_bob, alice, kettle, address):
    move_shop(alice, AUCKLAND)
    filters = resolve(address).func.cls.filterset_class.base_filters
    assert filters["after"].field.zone == "UTC"  # the schema reads this, too
    for moment in ("2026-05-09T11:59:59Z", "2026-05-09T12:00:00Z", "2026-05-10T12:00:00Z"):
        book(as_alice, kettle, "OUT", 1, moment)
    for client in (as_alice, as_bob):
        day = client.get(address, {"after": "2026-05-10", "before": "2026-05-11"}).json()["results"]
        assert [row["occurred_at"] for row in day] == ["2026-05-09T12:00:00Z"]
        utc = client.get(address, {"after": "2026-05-10T00:00", "before": "2026-05-11T00:00"}).json()["results"]
        assert [row["occurred_at"] for row in utc] == ["2026-05-10T12:00:00Z"]
