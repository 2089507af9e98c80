"""A random walk over makings, takings apart and reversals, compared with a model in whole cents."""

import random
from decimal import Decimal

import pytest

from core.errors import DomainError
from products.models import Product
from stock.booking import services
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.making.services import MakingDraft, make
from stock.models import Movement, MovementType, Operation
from stock.proofs.verification import verify_ledger
from testing.cast import make_product

CENT = Decimal("0.01")


class Walk:
    """Products whose value changes only by purchases and sales, which the model adds up."""

    def __init__(self, user, seed):
        self.user, self.random = user, random.Random(seed)  # noqa: S311
        costs = [None, "0.33", "1.00", None, "7.77"]
        self.products = [make_product(user, f"P{n}", n * 3, decimals=n % 3, cost_price=c) for n, c in enumerate(costs)]
        self.worth, self.makings, self.steps = self.sum_values(), [], {"refused": 0}

    def sum_values(self):
        return sum(Product.objects.values_list("stock_value", flat=True), Decimal(0))

    def book(self, reason, movement_type, quantity):
        product, draft = self.random.choice(self.products), OperationDraft(by=self.user, reason=reason)
        cost = {"unit_cost": self.random.randrange(900) * CENT} if movement_type == MovementType.IN else {}
        line = BookingLine(by_id(product.pk), movement_type, quantity, **cost)
        movement = services.book_one(draft=draft, line=line)
        self.worth += movement.value if movement_type == MovementType.IN else -movement.value

    def buy(self):
        self.book("purchase", MovementType.IN, self.random.randrange(1, 12))

    def sell(self):
        self.book("sale", MovementType.OUT, self.random.randrange(1, 9))

    def make(self, *, take_apart=False):
        whole, *parts = self.random.sample(self.products, self.random.randrange(2, 5))
        used = [BookingLine(by_id(part.pk), MovementType.OUT, self.random.randrange(1, 5)) for part in parts]
        making = MakingDraft(by_id(whole.pk), self.random.randrange(1, 6), take_apart)
        booked = make(draft=OperationDraft(by=self.user, reason="making"), making=making, lines=used)
        self.makings.append(booked[0].operation)

    def take_apart(self):
        self.make(take_apart=True)

    def reverse(self):
        """Reverse the last operation of a chain that began with a making. At once, this restores every number."""
        if not self.makings:
            return
        last = self.random.choice(self.makings[-15:])
        while reversal := Operation.objects.filter(reverses=last).first():
            last = reversal
        before = {one.product_id: one for one in Movement.objects.filter(operation=last)}
        newest = not Movement.objects.filter(operation__gt=last, product__in=before).exists()
        try:
            services.reverse_operation(by=self.user, operation=last)
        except DomainError:
            assert not newest
            raise
        for product, change, value in self.list_changes(last.reversals.get()):
            assert (product, -change, value) in self.list_changes(last)

    def list_changes(self, operation):
        rows = Movement.objects.filter(operation=operation)
        return [(row.product_id, row.new_quantity - row.old_quantity, row.value) for row in rows]

    def step(self):
        name = self.random.choices(["buy", "sell", "make", "take_apart", "reverse"], [4, 4, 4, 4, 6])[0]
        try:
            getattr(self, name)()
            self.steps[name] = self.steps.get(name, 0) + 1
        except DomainError:
            self.steps["refused"] += 1
        assert self.sum_values() == self.worth
        assert not Product.objects.filter(quantity=0).exclude(stock_value=0).exists()


@pytest.mark.parametrize("seed", range(3))
def test_a_random_walk_of_makings_keeps_the_value_to_the_cent(alice, seed):
    walk = Walk(alice, seed)
    for _ in range(160):
        walk.step()
    assert verify_ledger(alice)["broken"] == []
    assert min(walk.steps.values()) > 5, walk.steps
    assert len(walk.steps) == 6
