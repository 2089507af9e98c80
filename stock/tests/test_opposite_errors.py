"""Two errors that cancel each other: after which of them each lot has again what it had.

A surplus of a count lies nowhere, so a shortage of a count takes from there first. A wrong booking of another kind is
undone by its reversal or return, which knows the lots; counting alone gives no lot back.
"""

from collections import Counter

import pytest

from stock.booking.holdings import Held, Place, take
from stock.models import OperationReason
from stock.tests.place_model import ANYWHERE, Model
from stock.tests.test_kept_counts import count
from stock.tests.test_places import day, held, receive, sell
from testing.cast.people import make_location, make_product
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

LOTS = {"EARLY": 9, "LATE": 90, "GONE": -9}  # the days until each expires


class Shop:
    """Does each step with the API and with the model. The product has ten pieces of each lot."""

    def __init__(self, client, user):
        self.client, self.product, self.model = client, make_product(user, "Tea"), Model(user.shop_today().isoformat())
        self.shelf = make_location(user, "Shelf").pk
        self.booked, self.movements = [], []  # of each step: the operation, and the movements of the model
        for lot, offset in LOTS.items():
            receive(client, self.product, 10, lot=lot, expires_on=day(user, offset))
            self.model.dates[self.product.pk, lot] = day(user, offset)
            self.model.put(self.product.pk, 10, None, lot)

    def count(self, counted):
        self.booked.append(count(self.client, self.product, counted)["operation"])
        difference = counted - self.model.total(self.product.pk)
        if difference < 0:
            return [("OUT", -difference, self.model.take(self.product.pk, -difference, "count"))]
        return [("IN", difference, self.model.put(self.product.pk, difference, None, None))]

    def out(self, quantity, reason):
        self.booked.append(sell(self.client, self.product, quantity, reason=reason).json()["operation"])
        return [("OUT", quantity, self.model.take(self.product.pk, quantity, reason))]

    def shelve(self, quantity):
        """Move the quantity from nowhere to the shelf."""
        line = {"product": self.product.pk, "quantity": quantity}
        booked = self.client.post("/api/stock/transfers/", {"from": None, "to": "Shelf", "lines": [line]}).json()
        self.booked.append(booked["id"])
        taken, put = self.model.transfer(self.product.pk, quantity, None, self.shelf, ANYWHERE)
        return [("OUT", quantity, taken), ("IN", quantity, put)]

    def undo(self, step, route="reverse"):
        answer = self.client.post(f"/api/stock/operations/{self.booked[step]}/{route}/", {})
        assert answer.status_code == 201, answer.content
        self.booked.append(None)
        return [self.model.undo(self.product.pk, *movement) for movement in reversed(self.movements[step])]

    def take(self, steps):
        """Take the steps. Return the quantity of each lot afterwards."""
        lots = Counter()
        for name, *values in steps:
            self.movements.append(getattr(self, name)(*values))
            self.model.remove_empty()
            rows = {(location, lot): quantity for location, lot, quantity in self.model.holdings[self.product.pk]}
            found = {
                (location and self.shelf, lot): quantity for (location, lot), quantity in held(self.product).items()
            }
            assert (found, self.product.quantity) == (rows, self.model.total(self.product.pk)), name
        for (_, lot), quantity in found.items():
            lots[lot] += quantity
        return lots


ALL = dict.fromkeys(LOTS, 10)
PAIRS = {
    "counted too many, and counted again": ([("count", 45), ("count", 30)], ALL),
    "counted too many, and then too few": ([("count", 45), ("count", 25)], ALL | {"EARLY": 5}),
    "counted too few, and counted again": ([("count", 25), ("count", 30)], ALL | {"EARLY": 5}),
    "counted too few, and undone": ([("count", 25), ("undo", 0)], ALL),
    "written off by mistake, and counted": ([("out", 5, "damage"), ("count", 30)], ALL | {"EARLY": 5}),
    "written off, counted, undone, counted": ([("out", 5, "damage"), ("count", 30), ("undo", 0), ("count", 30)], ALL),
    "counted too many, and written off": ([("count", 35), ("out", 5, "damage")], ALL | {"EARLY": 5}),
    "expired by mistake, counted, undone, counted": (
        [("out", 5, "expiry"), ("count", 30), ("undo", 0), ("count", 30)], ALL),
    "returned unbooked, counted, booked, counted": (
        [("out", 5, "sale"), ("count", 30), ("undo", 0, "return"), ("count", 30)], ALL),
    "moved by mistake, undone, counted": ([("count", 35), ("shelve", 5), ("undo", 1), ("count", 30)], ALL),
    "moved by mistake, and counted": ([("count", 35), ("shelve", 5), ("count", 30)], ALL),
}  # fmt: skip


@all_cases("pair", PAIRS)
def test_what_two_opposite_errors_leave_in_the_lots(as_alice, alice, pair):
    steps, lots = PAIRS[pair]
    assert Shop(as_alice, alice).take(steps) == lots


@all_cases("reason", [reason for reason in OperationReason if reason != OperationReason.COUNT])
def test_no_other_reason_takes_first_what_lies_nowhere(reason):
    lot = Held(1, Place(lot=1, lot_code="A"), 5)
    assert [portion.quantity for portion in take([lot], 5, 5, reason)] == [5]
