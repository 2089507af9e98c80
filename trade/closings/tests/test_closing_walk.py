"""Random days of a shop with three tills, compared with a model that knows nothing of positions or events.

`WALK_STEPS=5000` takes more steps, and `WALK_SEED` others.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.utils import timezone

from records.events.models import Event
from stock.models import Operation, Payment
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.cast.tills import OPERATIONS, Device
from trade.closings.models import Closing
from trade.closings.tests.drawers import CLOSINGS, move, preview, undo
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.services import pay, reverse_payment

STEPS = int(os.environ.get("WALK_STEPS", "160"))
SEED = int(os.environ.get("WALK_SEED", "1"))
CENT, NOTHING = Decimal("0.01"), Decimal("0.00")
RATES = ("19.00", "7.00", None, "19.00")  # of the products
PRICES = ("3.34", "0.99", "12.00", "7.77")


def round_cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Sale:
    """A sale: the money and the quantity of each product, what came back by return, and its payments by id."""

    pk: int
    money: dict[int, Decimal]
    sold: dict[int, int]
    discount: Decimal
    late: bool
    latest: int  # the last operation of the chain of reversals
    is_undone: bool = False
    returns: dict[int, dict[int, int]] = field(default_factory=dict)  # standing ones
    paid: dict[int, tuple[str, Decimal]] = field(default_factory=dict)  # payments that are not reversed

    @property
    def total(self):
        return sum(self.money.values(), NOTHING)

    def left(self, product):
        return self.sold[product] - sum(back.get(product, 0) for back in self.returns.values())


class Segment:
    """What has happened in a drawer since its last closing."""

    def __init__(self, opening=NOTHING):
        self.opening = opening
        self.booked: set[int] = set()  # sales; one that is done again after a closing happened before it
        self.nets: Counter = Counter()  # of sales and returns, by the id of the operation
        self.changes: list[tuple[Decimal, Counter]] = []  # what came back with each step, and of it by rate
        self.payments: dict[int, tuple[str, Decimal, int | None]] = {}
        self.cash = Counter({"in": NOTHING, "out": NOTHING})


class Model:
    def __init__(self, rates):
        self.rates = rates  # of VAT, by product
        self.sales: dict[int, Sale] = {}
        self.segments: dict[int | None, Segment] = {}

    def split(self, sale, money):
        """Return the sums by (rate, word) of this money by product. A late sale is older than the rates."""
        gross: Counter = Counter()
        for product, amount in money.items():
            gross[None if sale.late else self.rates[product]] += amount
        sums: Counter = Counter()
        for rate, amount in gross.items():
            net = amount if rate is None else round_cents(amount * 100 / (100 + Decimal(rate)))
            sums += {(rate, "gross"): amount, (rate, "net"): net, (rate, "tax"): amount - net}  # type: ignore[operator]
        return sums

    def worth(self, sale):
        """Return what the standing returns of the sale are worth, by product."""
        back: Counter = Counter()
        for quantities in sale.returns.values():
            back.update(quantities)
        return {p: round_cents(sale.money[p] * count / sale.sold[p]) for p, count in back.items()}

    def change_returns(self, series, sale, change):
        """Change the standing returns, and note the difference in the drawer."""
        before = self.worth(sale)
        change()
        after = self.worth(sale)
        sums = Counter(self.split(sale, after))
        sums.subtract(self.split(sale, before))
        self.segments[series].changes.append((sum(after.values(), NOTHING) - sum(before.values(), NOTHING), sums))

    def expect(self, series):
        """Return what a closing of the drawer should have."""
        segment = self.segments[series]
        sold = {pk: net for pk, net in segment.nets.items() if net and pk in self.sales}
        total = sum((net * self.sales[pk].total for pk, net in sold.items() if net > 0), NOTHING)
        undone = sum((-net * self.sales[pk].total for pk, net in sold.items() if net < 0), NOTHING)
        taxes: Counter = Counter()
        for pk, net in sold.items():
            for name, amount in self.split(self.sales[pk], self.sales[pk].money).items():
                taxes[name] += net * amount
        for _, sums in segment.changes:
            taxes.subtract(sums)
        kept = {
            pk: (kind, amount)
            for pk, (kind, amount, reverses) in segment.payments.items()
            if reverses not in segment.payments and pk not in [one[2] for one in segment.payments.values()]
        }
        payments: dict[str, list[Decimal]] = {}
        for kind, amount in kept.values():
            payments.setdefault(kind, [NOTHING, NOTHING])[amount < 0] += abs(amount)
        cash = sum((amount for kind, amount in kept.values() if kind == "cash"), NOTHING)
        return {
            "sales": sum(net for net in sold.values() if net > 0),
            "total": total,
            "discounts": sum((net * self.sales[pk].discount for pk, net in sold.items() if net > 0), NOTHING),
            "returns": sum(net for pk, net in segment.nets.items() if pk not in self.sales)
            - sum(net for net in sold.values() if net < 0),
            "returned": undone + sum((one for one, _ in segment.changes), NOTHING),
            "taxes": {name: amount for name, amount in taxes.items() if amount},
            "payments": {kind: tuple(amounts) for kind, amounts in payments.items()},
            "expected": segment.opening + cash + segment.cash["in"] - segment.cash["out"],
            "late": sorted(
                pk for pk, net in sold.items() if net > 0 and (self.sales[pk].late or pk not in segment.booked)
            ),
        }


def read(closing):
    """Return what the model expects of the closing."""
    taxes = {(tax["rate"], name): Decimal(tax[name]) for tax in closing["taxes"] for name in ("net", "tax", "gross")}
    return {
        **{name: closing[name] for name in ("sales", "returns")},
        **{name: Decimal(closing[name]) for name in ("total", "discounts", "returned", "expected")},
        "taxes": {name: amount for name, amount in taxes.items() if amount},
        "payments": {one["kind"]: (Decimal(one["received"]), Decimal(one["refunded"])) for one in closing["payments"]},
        "late": sorted(one["operation"] for one in closing["late"]),
    }


class Walk:
    """The steps of the walk: each is sent to the service and told to the model."""

    def __init__(self, seed, alice, bob, as_alice, as_bob, products, rates):
        self.random = random.Random(seed)  # noqa: S311, a walk that can be repeated
        self.owner, self.products, self.people = alice, products, (as_alice, as_bob)
        self.devices = {one.till.pk: one for one in (Device(by, f"till {n}") for n, by in enumerate((alice, bob, bob)))}
        self.numbers: Counter = Counter()
        self.model = Model(rates)
        self.model.segments = {series: Segment() for series in (None, *self.devices)}
        self.made: list[tuple[Any, Any]] = []

    def choose(self):
        """Return a drawer and a client that books for it."""
        series = self.random.choice([None, *self.devices])
        return series, self.devices[series].client if series else self.random.choice(self.people)

    def post(self, series, client, address, body):
        headers = {}
        if series and "/return/" not in address:
            self.numbers[series] += 1
            headers = {"Idempotency-Key": self.devices[series].key(self.numbers[series])}
        response = client.post(address, body, headers=headers)
        assert response.status_code == 201, (address, body, response.json())
        return response.json()

    def note_payments(self, series, sale, rows):
        for row in rows:
            self.model.segments[series].payments[row.pk] = row.kind, row.amount, row.reverses_id
            if row.reverses_id:
                del sale.paid[row.reverses_id]
            else:
                sale.paid[row.pk] = row.kind, row.amount

    def draw_payments(self, most):
        """Return random payments of at most this amount."""
        rows, left = [], most
        for _ in range(self.random.randrange(3)):
            amount = round_cents(left * self.random.randint(1, 100) / 100)
            if amount > 0:
                rows.append({"kind": self.random.choice(["cash", "cash", "card", "voucher"]), "amount": str(amount)})
                left -= amount
        return rows

    def sell(self):
        series, client = self.choose()
        lines = []
        for product in self.random.sample(self.products, self.random.randint(1, 3)):
            line = {"product": product.pk, "movement_type": "OUT", "quantity": self.random.randint(1, 4)}
            how = self.random.random()
            if how < 0.2:
                line["total"] = f"{self.random.randint(1, 2000) / 100:.2f}"
            elif how < 0.4:
                line["unit_price"] = f"{self.random.randint(0, 900) / 100:.2f}"
            lines.append(line)
        body: dict[str, Any] = {"reason": "sale", "lines": lines}
        worth = [self.find_money(line) for line in lines]
        if self.random.random() < 0.3 and sum(worth):
            percent = self.random.choice(["10", "33.33", "100"])
            body["discount"] = {"percent": percent}
        late = self.random.random() < 0.15
        if late:
            body["occurred_at"] = (timezone.now() - timedelta(days=2)).isoformat()
        if "discount" not in body:
            body["payments"] = self.draw_payments(sum(worth, NOTHING))
        made = self.post(series, client, OPERATIONS, body)
        money = {}
        for line, row in zip(lines, made["movements"], strict=True):
            money[line["product"]] = Decimal(row["total"]) if row["total"] is not None else self.find_money(line)
        if "discount" not in body:
            assert list(money.values()) == worth
        sold = {line["product"]: line["quantity"] for line in lines}
        sale = self.model.sales[made["id"]] = Sale(
            made["id"], money, sold, sum(worth) - sum(money.values()), late, made["id"]
        )
        self.model.segments[series].booked.add(made["id"])
        self.model.segments[series].nets[made["id"]] += 1
        self.note_payments(series, sale, Payment.objects.filter(operation_id=made["id"]))

    def find_money(self, line):
        product = next(one for one in self.products if one.pk == line["product"])
        return Decimal(
            line.get("total") or round_cents(Decimal(line.get("unit_price", product.price)) * line["quantity"])
        )

    def draw_sale(self, holds):
        found = [sale for sale in self.model.sales.values() if holds(sale)]
        return self.random.choice(found) if found else None

    def give_back(self):
        sale = self.draw_sale(lambda one: not one.is_undone and any(one.left(product) for product in one.sold))
        if sale is None:
            return
        series, client = self.choose()
        back = {
            p: self.random.randint(1, sale.left(p)) for p in sale.sold if sale.left(p) and self.random.random() < 0.7
        }
        if not back:
            return
        body = {"lines": [{"product": product, "quantity": count} for product, count in back.items()]}
        made = self.post(series, client, f"{OPERATIONS}{sale.pk}/return/", body)
        self.model.change_returns(series, sale, lambda: sale.returns.update({made["id"]: back}))
        self.model.segments[series].nets[made["id"]] += 1

    def undo_return(self):
        sale = self.draw_sale(lambda one: one.returns)
        if sale:
            pk = self.random.choice([*sale.returns])
            undo(self.people[0], pk)
            self.model.change_returns(None, sale, lambda: sale.returns.pop(pk))
            self.model.segments[None].nets[pk] -= 1

    def undo_sale(self):
        """Undo a sale, or do it again."""
        sale = self.draw_sale(lambda one: not one.returns)
        if sale is None:
            return
        sale.latest = undo(self.people[0], sale.latest)
        self.model.segments[None].nets[sale.pk] += 1 if sale.is_undone else -1
        sale.is_undone = not sale.is_undone
        if sale.is_undone and sale.paid:
            rows = Payment.objects.filter(reverses_id__in=[*sale.paid])
            assert len(rows) == len(sale.paid)
            self.note_payments(None, sale, rows)

    def pay(self):
        sale = self.draw_sale(lambda one: not one.is_undone)
        if sale is None:
            return
        paid = sum((amount for _, amount in sale.paid.values()), NOTHING)
        returned = sum(self.model.worth(sale).values(), NOTHING)
        for payment in self.draw_payments(max(sale.total - returned - paid, NOTHING))[:1]:
            draft = PaymentDraft(payment["kind"], Decimal(payment["amount"]))
            rows = pay(by=self.owner, sale=Operation.objects.get(pk=sale.pk), payments=[draft])
            self.note_payments(None, sale, rows)

    def reverse_payment(self):
        sale = self.draw_sale(lambda one: one.paid and not one.is_undone)
        if sale:
            pk = self.random.choice([*sale.paid])
            row = reverse_payment(by=self.owner, sale=Operation.objects.get(pk=sale.pk), pk=pk)
            self.note_payments(None, sale, [row])

    def move_cash(self):
        series, client = self.choose()
        kind, amount = self.random.choice(["in", "out"]), f"{self.random.randint(1, 5000) / 100:.2f}"
        assert move(client, kind, amount).status_code == 201
        self.model.segments[series].cash[kind] += Decimal(amount)

    def drop(self):
        series = self.random.choice([*self.devices])
        self.numbers[series] += 1
        assert self.devices[series].drop(self.numbers[series]).status_code == 201

    def close(self):
        series, client = self.choose()
        counted, kept = sorted((self.random.randint(0, 50_000), self.random.randint(0, 50_000)), reverse=True)
        body = {"counted": f"{counted / 100:.2f}", "float": f"{kept / 100:.2f}"}
        if self.random.random() < 0.5:
            assert read(preview(client)) == self.model.expect(series)
        made = client.post(CLOSINGS, body).json()
        assert read(made) == self.model.expect(series)
        assert Decimal(made["difference"]) == Decimal(made["counted"]) - Decimal(made["expected"])
        self.made.append((series, made))
        self.model.segments[series] = Segment(Decimal(made["float"]))

    def run(self, steps):
        kinds = {
            self.sell: 9, self.give_back: 5, self.undo_return: 2, self.undo_sale: 2, self.pay: 3,
            self.reverse_payment: 1, self.move_cash: 2, self.drop: 1, self.close: 3,
        }  # fmt: skip
        for step in self.random.choices([*kinds], [*kinds.values()], k=steps):
            step()
        for client in (self.people[0], *(device.client for device in self.devices.values())):
            series = preview(client)["till"]
            made = client.post(CLOSINGS, {"counted": "0", "float": "0"}).json()
            assert read(made) == self.model.expect(series)
            self.made.append((series, made))


@pytest.mark.parametrize("seed", [SEED, pytest.param(SEED + 1, marks=pytest.mark.long)])
def test_closings_of_random_days_are_right_to_the_cent(alice, bob, as_alice, as_bob, seed):
    products = [make_product(alice, f"P{n}", 1_000_000, price=price) for n, price in enumerate(PRICES)]
    for rate in {*RATES} - {None}:
        tax = as_alice.post("/api/taxes/", {"name": f"VAT {rate}", "rate": rate}).json()["id"]
        for product, chosen in zip(products, RATES, strict=True):
            if chosen == rate:
                assert as_alice.patch(f"/api/products/{product.pk}/", {"tax": tax}).status_code == 200
    rates = {product.pk: rate for product, rate in zip(products, RATES, strict=True)}
    walk = Walk(seed, alice, bob, as_alice, as_bob, products, rates)
    walk.run(STEPS)
    assert find_breaks(alice.pk) == []
    check_ranges(alice, walk.made)
    standing = [sale for sale in walk.model.sales.values() if not sale.is_undone]
    closed = sum(Decimal(made["total"]) - Decimal(made["returned"]) for _, made in walk.made)
    assert closed == sum(sale.total - sum(walk.model.worth(sale).values(), NOTHING) for sale in standing)
    taken = sum(Decimal(one["amount"]) for _, made in walk.made for one in made["payments"])
    assert taken == sum((amount for sale in standing for _, amount in sale.paid.values()), NOTHING)


def check_ranges(owner, closings):
    """Check that the closings of each series have all numbers, and all positions once."""
    last: dict[int | None, Any] = {}
    for series, made in closings:
        before = last.get(series)
        assert made["number"] == (before["number"] + 1 if before else 1)
        assert before is None or made["from_position"] == before["to_position"] + 1
        assert made["opening"] == (before["float"] if before else "0.00")
        last[series] = made
    assert Closing.objects.filter(owner=owner).count() == len(closings)
    assert max(made["to_position"] for made in last.values()) < Event.objects.filter(owner=owner).count()
