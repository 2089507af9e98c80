"""A model of makings on shared products for random walks, which compare it with the services."""

import random
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from core.errors import DomainError
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.making.services import MakingDraft, make
from stock.making.tests.recipes import write_recipe
from stock.models import Movement, MovementType, Operation
from testing.cast.people import make_product
from trade.selling import services

CENT = Decimal("0.01")
COSTS = (None, "0.33", "1.00", None, "7.77")
MAX_UNDOINGS = 4  # of one making, in turn


class MakingWalk:
    """Does each step with the services and with the model, and compares the results.

    The model has the quantity and the value of each product, what is reserved, and what each making has changed.
    """

    def __init__(self, user, seed):
        self.user, self.chance = user, random.Random(seed)  # noqa: S311, not for cryptography
        products = [
            make_product(user, f"P{n}", n * 3, decimals=n % 3, cost_price=cost, price=str(self.choose_price()))
            for n, cost in enumerate(COSTS)
        ]
        wrap = make_product(user, "Wrap", keeps_stock=False, cost_price="0.45")
        self.wrap, self.recipes = wrap.pk, {}
        for number, whole in enumerate(products[2:], start=2):  # so that nothing is made of itself
            makes, parts = self.chance.randint(1, 3), self.chance.sample(products[:number], 2)
            needed = {part: self.chance.randint(1, 4) for part in [*parts, wrap][self.chance.randint(0, 1) :]}
            write_recipe(user, whole, makes, needed)
            self.recipes[whole.pk] = (makes, {part.pk: each for part, each in needed.items()})
        self.stock, self.value = self.read("quantity"), self.read("stock_value")
        self.reserved, self.makings, self.outcomes = {}, {}, Counter()

    def read(self, name):
        return dict(Product.objects.exclude(pk=self.wrap).values_list("pk", name))

    def choose_price(self):
        return Decimal(self.chance.randint(0, 2000)) / 100

    def available(self, pk):
        return self.stock.get(pk, 100_000) - sum(lines[pk] for lines in self.reserved.values())

    def attempt(self, expected, action):
        """Do the action, which the model expects to succeed or to be refused. Return the result, or None."""
        self.outcomes[expected] += 1
        if expected:
            return action()
        with pytest.raises(DomainError):
            action()
        return None

    def check(self):
        assert (self.read("quantity"), self.read("stock_value")) == (self.stock, self.value)
        assert all(self.stock[pk] > 0 or (quantity, value) == (0, 0)
                   for (pk, quantity), value in zip(self.stock.items(), self.value.values(), strict=True))  # fmt: skip

    def keep(self, movements, *, is_new=True):
        """Change the model as these movements do. A new OUT takes its share of the value, the last unit all of it."""
        for row in sorted(movements, key=lambda row: row.pk):
            if row.product_id == self.wrap:
                continue
            pk, sign = row.product_id, 1 if row.movement_type == MovementType.IN else -1
            if is_new and sign < 0:
                share = (self.value[pk] * row.quantity / self.stock[pk]).quantize(CENT, ROUND_HALF_UP)
                assert row.value == (self.value[pk] if row.quantity == self.stock[pk] else share)
            self.stock[pk] += sign * row.quantity
            self.value[pk] += sign * row.value

    def book(self, reason, movement_type, pk, quantity, **cost):
        draft = OperationDraft(by=self.user, reason=reason)
        return services.book(draft=draft, lines=[BookingLine(by_id(pk), movement_type, quantity, **cost)])

    def receive(self):
        pk, quantity, cost = self.chance.choice([*self.stock]), self.chance.randint(1, 25), self.choose_price()
        [movement] = self.book("purchase", MovementType.IN, pk, quantity, cost=cost)
        assert movement.value == cost
        self.keep([movement])

    def sell_one(self):
        pk, quantity = self.chance.choice([*self.stock]), self.chance.randint(1, 9)
        can = self.available(pk) >= quantity
        self.keep(self.attempt(can, lambda: self.book("sale", MovementType.OUT, pk, quantity)) or [])

    def make(self, *, apart=False):
        """Make something, or take it apart, by its recipe or of other parts. Its value is that of the parts."""
        whole, quantity = self.chance.choice([*self.recipes]), self.chance.randint(1, 6)
        makes, parts = self.recipes[whole]
        needed = {pk: Fraction(quantity * each, makes) for pk, each in parts.items()}
        lines = None
        if self.chance.random() < 0.5:
            others = self.chance.sample([pk for pk in [*self.stock, self.wrap] if pk != whole], 3)
            needed = {pk: self.chance.randint(1, 4) for pk in others}
            lines = [BookingLine(by_id(pk), MovementType.OUT, each) for pk, each in needed.items()]
        is_whole = all(each.denominator == 1 for each in needed.values())
        can = is_whole and all(
            self.available(pk) >= each for pk, each in ({whole: quantity} if apart else needed).items()
        )
        draft, making = OperationDraft(by=self.user, reason="making"), MakingDraft(by_id(whole), quantity, apart)
        movements = self.attempt(can, lambda: make(draft=draft, making=making, lines=lines))
        if movements:
            self.keep(movements)
            [made] = [row for row in movements if row.product_id == whole]
            assert made.value == sum(row.value for row in movements if row.movement_type != made.movement_type)
            self.makings[movements[0].operation_id] = (0, list_changes(movements))

    def take_apart(self):
        self.make(apart=True)

    def undo_making(self):
        """Undo a making, or its undoing. Each movement takes back exactly what the other has brought, or nothing."""
        if not self.makings:
            return
        pk = self.chance.choice([*self.makings][-15:])
        times, changes = self.makings[pk]
        kept = [(one, quantity, value) for one, quantity, value in changes if one != self.wrap]
        can = all(self.can_take(*change) for change in kept if change[1] > 0)
        operation = Operation.objects.get(pk=pk)
        if self.attempt(can, lambda: services.reverse_operation(by=self.user, operation=operation)):
            movements = Movement.objects.filter(operation__reverses=pk)
            undone = list_changes(movements)
            assert sorted(undone) == sorted((one, -quantity, -value) for one, quantity, value in changes)
            self.keep(movements, is_new=False)
            del self.makings[pk]
            if times < MAX_UNDOINGS:
                self.makings[movements[0].operation_id] = (times + 1, undone)

    def can_take(self, pk, quantity, value):
        """Return whether it has this quantity, reserved or not, with this value. The last unit takes all of that."""
        left = self.value[pk] - value
        return self.stock[pk] >= quantity and (left == 0 if self.stock[pk] == quantity else left >= 0)


def list_changes(movements):
    signs = {MovementType.IN: 1, MovementType.OUT: -1}
    return [
        (row.product_id, sign * row.quantity, sign * row.value)
        for row in movements
        for sign in [signs[row.movement_type]]
    ]
