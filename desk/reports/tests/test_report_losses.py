"""/api/reports/losses/: what counts have found missing, and what happened since the count before."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.reports.losses import BY
from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_report, read_rows, reverse
from products.models import Category
from stock.booking import services
from stock.booking.drafts import BookingLine, CountLine, OperationDraft, PlaceReference, by_id
from stock.models import Movement, StockCount
from testing.cast.people import make_location, make_product
from testing.cast.sheets import OpenSheet
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from trade.selling import services as selling


@pytest.fixture
def tea(as_alice, alice):
    """Return a product of which 100 came in 60 days ago, each for 4.00."""
    product = make_product(alice, "Tea", sku="T", price="9.00", cost_price="4.00")
    book(as_alice, product, "IN", 100, ago(60), reason="purchase")
    return product


def count(client, product, counted, days, **place):
    """Count a product as it was this number of days ago, at most 30. Return the response."""
    line = {"product": product.pk, "counted": counted, "counted_at": ago(days).isoformat(), **place}
    answer = client.post("/api/stock/counts/", {"lines": [line]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def list_windows(client, **query):
    """Return (name, units, value) of each row."""
    return [(row["name"], row["units"], row["value"]) for row in read_rows(client, "losses", **query)]


def read_moment(text):
    return datetime.fromisoformat(text)


# --- The windows ----------------------------------------------------------------------------------------------


def test_a_window_has_what_a_count_has_found_missing_since_the_count_before(as_alice, tea):
    count(as_alice, tea, 100, 20)
    operation = count(as_alice, tea, 97, 5)["operation"]
    first, last = StockCount.objects.order_by("pk")
    [row] = read_rows(as_alice, "losses")
    assert (row["product"], row["units"], row["lost"], row["found"], row["value"]) == (tea.pk, 3, 3, 0, "12.00")
    assert (row["count"], row["operation"], row["previous"]) == (last.pk, operation, first.pk)
    assert (read_moment(row["from"]), read_moment(row["to"])) == (first.counted_at, last.counted_at)


def test_the_first_window_begins_with_the_first_movement(as_alice, tea):
    count(as_alice, tea, 98, 5)
    [row] = read_rows(as_alice, "losses")
    assert row["previous"] is None
    assert read_moment(row["from"]) == Movement.objects.get(product=tea, sequence=1).operation.occurred_at


def test_a_window_has_what_happened_in_it(as_alice, as_bob, alice, bob, tea):
    book(as_alice, tea, "OUT", 9, ago(25))  # before the window
    count(as_alice, tea, 91, 20)
    book(as_alice, tea, "IN", 20, ago(15), reason="purchase")
    book(as_bob, tea, "OUT", 2, ago(14))
    book(as_bob, tea, "OUT", 3, ago(13))
    undone = book(as_alice, tea, "OUT", 4, ago(12))
    reverse(as_alice, undone)  # now, after the window
    book(as_alice, tea, "OUT", 5, ago(11), reason="damage")
    count(as_alice, tea, 95, 10)
    book(as_alice, tea, "OUT", 8, ago(5))  # after the window
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["deliveries"]) == (2, {"number": 1, "units": 20})
    assert row["sales"] == [
        {"till": None, "till_name": None, "user": bob.pk, "username": "bob", "number": 2, "units": 5},
        {"till": None, "till_name": None, "user": alice.pk, "username": "alice", "number": 1, "units": 4},
    ]
    assert row["transfers"] == {"number": 0, "units_in": 0, "units_out": 0}
    assert row["others"] == [{"reason": "damage", "number": 1, "units": -5}]


def test_a_purchase_that_went_out_is_taken_back(as_alice, tea):
    book(as_alice, tea, "IN", 20, ago(15), reason="purchase")
    book(as_alice, tea, "OUT", 6, ago(14), reason="purchase")
    count(as_alice, tea, 113, 10)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["deliveries"]["units"], row["sales"]) == (1, 114, [])


def test_the_sales_of_a_till_are_told_from_those_of_its_user(as_alice, alice, tea):
    device = Device(alice, "Kitchen")
    device.book(1, tea, 2)
    book(as_alice, tea, "OUT", 3)
    count(as_alice, tea, 94, 0)
    [row] = read_rows(as_alice, "losses")
    assert [(sold["till"], sold["till_name"], sold["user"], sold["units"]) for sold in row["sales"]] == [
        (None, None, alice.pk, 3), (device.till.pk, "Kitchen", alice.pk, 2),
    ]  # fmt: skip


def test_a_sale_that_was_undone_in_the_window_is_shown_with_its_reversal(as_alice, tea):
    reverse(as_alice, book(as_alice, tea, "OUT", 4))
    count(as_alice, tea, 99, 0)
    [row] = read_rows(as_alice, "losses")
    assert [sold["units"] for sold in row["sales"]] == [4]
    assert row["others"] == [{"reason": "reversal", "number": 1, "units": 4}]


def test_a_sale_that_was_sent_late_is_in_the_window_in_which_it_happened(as_alice, tea):
    count(as_alice, tea, 95, 10)
    book(as_alice, tea, "OUT", 5, ago(12))
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], [sold["units"] for sold in row["sales"]]) == (5, [5])


def test_what_was_booked_long_after_a_window_is_not_shown_in_it(as_alice, tea):
    count(as_alice, tea, 98, 5)
    book(as_alice, tea, "OUT", 5, ago(50))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE stock_stockcount SET counted_at = counted_at - interval '25 days 1 hour'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    period = {"from": ago(40).isoformat()}
    assert [row["sales"] for row in read_rows(as_alice, "losses", **period)] == [[]]


@pytest.mark.quick
def test_more_than_expected_is_a_window_below_zero(as_alice, tea):
    count(as_alice, tea, 103, 5)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["lost"], row["found"], row["value"]) == (-3, 0, 3, "-12.00")


def test_a_count_that_matches_is_no_window_but_begins_one(as_alice, tea):
    count(as_alice, tea, 100, 9)
    assert list_windows(as_alice) == []
    count(as_alice, tea, 99, 8)
    assert read_rows(as_alice, "losses")[0]["previous"] == StockCount.objects.earliest("pk").pk


def test_a_reversed_count_does_not_count_until_its_reversal_is_reversed(as_alice, tea):
    first = booked = count(as_alice, tea, 90, 9)
    found = []
    for _ in range(3):
        found.append(list_windows(as_alice))
        booked = reverse(as_alice, booked if booked is not first else {"operation": first["operation"]})
    assert found == [[("Tea", 10, "40.00")], [], [("Tea", 10, "40.00")]]


def test_a_reversed_count_begins_no_window_and_did_not_happen_in_one(as_alice, tea):
    reverse(as_alice, count(as_alice, tea, 90, 9))
    count(as_alice, tea, 98, 0)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"], row["others"]) == (2, None, [])


@pytest.mark.quick
def test_an_outdated_count_does_not_count(as_alice, tea):
    count(as_alice, tea, 98, 5)
    assert count(as_alice, tea, 90, 9)["lines"][0]["outdated"] is True
    assert list_windows(as_alice) == [("Tea", 2, "8.00")]
    assert read_rows(as_alice, "losses")[0]["previous"] is None


def test_a_late_count_shortens_no_later_window_of_the_same_goods(as_alice, tea):
    """It is outdated: it has booked nothing, so the later window keeps what was missing before it."""
    count(as_alice, tea, 95, 2)
    count(as_alice, tea, 97, 6)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"]) == (5, None)


def test_the_counts_of_a_sheet_are_windows(as_alice, as_bob, tea):
    sheet = OpenSheet(as_alice, tea)
    sheet.enter(tea, 96, as_bob)
    sheet.book()
    assert list_windows(as_alice) == [("Tea", 4, "16.00")]


def test_only_counts_of_the_period_are_windows(as_alice, tea):
    count(as_alice, tea, 98, 20)
    count(as_alice, tea, 97, 3)
    assert list_windows(as_alice, **{"from": ago(10).isoformat()}) == [("Tea", 1, "4.00")]
    assert list_windows(as_alice, **{"to": ago(10).isoformat()}) == [("Tea", 2, "8.00")]


# --- Places ---------------------------------------------------------------------------------------------------


@pytest.fixture
def placed(as_alice, tea, cellar):
    """Return a product with 100 pieces at no place and 50 in the cellar."""
    book(as_alice, tea, "IN", 50, ago(50), location="Cellar")
    return tea


def transfer(client, product, quantity, source, target, days):
    lines = [{"product": product.pk, "quantity": quantity}]
    body = {"from": source, "to": target, "lines": lines, "occurred_at": ago(days).isoformat()}
    assert client.post("/api/stock/transfers/", body).status_code == 201


def test_a_window_of_a_place_has_what_happened_there(as_alice, placed, cellar, shelf):
    book(as_alice, placed, "OUT", 4, ago(15), location="Cellar")
    transfer(as_alice, placed, 10, "Cellar", "Shelf", 14)
    transfer(as_alice, placed, 3, "Shelf", "Cellar", 13)
    book(as_alice, placed, "OUT", 5, ago(12), location="Shelf")
    count(as_alice, placed, 37, 5, location="Cellar")
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["location"], row["location_name"]) == (2, cellar.pk, "Cellar")
    assert row["deliveries"] == {"number": 1, "units": 50}
    assert row["transfers"] == {"number": 2, "units_in": 3, "units_out": 10}
    assert [sold["units"] for sold in row["sales"]] == [4]


def test_a_transfer_moves_all_of_a_product_and_changes_none(as_alice, placed, shelf):
    transfer(as_alice, placed, 6, "Cellar", "Shelf", 13)
    count(as_alice, placed, 149, 5)
    [row] = read_rows(as_alice, "losses")
    assert row["transfers"] == {"number": 1, "units_in": 6, "units_out": 6}


def test_a_count_of_the_whole_product_begins_the_window_of_a_place(as_alice, placed):
    count(as_alice, placed, 150, 9)
    count(as_alice, placed, 49, 5, location="Cellar")
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"]) == (1, StockCount.objects.earliest("pk").pk)


def test_a_count_of_a_place_begins_no_window_of_the_whole_product(as_alice, placed):
    count(as_alice, placed, 49, 9, location="Cellar")
    count(as_alice, placed, 147, 5)
    whole, place = read_rows(as_alice, "losses")
    assert (whole["units"], whole["previous"]) == (2, None)
    assert (place["units"], place["previous"]) == (1, None)


def test_two_places_of_one_product_in_an_operation_have_their_own_values(as_alice, placed, shelf):
    """The stock has two costs, so the value of each movement differs."""
    book(as_alice, placed, "IN", 10, ago(40), location="Shelf", unit_cost="7.00")
    lines = [
        {"product": placed.pk, "counted": 49, "location": "Cellar"},
        {"product": placed.pk, "counted": 12, "location": "Shelf"},
    ]
    operation = as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    booked = Movement.objects.filter(operation=operation).order_by("sequence")
    assert [movement.movement_type for movement in booked] == ["OUT", "IN"]
    found = {row["location_name"]: (row["units"], row["value"]) for row in read_rows(as_alice, "losses")}
    assert found == {"Cellar": (1, str(booked[0].value)), "Shelf": (-2, str(-booked[1].value))}


# --- Sums -----------------------------------------------------------------------------------------------------


def add_up(client, by, **query):
    """Return the rows as {name, place, month or reason: (number, units, lost, found, value)}."""
    rows = read_rows(client, "losses", by=by, **query)
    return {
        row["name"] or row["location_name"] or row["month"] or row["reason"]: (
            row["number"], row["units"], row["lost"], row["found"], row["value"],
        )
        for row in rows
    }  # fmt: skip


def test_sums_by_product_and_by_location(as_alice, alice, placed, cellar):
    cup = make_product(alice, "Cup", 10, cost_price="2.00")
    count(as_alice, placed, 48, 5, location="Cellar")
    count(as_alice, placed, 149, 3)
    count(as_alice, cup, 7, 0)
    assert add_up(as_alice, "product") == {"Tea": (2, 1, 2, 1, "4.00"), "Cup": (1, 3, 3, 0, "6.00")}
    assert add_up(as_alice, "location") == {"Cellar": (1, 2, 2, 0, "8.00"), None: (2, 2, 3, 1, "2.00")}


def test_a_month_is_one_of_the_shop(as_alice, alice, tea):
    alice.time_zone = "Asia/Tokyo"
    alice.save(update_fields=["time_zone"])
    found = count(as_alice, tea, 98, 3)
    assert found["operation"]
    month = (ago(3) + timedelta(hours=9)).strftime("%Y-%m")
    assert add_up(as_alice, "month") == {month: (1, 2, 2, 0, "8.00")}


@pytest.mark.quick
def test_by_reason_what_was_written_off_is_beside_what_counts_have_found(as_alice, tea):
    book(as_alice, tea, "OUT", 5, reason="damage")
    book(as_alice, tea, "OUT", 6, reason="theft")
    reverse(as_alice, book(as_alice, tea, "OUT", 7, reason="theft"))
    book(as_alice, tea, "OUT", 8)  # a sale is no loss
    book(as_alice, tea, "IN", 2, reason="correction")
    count(as_alice, tea, 80, 0)
    assert add_up(as_alice, "reason") == {
        "count": (1, 3, 3, 0, "12.00"), "damage": (1, 5, 5, 0, "20.00"), "theft": (1, 6, 6, 0, "24.00"),
        "correction": (1, -2, 0, 2, "-8.00"),
    }  # fmt: skip


@pytest.fixture
def written_off(as_alice, alice, tea):
    """Write goods off and count, and return the location of a part of them."""
    cellar = make_location(alice, "Cellar")
    cup = make_product(alice, "Cup", 10, cost_price="2.00")
    book(as_alice, tea, "OUT", 6, ago(2), reason="theft")
    book(as_alice, tea, "IN", 10, reason="purchase", location=cellar.pk)
    book(as_alice, tea, "OUT", 5, reason="damage", location=cellar.pk)
    book(as_alice, cup, "OUT", 1, reason="damage")
    reverse(as_alice, book(as_alice, cup, "OUT", 2, reason="expiry"))
    count(as_alice, cup, 6, 0)
    return cellar


@all_cases("by", BY)
def test_what_was_written_off_is_beside_each_kind_of_row(as_alice, tea, written_off, by):
    report = read_report(as_alice, "losses", by=by)
    found, rows = report["written_off"], report["written_off"]["results"]
    assert (found["value"], sum(Decimal(row["value"]) for row in rows)) == ("46.00", Decimal(46))
    by_reason = Counter()
    for row in rows:
        by_reason[row["reason"]] += Decimal(row["value"])
    assert by_reason == {"damage": 22, "theft": 24}
    assert report["totals"]["value"] == ("52.00" if by == "reason" else "6.00")
    assert sum(Decimal(row["value"]) for row in report["results"]) == Decimal(report["totals"]["value"])


def test_what_was_written_off_is_grouped_as_the_report_is(as_alice, tea, written_off):
    def list_by(by, *names):
        rows = read_report(as_alice, "losses", by=by)["written_off"]["results"]
        return [tuple(row[name] for name in (*names, "reason", "number", "units", "value")) for row in rows]

    assert list_by("window") == [("theft", 1, 6, "24.00"), ("damage", 2, 6, "22.00")]
    assert list_by("product", "name") == [
        ("Tea", "theft", 1, 6, "24.00"), ("Tea", "damage", 1, 5, "20.00"), ("Cup", "damage", 1, 1, "2.00"),
    ]  # fmt: skip
    assert list_by("location", "location", "location_name") == [
        (None, None, "theft", 1, 6, "24.00"), (written_off.pk, "Cellar", "damage", 1, 5, "20.00"),
        (None, None, "damage", 1, 1, "2.00"),
    ]  # fmt: skip
    months = {row[0] for row in list_by("month", "month")}
    assert months == {moment.strftime("%Y-%m") for moment in (ago(0), ago(2))}
    assert [row[0] for row in list_by("product", "name")] == ["Tea", "Tea", "Cup"]
    only = read_report(as_alice, "losses", product=tea.pk)["written_off"]
    assert (only["value"], len(only["results"])) == ("44.00", 2)


@pytest.mark.quick
@all_cases(
    ("places", "found"),
    [
        ([("Cellar", None), ("Cellar", "L1")], "Cellar"), ([("Cellar", None), ("Shelf", None)], None),
        ([("Cellar", None), (None, None)], None), ([("Cellar", "L1"), (None, "L1")], None),
    ],
)  # fmt: skip
def test_what_was_written_off_of_two_places_is_the_loss_of_neither(as_alice, kettle, cellar, shelf, places, found):
    book(as_alice, kettle, "OUT", 10)
    for location, lot in places:
        book(as_alice, kettle, "IN", 1, location=location, lot=lot)
    book(as_alice, kettle, "OUT", len(places), reason="damage")
    [row] = read_report(as_alice, "losses", by="location")["written_off"]["results"]
    assert (row["location_name"], row["units"]) == (found, len(places))


def test_nothing_written_off_is_an_empty_list(as_alice, as_charlie, tea, written_off):
    nothing = {"value": "0.00", "results": []}
    assert read_report(as_charlie, "losses")["written_off"] == nothing
    assert read_report(as_alice, "losses", to=ago(40).isoformat())["written_off"] == nothing


@all_cases("by", BY)
def test_the_page_has_what_was_written_off_once(alice, tea, written_off, by):
    page = Browser(alice).get_page(f"{REPORTS}losses/?by={by}")
    figures = re.findall(r"<dt>([^<]*)</dt><dd><span>([\d.]+)", page)
    assert dict(figures) == {"Losses in all": "52.00", "Missing in counts": "6.00", "Written off": "46.00"}
    assert page.count("<h2>Written off</h2>") == (by != "reason")
    assert "theft" in page


def test_the_totals_are_those_of_all_rows(as_alice, alice, tea):
    cup = make_product(alice, "Cup", 10, cost_price="2.00")
    count(as_alice, tea, 97, 5)
    count(as_alice, cup, 12, 0)
    by_unit = [{"unit": "", "units": "1", "lost": "3", "found": "2"}]
    expected = {"number": 2, "units": 1, "lost": 3, "found": 2, "value": "8.00", "by_unit": by_unit}
    for by in BY:
        report = read_report(as_alice, "losses", by=by, page_size=1)
        assert report["totals"] == expected, by
    empty = {"number": 0, "units": 0, "lost": 0, "found": 0, "value": "0.00", "by_unit": []}
    assert read_report(as_alice, "losses", to=ago(40).isoformat())["totals"] == empty


def test_the_windows_of_a_product_and_of_a_category(as_alice, alice, tea):
    cup = make_product(alice, "Cup", 10, category=Category.objects.create(owner=alice, name="Cups"))
    count(as_alice, tea, 97, 5)
    count(as_alice, cup, 9, 0)
    assert [row[0] for row in list_windows(as_alice, product=tea.pk)] == ["Tea"]
    assert [row[0] for row in list_windows(as_alice, category="cups")] == ["Cup"]


# --- A year ---------------------------------------------------------------------------------------------------

START = datetime(2026, 1, 1, 8, tzinfo=UTC)


class Year:
    """A shop that sells and counts for a year. Goods vanish or appear at times that only this class knows."""

    def __init__(self, alice, bob, cellar):
        self.random = Random(11)  # noqa: S311
        self.alice, self.bob, self.cellar = alice, bob, cellar
        self.products = [make_product(alice, name, cost_price="3.33") for name in ("Assam", "Mint")]
        self.there = Counter()  # what really is there, by product
        self.planted = []  # (product, time, units)

    def run(self):
        for week in range(52):
            monday = START + timedelta(weeks=week)
            for product in self.products:
                self.deliver_and_sell(product, monday)
                if self.random.random() < 0.4:
                    self.plant(product, monday + timedelta(days=2, hours=self.random.randint(0, 50)))
            if week % 4 == 3:
                for product in self.products:
                    self.count(product, monday + timedelta(days=6), is_reversed=week == 27)

    def deliver_and_sell(self, product, monday):
        place = self.random.choice([None, self.cellar.pk])
        self.book(self.alice, product, "IN", 10, "purchase", monday, place)
        for day in (1, 4):
            user = self.random.choice([self.alice, self.bob])
            self.book(user, product, "OUT", self.random.randint(1, 4), "sale", monday + timedelta(days=day))

    def book(self, user, product, movement_type, quantity, reason, at, place=None):
        draft = OperationDraft(by=user, reason=reason, occurred_at=at)
        reference = PlaceReference(place) if place else None
        selling.book_one(draft=draft, line=BookingLine(by_id(product.pk), movement_type, quantity, place=reference))
        self.there[product.pk] += quantity if movement_type == "IN" else -quantity

    def plant(self, product, at):
        """Let some pieces vanish, or appear, and book nothing."""
        units = self.random.choice([-2, 1, 2, 3, 5])
        self.there[product.pk] -= units
        self.planted.append((product.pk, at, units))

    def count(self, product, at, *, is_reversed):
        if is_reversed:
            operation = self.book_count(product, self.there[product.pk] + 7, at)
            selling.reverse_operation(by=self.alice, operation=operation)
        else:
            self.book_count(product, self.there[product.pk], at)

    def book_count(self, product, counted, at):
        draft = OperationDraft(by=self.alice, reason="count", occurred_at=at)
        return services.count_stock(draft=draft, lines=[CountLine(by_id(product.pk), counted, at)])[0]


@pytest.fixture
def year(alice, bob, cellar):
    """Return a year, whose operations were all recorded when they happened."""
    year = Year(alice, bob, cellar)
    year.run()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE stock_operation SET created_at = occurred_at WHERE reason <> 'reversal'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    return year


WHOLE_YEAR = {"from": START.isoformat(), "to": (START + timedelta(days=366)).isoformat()}


def test_every_loss_of_a_year_is_found_in_its_window_and_all_sums_are_equal(as_alice, year):
    rows = read_rows(as_alice, "losses", page_size=100, **WHOLE_YEAR)
    planted = Counter()
    for product, at, units in year.planted:
        found = [row for row in rows if row["product"] == product
                 and read_moment(row["from"]) < at <= read_moment(row["to"])]  # fmt: skip
        # Losses and surpluses may cancel each other: then no count has differed, and there is no window.
        if found:
            [row] = found
            planted[row["count"]] += units
    assert {row["count"]: row["units"] for row in rows} == planted
    kept = StockCount.objects.exclude(operation__reversals__isnull=False)
    differences = sum(one.expected - one.counted for one in kept)
    booked = Movement.objects.filter(operation__reason="count", operation__reversals=None)
    value = sum(one.value if one.movement_type == "OUT" else -one.value for one in booked)
    for by in BY:
        report = read_report(as_alice, "losses", by=by, page_size=100, **WHOLE_YEAR)
        assert sum(row["units"] for row in report["results"]) == report["totals"]["units"] == differences
        assert sum(Decimal(row["value"]) for row in report["results"]) == Decimal(report["totals"]["value"]) == value
    assert len(rows) > 15
    assert {row["units"] > 0 for row in rows} == {True, False}


def test_what_happened_in_each_window_of_a_year_is_what_was_booked_then(as_alice, year, alice, bob):
    for row in read_rows(as_alice, "losses", page_size=100, **WHOLE_YEAR):
        happened = Movement.objects.filter(
            product=row["product"], operation__occurred_at__lte=row["to"],
            **{f"operation__occurred_at__{'gt' if row['previous'] else 'gte'}": row["from"]},
        )  # fmt: skip
        sold = Counter()
        for movement in happened.filter(operation__reason="sale").select_related("operation"):
            sold[movement.operation.performed_by_id] += movement.quantity
        assert {one["user"]: one["units"] for one in row["sales"]} == sold
        delivered = happened.filter(operation__reason="purchase")
        units = sum(delivered.values_list("quantity", flat=True))
        assert row["deliveries"] == {"number": delivered.count(), "units": units}
        assert row["others"] == []


# --- The route ------------------------------------------------------------------------------------------------


@all_cases("by", BY)
def test_another_shop_s_losses_are_not_shown(as_alice, as_charlie, charlie, tea, by):
    count(as_charlie, make_product(charlie, "Cup", 5), 3, 0)
    count(as_alice, tea, 99, 0)
    assert read_report(as_alice, "losses", by=by)["totals"]["units"] == 1
    assert read_report(as_charlie, "losses", by=by)["totals"]["units"] == 2
    assert read_report(as_charlie, "losses", by=by, product=tea.pk)["count"] == 0


def test_a_file_has_numbers_of_what_happened(as_alice, tea):
    book(as_alice, tea, "OUT", 4, ago(15), reason="damage")
    book(as_alice, tea, "OUT", 5, ago(14))
    count(as_alice, tea, 90, 5)
    [line] = read_csv(as_alice, "losses")
    [row] = read_rows(as_alice, "losses")
    assert list(line) == [
        "count", "operation", "previous", "product", "name", "sku", "location", "location_name", "lot", "lot_code",
        "from", "to", "units", "value", "delivered", "sold", "moved_in", "moved_out", "otherwise", "unit",
    ]  # fmt: skip
    happened = {"delivered": "100", "sold": "5", "moved_in": "0", "moved_out": "0", "otherwise": "-4"}
    assert happened.items() <= line.items()
    assert (line["count"], line["units"], line["value"]) == (str(row["count"]), "1", "4.00")


@all_cases(
    ("by", "first"),
    [
        ("product", ["product", "name", "sku"]),
        ("location", ["location", "location_name"]),
        ("month", ["month"]),
        ("reason", ["reason"]),
    ],
)
def test_a_file_of_sums_has_the_columns_of_its_rows(as_alice, tea, by, first):
    count(as_alice, tea, 99, 5)
    [line] = read_csv(as_alice, "losses", by=by)
    unit = ["unit"] if by == "product" else ["by_unit"]
    assert list(line) == [*first, "number", "units", "lost", "found", "value", *unit]
    workbook = as_alice.get(f"{REPORTS}losses/", {"format": "xlsx", "by": by})
    assert read_workbook(workbook.getvalue())[0] == list(line)


@pytest.mark.quick
def test_goods_by_weight_are_written_as_amounts_in_files(as_alice, alice):
    rice = make_product(alice, "Rice", 2000, unit="kg", decimals=3)
    count(as_alice, rice, 1500, 0)
    assert read_rows(as_alice, "losses")[0]["units"] == 500
    assert (read_csv(as_alice, "losses")[0]["units"], read_csv(as_alice, "losses")[0]["unit"]) == ("0.500", "kg")


@all_cases(("name", "value"), [("by", "week"), ("from", "yesterday"), ("product", "x"), ("period", "x")])
def test_the_400_names_a_malformed_parameter(as_alice, name, value):
    answer = as_alice.get(f"{REPORTS}losses/", {name: value})
    assert (answer.status_code, list(answer.json())) == (400, [name])


@all_cases("form", ["json", "csv"])
@all_cases("by", BY)
def test_the_report_takes_a_statement_and_one_for_what_was_written_off(as_alice, tea, form, by):
    for counted, days in ((99, 9), (98, 7), (97, 5)):
        count(as_alice, tea, counted, days)
    with CaptureQueriesContext(connection) as captured:
        as_alice.get(f"{REPORTS}losses/", {"format": form, "by": by}).getvalue()
    statements = 2 if form == "json" else 1
    assert sum("stock_movement" in query["sql"] for query in captured) == statements
    # The user, and each statement with its time limit.
    assert len([query for query in captured if "SELECT" in query["sql"]]) == 1 + 2 * statements


# --- The page -------------------------------------------------------------------------------------------------


def test_the_page_shows_the_window_and_says_that_what_happened_is_not_the_cause(as_alice, as_bob, alice, tea):
    book(as_bob, tea, "OUT", 5, ago(14))
    book(as_alice, tea, "OUT", 2, ago(13), reason="damage")
    operation = count(as_alice, tea, 90, 5)["operation"]
    page = Browser(alice).get_page(f"{REPORTS}losses/")
    assert f'href="/api/products/{tea.pk}/"' in page
    assert f'href="/api/stock/operations/{operation}/"' in page
    assert "bob: 5" in page
    assert "damage: \N{MINUS SIGN}2" in page
    assert "That does not mean that they have caused it" in page


@pytest.mark.quick
@all_cases("by", [*BY][1:])
def test_the_page_of_sums_says_nothing_of_causes(as_alice, alice, tea, by):
    count(as_alice, tea, 90, 5)
    page = Browser(alice).get_page(f"{REPORTS}losses/?by={by}")
    assert "40.00" in page
    assert "have caused it" not in page
