"""Counts of what lies nowhere: the stock that is at no location and in no lot."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from stock.booking import services
from stock.booking.drafts import (
    NO_LOCATION,
    BookingLine,
    CountLine,
    OperationDraft,
    PlaceReference,
    TransferLine,
    by_id,
)
from stock.errors import InvalidLines
from stock.models import Location, Lot, Movement, StockCount
from stock.tests.test_kept_counts import ELEVEN, NINE, NOW, TEN, count, reverse, stock
from stock.tests.test_places import held, receive, sell
from testing.cast.people import make_location
from testing.tables import all_cases
from trade.selling import services as selling

pytestmark = [pytest.mark.measured]

LAST_WEEK = (NOW - timedelta(days=7)).isoformat()
BETWEEN = (TEN + timedelta(minutes=30)).isoformat()


@pytest.fixture
def tin(as_alice, alice, cellar):
    """Return a product with ten pieces at no location, four in the cellar and three of a lot."""
    product = stock(alice, 10)
    receive(as_alice, product, 4, location="Cellar", occurred_at=LAST_WEEK)
    receive(as_alice, product, 3, lot="A", occurred_at=LAST_WEEK)
    return product


HELD = {("Cellar", None): 4, (None, "A"): 3}


def count_nowhere(client, product, counted, moment=None):
    return count(client, product, counted, moment, location="none")


def free(product):
    product.refresh_from_db()
    return product.quantity - product.held


def find_refusals(client, *lines):
    answer = client.post("/api/stock/counts/", {"lines": lines})
    assert answer.status_code == 400, answer.content
    return answer.json()["lines"]


# --- What is set ----------------------------------------------------------------------------------------------


@all_cases("counted", [0, 8, 10, 12])
def test_a_count_of_nowhere_sets_what_is_not_held_and_no_holding(as_bob, tin, counted):
    line = count_nowhere(as_bob, tin, counted)
    assert (line["previous"], line["difference"], line["quantity"]) == (10, counted - 10, 7 + counted)
    assert held(tin) == HELD
    row = StockCount.objects.get()
    assert (row.nowhere, row.location, row.lot, row.expected) == (True, None, None, 10)


@all_cases("counted", [8, 12])
def test_the_undo_of_a_count_of_nowhere_restores_it(as_alice, tin, counted):
    reverse(as_alice, count_nowhere(as_alice, tin, counted)["operation"])
    assert (free(tin), held(tin)) == (10, HELD)


def test_other_counts_are_not_kept_as_counts_of_nowhere(as_alice, tin):
    count(as_alice, tin, 17)
    count(as_alice, tin, 4, location="Cellar")
    assert not StockCount.objects.filter(nowhere=True).exists()


def test_a_count_that_the_release_before_writes_is_not_of_nowhere(as_alice, tin):
    count(as_alice, tin, 17)
    columns = "owner_id, product_id, counted, expected, outdated, counted_at, counted_by_id, created_at"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO stock_stockcount ({columns}) SELECT {columns} FROM stock_stockcount")
    assert [row.nowhere for row in StockCount.objects.all()] == [False, False]


# --- Which lines are refused ----------------------------------------------------------------------------------


def test_a_lot_at_no_location_is_refused_and_not_created(as_alice, tin):
    [line] = find_refusals(as_alice, {"product": tin.pk, "counted": 1, "location": "none", "lot": "B"})
    assert (line["line"], line["code"], [*line["errors"]]) == (0, "invalid", ["lot"])
    assert not Lot.objects.filter(code="B").exists()


@all_cases("other", [{"location": "none"}, {}])
@all_cases("is_first", [True, False])
def test_nowhere_overlaps_itself_and_the_whole_product(as_alice, tin, other, is_first):
    lines = [{"product": tin.pk, "counted": 1, **place} for place in ({"location": "none"}, other)]
    refused = find_refusals(as_alice, *(lines if is_first else lines[::-1]))
    assert [(line["line"], line["code"]) for line in refused] == [(1, "counted_twice")]


@pytest.mark.quick
@all_cases("is_first", [True, False])
@all_cases("place", [{"location": "Cellar"}, {"lot": "A"}, {"location": "Cellar", "lot": "A"}])
def test_nowhere_overlaps_no_place(as_alice, tin, place, is_first):
    lines = [{"product": tin.pk, "counted": 1, **one} for one in ({"location": "none"}, place)]
    answer = as_alice.post("/api/stock/counts/", {"lines": lines if is_first else lines[::-1]})
    assert answer.status_code == 201
    assert free(tin) == 1


def test_other_bookings_know_no_location_none(as_alice, tin):
    assert sell(as_alice, tin, 1, location="none").json()["code"] == "location_not_found"


# --- Locations of this name -----------------------------------------------------------------------------------


@all_cases("name", ["none", "None"])
def test_a_location_named_none_is_counted_as_before(as_alice, alice, tin, name):
    make_location(alice, name)
    assert count_nowhere(as_alice, tin, 2)["previous"] == 0
    assert (free(tin), held(tin)) == (10, HELD | {(name, None): 2})
    assert StockCount.objects.get().nowhere is False


def test_an_archived_location_named_none_is_ignored(as_alice, alice, tin):
    Location.objects.filter(pk=make_location(alice, "None").pk).update(archived_at=NOW)
    assert count_nowhere(as_alice, tin, 2)["previous"] == 10


def test_a_location_named_none_of_another_shop_is_ignored(as_alice, charlie, tin):
    make_location(charlie, "none")
    assert count_nowhere(as_alice, tin, 2)["previous"] == 10


def test_what_lies_nowhere_in_another_shop_is_not_counted(as_charlie, tin):
    [line] = find_refusals(as_charlie, {"product": tin.pk, "counted": 1, "location": "none"})
    assert line["code"] == "product_not_found"
    assert free(tin) == 10


# --- Counts of the past ---------------------------------------------------------------------------------------


def transfer(client, product, quantity, source, target):
    lines = [{"product": product.pk, "quantity": quantity}]
    body = {"from": source, "to": target, "lines": lines, "occurred_at": BETWEEN}
    answer = client.post("/api/stock/transfers/", body)
    assert answer.status_code == 201, answer.content


@all_cases(
    ("move", "moved"),
    [
        (lambda client, tin: receive(client, tin, 2, occurred_at=BETWEEN), 2),
        (lambda client, tin: receive(client, tin, 2, location="Cellar", occurred_at=BETWEEN), 0),
        (lambda client, tin: sell(client, tin, 1, location="Cellar", occurred_at=BETWEEN), 0),
        (lambda client, tin: sell(client, tin, 9, occurred_at=BETWEEN), -2),  # seven of them were held
        (lambda client, tin: transfer(client, tin, 5, None, "Cellar"), -2),  # three of them were in the lot
        (lambda client, tin: transfer(client, tin, 2, "Cellar", None), 2),
        (lambda client, tin: count(client, tin, 1, ELEVEN, location="Cellar"), 0),
    ],
)
def test_what_has_moved_after_the_count_stays_booked(as_alice, tin, move, moved):
    move(as_alice, tin)
    assert free(tin) == 10 + moved
    before = held(tin)
    assert count_nowhere(as_alice, tin, 9, TEN)["outdated"] is False
    assert (free(tin), held(tin)) == (9 + moved, before)
    assert StockCount.objects.latest("pk").expected == 10


@all_cases(("place", "outdated"), [({"location": "none"}, True), ({}, True), ({"location": "Cellar"}, False)])
def test_a_later_count_of_nowhere_or_of_the_whole_product_overtakes_one_of_nowhere(as_alice, tin, place, outdated):
    count(as_alice, tin, 4, ELEVEN, **place)
    assert count_nowhere(as_alice, tin, 9, TEN)["outdated"] is outdated


def test_a_count_of_nowhere_that_was_reversed_overtakes_none(as_alice, tin):
    reverse(as_alice, count_nowhere(as_alice, tin, 4, ELEVEN)["operation"])
    assert count_nowhere(as_alice, tin, 9, TEN)["outdated"] is False
    assert free(tin) == 9


@all_cases("place", [{}, {"location": "Cellar"}, {"lot": "A"}])
def test_a_count_of_nowhere_overtakes_no_other(as_alice, tin, place):
    count_nowhere(as_alice, tin, 8, ELEVEN)
    late = count(as_alice, tin, 2, TEN, **place)
    assert (late["outdated"], late["difference"] < 0) == (False, True)


@all_cases(("whole", "quantity"), [(15, 15), (14, 14), (17, 15), (16, 15)])
def test_what_a_count_of_nowhere_has_found_is_not_booked_twice(as_alice, tin, whole, quantity):
    count_nowhere(as_alice, tin, 8, ELEVEN)
    assert count(as_alice, tin, whole, TEN)["quantity"] == quantity


@pytest.mark.quick
def test_each_line_has_its_own_time(as_alice, tin):
    """The operation has the time of its first line. What was counted nowhere is newer than the late count."""
    lines = [
        {"product": tin.pk, "counted": 3, "location": "Cellar", "counted_at": NINE.isoformat()},
        {"product": tin.pk, "counted": 8, "location": "none", "counted_at": ELEVEN.isoformat()},
    ]
    assert as_alice.post("/api/stock/counts/", {"lines": lines}).status_code == 201
    assert count_nowhere(as_alice, tin, 9, TEN)["outdated"] is True
    assert free(tin) == 8
    tin.refresh_from_db()
    assert tin.last_counted_at == ELEVEN


def test_a_count_below_what_has_left_since_is_refused(as_alice, tin):
    transfer(as_alice, tin, 10, None, "Cellar")
    line = {"product": tin.pk, "counted": 1, "location": "none", "counted_at": TEN.isoformat()}
    assert [refused["code"] for refused in find_refusals(as_alice, line)] == ["insufficient_stock"]


# --- A random walk --------------------------------------------------------------------------------------------


class Walk:
    """Books at growing times, and counts nowhere at any time before. The ledger says what was there at each time."""

    def __init__(self, user, product, locations):
        self.user, self.product, self.locations = user, product, locations
        self.chance, self.time = random.Random(7), datetime.now(UTC) - timedelta(days=2)  # noqa: S311, not secret
        self.last_count, self.outcomes = self.time, defaultdict(int)

    def draft(self, reason="other"):
        return OperationDraft(by=self.user, reason=reason, occurred_at=self.time)

    def choose_place(self):
        location = self.chance.choice([None, *self.locations])
        lot = self.chance.choice([None, "A", "B"])
        return PlaceReference(location, lot) if location or lot else None

    def book(self):
        kind, quantity = self.chance.choice(["IN", "IN", "OUT"]), self.chance.randint(1, 9)
        line = BookingLine(by_id(self.product.pk), kind, quantity, place=self.choose_place())
        selling.book(draft=self.draft(), lines=[line])

    def transfer(self):
        source, target = self.chance.sample([None, *self.locations], 2)
        line = TransferLine(by_id(self.product.pk), self.chance.randint(1, 9))
        services.transfer(draft=self.draft("transfer"), source=source, target=target, lines=[line])

    def count_other(self):
        """Count a place or the whole product, at the present of the walk."""
        place = self.choose_place()
        self.count(self.chance.randint(0, 30), self.time, place)
        self.last_count = self.last_count if place else self.time

    def count(self, counted, moment, place):
        line = CountLine(by_id(self.product.pk), counted, moment, place)
        return services.count_stock(draft=OperationDraft(by=self.user, reason="count"), lines=[line])[1][0]

    def count_nowhere(self):
        moment = self.time - timedelta(minutes=self.chance.randint(0, 30), seconds=1)
        then, present, before = self.read_ledger(moment), free(self.product), held(self.product)
        counted = max(0, then + self.chance.randint(-3, 3))
        is_outdated = self.last_count > moment
        expected = present if is_outdated else present + counted - then
        if expected < 0:
            with pytest.raises(InvalidLines):
                self.count(counted, moment, PlaceReference(NO_LOCATION))
            self.outcomes["refused"] += 1
            return
        result = self.count(counted, moment, PlaceReference(NO_LOCATION))
        assert (free(self.product), result.outdated, held(self.product)) == (expected, is_outdated, before)
        self.last_count = max(self.last_count, moment)
        self.outcomes["outdated" if is_outdated else "counted"] += 1

    def read_ledger(self, moment):
        """Return what was not held at this time: the sum of the parts of the movements that are in no portion."""
        movements = Movement.objects.placed(self.user.pk).filter(
            product=self.product, operation__occurred_at__lte=moment
        )
        return sum(
            (1 if one.movement_type == "IN" else -1)
            * (one.quantity - sum(portion["quantity"] for portion in one.portions or []))
            for one in movements
        )

    def step(self):
        self.time += timedelta(minutes=3)
        kind = self.chance.choice([self.book, self.book, self.transfer, self.count_other, self.count_nowhere])
        try:
            kind()
        except InvalidLines:
            self.outcomes["invalid"] += 1


def test_counts_of_nowhere_agree_with_the_ledger(alice, cellar, shelf):
    walk = Walk(alice, stock(alice, 20), [cellar.pk, shelf.pk])
    for _ in range(120):
        walk.step()
    assert walk.outcomes["counted"] > 5
    assert walk.outcomes["outdated"] > 5
    assert walk.outcomes["invalid"] < 100
