"""Random days of a shop with products of both kinds, compared with a model of sums."""

import random
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from core.errors import DomainError
from desk.reports.tests.reporting import read_rows
from products.models import Product
from stock.booking import services
from stock.booking.drafts import BookingLine, CountLine, OperationDraft, by_id
from stock.goods.services import change_product
from stock.models import Movement, MovementType, Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from trade.reservations.services import fulfil, reserve
from trade.selling import services as selling
from trade.selling.drafts import ReturnLine

STEPS, CENT = 300, Decimal("0.01")
KEPT, LOOSE = "kept", "loose"


class Walk:
    """Books at random, and adds up what each product should have: quantity, sold, revenue."""

    def __init__(self, user, client, seed):
        self.user, self.client, self.random = user, client, random.Random(seed)  # noqa: S311
        prices = {"price": Decimal("2.49"), "cost_price": Decimal("0.77")}
        kinds = [(True, 40), (True, 0), (False, 0), (False, 0), (None, 0)]  # None: switched during the walk
        self.products = {
            make_product(
                user, f"Product {number}", quantity, **prices, keeps_stock=kind is not False,
                min_threshold=5 if kind is not False else None,
            ).pk: kind
            for number, (kind, quantity) in enumerate(kinds)
        }  # fmt: skip
        self.quantity = Counter({pk: Product.objects.get(pk=pk).quantity for pk in self.products})
        self.sold, self.sales, self.steps = Counter(), {}, Counter()

    def keeps(self, pk):
        return Product.objects.get(pk=pk).keeps_stock

    def choose(self):
        return self.random.choice([*self.products]), self.random.randrange(1, 6)

    def note(self, movements, sign):
        """Take what has moved into the model, and check that products without stock let through what came in."""
        changes = defaultdict(list)
        for row in movements:
            changes[row.product_id].append((row.movement_type, row.quantity, row.value))
        for pk, rows in changes.items():
            if self.keeps(pk):
                self.quantity[pk] += sum(q if kind == "IN" else -q for kind, q, _value in rows)
            else:
                assert sum(q * (1 if kind == "IN" else -1) for kind, q, _value in rows) == 0
                assert sum(v * (1 if kind == "IN" else -1) for kind, _q, v in rows) == 0
            counts = MovementType.OUT if sign > 0 else MovementType.IN
            self.sold[pk] += sign * sum(q for kind, q, _value in rows if kind == counts)

    def sell(self):
        lines = [BookingLine(by_id(pk), MovementType.OUT, quantity) for pk, quantity in (self.choose(), self.choose())]
        enough = all(
            not self.keeps(pk) or self.quantity[pk] >= sum(one.quantity for one in lines if one.product.value == pk)
            for pk in {one.product.value for one in lines}
        )
        try:
            movements = selling.book(draft=OperationDraft(by=self.user, reason="sale"), lines=lines)
        except DomainError:
            assert not enough
            raise
        assert enough
        self.note(movements, 1)
        self.sales[movements[0].operation_id] = Counter()
        for line in lines:
            self.sales[movements[0].operation_id][line.product.value] += line.quantity

    def order(self):
        pk, quantity = self.choose()
        try:
            made = reserve(by=self.user, lines=[BookingLine(by_id(pk), "OUT", quantity)])
        except DomainError:
            assert self.keeps(pk)
            assert self.quantity[pk] < quantity
            raise
        done = fulfil(by=self.user, pk=made.pk)
        self.note(done.movements, 1)
        self.sales[done.movements[0].operation_id] = Counter({pk: quantity})

    def deliver(self):
        pk, quantity = self.choose()
        line = BookingLine(by_id(pk), MovementType.IN, quantity, cost=Decimal("1.00") * quantity)
        rows = selling.book(draft=OperationDraft(by=self.user, reason="purchase"), lines=[line])
        self.quantity[pk] += quantity if self.keeps(pk) else 0
        assert [row.value for row in rows] == [Decimal("1.00") * quantity] * (1 if self.keeps(pk) else 2)

    def give_back(self):
        sale = self.random.choice([*self.sales])
        pk = self.random.choice([*self.sales[sale]])
        quantity = self.random.randrange(1, 4)
        one = Operation.objects.get(pk=sale)
        try:
            rows = selling.take_back(by=self.user, sale=one, lines=[ReturnLine(by_id(pk), quantity)])
        except DomainError:
            assert quantity > self.sales[sale][pk]
            raise
        self.sales[sale][pk] -= quantity
        self.note(rows, -1)

    def undo(self):
        """Undo a sale of which nothing came back."""
        sale = self.random.choice([*self.sales])
        one = Operation.objects.get(pk=sale)
        undone = selling.reverse_operation(by=self.user, operation=one)
        self.note(Movement.objects.filter(operation=undone).order_by("pk"), -1)
        del self.sales[sale]

    def switch(self):
        [pk] = [pk for pk, kind in self.products.items() if kind is None]
        keeps = self.keeps(pk)
        try:
            change_product(by=self.user, product_id=pk, keeps_stock=not keeps)
        except DomainError:
            assert keeps
            assert self.quantity[pk]
            raise

    def count(self):
        pk, quantity = self.choose()
        try:
            services.count_stock(
                draft=OperationDraft(by=self.user, reason="count"), lines=[CountLine(by_id(pk), quantity)]
            )
        except DomainError:
            assert not self.keeps(pk)
            raise
        self.quantity[pk] = quantity

    def file(self):
        """Import the export of all products, which changes nothing."""
        text = b"".join(self.client.get("/api/products/export/").streaming_content)
        answer = self.client.post("/api/products/import/", text, content_type="text/csv").json()
        assert (answer["created"], answer["updated"]) == (0, 0)

    def step(self):
        name = self.random.choices(
            ["sell", "order", "deliver", "give_back", "undo", "switch", "count", "file"], [30, 15, 20, 15, 8, 8, 6, 1]
        )[0]
        if name in ("give_back", "undo") and not self.sales:
            return
        try:
            getattr(self, name)()
            self.steps[name] += 1
        except DomainError:
            self.steps["refused"] += 1


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_random_days_with_both_kinds_of_products(alice, as_alice, seed):
    walk = Walk(alice, as_alice, seed)
    for _ in range(STEPS):
        walk.step()
    stored = dict(Product.objects.filter(pk__in=walk.products).values_list("pk", "quantity"))
    assert stored == {pk: walk.quantity[pk] for pk in walk.products}
    assert find_breaks(alice.pk) == []
    margins = {row["product"]: row for row in read_rows(as_alice, "margins", period="today")}
    for pk in walk.products:
        sold = margins.get(pk, {"sold": 0, "returned": 0, "revenue": "0.00"})
        assert sold["sold"] - sold["returned"] == walk.sold[pk], walk.steps
        assert Decimal(sold["revenue"]) == (Decimal("2.49") * walk.sold[pk]).quantize(CENT, ROUND_HALF_UP)
    assert len(walk.steps) == 9, walk.steps
