"""A random walk of what is booked to customers: at each step, their accounts are the sum of what is due."""

import os
import random
from decimal import Decimal
from itertools import accumulate

from stock.models import Operation, Payment
from testing.cast.people import make_product
from trade.customer_accounts.tests.bookings import OPERATIONS, ada, noted, pay, read_account, sum_dues
from trade.customers.models import Customer

__all__ = ["ada", "noted"]
STEPS, SEED = int(os.environ.get("WALK_STEPS", "300")), int(os.environ.get("WALK_SEED", "1"))


class Walk:
    """Books at random as a client does. What the shop refuses is no step."""

    def __init__(self, client, customers, products):
        self.client, self.customers, self.products = client, customers, products
        self.chance = random.Random(SEED)  # noqa: S311, not for cryptography
        self.sales, self.undoable, self.payments = [], [], []

    def step(self):
        acts = {self.sell: 6, self.take_back: 5, self.pay_one: 4, self.pay_all: 2, self.undo: 4, self.unpay: 2}
        [act] = self.chance.choices([*acts], [*acts.values()])
        response = act()
        return response is not None and response.status_code == 201

    def draw_money(self, most="9.00"):
        return f"{Decimal(self.chance.randint(1, int(Decimal(most) * 100))) / 100:.2f}"

    def sell(self):
        lines = [
            {"product": product.pk, "movement_type": "OUT", "quantity": self.chance.randint(1, 4)}
            for product in self.chance.sample(self.products, self.chance.randint(1, 3))
        ]
        fields = self.chance.choice([{}, {}, {"discount": {"percent": "7.5"}}, {"payments": [{"kind": "card"}]}])
        customer = self.chance.choice(self.customers).pk
        response = self.client.post(OPERATIONS, {"lines": lines, "reason": "sale", "customer": customer, **fields})
        if response.status_code == 201:
            self.sales.append(response.json())
            self.undoable.append(response.json()["id"])
        return response

    def take_back(self):
        sale = self.chance.choice(self.sales or [None])
        if sale is None:
            return None
        movement = self.chance.choice(sale["movements"])
        lines = [{"movement": movement["id"], "quantity": self.chance.randint(1, 2)}]
        paid = self.chance.choice([[], [{"kind": "cash"}], [{"kind": "cash", "amount": self.draw_money("2.00")}]])
        response = self.client.post(f"{OPERATIONS}{sale['id']}/return/", {"lines": lines, "payments": paid})
        if response.status_code == 201:
            self.undoable.append(response.json()["id"])
        return response

    def pay_one(self):
        sale = self.chance.choice(self.sales or [None])
        if sale is None:
            return None
        body = {"kind": "cash", **self.chance.choice([{}, {"amount": self.draw_money()}])}
        response = self.client.post(f"/api/sales/{sale['id']}/payments/", body)
        if response.status_code == 201:
            self.payments += [(sale["id"], one["id"]) for one in response.json()["payments"]]
        return response

    def pay_all(self):
        return pay(self.client, self.chance.choice(self.customers), self.draw_money("20.00"), "transfer")

    def undo(self):
        if not self.undoable:
            return None
        response = self.client.post(f"{OPERATIONS}{self.chance.choice(self.undoable)}/reverse/", {})
        if response.status_code == 201:
            self.undoable.append(response.json()["id"])
        return response

    def unpay(self):
        if not self.payments:
            return None
        return self.client.post("/api/sales/{}/payments/{}/reverse/".format(*self.chance.choice(self.payments)), {})


def test_at_each_step_the_accounts_are_the_sum_of_what_is_due(alice, as_alice, noted, ada):
    as_alice.patch("/api/account/", {"prices_include_tax": False})
    rates = [as_alice.post("/api/taxes/", {"name": rate, "rate": rate}).json()["id"] for rate in ("19", "7")]
    products = [
        make_product(alice, f"P{number}", price=price, quantity=9_000, tax_id=rate)
        for number, (price, rate) in enumerate(
            (("0.33", rates[0]), ("1.99", rates[1]), ("0.07", rates[0]), ("2.50", None))
        )
    ]
    customers = [ada, Customer.objects.create(owner=alice, name="Bert")]
    walk, expected, before = Walk(as_alice, customers, products), {}, count_booked()
    for number in range(STEPS):
        while not walk.step():
            pass
        due = expected[count_booked() - before] = sum_dues(alice)
        if number % 10 == 0:
            accounts = [read_account(as_alice, one) for one in customers]
            assert sum(Decimal(one["closing"]) for one in accounts) == due
            assert sum(Decimal(one["owed"]) + Decimal(one["credit"]) for one in accounts) == due
    entries = [entry for one in customers for entry in read_account(as_alice, one)["entries"]]
    amounts = [Decimal(entry["amount"]) for entry in sorted(entries, key=lambda entry: entry["at"])]
    balances = dict(enumerate(accumulate(amounts), 1))
    assert {count: balances[count] for count in expected} == expected
    assert {entry["kind"] for entry in entries} == {"sale", "return", "payment", "refund", "reversal"}


def count_booked():
    return Operation.objects.count() + Payment.objects.count()
