"""Random interleavings of all that moves stock, against a plain model of the ledger: service and API agree with it."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import DomainError
from core.fields import MAX_QUANTITY
from products import services as products
from products.models import Product
from reports import levels
from stock import services
from stock.drafts import CountLine, Line, OperationDraft
from stock.errors import InvalidLines
from stock.locking import by_id
from stock.models import Operation, Reason
from stock.verification import find_breaks
from testing.cast import client_of, make_product, make_user

SETTINGS = settings(
    max_examples=15, stateful_step_count=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
BOOKED = {}

few, limits = st.integers(0, 12), st.sampled_from([MAX_QUANTITY - 5, MAX_QUANTITY])
quantities = st.one_of(few, few, few, limits)
amounts = quantities.filter(bool)
expectations = st.one_of(st.none(), st.none(), st.none(), few)
types = st.sampled_from(["IN", "OUT"])
some = st.integers(0, 7)  # one of the products, or of the operations


class Shelf:
    """What the model knows of a product."""

    def __init__(self):
        self.quantity = self.sequence = 0
        self.archived = False


class ThroughTheService:
    """Each act answers `{}`, or why it was refused: a code, or codes by the numbers of the lines."""

    def __init__(self, owner):
        self.owner = owner

    def attempt(self, service, **arguments):
        try:
            service(**arguments)
        except InvalidLines as refused:
            return {number: error.code for number, error in refused.errors.items()}
        except DomainError as error:
            return error.code
        return BOOKED

    def draft(self, reason=Reason.OTHER):
        return OperationDraft(by=self.owner, reason=reason)

    def create(self, quantity):
        make_product(self.owner, quantity=quantity)

    def book(self, product, movement_type, quantity, expected):
        line = Line(by_id(product), movement_type, quantity, expected)
        return self.attempt(services.book_one, draft=self.draft(), line=line)

    def operation(self, lines):
        lines = [Line(by_id(product), *rest) for product, *rest in lines]
        return self.attempt(services.book, draft=self.draft(), lines=lines)

    def count(self, lines):
        lines = [CountLine(by_id(product), counted) for product, counted in lines]
        return self.attempt(services.count_stock, draft=self.draft(Reason.COUNT), lines=lines)

    def reverse(self, operation):
        operation = Operation.objects.get(pk=operation)
        return self.attempt(services.reverse_operation, by=self.owner, operation=operation)

    def correct(self, product, quantity):
        draft = self.draft(Reason.CORRECTION)
        return self.attempt(services.correct_quantity, draft=draft, product_id=product, quantity=quantity)

    def archive(self, product):
        with suppress(Product.DoesNotExist):  # it is archived
            products.archive_product(by=self.owner, product_id=product)

    def restore(self, product):
        products.restore_product(by=self.owner, product_id=product)


class ThroughTheAPI:
    """The same over HTTP."""

    def __init__(self, owner):
        self.client = client_of(owner)

    def post(self, address, **body):
        answer = self.client.post(f"/api/{address}", body)
        return BOOKED if answer.status_code in (200, 201) else self.why(answer.json())

    def why(self, refusal):
        if "lines" in refusal:
            return {line["line"]: line["code"] for line in refusal["lines"]}
        if refusal.get("code") == "not_found" or refusal == {"product": ["This product does not exist."]}:
            return "product_not_found"
        if refusal == {"product": ["This product is archived: restore it first."]}:
            return "product_archived"
        return refusal["code"]

    def create(self, quantity):
        assert self.post("products/", name="Kettle", price="1.00", quantity=quantity) == BOOKED

    def book(self, product, movement_type, quantity, expected):
        return self.post("stock/", **self.line(product, movement_type, quantity, expected))

    def line(self, product, movement_type, quantity, expected=None):
        line = {"product": product, "movement_type": movement_type, "quantity": quantity}
        return {**line, "expected_quantity": expected}

    def operation(self, lines):
        return self.post("stock/operations/", lines=[self.line(*line) for line in lines])

    def count(self, lines):
        return self.post("stock/counts/", lines=[{"product": product, "counted": n} for product, n in lines])

    def reverse(self, operation):
        return self.post(f"stock/operations/{operation}/reverse/")

    def correct(self, product, quantity):
        answer = self.client.patch(f"/api/products/{product}/", {"quantity": quantity})
        return BOOKED if answer.status_code == 200 else self.why(answer.json())

    def archive(self, product):
        assert self.client.delete(f"/api/products/{product}/").status_code in (204, 404)

    def restore(self, product):
        assert self.post(f"products/{product}/restore/") == BOOKED


class Ledger(RuleBasedStateMachine):
    """The model: a number and a sequence per product, and what each operation changed."""

    shops = 0
    through: type

    @initialize(first=quantities, second=quantities)
    def open_shop(self, first, second):
        Ledger.shops += 1
        self.owner = make_user(f"shop-{self.through.__name__}-{Ledger.shops}")
        self.world = self.through(self.owner)
        self.shelves: dict[int, Shelf] = {}
        self.operations: dict[int, list[tuple[int, int]]] = {}
        self.reversed: set[int] = set()
        self.stood: list[tuple[datetime, dict[int, int]]] = []
        self.create(first)
        self.create(second)

    # --- What the model says ---

    def pick(self, number):
        """One of the products, or an id that none has."""
        return list(self.shelves)[number % len(self.shelves)] if number < 7 else 87_654_321

    def why_not(self, pk):
        return "product_archived" if pk in self.shelves else "product_not_found"

    def judge(self, lines):
        """What the lines (product, change, expected) change, in order, and which are refused. Nothing is changed."""
        at = {pk: shelf.quantity for pk, shelf in self.shelves.items() if not shelf.archived}
        steps, refused = [], {}
        for number, (pk, change, expected) in enumerate(lines):
            if pk not in at:
                refused[number] = self.why_not(pk)
            elif expected is not None and expected != at[pk]:
                refused[number] = "quantity_changed"
            elif not 0 <= at[pk] + change <= MAX_QUANTITY:
                refused[number] = "insufficient_stock" if change < 0 else "stock_limit_exceeded"
            else:
                at[pk] += change
                steps.append((pk, change))
        return steps, refused

    def booked(self, steps):
        """The steps were booked as one operation: the newest."""
        for pk, change in steps:
            self.shelves[pk].quantity += change
            self.shelves[pk].sequence += 1
        if steps:
            self.operations[Operation.objects.filter(owner=self.owner).latest("pk").pk] = steps

    def compare(self, answer, steps, refused):
        assert answer == refused
        if not refused:
            self.booked(steps)

    # --- What can happen ---

    @rule(quantity=quantities)
    def create(self, quantity):
        self.world.create(quantity)
        pk = Product.objects.filter(owner=self.owner).latest("pk").pk
        self.shelves[pk] = Shelf()
        self.booked([(pk, quantity)] if quantity else [])

    @rule(number=some, movement_type=types, quantity=amounts, expected=expectations)
    def book(self, number, movement_type, quantity, expected):
        pk = self.pick(number)
        steps, refused = self.judge([(pk, quantity if movement_type == "IN" else -quantity, expected)])
        self.compare(self.world.book(pk, movement_type, quantity, expected), steps, refused.get(0, BOOKED))

    @rule(lines=st.lists(st.tuples(some, types, amounts), min_size=1, max_size=6))
    def operation(self, lines):
        lines = [(self.pick(number), *rest) for number, *rest in lines]
        asked = [(pk, quantity if kind == "IN" else -quantity, None) for pk, kind, quantity in lines]
        self.compare(self.world.operation(lines), *self.judge(asked))

    @rule(lines=st.lists(st.tuples(some, quantities), min_size=1, max_size=4))
    def count(self, lines):
        lines = [(self.pick(number), counted) for number, counted in lines]
        live = {pk: shelf.quantity for pk, shelf in self.shelves.items() if not shelf.archived}
        pks = [pk for pk, _ in lines]
        refused = {n: "counted_twice" for n, pk in enumerate(pks) if pk in pks[:n]}
        refused |= {n: self.why_not(pk) for n, pk in enumerate(pks) if pk not in live}
        steps = [(pk, counted - live[pk]) for pk, counted in lines if pk in live and counted != live[pk]]
        self.compare(self.world.count(lines), steps, refused)

    @rule(number=some)
    def reverse(self, number):
        pk = list(self.operations)[-1 - number % len(self.operations)] if self.operations else None
        if pk is None:
            return
        undone = [(product, -change, None) for product, change in reversed(self.operations[pk])]
        answer = self.world.reverse(pk)
        if pk in self.reversed:
            assert answer == "already_reversed"
        elif any(self.shelves[product].archived for product, *_ in undone):
            assert answer == "product_archived"
        else:
            self.compare(answer, *self.judge(undone))
            self.reversed |= {pk} if answer == BOOKED else set()

    @rule(number=some, quantity=quantities)
    def correct(self, number, quantity):
        pk = self.pick(number)
        missing = pk not in self.shelves or self.shelves[pk].archived
        change = 0 if missing else quantity - self.shelves[pk].quantity
        answer = self.world.correct(pk, quantity)
        if answer == "product_not_found" and self.why_not(pk) == "product_archived":
            answer = "product_archived"  # over HTTP its page is gone: a 404
        self.compare(answer, [(pk, change)] if change else [], self.why_not(pk) if missing else BOOKED)

    @rule(number=some)
    def archive(self, number):
        if (pk := self.pick(number)) in self.shelves:
            self.world.archive(pk)
            self.shelves[pk].archived = True

    @rule(number=some)
    def restore(self, number):
        if (pk := self.pick(number)) in self.shelves:
            self.world.restore(pk)
            self.shelves[pk].archived = False

    # --- What always holds ---

    @invariant()
    def model_and_balances_and_proof_agree(self):
        rows = Product.objects.filter(owner=self.owner).values_list("pk", "quantity", "stock_sequence")
        assert {pk: (quantity, sequence) for pk, quantity, sequence in rows} == {
            pk: (shelf.quantity, shelf.sequence) for pk, shelf in self.shelves.items()
        }
        assert set(Operation.objects.filter(owner=self.owner).values_list("pk", flat=True)) == set(self.operations)
        assert find_breaks(self.owner.pk) == []
        self.stood.append((datetime.now(UTC), {pk: shelf.quantity for pk, shelf in self.shelves.items()}))

    def teardown(self):
        """The books still know how they stood after every step, by either clock: nothing was booked late."""
        rows = list(Product.objects.filter(owner=self.owner))
        for instant, quantities in self.stood:
            for clock in levels.CLOCKS:
                found = levels.compute_quantities(self.owner.pk, rows, instant, clock)
                assert {pk: quantity for pk, quantity in found.items() if pk in quantities} == quantities


class LedgerThroughTheService(Ledger):
    through = ThroughTheService


class LedgerThroughTheAPI(Ledger):
    through = ThroughTheAPI


@pytest.mark.parametrize("machine", [LedgerThroughTheService, LedgerThroughTheAPI])
def test_whatever_happens_model_balances_and_proof_agree(db, machine):
    run_state_machine_as_test(machine, settings=SETTINGS)


def test_control_a_service_that_expects_nothing_is_caught(db, monkeypatch):
    monkeypatch.setattr(services, "check_expected_quantity", lambda *_: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LedgerThroughTheService, settings=settings(SETTINGS, phases=[Phase.generate]))
