"""The extra costs of the deliveries of an order: beside its costs, in three parts, damaged, back, and undone."""

import random
from decimal import Decimal

import pytest

from products.models import Product
from stock.models import ExtraCost, ExtraShare, Movement
from stock.proofs.verification import find_breaks
from testing.cast.orders import ADDRESS, make_supplier, post, read, send_order
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.purchasing.lines import read_given, read_received

OPERATIONS = "/api/stock/operations/"
COST, ORDERED = Decimal("10.00"), 7
FREIGHT = [{"name": "Freight", "amount": "5.00"}]


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", sku="POT", cost_price="2.00")


def receive(client, order, *lines, **body):
    answer = post(client, order, "receive", **{"extra_costs": FREIGHT, "lines": list(lines), **body})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def list_shares(operation):
    return [(one["value"], one["extra_cost"]) for one in operation["movements"]]


def undo(client, operation):
    return client.post(f"{OPERATIONS}{operation}/reverse/", {})


@pytest.mark.quick
def test_a_delivery_carries_its_extra_costs_and_the_order_s_cost_does_not(as_alice, alice, pot, kettle):
    order = send_order(as_alice, make_supplier(alice), pot, kettle)
    before = read(as_alice, order)["cost"]
    operation = receive(as_alice, order, {"sku": "POT", "quantity": 5})
    assert (operation["extra_costs"], list_shares(operation)) == (FREIGHT, [("15.00", "5.00")])
    assert read(as_alice, order)["cost"] == before
    bought = as_alice.get(f"/api/products/{pot.pk}/purchases/").json()
    assert (bought["last_cost"], bought["average_cost"], bought["lowest_cost"]) == ("2.00", "2.00", "2.00")
    [row] = bought["results"]
    assert (row["unit_cost"], row["cost"], row["extra_cost"]) == ("2.00", "10.00", "5.00")


def test_all_that_is_outstanding_carries_them_too(as_alice, alice, pot):
    order = send_order(as_alice, make_supplier(alice), pot)
    answer = post(as_alice, order, "receive", extra_costs=FREIGHT)
    assert list_shares(answer.json()) == [("15.00", "5.00")]


def test_costs_that_have_changed_are_without_extra_costs(as_alice, alice, pot):
    order = send_order(as_alice, make_supplier(alice), pot)
    receive(as_alice, order, {"sku": "POT", "quantity": 5})
    assert as_alice.get("/api/reports/costs-changed/").json()["results"] == []


@pytest.mark.quick
def test_what_arrives_damaged_leaves_with_its_part_of_its_own_share(as_alice, alice, pot, kettle):
    order = send_order(as_alice, make_supplier(alice), pot, kettle)
    lines = [{"sku": "POT", "quantity": 3, "damaged": 1}, {"product": kettle.pk, "quantity": 2, "unit_cost": "2.00"}]
    operation = receive(as_alice, order, *lines)
    assert list_shares(operation) == [("9.00", "3.00"), ("6.00", "2.00")]
    [gone] = Movement.objects.filter(operation=operation["damaged"])
    assert (gone.product, gone.value) == (pot, Decimal("3.00"))
    assert undo(as_alice, operation["id"]).status_code == 201
    assert Product.objects.get(pk=pot.pk).stock_value == 0
    assert find_breaks(alice.pk) == []


def send_line(client, alice):
    """Send an order of a line that has the cost of all, and return it."""
    lines = [{"sku": "POT", "quantity": ORDERED, "cost": str(COST)}]
    order = client.post(ADDRESS, {"supplier": make_supplier(alice).pk, "lines": lines}).json()
    assert post(client, order, "send").status_code == 200
    return order


def test_an_order_that_is_received_in_three_parts_costs_its_cost_beside_all_extra_costs(as_alice, alice, pot):
    order = send_line(as_alice, alice)
    for quantity, amount in ((3, "1.00"), (3, "0.01"), (1, "7.77")):
        receive(as_alice, order, {"sku": "POT", "quantity": quantity}, extra_costs=[{"name": "x", "amount": amount}])
    assert read_given(alice.pk, order["id"]) == {pot.pk: COST}
    assert Product.objects.get(pk=pot.pk).stock_value == COST + Decimal("8.78")


def test_what_a_refused_delivery_cost_besides_is_not_kept(as_alice, alice, pot, kettle):
    order = send_order(as_alice, make_supplier(alice), pot)
    lines = [{"sku": "POT", "quantity": 1}, {"product": kettle.pk, "quantity": 1}]
    assert post(as_alice, order, "receive", lines=lines, extra_costs=FREIGHT).status_code == 400
    assert not ExtraCost.objects.exists()


class FreightWalk:
    """Receives, sends back, breaks and undoes at random.

    `standing` and `undone` have the deliveries: their ids, those of their last reversals, and their quantities.
    """

    def __init__(self, client, alice, seed):
        self.client, self.alice, self.chance = client, alice, random.Random(seed)  # noqa: S311
        self.order = send_line(client, alice)
        self.standing, self.undone = [], []

    def take_steps(self, steps):
        for _ in range(steps):
            self.chance.choice((self.receive, self.receive, self.undo, self.redo, self.send_back))()
            self.compare()

    def count_left(self):
        received = read_received(self.alice.pk, [self.order["id"]])
        return ORDERED - sum(received.values())

    def receive(self):
        if left := self.count_left():
            quantity = self.chance.randint(1, left)
            line = {"sku": "POT", "quantity": quantity, "damaged": self.chance.choice((None, None, 1))}
            costs = [{"name": f"{n}", "amount": f"{self.chance.randint(1, 999) / 100:.2f}"} for n in range(3)]
            operation = receive(self.client, self.order, line, extra_costs=costs[: self.chance.randint(0, 3)])
            self.standing.append((operation["id"], operation["id"], quantity))

    def send_back(self):
        if self.standing:
            operation = self.chance.choice(self.standing)[0]
            answer = self.client.post(f"{OPERATIONS}{operation}/return/", {"lines": [{"sku": "POT", "quantity": 1}]})
            if answer.status_code == 201 and self.chance.random() < 0.5:
                assert undo(self.client, answer.json()["id"]).status_code == 201

    def undo(self):
        if self.standing:
            number = self.chance.randrange(len(self.standing))
            answer = undo(self.client, self.standing[number][1])
            if answer.status_code == 201:  # a delivery of which something went back is refused
                operation, _, quantity = self.standing.pop(number)
                self.undone.append((operation, answer.json()["id"], quantity))

    def redo(self):
        if self.undone and self.undone[-1][2] <= self.count_left():
            operation, last, quantity = self.undone.pop()
            self.standing.append((operation, undo(self.client, last).json()["id"], quantity))

    def compare(self):
        """Compare the shares with what was entered, and the value of the stock with what its movements have brought."""
        for operation in {one.operation_id for one in ExtraCost.objects.all()}:
            entered = sum(one.cost for one in ExtraCost.objects.filter(operation=operation))
            assert sum(one.cost for one in ExtraShare.objects.filter(movement__operation=operation)) == entered
        signed = [one.value if one.movement_type == "IN" else -one.value for one in Movement.objects.all()]
        assert Product.objects.get().stock_value == sum(signed)
        assert find_breaks(self.alice.pk) == []

    def end(self):
        """Receive what is left, which costs the rest. Then send all of it back, and leave no value behind."""
        if left := self.count_left():
            rest = receive(self.client, self.order, {"sku": "POT", "quantity": left})["id"]
            self.standing.append((rest, rest, left))
        assert read_given(self.alice.pk, self.order["id"]) == {Product.objects.get().pk: COST}
        for operation, _, _ in self.standing:
            self.client.post(f"{OPERATIONS}{operation}/return/", {})
            self.compare()
        assert Product.objects.values_list("quantity", "stock_value").get() == (0, 0)


@all_cases("seed", range(3))
def test_the_shares_are_what_was_entered_after_any_steps(as_alice, alice, pot, seed):
    walk = FreightWalk(as_alice, alice, seed)
    walk.take_steps(25)
    walk.end()


def test_control_shares_that_are_rounded_each_are_found(as_alice, alice, pot, kettle, monkeypatch):
    """This is the negative control, which shows that the comparison can fail."""
    order = send_order(as_alice, make_supplier(alice), pot, kettle)
    each = "stock.booking.extra_costs.share"
    monkeypatch.setattr(each, lambda amount, weights, _step: [amount * one // sum(weights) for one in weights])
    lines = [{"sku": "POT", "quantity": 1}, {"product": kettle.pk, "quantity": 1, "unit_cost": "1.00"}]
    operation = receive(as_alice, order, *lines, extra_costs=[{"name": "Freight", "amount": "0.10"}])
    assert sum(Decimal(share) for _, share in list_shares(operation)) != Decimal("0.10")
    assert "does not share its extra costs" in find_breaks(alice.pk)[0].what
