"""The rate of the reports of days left and of suggested orders: days in stock, the sales of a year ago, the factor."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.reports.tests.reporting import ago, book, read_csv, read_report, read_rows, reverse
from desk.reports.tests.test_shop_days import AUCKLAND, move_shop
from suppliers.models import Supplier
from testing.cast.people import make_location, make_product
from testing.clock import set_clock
from testing.tables import all_cases

RATE = ("sold", "per_day", "window_days", "in_stock_days", "few_days")


@pytest.fixture
def pot(alice):
    """Return a product that is always needed, whose deliveries take 3 days."""
    mill = Supplier.objects.create(owner=alice, name="Mill", lead_days=3)
    return make_product(alice, "Pot", supplier=mill, min_threshold=1000)


def noon(days_ago):
    """Return noon in UTC of the day that is this number of days before today."""
    return datetime.combine(datetime.now(UTC).date() - timedelta(days=days_ago), time(12), UTC)


def read_rate(client, **query):
    """Return the numbers behind the rate of the only product in the report of suggested orders."""
    [row] = read_rows(client, "reorder", **query)
    return tuple(row[name] for name in RATE)


def test_what_was_never_out_is_divided_by_all_days(as_alice, pot):
    book(as_alice, pot, "IN", 100, noon(40))
    book(as_alice, pot, "OUT", 60, noon(3))
    assert read_rate(as_alice) == (60, "2.00", 30, 30, False)


def test_what_did_not_move_in_the_window_was_there_all_days_or_never(as_alice, pot):
    assert read_rate(as_alice) == (0, "0.00", 30, 0, True)
    book(as_alice, pot, "IN", 100, noon(40))
    assert read_rate(as_alice) == (0, "0.00", 30, 30, False)


@all_cases(
    ("out_since", "found"),
    [
        (10, (20, "1.00", 30, 20, False)),
        (15, (20, "1.33", 30, 15, False)),
        (16, (20, "0.67", 30, 14, True)),  # less than half: the rate of all days
    ],
)
def test_days_without_stock_do_not_count(as_alice, pot, out_since, found):
    book(as_alice, pot, "IN", 20, noon(40))
    book(as_alice, pot, "OUT", 20, noon(out_since))
    assert read_rate(as_alice) == found


def test_a_day_between_two_deliveries_does_not_count(as_alice, pot):
    for days_ago in (20, 10):
        book(as_alice, pot, "IN", 5, noon(days_ago))
        book(as_alice, pot, "OUT", 5, noon(days_ago) + timedelta(hours=1))
    assert read_rate(as_alice, days=21)[3] == 2
    book(as_alice, pot, "IN", 5, noon(3))
    assert read_rate(as_alice, days=21)[3] == 6


@pytest.mark.quick
def test_both_reports_divide_by_the_same_days(as_alice, pot):
    book(as_alice, pot, "IN", 50, noon(20))
    book(as_alice, pot, "OUT", 42, noon(10))
    [left], [order] = read_rows(as_alice, "days-left"), read_rows(as_alice, "reorder")
    names = ("cover", "basis", "window_from", "window_to", "lead_days", "factor", "days_left", *RATE)
    assert {name: left[name] for name in names} == {name: order[name] for name in names}
    assert (left["per_day"], left["in_stock_days"], left["days_left"]) == ("2.00", 21, 4)
    assert order["needed"] == 1000 + 1 + 2 * (3 + 14) - 8
    assert order["suggested_threshold"] == 2 * 3
    assert order["window_from"] == noon(29).date().isoformat()
    assert order["window_to"] == noon(0).date().isoformat()


def test_a_late_booking_counts_on_the_day_on_which_it_happened(as_alice, pot):
    book(as_alice, pot, "IN", 9, noon(5))
    book(as_alice, pot, "OUT", 9, noon(1))
    assert read_rate(as_alice, days=10)[3] == 5
    book(as_alice, pot, "IN", 1, noon(8))
    assert read_rate(as_alice, days=10)[3] == 9


def test_a_transfer_brings_no_stock(as_alice, alice, pot):
    book(as_alice, pot, "IN", 9)
    book(as_alice, pot, "OUT", 4, noon(3))  # happened before its delivery
    body = {"from": None, "to": make_location(alice).pk, "lines": [{"product": pot.pk, "quantity": 5}]}
    moved = as_alice.post("/api/stock/transfers/", body | {"occurred_at": noon(2).isoformat()})
    assert moved.status_code == 201, moved.content
    assert read_rate(as_alice, days=10)[3] == 1


@all_cases(("sold_at", "days"), [("11:30", 3), ("12:30", 4)])
def test_a_day_ends_at_midnight_of_the_shop(as_alice, alice, pot, monkeypatch, sold_at, days):
    move_shop(alice, AUCKLAND)
    set_clock(monkeypatch, "2026-07-14T12:00:00Z")
    book(as_alice, pot, "IN", 5, "2025-07-15T12:30:00Z")  # half past midnight of the 16th
    book(as_alice, pot, "OUT", 5, f"2025-07-18T{sold_at}:00Z")  # half past eleven of the 18th, or an hour later
    assert read_rate(as_alice, basis="year_ago", cover=7)[2:4] == (10, days)


@all_cases(("sold_at", "days"), [("21:30", 3), ("22:30", 4)])
def test_the_day_with_23_hours_is_a_day(as_alice, alice, pot, monkeypatch, sold_at, days):
    move_shop(alice, "Europe/Berlin")
    set_clock(monkeypatch, "2026-03-27T12:00:00Z")
    book(as_alice, pot, "IN", 5, "2025-03-29T22:30:00Z")  # summer time begins on the 30th
    book(as_alice, pot, "OUT", 5, f"2025-03-31T{sold_at}:00Z")
    assert read_rate(as_alice, basis="year_ago", cover=4)[2:4] == (7, days)


def test_the_sales_of_the_same_season_a_year_ago_count(as_alice, pot):
    book(as_alice, pot, "IN", 500, noon(400))
    for days_ago, quantity in [(366, 1), (365, 10), (360, 20), (349, 4), (348, 100), (5, 60)]:
        book(as_alice, pot, "OUT", quantity, noon(days_ago))
    [row] = read_rows(as_alice, "reorder", basis="year_ago")
    assert tuple(row[name] for name in RATE) == (34, "2.00", 17, 17, False)
    assert (row["basis"], row["lead_days"], row["cover"]) == ("year_ago", 3, 14)
    assert (row["window_from"], row["window_to"]) == (noon(365).date().isoformat(), noon(349).date().isoformat())
    assert row["needed"] == 1000 + 1 + 34 - row["quantity"]
    assert read_rate(as_alice) == (60, "2.00", 30, 30, False)
    [left] = read_rows(as_alice, "days-left", basis="year_ago", cover=14)
    assert (left["sold"], left["days_left"]) == (34, row["quantity"] // 2)


def test_each_product_has_the_window_of_its_supplier(as_alice, alice, pot):
    pan = make_product(alice, "Pan", min_threshold=1000)  # 7 days without a supplier
    for product in (pot, pan):
        book(as_alice, product, "IN", 9, noon(400))
        book(as_alice, product, "OUT", 1, noon(361))
    found = read_rows(as_alice, "reorder", basis="year_ago", cover=0)
    assert [(row["name"], row["window_days"], row["sold"]) for row in found] == [("Pot", 3, 0), ("Pan", 7, 1)]


@pytest.mark.quick
def test_what_came_back_of_the_sales_of_a_year_ago_does_not_count(as_alice, pot):
    book(as_alice, pot, "IN", 50, noon(400))
    sale = book(as_alice, pot, "OUT", 9, noon(360))
    reverse(as_alice, book(as_alice, pot, "OUT", 7, noon(360)))
    returned = {"lines": [{"product": pot.pk, "quantity": 2}]}
    answer = as_alice.post(f"/api/stock/operations/{sale['operation']}/return/", returned)
    assert answer.status_code == 201, answer.content
    assert read_rate(as_alice, basis="year_ago")[0] == 7


def test_what_was_not_there_a_year_ago_has_no_days(as_alice, pot):
    book(as_alice, pot, "IN", 50, noon(20))
    assert read_rate(as_alice, basis="year_ago") == (0, "0.00", 17, 0, True)


@all_cases(("cover", "days"), [(366, 365), (0, 1)])
def test_the_window_of_a_year_ago_has_one_day_to_a_year(as_alice, pot, cover, days):
    Supplier.objects.update(lead_days=cover and 3)
    book(as_alice, pot, "IN", 800, noon(370))
    book(as_alice, pot, "OUT", 365, noon(365))
    assert read_rate(as_alice, basis="year_ago", cover=cover)[:4] == (365, f"{365 / days:.2f}", days, days)


@all_cases(
    ("factor", "per_day", "left"),
    [("1", "2.00", 20), ("0.10", "0.20", 200), ("10", "20.00", 2), ("1.25", "2.50", 16), ("1,5", "3.00", 13)],
)
def test_the_factor_multiplies_the_rate(as_alice, pot, factor, per_day, left):
    book(as_alice, pot, "IN", 100, noon(40))
    book(as_alice, pot, "OUT", 60, noon(3))
    [row] = read_rows(as_alice, "reorder", factor=factor)
    demand = ceil(Decimal(per_day) * (3 + 14))
    assert (row["per_day"], row["days_left"], row["needed"]) == (per_day, left, 1000 + 1 + demand - 40)
    assert Decimal(row["factor"]) == Decimal(factor.replace(",", "."))


@all_cases("report", ["reorder", "days-left"])
@all_cases("factor", ["0.09", "10.01", "0", "-1", "1.001", "x", "1e0", "１", "NaN"])
def test_a_factor_outside_of_the_limits_is_refused(as_alice, report, factor):
    answer = as_alice.get(f"/api/reports/{report}/", {"factor": factor})
    assert (answer.status_code, list(answer.json())) == (400, ["factor"])


def test_a_file_has_the_numbers_behind_the_rate(as_alice, as_bob, pot):
    book(as_alice, pot, "IN", 20, noon(40))
    book(as_alice, pot, "OUT", 20, noon(10))
    for client in (as_alice, as_bob):
        [line] = read_csv(client, "reorder", factor="1.50", basis="last")
        assert [line[name] for name in ("in_stock_days", "few_days", "factor", "per_day")] == [
            "20", "false", "1.50", "1.50",
        ]  # fmt: skip


def test_another_account_s_movements_do_not_count(as_alice, as_charlie, charlie, pot):
    book(as_alice, pot, "IN", 9, noon(5))
    theirs = make_product(charlie, "Pot", min_threshold=1000)
    book(as_charlie, theirs, "IN", 9, noon(20))
    assert [read_rate(client, days=10)[3] for client in (as_alice, as_charlie)] == [6, 10]


@all_cases("basis", ["last", "year_ago"])
@all_cases("report", ["reorder", "days-left"])
def test_a_report_takes_one_statement_beside_the_user(as_alice, alice, pot, report, basis):
    def count():
        with CaptureQueriesContext(connection) as captured:
            read_report(as_alice, report, basis=basis)
        return sum("stock_movement" in query["sql"] for query in captured), len(captured)

    book(as_alice, pot, "IN", 9, ago(400))
    few = count()
    for name in ("Pan", "Cup"):
        book(as_alice, make_product(alice, name, 9), "OUT", 1)
    assert count() == few
    assert few[0] == 1


def move_at_random(client, product, random, first, last):
    """Book movements on the days from `first` to `last`, which are days ago. Return the days on which there was stock.

    The balance is looked at in the morning of each day, and after each movement.
    """
    balance, days = 0, set()
    for days_ago in range(first, last - 1, -1):
        days |= {days_ago} if balance else set()
        for hour in range(random.choice((0, 0, 1, 2)) if days_ago else 0):
            change = random.choice((-balance, 3, -1, 2))
            change = change if change and balance + change >= 0 else 1
            book(client, product, "IN" if change > 0 else "OUT", abs(change), noon(days_ago) + timedelta(hours=hour))
            balance += change
            days |= {days_ago} if balance else set()
    return days


def book_in_time(owner):
    """Change the times of booking as if all of the owner's movements had been booked when they happened."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE stock_operation SET created_at = occurred_at WHERE owner_id = %s", [owner.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


@all_cases(("basis", "window"), [("last", range(17)), ("year_ago", range(349, 366))])
def test_random_movements_agree_with_a_balance_that_is_looked_at_all_the_time(as_alice, alice, basis, window):
    random, expected = Random(7), {}  # noqa: S311
    for number in range(12):
        product = make_product(alice, f"P{number}", min_threshold=10**6)
        days = move_at_random(as_alice, product, random, window[-1] + 3, max(window[0] - 3, 0))
        expected[product.pk] = len(days & {*window})
    assert len({*expected.values()}) > 3
    for is_late in (True, False):
        if not is_late:
            book_in_time(alice)
        rows = read_rows(as_alice, "reorder", basis=basis, days=17, cover=10, page_size=100)
        assert {row["product"]: row["in_stock_days"] for row in rows} == expected, is_late
