"""Random sequences of all actions that change stock. Services and API agree with a simple model of the ledger."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.fields import MAX_QUANTITY
from desk.reports.overview import levels
from products.models import Product
from stock.booking import drafting
from stock.models import Operation
from stock.proofs.verification import find_breaks
from stock.tests.ledger_clients import BOOKED, HTTPClient, ServiceClient
from testing.cast.people import make_user

EXAMPLES = max(5, int(os.environ.get("WALK_STEPS", "0")) // 1000)  # `make walk` takes 100 examples
SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

few, limits = st.integers(0, 12), st.sampled_from([MAX_QUANTITY - 5, MAX_QUANTITY])
quantities = st.one_of(few, few, few, limits)
amounts = quantities.filter(bool)
expectations = st.one_of(st.none(), st.none(), st.none(), few)
types = st.sampled_from(["IN", "OUT"])
some = st.integers(0, 7)  # it selects one of the products or operations


class ModelProduct:
    """A product in the model."""

    def __init__(self):
        self.quantity = self.sequence = 0
        self.archived = False


class Ledger(RuleBasedStateMachine):
    """The model, with the quantity and sequence of each product, and the changes of each operation."""

    shops = 0
    client_class: type

    @initialize(first=quantities, second=quantities)
    def open_shop(self, first, second):
        Ledger.shops += 1
        self.owner = make_user(f"shop-{self.client_class.__name__}-{Ledger.shops}")
        self.client = self.client_class(self.owner)
        self.shelves: dict[int, ModelProduct] = {}
        self.operations: dict[int, list[tuple[int, int]]] = {}
        self.reversed: set[int] = set()
        self.history: list[tuple[datetime, dict[int, int]]] = []
        self.create(first)
        self.create(second)

    # --- The model ---

    def pick(self, number):
        """Return the id of one of the products, or an id that no product has."""
        return list(self.shelves)[number % len(self.shelves)] if number < 7 else 87_654_321

    def get_code_if_missing(self, pk):
        """Return the error code for a product that is archived or does not exist."""
        return "product_archived" if pk in self.shelves else "product_not_found"

    def predict(self, lines):
        """Return the effect of (product, change, expected) lines, without changing the model.

        The effect is the changes in their order, and the codes of the refused lines by index.
        """
        quantities = {pk: shelf.quantity for pk, shelf in self.shelves.items() if not shelf.archived}
        changes, refused = [], {}
        for number, (pk, change, expected) in enumerate(lines):
            if pk not in quantities:
                refused[number] = self.get_code_if_missing(pk)
            elif expected is not None and expected != quantities[pk]:
                refused[number] = "quantity_changed"
            elif not 0 <= quantities[pk] + change <= MAX_QUANTITY:
                refused[number] = "insufficient_stock" if change < 0 else "stock_limit_exceeded"
            else:
                quantities[pk] += change
                changes.append((pk, change))
        return changes, refused

    def apply(self, changes):
        """Apply the changes to the model. The newest operation in the database has booked them."""
        for pk, change in changes:
            self.shelves[pk].quantity += change
            self.shelves[pk].sequence += 1
        if changes:
            self.operations[Operation.objects.filter(owner=self.owner).latest("pk").pk] = changes

    def compare(self, result, changes, refused):
        assert result == refused
        if not refused:
            self.apply(changes)

    # --- Actions ---

    @rule(quantity=quantities)
    def create(self, quantity):
        self.client.create(quantity)
        pk = Product.objects.filter(owner=self.owner).latest("pk").pk
        self.shelves[pk] = ModelProduct()
        self.apply([(pk, quantity)] if quantity else [])

    @rule(number=some, movement_type=types, quantity=amounts, expected=expectations)
    def book(self, number, movement_type, quantity, expected):
        pk = self.pick(number)
        changes, refused = self.predict([(pk, quantity if movement_type == "IN" else -quantity, expected)])
        self.compare(self.client.book(pk, movement_type, quantity, expected), changes, refused.get(0, BOOKED))

    @rule(lines=st.lists(st.tuples(some, types, amounts), min_size=1, max_size=6))
    def operation(self, lines):
        lines = [(self.pick(number), *rest) for number, *rest in lines]
        signed = [(pk, quantity if kind == "IN" else -quantity, None) for pk, kind, quantity in lines]
        self.compare(self.client.operation(lines), *self.predict(signed))

    @rule(lines=st.lists(st.tuples(some, quantities), min_size=1, max_size=4))
    def count(self, lines):
        lines = [(self.pick(number), counted) for number, counted in lines]
        live = {pk: shelf.quantity for pk, shelf in self.shelves.items() if not shelf.archived}
        pks = [pk for pk, _ in lines]
        refused = {n: "counted_twice" for n, pk in enumerate(pks) if pk in pks[:n]}
        refused |= {n: self.get_code_if_missing(pk) for n, pk in enumerate(pks) if pk not in live}
        changes = [(pk, counted - live[pk]) for pk, counted in lines if pk in live and counted != live[pk]]
        self.compare(self.client.count(lines), changes, refused)

    @rule(number=some)
    def reverse(self, number):
        pk = list(self.operations)[-1 - number % len(self.operations)] if self.operations else None
        if pk is None:
            return
        undone = [(product, -change, None) for product, change in reversed(self.operations[pk])]
        result = self.client.reverse(pk)
        if pk in self.reversed:
            assert result == "already_reversed"
        elif any(self.shelves[product].archived for product, *_ in undone):
            assert result == "product_archived"
        else:
            self.compare(result, *self.predict(undone))
            self.reversed |= {pk} if result == BOOKED else set()

    @rule(number=some, quantity=quantities)
    def correct(self, number, quantity):
        pk = self.pick(number)
        missing = pk not in self.shelves or self.shelves[pk].archived
        change = 0 if missing else quantity - self.shelves[pk].quantity
        result = self.client.correct(pk, quantity)
        if result == "product_not_found" and self.get_code_if_missing(pk) == "product_archived":
            result = "product_archived"  # over HTTP this is a 404
        self.compare(result, [(pk, change)] if change else [], self.get_code_if_missing(pk) if missing else BOOKED)

    @rule(number=some)
    def archive(self, number):
        if (pk := self.pick(number)) in self.shelves:
            self.client.archive(pk)
            self.shelves[pk].archived = True

    @rule(number=some)
    def restore(self, number):
        if (pk := self.pick(number)) in self.shelves:
            self.client.restore(pk)
            self.shelves[pk].archived = False

    # --- Invariants ---

    @invariant()
    def ledger_agrees_with_the_model(self):
        rows = Product.objects.filter(owner=self.owner).values_list("pk", "quantity", "stock_sequence")
        assert {pk: (quantity, sequence) for pk, quantity, sequence in rows} == {
            pk: (shelf.quantity, shelf.sequence) for pk, shelf in self.shelves.items()
        }
        assert set(Operation.objects.filter(owner=self.owner).values_list("pk", flat=True)) == set(self.operations)
        assert find_breaks(self.owner.pk) == []
        self.history.append((datetime.now(UTC), {pk: shelf.quantity for pk, shelf in self.shelves.items()}))

    def teardown(self):
        """Check the past levels after each action by both clocks. They are equal, because nothing was booked late."""
        rows = list(Product.objects.filter(owner=self.owner))
        for instant, quantities in self.history:
            for clock in levels.CLOCKS:
                found = levels.compute_quantities(self.owner.pk, rows, instant, clock)
                assert {pk: quantity for pk, quantity in found.items() if pk in quantities} == quantities


class LedgerOfTheServices(Ledger):
    client_class = ServiceClient


class LedgerOverHTTP(Ledger):
    client_class = HTTPClient


@pytest.mark.parametrize("machine", [LedgerOfTheServices, pytest.param(LedgerOverHTTP, marks=pytest.mark.long)])
def test_the_ledger_agrees_with_the_model_after_any_sequence_of_actions(db, machine):
    run_state_machine_as_test(machine, settings=SETTINGS)


def test_control_a_service_that_ignores_expected_quantities_is_detected(db, monkeypatch):
    monkeypatch.setattr(drafting, "check_expected_quantity", lambda *_: None)
    thorough = settings(SETTINGS, max_examples=200, phases=[Phase.generate])  # it stops at the first failure
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LedgerOfTheServices, settings=thorough)
