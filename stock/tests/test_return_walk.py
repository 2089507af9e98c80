"""A random walk over sales, returns, scrap and reversals, compared with a model in exact numbers."""

import random
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import pytest

from core.errors import DomainError
from products.models import Product
from stock.booking import services
from stock.booking.drafts import BookingLine, OperationDraft, PlaceReference, by_id
from stock.booking.returning import ReturnLine
from stock.models import Movement, MovementType, Operation
from stock.proofs.verification import verify_ledger
from testing.cast import make_location, make_product

CENT = Decimal("0.01")


@dataclass
class Booked:
    """What the model knows of an operation: its movements as (product, change, value), and what it is."""

    operation: Operation
    movements: list
    kind: str  # sale, return, scrap, other
    sale: "Booked | None" = None
    scrap: "Booked | None" = None
    undone: bool = False
    returns: list = field(default_factory=list)

    def count(self, product, at=1):
        """Return the quantity (or the value, at 2) of the product."""
        return sum((abs(row[at]) for row in self.movements if row[0] == product), Decimal(0))

    def count_returned(self, product, at=1):
        return sum((one.count(product, at) for one in self.returns if not one.undone), Decimal(0))


class Model:
    """The rules of returns, computed from lists."""

    def expects_refusal_of_return(self, sale, wanted):
        over = any(sale.count_returned(p) + sum(q for o, q in wanted if o == p) > sale.count(p) for p, _ in wanted)
        return sale.undone or over or not wanted

    def expected_values(self, sale, wanted):
        values, extra = [], {}
        for product, quantity in wanted:
            count, given = extra.get(product, (sale.count_returned(product), sale.count_returned(product, 2)))
            share = (sale.count(product, 2) * (count + quantity) / sale.count(product)).quantize(CENT, ROUND_HALF_UP)
            values.append(max(share - given, Decimal(0)))
            extra[product] = count + quantity, given + values[-1]
        return values

    def expects_refusal_of_reversal(self, one):
        """Tell whether undoing (or doing again) is refused by a rule of returns."""
        if one.kind == "sale" and not one.undone:
            return any(not back.undone for back in one.returns)
        if one.kind == "return" and not one.undone:
            return one.scrap is not None and not one.scrap.undone
        if one.kind == "return":
            products = {row[0] for row in one.movements}
            return one.sale.undone or any(
                one.sale.count_returned(p) + one.count(p) > one.sale.count(p) for p in products
            )
        return False


class Walk:
    def __init__(self, user, seed):
        self.user, self.random, self.model = user, random.Random(seed), Model()  # noqa: S311
        self.places = [None, PlaceReference("Shelf"), PlaceReference("Cellar", "A"), PlaceReference(lot="B")]
        for name in ("Shelf", "Cellar"):
            make_location(user, name)
        products = [make_product(user, f"Product {decimals}", decimals=decimals % 4) for decimals in range(5)]
        self.decimals = {product.pk: product.decimals for product in products}
        self.products = [*self.decimals]
        self.booked, self.steps = [], {"refused": 0}

    def note(self, operation, kind, **more):
        rows = Movement.objects.filter(operation=operation).order_by("pk")
        changes = [(row.product_id, row.new_quantity - row.old_quantity, row.value) for row in rows]
        self.booked.append(Booked(operation, changes, kind, **more))
        return self.booked[-1]

    def draft(self, reason):
        return OperationDraft(by=self.user, reason=reason)

    def units(self, product, quantity):
        """Return the quantity, or the same as an amount of the product."""
        return quantity if self.random.random() < 0.5 else Decimal(quantity).scaleb(-self.decimals[product])

    def buy(self):
        product, quantity = self.random.choice(self.products), self.random.randrange(1, 9)
        cost = Decimal(self.random.randrange(0, 500)) / 100
        line = BookingLine(
            by_id(product), MovementType.IN, self.units(product, quantity), place=self.random.choice(self.places),
            unit_cost=cost,
        )  # fmt: skip
        [movement] = services.book(draft=self.draft("purchase"), lines=[line])
        assert movement.value == (quantity * cost / 10 ** self.decimals[product]).quantize(CENT, ROUND_HALF_UP)
        self.note(movement.operation, "other")

    def sell(self):
        chosen = [(self.random.choice(self.products), self.random.randrange(1, 5)) for _ in range(3)]
        lines = [
            BookingLine(by_id(product), MovementType.OUT, self.units(product, quantity))
            for product, quantity in chosen[: self.random.randrange(1, 4)]
        ]
        self.note(services.book(draft=self.draft("sale"), lines=lines)[0].operation, "sale")

    def give_back(self):
        sales = [one for one in self.booked if one.kind == "sale"]
        if not sales:
            return
        sale, lines = self.random.choice(sales), None
        products = list(dict.fromkeys(row[0] for row in sale.movements))
        wanted = [(p, q) for p in products if (q := sale.count(p) - sale.count_returned(p))]
        if self.random.random() < 0.8:
            wanted = [(self.random.choice(products), self.random.randrange(1, 4)) for _ in range(2)]
            lines = [
                ReturnLine(by_id(p), self.units(p, q), self.random.random() < 0.4, self.random.choice(self.places))
                for p, q in wanted
            ]
        refused = self.model.expects_refusal_of_return(sale, wanted)
        try:
            operation = services.return_sale(by=self.user, sale=sale.operation, lines=lines)[0].operation
        except DomainError:
            assert refused
            raise
        assert not refused
        expected = dict(zip(map(str, range(9)), self.model.expected_values(sale, wanted), strict=False))
        scrap = operation.scrapped and self.note(Operation.objects.get(pk=operation.scrapped), "scrap")
        back = self.note(operation, "return", sale=sale, scrap=scrap)
        assert sorted(row[2] for row in back.movements) == sorted(expected.values())
        sale.returns.append(back)

    def reverse(self):
        """Reverse an operation, or the last reversal of it."""
        if not self.booked:
            return
        one = self.random.choice(self.booked)
        last = one.operation
        while reversal := Operation.objects.filter(reverses=last).first():
            last = reversal
        refused = self.model.expects_refusal_of_reversal(one)
        try:
            services.reverse_operation(by=self.user, operation=last)
        except DomainError as error:
            if not refused and error.code != "invalid_lines":  # of another rule: the stock may be gone
                raise AssertionError(f"refused: {error}") from error
            raise
        assert not refused
        one.undone = not one.undone

    def step(self):
        name = self.random.choices(["buy", "sell", "give_back", "reverse"], [3, 3, 4, 3])[0]
        try:
            getattr(self, name)()
            self.steps[name] = self.steps.get(name, 0) + 1
        except DomainError:
            self.steps["refused"] += 1

    def check(self):
        for sale in self.booked:
            if sale.kind == "sale":
                for product in {row[0] for row in sale.movements}:
                    assert sale.count_returned(product) <= sale.count(product)
        rows = Movement.objects.filter(product__in=self.products)
        for product in Product.objects.filter(pk__in=self.products):
            signed = [
                row.value if row.movement_type == "IN" else -row.value for row in rows if row.product_id == product.pk
            ]
            assert product.stock_value == sum(signed, Decimal(0))


@pytest.mark.parametrize("seed", range(3))
def test_a_random_walk_keeps_the_rules_of_returns(alice, seed):
    walk = Walk(alice, seed)
    for number in range(150):
        walk.step()
        if number % 5 == 0:
            walk.check()
    walk.check()
    assert verify_ledger(alice)["broken"] == []
    assert all(walk.steps[name] > 10 for name in ("buy", "sell", "give_back", "reverse", "refused"))
