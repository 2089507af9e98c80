"""Kept sums of days: every report equals the one that reads all sales, whatever is booked late or undone."""

import os
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction

from core.time_zones import list_midnights
from desk.reports import jobs
from desk.reports.jobs import keep_day, keep_days
from desk.reports.margins import make_margins_by_day
from desk.reports.models import SalesDay
from desk.reports.sales import build_sales, make_sales, make_takings_by_day
from desk.reports.taxes import make_taxes_by_rate
from desk.reports.tests.reporting import ago, book, read_report, reverse
from desk.reports.tests.test_returns_in_reports import give_back
from desk.reports.toolkit import days
from products.models import Product, Tax
from testing.cast.people import make_product
from testing.races import run_and_disconnect, run_concurrently, try_concurrently

STEPS = int(os.environ.get("WALK_STEPS", "120"))
SEED = int(os.environ.get("WALK_SEED", "1"))
DAYS = 12  # the days in which the steps happen
ALL = dict.fromkeys(("till", "user", "customer", "reference", "product"))


@pytest.fixture
def tea(alice):
    """Return a product at 9.00 with VAT, of which many are in stock for 4.00 each."""
    tea = make_product(alice, "Assam", 1000, price="9.00", cost_price="4.00")
    alice.has_taxes = True
    alice.save()
    tax = Tax.objects.create(owner=alice, name="Reduced", rate="7.00")
    Product.objects.filter(pk=tea.pk).update(tax=tax)
    return tea


@pytest.fixture
def keep(alice, monkeypatch):
    """Return a function that keeps the days of Alice's shop, as the worker does. The test has the only transaction.

    Yesterday is kept even in the first minutes of today.
    """
    monkeypatch.setattr(jobs, "MIN_SALES", 1)
    monkeypatch.setattr(jobs, "LATE", timedelta())
    monkeypatch.setattr(jobs, "find_covered", read_clock)

    def run():
        alice.refresh_from_db()
        while keep_days(alice.pk, alice.time_zone):
            pass
        return SalesDay.objects.filter(owner=alice)

    return run


def read_clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def list_values(user, start, end):
    first_day, midnights = list_midnights(start, end, user.time_zone)
    return {**ALL, "owner": user.pk, "start": start, "end": end, "first_day": first_day, "midnights": midnights}


def read_all(user, start, end):
    """Return the rows of each statement that reads kept days, without columns that only some of them have."""
    values = list_values(user, start, end)
    read = {
        "sales": make_sales({**values, "by": "day"}), "page": make_sales({**values, "by": "sale"}),
        "margins": make_margins_by_day(values), "taxes": make_taxes_by_rate(values),
        "takings": make_takings_by_day(values),
    }  # fmt: skip
    return {name: statement.fetch_rows(10_000) for name, statement in read.items()}


def read_live(monkeypatch, user, start, end):
    with monkeypatch.context() as patch:
        patch.setattr(days, "read_kept_days", lambda *_: [])
        return read_all(user, start, end)


def find_day(user, number):
    """Return the beginning and the end of the day this number of days ago."""
    midnights = list_midnights(ago(number), ago(number - 1), user.time_zone)[1]
    return midnights[0], midnights[1]


class Steps:
    """Random bookings of sales in the last days, with what changes sums of days that are over."""

    def __init__(self, client, owner, product, keep):
        self.client, self.owner, self.product, self.keep = client, owner, product, keep
        self.chance = Random(SEED)  # noqa: S311, not for cryptography
        self.sales, self.returns, self.undone = [], [], []
        self.done = Counter()

    def take(self):
        step = self.chance.choice([
            self.sell, self.sell, self.give_back, self.give_back, self.undo_sale, self.undo_return, self.redo,
            self.keep, self.keep, self.move,
        ])  # fmt: skip
        self.done[getattr(step, "__name__", "keep")] += step() is not None

    def sell(self):
        when = ago(self.chance.uniform(0, DAYS))
        more = {"discount": {"amount": "0.55"}} if self.chance.random() < 0.3 else {}
        self.sales.append(
            {**book(self.client, self.product, "OUT", self.chance.randint(1, 7), when, **more), "at": when}
        )
        return True

    def give_back(self):
        sale = self.chance.choice(self.sales) if self.sales else None
        if sale and sale["quantity"] > sale.get("back", 0):
            sale["back"] = sale.get("back", 0) + 1
            when = sale["at"] + (datetime.now(UTC) - sale["at"]) * self.chance.random()
            self.returns.append((sale, give_back(self.client, sale, 1, occurred_at=when)))
            return True
        return None

    def undo_sale(self):
        free = [sale for sale in self.sales if not sale.get("back")]
        if free:
            sale = self.chance.choice(free)
            self.sales.remove(sale)
            self.undone.append(reverse(self.client, sale))
            return True
        return None

    def undo_return(self):
        if self.returns:
            sale, booked = self.returns.pop(self.chance.randrange(len(self.returns)))
            sale["back"] -= 1
            reverse(self.client, booked)
            return True
        return None

    def redo(self):
        """Undo the reversal of a sale, which then counts again."""
        if self.undone:
            reverse(self.client, self.undone.pop())
            return True
        return None

    def move(self):
        """Change the time zone, so that other days begin at other instants."""
        if self.chance.random() < 0.3:
            self.owner.time_zone = self.chance.choice(["UTC", "Asia/Tokyo", "America/Lima"])
            self.owner.save(update_fields=["time_zone"])
            return True
        return None


def walk(client, owner, product, keep, monkeypatch):
    """Take the steps, and compare the reports after each. Return how often each step was taken, and the days used."""
    Product.objects.filter(pk=product.pk).update(price="0.99")  # its VAT is rounded otherwise for each quantity
    steps, used = Steps(client, owner, product, keep), 0
    for number in range(STEPS):
        steps.take()
        start = ago(DAYS + 1) if number % 2 else find_day(owner, DAYS)[0]
        end = ago(-1)
        used += len(days.read_kept_days(owner.pk, start, end))
        assert read_all(owner, start, end) == read_live(monkeypatch, owner, start, end), f"step {number}, seed {SEED}"
    return steps.done, used


def test_reports_with_kept_days_equal_those_that_read_all_sales(as_alice, alice, tea, keep, monkeypatch):
    done, used = walk(as_alice, alice, tea, keep, monkeypatch)
    assert min(done[name] for name in ("sell", "give_back", "undo_sale", "undo_return", "redo")) > 0
    assert used > 5 * STEPS


# The parts of the condition: a late sale, a reversal, and the day of what it reverses.
WEAKER = [
    ("changed_at >= covers_until", "false"),
    ("OR reverses_id IS NOT NULL", ""),
    ("FROM chain CROSS JOIN LATERAL", "FROM chain JOIN (SELECT) AS none ON false CROSS JOIN LATERAL"),
]


@pytest.mark.parametrize(("condition", "weaker"), WEAKER)
def test_the_walk_notices_a_day_that_is_used_although_it_has_changed(
    as_alice, alice, tea, keep, monkeypatch, condition, weaker
):
    assert condition in days.KEPT_DAYS
    monkeypatch.setattr(days, "KEPT_DAYS", days.KEPT_DAYS.replace(condition, weaker))
    with pytest.raises(AssertionError, match="seed"):
        walk(as_alice, alice, tea, keep, monkeypatch)


@pytest.mark.quick
@pytest.mark.parametrize(("condition", "tax"), [("WHERE chain.reason = 'return'", "-0.06"), ("WHERE false", "-0.07")])
def test_an_undone_return_changes_the_vat_of_later_returns_of_the_sale(
    as_alice, alice, tea, keep, monkeypatch, condition, tax
):
    """VAT is rounded for all that came back so far. The second condition is the negative control."""
    sale = book(as_alice, tea, "OUT", 3, ago(8), unit_price="0.99")
    first, _second = (give_back(as_alice, sale, 1, occurred_at=ago(number)) for number in (5, 3))
    keep()
    reverse(as_alice, first)
    monkeypatch.setattr(days, "KEPT_DAYS", days.KEPT_DAYS.replace("WHERE chain.reason = 'return'", condition))
    [row] = make_taxes_by_rate(list_values(alice, *find_day(alice, 3))).fetch_rows(10)
    assert str(row["tax"]) == tax


@pytest.mark.quick
def test_a_late_sale_counts_at_once(as_alice, alice, tea, keep):
    book(as_alice, tea, "OUT", 2, ago(3))
    assert keep().count() == 3
    assert read_report(as_alice, "sales", by="day")["totals"]["revenue"] == "18.00"
    book(as_alice, tea, "OUT", 1, ago(3))
    assert read_report(as_alice, "sales", by="day")["totals"] == {
        "sales": 2, "total": "27.00", "returned": "0.00", "revenue": "27.00",
    }  # fmt: skip
    assert [row["sales"] for row in read_report(as_alice, "sales", by="day")["results"]] == [2]


@pytest.mark.quick
def test_an_undone_sale_of_a_kept_day_counts_no_more_at_once(as_alice, alice, tea, keep):
    sale = book(as_alice, tea, "OUT", 2, ago(3))
    assert keep().count() == 3
    undone = reverse(as_alice, sale)
    assert read_report(as_alice, "sales", by="day")["totals"]["revenue"] == "0.00"
    keep()
    reverse(as_alice, undone)
    assert read_report(as_alice, "sales", by="day")["totals"]["revenue"] == "18.00"


def test_kept_days_spare_reading_the_sales(as_alice, alice, tea, keep, django_assert_num_queries):
    book(as_alice, tea, "OUT", 2, ago(3))
    keep()
    start, end = find_day(alice, 3)[0], find_day(alice, 1)[1]
    with django_assert_num_queries(3):  # a savepoint around the statement
        rows = make_takings_by_day(list_values(alice, start, end)).fetch_rows(10)
    assert [(row["sales"], str(row["revenue"])) for row in rows] == [(1, "18.00")]


def test_the_totals_of_a_page_of_sales_are_those_of_all_sales(as_alice, alice, tea, keep):
    sales = [book(as_alice, tea, "OUT", number, ago(4)) for number in (1, 2, 3)]
    give_back(as_alice, sales[0], 1, occurred_at=ago(2))
    keep()
    values = list_values(alice, ago(5), ago(-1))
    page = make_sales({**values, "by": "sale"})
    whole = type(page).__mro__[1](build_sales("sale"), values)
    assert [page.fetch_rows(1, number)[0] for number in range(3)] == [
        {**row, "in_all_margin": page.fetch_rows(1)[0]["in_all_margin"]} for row in whole.fetch_rows(10)
    ]
    assert page.fetch_rows(1, 3) == []


def test_days_of_another_time_zone_or_currency_are_not_used_and_then_replaced(as_alice, alice, tea, keep):
    book(as_alice, tea, "OUT", 2, ago(3))
    first = [*keep().values_list("pk", flat=True)]
    alice.currency = "JPY"
    alice.save()
    assert days.read_kept_days(alice.pk, ago(10), ago(0)) == []
    assert [*keep().values_list("places", flat=True)] == [0] * len(first)
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    assert not {*keep().values_list("starts_at", flat=True)} & {find_day(alice, 3)[0] + timedelta(hours=9)}
    assert len(days.read_kept_days(alice.pk, ago(10), ago(0))) == SalesDay.objects.count()


def test_a_shop_that_sells_little_keeps_no_days(as_alice, alice, tea, keep, monkeypatch):
    monkeypatch.setattr(jobs, "MIN_SALES", 2)
    book(as_alice, tea, "OUT", 2, ago(3))
    assert keep().count() == 0
    book(as_alice, tea, "OUT", 2, ago(3))
    assert keep().count() == 3


def test_old_rows_are_refreshed_and_days_before_the_limit_deleted(as_alice, alice, tea, keep, monkeypatch):
    book(as_alice, tea, "OUT", 2, ago(5))
    before = read_clock() - jobs.REFRESH_AFTER - timedelta(hours=1)
    keep().update(covers_until=before)
    # Nothing is valid with such a time, as everything was booked later: as if it had been booked before.
    monkeypatch.setattr(days, "KEPT_DAYS", days.KEPT_DAYS.replace("changed_at >= covers_until", "false"))
    assert keep().filter(covers_until=before).count() == 0
    monkeypatch.setattr(jobs, "MAX_DAYS", 2)
    assert keep().count() == 2


def test_a_shop_without_sales_or_an_unknown_time_of_transactions_keeps_nothing(alice, keep, monkeypatch):
    assert keep().count() == 0
    monkeypatch.setattr(jobs, "find_covered", lambda: None)
    assert keep_day(alice.pk, ago(3), ago(2)) is False


def test_a_day_is_not_kept_before_everything_of_it_is_visible(alice, monkeypatch):
    covered = ago(1)
    monkeypatch.setattr(jobs, "find_covered", lambda: covered)
    assert keep_day(alice.pk, ago(2), covered - jobs.LATE + timedelta(seconds=1)) is False
    assert keep_day(alice.pk, ago(2), covered - jobs.LATE) is True


def test_while_the_newest_day_cannot_be_kept_the_days_before_it_are(as_alice, alice, tea, keep, monkeypatch):
    book(as_alice, tea, "OUT", 2, ago(3))
    monkeypatch.setattr(jobs, "find_covered", lambda: find_day(alice, 2)[1])
    assert [day.ends_at for day in keep().order_by("starts_at")] == [find_day(alice, number)[1] for number in (3, 2)]


def test_a_verification_names_the_day_whose_sums_are_wrong(as_alice, alice, tea, keep):
    book(as_alice, tea, "OUT", 2, ago(3))
    day = keep().order_by("starts_at").first()
    assert as_alice.get("/api/stock/verify/").json()["broken"] == []
    day.sums["sales"][0]["revenue"] = "18.01"
    day.save()
    [found] = as_alice.get("/api/stock/verify/").json()["broken"]
    assert found["what"] == f"sums of the day from {day.starts_at.isoformat()} differ: sales"
    book(as_alice, tea, "OUT", 1, ago(3))  # then the day is used no more
    assert as_alice.get("/api/stock/verify/").json()["broken"] == []


# --- Races ------------------------------------------------------------------------------------------


def keep_while_selling(client, user, product):
    """Keep a day while a transaction that has sold on it is open. Return the revenue of that day."""
    start, end = find_day(user, 3)
    with transaction.atomic():
        book(client, product, "OUT", 2, start + timedelta(hours=1))
        kept = run_concurrently(lambda: run_and_disconnect(keep_day, user.pk, start, end))
    assert kept == [True]
    rows = make_takings_by_day(list_values(user, start, end)).fetch_rows(10)
    return sum(row["revenue"] for row in rows)


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_is_booked_while_its_day_is_kept_counts(as_alice, alice, tea, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_CLOCK_DIFFERENCE", timedelta())
    assert keep_while_selling(as_alice, alice, tea) == 18


@pytest.mark.django_db(transaction=True)
def test_it_would_be_missing_if_the_day_covered_everything_until_now(as_alice, alice, tea, monkeypatch):
    monkeypatch.setattr(jobs, "find_covered", read_clock)
    assert keep_while_selling(as_alice, alice, tea) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_keep_a_day_once(as_alice, alice, tea):
    book(as_alice, tea, "OUT", 2, ago(3))
    start, end = find_day(alice, 3)
    assert run_concurrently(*[lambda: run_and_disconnect(keep_day, alice.pk, start, end)] * 4) == [True] * 4
    assert SalesDay.objects.filter(owner=alice).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_an_upsert_a_second_worker_would_meet_the_constraint(as_alice, alice, tea, monkeypatch):
    """The negative control of the test above."""
    book(as_alice, tea, "OUT", 2, ago(3))
    start, end = find_day(alice, 3)
    create, both = SalesDay.objects.bulk_create, threading.Barrier(2)
    monkeypatch.setattr(SalesDay.objects, "bulk_create", lambda rows, **_: (both.wait(30), create(rows)))
    results = try_concurrently(*[lambda: keep_day(alice.pk, start, end)] * 2)
    assert {type(result) for result in results} == {bool, IntegrityError}
