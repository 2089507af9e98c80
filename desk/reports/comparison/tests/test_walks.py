"""Random walks: a fake shop that loses, doubles and delays events, and comparisons that must name each fault."""

import random
from datetime import UTC, datetime

import pytest

from desk.reports.comparison.tests.comparing import compare, find_position, list_suspects
from desk.reports.tests.reporting import book, reverse
from testing.cast.people import client_with_key, make_product

PRODUCTS, STEPS = 8, 60
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2, 3))]
FAULTS = ("none", "lost", "twice", "order lost", "order twice")


class FakeShop:
    """A web shop that adds up the changes of the feed, and books its own orders.

    Each product has at most one fault. No two operations have the same quantity, so a fault has only one suspect.
    """

    def __init__(self, owner, seed):
        self.chance, self.client, self.number = random.Random(seed), client_with_key(owner, name="web shop"), 0  # noqa: S311
        self.products = [make_product(owner, f"Product {number}", 20_000) for number in range(PRODUCTS)]
        self.faults = dict(zip([each.pk for each in self.products], FAULTS * 2, strict=False))
        self.stock = {each.pk: 20_000 for each in self.products}
        self.position, self.own = find_position(self.client), set()
        self.unexplained = dict.fromkeys(self.stock, 0)
        self.suspects = set()

    def take_number(self):
        self.number += 1
        return self.number

    def take_fault(self, product, *faults):
        """Return the fault of the product now and then, if it is one of these: once."""
        fault = self.faults[product]
        if fault not in faults or self.chance.random() < 0.5:
            return ""
        self.faults[product] = "none"
        return fault

    def sell(self, product):
        """Sell here, and tell the service: once, never, or twice without an idempotency key."""
        quantity = self.take_number()
        self.stock[product.pk] -= quantity
        fault = self.take_fault(product.pk, "order lost", "order twice")
        if fault == "order lost":
            self.unexplained[product.pk] = quantity
            return
        booked = [
            book(self.client, product, "OUT", quantity, reference=f"order {quantity}")["operation"]
            for _ in range(2 if fault == "order twice" else 1)
        ]
        self.own |= {*booked}
        if fault == "order twice":
            self.unexplained[product.pk] = -quantity
            self.suspects.add(("booked_twice", booked[1]))

    def read(self, limit):
        """Apply the next events of the feed."""
        page = self.client.get("/api/events/", {"after": self.position, "limit": limit}).json()
        for event in page["events"]:
            if event["type"] == "operation.booked" and event["data"]["id"] not in self.own:
                for movement in event["data"]["movements"]:
                    self.apply(event["data"]["id"], movement)
        self.position = page["next"]

    def apply(self, operation, movement):
        product = movement["product"]
        change = movement["new_quantity"] - movement["old_quantity"]
        fault = self.take_fault(product, "lost", "twice")
        self.stock[product] += {"lost": 0, "twice": 2 * change}.get(fault, change)
        if fault == "lost":
            self.unexplained[product] = change
            self.suspects.add(("not_applied", operation))
        elif fault == "twice":
            self.unexplained[product] = -change
            self.suspects.add(("applied_twice", operation))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_fault_is_named_and_none_is_invented(as_alice, as_bob, alice, seed):
    shop = FakeShop(alice, seed)
    chance = shop.chance
    for step in range(STEPS):
        product, client = chance.choice(shop.products), chance.choice((as_alice, as_bob))
        if chance.random() < 0.4:
            shop.sell(product)
        else:
            book(client, product, chance.choice(("IN", "OUT")), shop.take_number())
        if chance.random() < 0.3:
            shop.read(chance.randint(1, 9))  # it may stay behind the feed
        if step % 15 == 14:
            lines = {each: shop.stock[each.pk] for each in shop.products}
            found = compare(as_alice, lines, of="quantity", position=shop.position)
            unexplained = {row["product"]: row["unexplained"] for row in found["differ"]}
            assert {each.pk: unexplained.get(each.pk, 0) for each in shop.products} == shop.unexplained
            assert list_suspects(found) == shop.suspects
            assert found["totals"]["unexplained"] == sum(map(bool, shop.unexplained.values()))


class Walk:
    """Random sales, deliveries, reversals and reservations of a shop."""

    def __init__(self, owner, clients, seed):
        self.chance, self.clients = random.Random(seed), clients  # noqa: S311
        self.products = [make_product(owner, f"Product {number}", 500) for number in range(4)]
        self.operations, self.reservations = [], []

    def take(self, ids):
        return ids.pop(self.chance.randrange(len(ids)))

    def go(self):
        client = self.chance.choice(self.clients)
        self.chance.choice((self.move, self.move, self.undo, self.reserve, self.reserve, self.close, self.close))(
            client
        )

    def move(self, client):
        movement_type = self.chance.choice(("IN", "OUT"))
        booked = book(client, self.chance.choice(self.products), movement_type, self.chance.randint(1, 5))
        self.operations.append(booked["operation"])

    def undo(self, client):
        if self.operations:
            reverse(self.clients[0], {"operation": self.take(self.operations)})

    def reserve(self, client):
        chosen = self.chance.sample(self.products, 2)
        lines = [{"product": each.pk, "quantity": self.chance.randint(1, 4)} for each in chosen]
        answer = client.post("/api/stock/reservations/", {"lines": lines, "expires_in": 900}, format="json")
        self.reservations.append(answer.json()["id"])

    def close(self, client):
        if not self.reservations:
            return
        action = self.chance.choice(("fulfil", "release", "extend"))
        chosen = self.chance.choice(self.reservations) if action == "extend" else self.take(self.reservations)
        body = {"expires_in": 60} if action == "extend" else {}
        assert client.post(f"/api/stock/reservations/{chosen}/{action}/", body, format="json").status_code < 300


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_available_is_explained_since_any_position_and_any_time(as_alice, as_bob, alice, seed):
    walk, marks = Walk(alice, (as_alice, as_bob), seed), []
    for step in range(40):
        if step % 8 == 0:
            rows = {each: as_alice.get(f"/api/products/{each.pk}/").json()["available"] for each in walk.products}
            marks.append((rows, find_position(as_alice), datetime.now(UTC).isoformat()))
        walk.go()
    for rows, position, made in marks:
        for body in ({"position": position}, {"as_of": made}):
            found = compare(as_alice, rows, **body)
            assert (found["totals"]["unexplained"], found["suspects"]) == (0, []), body
