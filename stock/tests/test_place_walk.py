"""A random walk over places, lots, transfers, counts, reversals, archives and reservations agrees with a model."""

import os
import random
from collections import Counter
from copy import copy, deepcopy
from datetime import timedelta
from itertools import islice

import pytest

from core.errors import DomainError
from desk.reports.reading.statements import Statement
from products.models import Product
from products.reading.details import add_details
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
from stock.models import Holding, Location, Lot, Movement, Operation
from stock.proofs.verification import find_breaks
from stock.reading.traces import TRACE
from stock.tests.place_model import ANYWHERE, Model, Refused
from testing.cast.people import make_location, make_product
from trade.reservations import services as reservations
from trade.selling import services as selling

STEPS = int(os.environ.get("WALK_STEPS", "400"))  # `make walk` takes 100,000 steps
SEED = int(os.environ.get("WALK_SEED", "1"))
DAYS = (-3, 0, 1, 5, 30)  # the dates of lots, in days from today


class Walk:
    """Does each step with the service and with the model, and compares the results."""

    def __init__(self, user):
        self.user, self.chance = user, random.Random(SEED)  # noqa: S311, not for cryptography
        self.model = Model(user.shop_today())
        self.products = [make_product(user, f"P{number}").pk for number in range(3)]
        self.locations = [make_location(user, f"L{number}").pk for number in range(3)]
        self.outcomes = {"booked": 0, "refused": 0}

    def take_steps(self):
        for number in range(STEPS):
            self.step()
            if number % max(100, STEPS // 20) == 0:
                self.compare()
        self.compare()

    def step(self):
        kind = self.chance.choice(
            [self.receive, self.receive, self.sell, self.sell, self.move, self.count, self.reverse, self.archive,
             self.reserve, self.fulfil, self.release]
        )  # fmt: skip
        before = self.copy_model()
        try:
            expected = kind()
        except Refused:
            self.model = before
            self.outcomes["refused"] += 1
            with pytest.raises(DomainError):
                self.book()
            return
        self.model.remove_empty()
        self.outcomes["booked"] += 1
        movements = self.book()
        if movements:
            self.model.operations[movements[0].operation_id] = [
                (m.product_id, m.movement_type, m.quantity, portions)
                for m, portions in zip(movements, expected, strict=True)
            ]
        assert [self.read_portions(movement) for movement in movements] == expected, kind.__name__

    def copy_model(self):
        """Return a copy of the model. It shares the operations, because a refused step changes none of them."""
        copied = copy(self.model)
        for name in ("holdings", "free", "dates", "archived", "reserved"):
            setattr(copied, name, deepcopy(getattr(self.model, name)))
        return copied

    def read_portions(self, movement):
        return [(p["location"], p["lot_code"], p["quantity"]) for p in movement.portions or []]

    def draft(self, reason):
        return OperationDraft(by=self.user, reason=reason)

    def choose_place(self, product, odds):
        """Return a location and a lot's code. Either can be None."""
        location = self.chance.choice(self.locations) if self.chance.random() < odds else None
        lot = f"{product}-{self.chance.randint(1, 6)}" if self.chance.random() < odds else None
        if location in self.model.archived:
            raise Refused
        return location, lot

    def receive(self):
        product, quantity = self.chance.choice(self.products), self.chance.randint(1, 20)
        location, lot, date = None, None, None
        is_placed = self.chance.random() < 0.8
        if is_placed:
            location = self.chance.choice([None, *self.locations])
            lot = self.chance.choice([None, f"{product}-{self.chance.randint(1, 6)}"])
        if lot and (product, lot) not in self.model.dates:
            date = self.chance.choice([None, *(self.model.today + timedelta(days=days) for days in DAYS)])
        reference = PlaceReference(location, lot, date) if location or lot else None
        line = BookingLine(by_id(product), "IN", quantity, place=reference)
        self.book = lambda: selling.book(draft=self.draft("purchase"), lines=[line])
        if location in self.model.archived:
            raise Refused
        if lot:
            self.model.dates.setdefault((product, lot), date)
        return [self.model.put(product, quantity, location, lot)]

    def sell(self):
        product, quantity = self.chance.choice(self.products), self.chance.randint(1, 15)
        reason = self.chance.choice(["sale", "sale", "expiry"])
        location, lot = self.chance.choice([(None, None), (None, None), self.pick_held(product)])
        reference = PlaceReference(location, lot) if location or lot else None
        line = BookingLine(by_id(product), "OUT", quantity, place=reference)
        self.book = lambda: selling.book(draft=self.draft(reason), lines=[line])
        place = {"location": location or ANYWHERE, "lot": lot or ANYWHERE}
        if reason == "sale" and quantity > self.model.available(product):
            raise Refused
        return [self.model.take(product, quantity, reason, **place, free=reference is None)]

    def pick_held(self, product):
        """Return the location, the lot, or both, of a holding of the product."""
        rows = self.model.holdings[product]
        location, lot, _ = self.chance.choice(rows) if rows else (None, None, 0)
        return self.chance.choice([(location, lot), (location, None), (None, lot)])

    def move(self):
        product, quantity = self.chance.choice(self.products), self.chance.randint(1, 10)
        source, target = self.chance.sample([None, *self.locations], 2)
        lots = [row[1] for row in self.model.holdings[product] if row[1]]
        lot = self.chance.choice(lots) if lots and self.chance.random() < 0.3 else None
        line = TransferLine(by_id(product), quantity, lot)
        self.book = lambda: services.transfer(draft=self.draft("transfer"), source=source, target=target, lines=[line])
        if self.model.archived & {source, target}:
            raise Refused
        return [*self.model.transfer(product, quantity, source, target, lot or ANYWHERE)]

    def count(self):
        product, counted = self.chance.choice(self.products), self.chance.randint(0, 25)
        location, lot = self.chance.choice([(None, None), self.pick_held(product), (NO_LOCATION, None)])
        reference = PlaceReference(location, lot) if location or lot else None
        self.book = lambda: self.book_count(CountLine(by_id(product), counted, place=reference))
        if location == NO_LOCATION:
            difference, self.model.free[product] = counted - self.model.free[product], counted
            return [[]] if difference else []
        place = {"location": location or ANYWHERE, "lot": lot or ANYWHERE}
        rows = self.model.holdings[product]
        present = sum(
            row[2] for row in rows if place["location"] in (ANYWHERE, row[0]) and place["lot"] in (ANYWHERE, row[1])
        )
        difference = counted - (present if reference else self.model.total(product))
        if difference < 0:
            return [self.model.take(product, -difference, "count", **place, free=reference is None)]
        return [self.model.put(product, difference, location, lot)] if difference else []

    def book_count(self, line):
        operation, _ = services.count_stock(draft=self.draft("count"), lines=[line])
        return list(Movement.objects.placed(self.user.pk).filter(operation=operation)) if operation else []

    def reverse(self):
        newest = list(islice(reversed(self.model.operations), 30))
        chosen = self.chance.choice(newest) if newest else 0
        self.book = lambda: self.book_reversal(chosen)
        booked = self.model.operations.get(chosen)
        if booked is None or booked == "reversed":
            raise Refused
        refilled = {place[0] for _, kind, _, portions in booked for place in portions if kind == "OUT"}
        if refilled & self.model.archived:
            raise Refused
        expected = [self.model.undo(*movement) for movement in reversed(booked)]
        self.model.operations[chosen] = "reversed"
        return expected

    def book_reversal(self, chosen):
        operation = Operation.objects.filter(pk=chosen).first()
        if operation is None:
            raise DomainError
        reversal = selling.reverse_operation(by=self.user, operation=operation)
        return list(Movement.objects.placed(self.user.pk).filter(operation=reversal).order_by("id"))

    def reserve(self):
        product, quantity = self.chance.choice(self.products), self.chance.randint(1, 8)
        self.book = lambda: self.book_reservation(product, quantity)
        if quantity > self.model.available(product):
            raise Refused
        return []

    def book_reservation(self, product, quantity):
        line = BookingLine(by_id(product), "OUT", quantity)
        reservation = reservations.reserve(by=self.user, lines=[line], expires_in=None)
        self.model.reserved[reservation.pk] = (product, quantity)
        return []

    def choose_reservation(self):
        """Return an open reservation of the model with its product and quantity."""
        self.book = self.refuse
        if not self.model.reserved:
            raise Refused
        chosen = self.chance.choice(list(self.model.reserved))
        return chosen, *self.model.reserved.pop(chosen)

    def refuse(self):
        raise DomainError

    def fulfil(self):
        chosen, product, quantity = self.choose_reservation()
        self.book = lambda: reservations.fulfil(by=self.user, pk=chosen).movements
        return [self.model.take(product, quantity, "sale")]

    def release(self):
        chosen, _, _ = self.choose_reservation()
        self.book = lambda: reservations.release(by=self.user, pk=chosen) and []
        return []

    def archive(self):
        """Archive a location that holds nothing, or restore one."""
        location = self.chance.choice(self.locations)
        self.book = list
        if location in self.model.archived:
            self.model.archived.remove(location)
            Location.objects.filter(pk=location).update(archived_at=None)
        elif not any(row[0] == location for rows in self.model.holdings.values() for row in rows):
            self.model.archived.add(location)
            Location.objects.filter(pk=location).update(archived_at="2026-01-01T00:00Z")
        return []

    def compare(self):
        """Compare the holdings, the quantities and the available quantities with the model. Verify the ledger."""
        rows = Holding.objects.order_by("id").values_list("product_id", "location_id", "lot__code", "quantity")
        expected = [(product, *row) for product, held in self.model.holdings.items() for row in held]
        assert sorted(map(repr, rows)) == sorted(map(repr, expected))
        totals = dict(Product.objects.values_list("id", "quantity"))
        assert totals == {product: self.model.total(product) for product in self.products}
        products = add_details(Product.objects.for_user(self.user), self.user)
        assert {row.pk: row.available for row in products} == {pk: self.model.available(pk) for pk in self.products}
        assert find_breaks(self.user.pk) == []
        self.compare_traces()

    def compare_traces(self):
        """Compare the trace of each lot with its holdings, by place and in all."""
        for lot in Lot.objects.values_list("id", flat=True):
            rows = Statement(TRACE, {"owner": self.user.pk, "lot": lot}).fetch_rows(limit=None)
            held = Holding.objects.filter(lot_id=lot).values_list("location_id", "quantity")
            places, left = Counter(), 0
            for row in rows:
                change = row["quantity"] if row["movement_type"] == "IN" else -row["quantity"]
                places[row["location"]] += change
                left += change
                assert row["left"] == left >= 0
            assert {place: quantity for place, quantity in places.items() if quantity} == dict(held)
            assert rows[0]["in_all_in"] - rows[0]["in_all_out"] == rows[0]["in_all_left"] == left
            entered, taken = count_in_and_out(rows)
            assert (rows[0]["in_all_in"], rows[0]["in_all_out"]) == (entered, taken)


def count_in_and_out(rows):
    """Return what the operations of a trace have put in and taken out, without what was undone."""
    begun = {}
    changes = Counter()
    for row in rows:
        first = begun.setdefault(row["operation"], begun.get(row["reverses"], row["operation"]))
        changes[first] += row["quantity"] if row["movement_type"] == "IN" else -row["quantity"]
    return sum(max(change, 0) for change in changes.values()), sum(max(-change, 0) for change in changes.values())


@pytest.mark.django_db(transaction=True)  # each step commits, so that old versions of rows can be removed
def test_a_random_walk_agrees_with_the_model(alice):
    walk = Walk(alice)
    walk.take_steps()
    assert min(walk.outcomes.values()) > STEPS / 10  # both outcomes happen often enough to be tested
    assert Lot.objects.count() >= 10


@pytest.mark.django_db
def test_control_a_picker_that_forgets_dates_is_detected(alice, monkeypatch):
    monkeypatch.setattr("stock.booking.holdings.get_expiry", lambda held: held.id)
    walk = Walk(alice)
    with pytest.raises(AssertionError):
        walk.take_steps()
