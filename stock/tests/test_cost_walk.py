"""A random walk over receipts, sales, counts, transfers and reversals agrees with exact arithmetic on values."""

import os
import random
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from core.errors import DomainError
from products.models import Product
from stock.booking import services
from stock.booking.drafts import BookingLine, CountLine, LockedProduct, OperationDraft, TransferLine, by_id
from stock.models import Movement, MovementType, Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import make_location, make_product
from trade.selling import services as selling

STEPS = int(os.environ.get("WALK_STEPS", "400"))  # `make walk` takes more steps
SEED = int(os.environ.get("WALK_SEED", "1"))
COSTS = [None, "0.00", "0.01", "0.03", "1.00", "3.33", "19.99", "9999999999.99"]
CENT = Decimal("0.01")


@dataclass
class Stock:
    """A product in the model. Values are fractions, and movements are (sign, quantity, value)."""

    cost_price: Fraction | None
    quantity: int = 0
    value: Fraction = Fraction(0)
    values: list[Fraction] = field(default_factory=list)  # the values of all movements

    def add(self, quantity, value):
        self.quantity, self.value = self.quantity + quantity, self.value + value
        self.values.append(value)

    def take(self, quantity, value):
        self.quantity, self.value = self.quantity - quantity, self.value - value
        self.values.append(value)

    def share(self, quantity):
        return self.value if quantity == self.quantity else round_to_cents(self.value * quantity / self.quantity)

    def receive(self, quantity, unit_cost):
        cost = self.cost_price if unit_cost is None else unit_cost
        if cost is not None:
            self.add(quantity, quantity * cost)
        else:
            average = round_to_cents(self.value * quantity / self.quantity) if self.quantity else Fraction(0)
            self.add(quantity, average)

    def undo(self, sign, quantity, value):
        if sign < 0:
            self.add(quantity, value)
        else:
            self.take(quantity, self.value if quantity == self.quantity else min(value, self.value))


def round_to_cents(fraction):
    """Return the value rounded half up to cents. It computes with integers."""
    return Fraction((2 * fraction.numerator * 100 + fraction.denominator) // (2 * fraction.denominator), 100)


class CostWalk:
    """Books each step by the service, and computes the same values in the model."""

    def __init__(self, user):
        self.user, self.chance = user, random.Random(SEED)  # noqa: S311, not for cryptography
        costs = [None, Decimal("2.50"), Decimal("0.07")]
        self.products = [make_product(user, f"P{n}", cost_price=cost).pk for n, cost in enumerate(costs)]
        self.stocks = {
            pk: Stock(None if cost is None else Fraction(cost)) for pk, cost in zip(self.products, costs, strict=True)
        }
        self.places = [None, make_location(user, "Shelf").pk]
        self.done = []  # the operations that can be reversed: id and [(product, sign, quantity, value)]
        self.refused = 0

    def take_steps(self):
        for number in range(STEPS):
            kind = self.chance.choice(
                [self.receive, self.receive, self.sell, self.sell, self.count, self.move, self.undo]
            )
            try:
                kind()
            except DomainError:
                self.refused += 1
            self.compare()
            if number % max(100, STEPS // 20) == 0:
                assert find_breaks(self.user.pk) == []
        assert find_breaks(self.user.pk) == []
        self.compare_movements()

    def draft(self, reason):
        return OperationDraft(by=self.user, reason=reason)

    def receive(self):
        picked = [
            (self.chance.choice(self.products), self.chance.randint(1, 9), self.chance.choice(COSTS)) for _ in "ab"
        ]
        lines = [
            BookingLine(by_id(pk), MovementType.IN, quantity, unit_cost=None if cost is None else Decimal(cost))
            for pk, quantity, cost in picked
        ]
        operation = selling.book(draft=self.draft("purchase"), lines=lines)[0].operation_id
        before = self.count_values()
        for pk, quantity, cost in picked:
            self.stocks[pk].receive(quantity, None if cost is None else Fraction(cost))
        self.remember(operation, [(pk, 1, quantity) for pk, quantity, _ in picked], before)

    def sell(self):
        picked = [(self.chance.choice(self.products), self.chance.randint(1, 9)) for _ in "ab"]
        lines = [BookingLine(by_id(pk), MovementType.OUT, quantity) for pk, quantity in picked]
        operation = selling.book(draft=self.draft("sale"), lines=lines)[0].operation_id
        before = self.count_values()
        for pk, quantity in picked:
            self.stocks[pk].take(quantity, self.stocks[pk].share(quantity))
        self.remember(operation, [(pk, -1, quantity) for pk, quantity in picked], before)

    def count(self):
        pk, counted = self.chance.choice(self.products), self.chance.randint(0, 12)
        services.count_stock(draft=self.draft("count"), lines=[CountLine(by_id(pk), counted)])
        stock = self.stocks[pk]
        if counted > stock.quantity:
            stock.receive(counted - stock.quantity, None)
        elif counted < stock.quantity:
            stock.take(stock.quantity - counted, stock.share(stock.quantity - counted))

    def move(self):
        pk, quantity = self.chance.choice(self.products), self.chance.randint(1, 9)
        source, target = self.chance.sample(self.places, 2)
        line = TransferLine(by_id(pk), quantity)
        booked = services.transfer(draft=self.draft("transfer"), source=source, target=target, lines=[line])
        stock = self.stocks[pk]
        value = stock.share(quantity)
        stock.take(quantity, value)
        stock.add(quantity, value)
        self.done.append((booked[0].operation_id, "transfer", [(pk, -1, quantity, value), (pk, 1, quantity, value)]))

    def undo(self):
        if not self.done:
            return
        operation, kind, movements = self.done.pop(self.chance.randrange(len(self.done)))
        reversal = selling.reverse_operation(by=self.user, operation=Operation.objects.get(pk=operation))
        before = self.count_values()
        if kind == "transfer":
            pk, _, quantity, _ = movements[0]
            value = self.stocks[pk].share(quantity)
            self.stocks[pk].take(quantity, value)
            self.stocks[pk].add(quantity, value)
            self.done.append((reversal.pk, kind, movements))
            return
        for pk, sign, quantity, value in reversed(movements):
            self.stocks[pk].undo(sign, quantity, value)
        self.remember(reversal.pk, [(pk, -sign, quantity) for pk, sign, quantity, _ in reversed(movements)], before)

    def count_values(self):
        return {pk: len(stock.values) for pk, stock in self.stocks.items()}

    def remember(self, operation, movements, before):
        """Add the operation to those that can be reversed. `before` has the number of earlier values by product."""
        valued = []
        for pk, sign, quantity in movements:
            valued.append((pk, sign, quantity, self.stocks[pk].values[before[pk]]))
            before[pk] += 1
        self.done.append((operation, "booking", valued))

    def compare(self):
        found = {product.pk: product for product in Product.objects.filter(pk__in=self.products)}
        for pk, stock in self.stocks.items():
            assert (found[pk].quantity, Fraction(found[pk].stock_value)) == (stock.quantity, stock.value)
            assert stock.quantity or not stock.value

    def compare_movements(self):
        for pk, stock in self.stocks.items():
            values = Movement.objects.filter(product_id=pk).order_by("sequence").values_list("value", flat=True)
            assert [Fraction(value) for value in values] == stock.values


@pytest.mark.django_db(transaction=True)  # each step commits, so that old versions of rows can be removed
def test_a_random_walk_with_costs_agrees_with_exact_arithmetic(alice):
    walk = CostWalk(alice)
    walk.take_steps()
    assert STEPS / 20 < walk.refused < STEPS * 0.8


def test_control_rounding_half_to_even_is_detected(alice, monkeypatch):
    """This is the negative control, which shows that the walk can fail."""

    def compute_half_even(product, quantity):
        if quantity >= product.quantity:
            return product.stock_value
        return (product.stock_value * quantity / product.quantity).quantize(CENT)

    monkeypatch.setattr(LockedProduct, "compute_share", compute_half_even)
    with pytest.raises(AssertionError):
        CostWalk(alice).take_steps()


def test_the_model_rounds_half_up():
    for cents in ("0.005", "0.015", "1.00499", "2.345"):
        assert round_to_cents(Fraction(cents)) == Fraction(Decimal(cents).quantize(CENT, ROUND_HALF_UP))
