"""The cost of a line is shared over its deliveries: those that stand cost exactly the line, whatever was undone."""

import random
from decimal import Decimal

import pytest

from products.models import Product
from testing.cast.orders import make_supplier, post
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.purchasing.lines import read_given, read_received

COST, ORDERED = Decimal("10.00"), 7


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", sku="POT")


def send_line(client, alice, pot, **line):
    """Send an order of one line."""
    lines = [{"product": pot.pk, "quantity": ORDERED, "cost": str(COST), **line}]
    draft = client.post("/api/purchase-orders/", {"supplier": make_supplier(alice).pk, "lines": lines}).json()
    assert post(client, draft, "send").status_code == 200
    return draft["id"]


def receive(client, order, *quantities, **line):
    """Receive the quantities as lines of one delivery. Return the operation."""
    lines = [{"sku": "POT", "quantity": quantity, **line} for quantity in quantities]
    answer = client.post(f"/api/purchase-orders/{order}/receive/", {"lines": lines})
    assert answer.status_code == 201, answer.content
    return answer.json()


def list_values(operation):
    return [movement["value"] for movement in operation["movements"]]


def undo(client, operation):
    answer = client.post(f"/api/stock/operations/{operation}/reverse/", {})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_what_is_delivered_again_after_an_undo_costs_the_rest(as_alice, alice, pot):
    order = send_line(as_alice, alice, pot, quantity=3)
    first, _ = receive(as_alice, order, 1), receive(as_alice, order, 1)
    undo(as_alice, first["id"])
    assert list_values(receive(as_alice, order, 2)) == ["6.66"]
    assert Product.objects.get().stock_value == COST


def test_lines_of_one_delivery_share_the_cost(as_alice, alice, pot):
    order = send_line(as_alice, alice, pot, quantity=3)
    assert list_values(receive(as_alice, order, 1, 1, 1)) == ["3.33", "3.34", "3.33"]


def test_a_delivery_that_names_its_cost_leaves_the_rest_to_the_others(as_alice, alice, pot):
    order = send_line(as_alice, alice, pot, quantity=3)
    receive(as_alice, order, 1, cost="4.00")
    assert list_values(receive(as_alice, order, 1, 1)) == ["2.67", "3.33"]
    assert list_values(receive(as_alice, order, 3)) == ["10.00"]  # more than was ordered costs as much for each


@all_cases("seed", range(3))
def test_the_deliveries_that_stand_cost_the_whole_line_after_any_steps(as_alice, alice, pot, seed):
    chance = random.Random(seed)  # noqa: S311
    order = send_line(as_alice, alice, pot)
    standing, undone = [], []
    for _ in range(25):
        left = ORDERED - read_received(alice.pk, [order]).get((order, pot.pk), 0)
        step = chance.choice(("receive", "undo", "redo", "return"))
        if step == "receive" and left:
            quantity = chance.randint(1, left)
            standing.append((receive(as_alice, order, quantity)["id"], quantity))
        elif step == "return" and standing:
            operation, quantity = chance.choice(standing)
            back = as_alice.post(
                f"/api/stock/operations/{operation}/return/", {"lines": [{"sku": "POT", "quantity": 1}]}
            )
            if back.status_code == 201 and chance.random() < 0.5:
                undo(as_alice, undo(as_alice, back.json()["id"]))
        elif step == "undo" and standing:
            number = chance.randrange(len(standing))
            answer = as_alice.post(f"/api/stock/operations/{standing[number][0]}/reverse/", {})
            if answer.status_code == 201:  # a delivery of which something went back is refused
                undone.append((answer.json()["id"], standing.pop(number)[1]))
        elif step == "redo" and undone and undone[-1][1] <= left:
            operation, quantity = undone.pop()
            standing.append((undo(as_alice, operation), quantity))
    if left := ORDERED - read_received(alice.pk, [order]).get((order, pot.pk), 0):
        receive(as_alice, order, left)
    assert read_given(alice.pk, order) == {pot.pk: COST}
    assert Product.objects.get().stock_value == COST
