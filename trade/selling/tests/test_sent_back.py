"""Goods that go back to their supplier, against the delivery: their value, place and order, and what is refused."""

from decimal import Decimal

import pytest

from products.models import Product
from stock.models import Operation
from stock.proofs.verification import find_breaks
from testing.cast.orders import make_supplier, post, read
from testing.cast.people import make_location, make_product
from testing.tables import all_cases
from trade.selling.tests.test_returns import buy, get, get_places, read_stock, refuse, refuse_line, returned, sell, undo
from trade.selling.tests.test_returns import give_back as send_back


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup")


@pytest.fixture(autouse=True)
def ledger_holds(alice):
    yield
    assert find_breaks(alice.pk) == []


def list_values(operation):
    return [(one["movement_type"], one["quantity"], one["value"]) for one in operation["movements"]]


def test_a_part_goes_back_at_the_value_that_the_delivery_brought(as_alice, cup):
    delivery = buy(as_alice, cup, 3, "1.00")
    buy(as_alice, cup, 3, "9.00")
    back = returned(as_alice, delivery, (cup, 1), note="chipped")
    assert (back["reason"], back["returns"], back["scrapped"], back["note"]) == (
        "return", delivery["id"], None, "chipped",
    )  # fmt: skip
    assert list_values(back) == [("OUT", 1, "1.00")]
    assert read_stock(cup) == (5, Decimal("29.00"))
    assert list_values(returned(as_alice, delivery)) == [("OUT", 2, "2.00")]


def test_the_parts_take_exactly_the_value_of_the_delivery(as_alice, cup):
    buy(as_alice, cup, 5, "2.00")
    line = {"product": cup.pk, "movement_type": "IN", "quantity": 3, "cost": "10.00"}
    delivery = as_alice.post("/api/stock/operations/", {"lines": [line]}).json()
    first, second = (returned(as_alice, delivery, (cup, 1)) for _ in range(2))
    assert undo(as_alice, first).status_code == 201
    values = [Decimal(one["movements"][0]["value"]) for one in (second, returned(as_alice, delivery))]
    assert sum(values) == Decimal("10.00")
    assert read_stock(cup) == (5, Decimal("10.00"))


def test_the_last_pieces_take_all_the_value_that_is_left(as_alice, cup):
    delivery = buy(as_alice, cup, 2, "1.00")
    buy(as_alice, cup, 2, "5.00")
    sell(as_alice, (cup, 2))
    assert list_values(returned(as_alice, delivery)) == [("OUT", 2, "6.00")]
    assert read_stock(cup) == (0, Decimal("0.00"))


def test_the_delivery_and_its_lines_tell_what_went_back(as_alice, cup):
    delivery = buy(as_alice, cup, 3, "1.00")
    assert (delivery["returned"], delivery["returnable"], delivery["returned_by"]) == (0, 3, [])
    back = returned(as_alice, delivery, (cup, 1))
    shown = get(as_alice, delivery)
    assert (shown["returned"], shown["returnable"], shown["returned_by"]) == (1, 2, [back["id"]])
    assert [(one["returned"], one["returnable"]) for one in shown["movements"]] == [(1, 2)]
    assert get(as_alice, back) == back


def test_goods_go_back_from_where_they_were_put(as_alice, alice, cup):
    make_location(alice, "Cellar")
    make_location(alice, "Shelf")
    buy(as_alice, cup, 2, "1.00", location="Shelf")
    delivery = buy(as_alice, cup, 4, "1.00", location="Cellar", lot="A")
    moved = {"from": "Cellar", "to": "Shelf", "lines": [{"product": cup.pk, "quantity": 3, "lot": "A"}]}
    assert as_alice.post("/api/stock/transfers/", moved).status_code == 201
    returned(as_alice, delivery, (cup, 2))
    assert get_places(cup) == {("Shelf", None): 2, ("Shelf", "A"): 2}
    returned(as_alice, delivery, (cup, 1, {"location": "Shelf"}))
    assert sum(get_places(cup).values()) == 3


def test_goods_of_a_lot_that_is_gone_can_t_go_back(as_alice, alice, cup):
    delivery = buy(as_alice, cup, 2, "1.00", lot="A")
    buy(as_alice, cup, 5, "1.00")
    sell(as_alice, (cup, 1, {"lot": "A"}))
    error = refuse_line(send_back(as_alice, delivery, (cup, 2)))
    assert (error["code"], error["available"], error["requested"]) == ("insufficient_stock", 1, 2)


def test_of_two_lots_the_one_that_is_there_goes_back(as_alice, cup):
    lines = [{"product": cup.pk, "movement_type": "IN", "quantity": 2, "unit_cost": "1.00", "lot": lot} for lot in "AB"]
    delivery = as_alice.post("/api/stock/operations/", {"lines": lines}).json()
    sell(as_alice, (cup, 1, {"lot": "B"}))
    returned(as_alice, delivery, (cup, 2))
    assert get_places(cup) == {(None, "A"): 1}
    assert refuse_line(send_back(as_alice, delivery, (cup, 2)))["code"] == "insufficient_stock"
    returned(as_alice, delivery, (cup, 1))


def test_goods_without_a_place_go_back_from_anywhere(as_alice, alice, cup):
    make_location(alice, "Shelf")
    delivery = buy(as_alice, cup, 2, "1.00")
    buy(as_alice, cup, 2, "1.00", location="Shelf")
    sell(as_alice, (cup, 2, {"location": "Shelf"}))
    buy(as_alice, cup, 1, "1.00", location="Shelf")
    moved = {"from": None, "to": "Shelf", "lines": [{"product": cup.pk, "quantity": 1}]}
    assert as_alice.post("/api/stock/transfers/", moved).status_code == 201
    returned(as_alice, delivery)
    assert get_places(cup) == {("Shelf", None): 1}


def test_more_than_arrived_or_than_is_there_is_refused(as_alice, cup):
    delivery = buy(as_alice, cup, 3, "1.00")
    returned(as_alice, delivery, (cup, 1))
    error = refuse_line(send_back(as_alice, delivery, (cup, 3)))
    assert (error["code"], error["sold"], error["returned"], error["requested"]) == ("more_than_sold", 3, 1, 3)
    assert error["detail"] == "3 arrived, and 1 went back or were written off: 3 can't go back."
    sell(as_alice, (cup, 2))
    assert refuse_line(send_back(as_alice, delivery, (cup, 1)))["code"] == "insufficient_stock"
    assert refuse(send_back(as_alice, delivery), 400)["code"] == "insufficient_stock"


@pytest.mark.measured
@all_cases(
    ("fields", "status", "code", "detail"),
    [
        ({"expected_returns": 0}, 409, "returned_meanwhile", "Returns of this delivery: 1 now, not 0."),
        ({"occurred_at": "2020-01-01T00:00:00Z"}, 400, "returned_before_sale", "Goods can't go back before"),
        ({"condition": "scrap"}, 400, "not_a_sale", ""),
    ],
)
def test_the_codes_are_those_of_a_sale(as_alice, cup, fields, status, code, detail):
    delivery = buy(as_alice, cup, 3, "1.00")
    returned(as_alice, delivery, (cup, 1))
    line = {name: fields.pop(name) for name in ["condition"] if name in fields}
    refused = refuse(send_back(as_alice, delivery, (cup, 1, line), **fields), status)
    assert (refused["code"], refused["detail"].startswith(detail)) == (code, True)


def test_only_what_the_delivery_has_goes_back(as_alice, kettle, cup):
    delivery = buy(as_alice, cup, 3, "1.00")
    assert refuse_line(send_back(as_alice, delivery, (kettle, 1)))["code"] == "not_in_sale"
    returned(as_alice, delivery)
    detail = refuse(send_back(as_alice, delivery), 400)["detail"]
    assert detail == "Nothing of this delivery is left: it has gone back, or was written off as damaged."
    opening = Operation.objects.get(reason="opening")
    assert refuse(send_back(as_alice, {"id": opening.pk}), 400)["code"] == "not_a_sale"


def test_a_delivery_with_returns_is_reversed_after_them(as_alice, cup):
    delivery = buy(as_alice, cup, 3, "1.00")
    back = returned(as_alice, delivery, (cup, 1))
    assert refuse(undo(as_alice, delivery), 409)["code"] == "has_returns"
    undone = undo(as_alice, back).json()
    assert read_stock(cup) == (3, Decimal("3.00"))
    reversal = undo(as_alice, delivery).json()
    assert refuse(send_back(as_alice, delivery), 409)["code"] == "sale_reversed"
    assert refuse(undo(as_alice, undone), 409)["code"] == "sale_reversed"
    assert undo(as_alice, reversal).status_code == 201
    assert undo(as_alice, undone).status_code == 201
    assert get(as_alice, delivery)["returned"] == 1


def test_a_return_that_no_longer_fits_is_not_done_again(as_alice, cup):
    delivery = buy(as_alice, cup, 2, "1.00")
    undone = undo(as_alice, returned(as_alice, delivery, (cup, 1))).json()
    returned(as_alice, delivery)
    assert refuse(undo(as_alice, undone), 400)["code"] == "more_than_sold"


def test_reserved_goods_go_back_because_the_shelf_decides(as_alice, cup):
    delivery = buy(as_alice, cup, 2, "1.00")
    as_alice.post("/api/stock/reservations/", {"lines": [{"product": cup.pk, "quantity": 2}]})
    returned(as_alice, delivery, (cup, 1))
    assert as_alice.get(f"/api/products/{cup.pk}/").json()["available"] == -1


def test_a_worker_sends_back_and_sees_no_cost(as_bob, as_alice, cup):
    delivery = buy(as_alice, cup, 2, "1.00")
    assert list_values(returned(as_bob, delivery, (cup, 1))) == [("OUT", 1, None)]


@pytest.fixture
def order(as_alice, alice, cup):
    """Return a sent order of three cups for 10.00 in all, and its delivery of all of them."""
    lines = [{"product": cup.pk, "quantity": 3, "cost": "10.00"}]
    order = as_alice.post("/api/purchase-orders/", {"supplier": make_supplier(alice).pk, "lines": lines}).json()
    post(as_alice, order, "send")
    return order, post(as_alice, order, "receive").json()


def count_line(client, order):
    [line] = read(client, order)["lines"]
    return line["received"], line["outstanding"]


def test_an_order_is_open_again_for_what_went_back(as_alice, cup, order):
    order, delivery = order
    assert (count_line(as_alice, order), read(as_alice, order)["is_received"]) == ((3, 0), True)
    back = returned(as_alice, delivery, (cup, 2))
    assert (count_line(as_alice, order), read(as_alice, order)["is_received"]) == ((1, 2), False)
    assert as_alice.get(f"/api/products/{cup.pk}/").json()["on_order"] == 2
    undo(as_alice, undo(as_alice, back).json())
    assert count_line(as_alice, order) == (1, 2)


def test_what_comes_instead_costs_the_rest_of_the_line(as_alice, cup, order):
    order, delivery = order
    returned(as_alice, delivery, (cup, 1))
    for _ in range(2):
        new = post(as_alice, order, "receive").json()
        assert list_values(new) == [("IN", 1, "3.33")]
        assert Product.objects.get().stock_value == Decimal("10.00")
        returned(as_alice, new)
    returned(as_alice, delivery)
    assert list_values(post(as_alice, order, "receive").json()) == [("IN", 3, "10.00")]


def test_margins_demand_and_losses_do_not_count_what_went_back(as_alice, cup, order):
    _, delivery = order
    sell(as_alice, (cup, 1))
    before = [as_alice.get(f"/api/reports/{name}/").json() for name in ("margins", "losses", "days-left")]
    returned(as_alice, delivery, (cup, 1))
    margins, losses, days_left = (
        as_alice.get(f"/api/reports/{name}/").json() for name in ("margins", "losses", "days-left")
    )
    assert (margins["results"], losses["results"]) == (before[0]["results"], before[1]["results"])
    assert [row["sold"] for row in days_left["results"]] == [row["sold"] for row in before[2]["results"]] == [1]


def test_the_trace_of_a_lot_names_the_supplier_of_what_went_back(as_alice, alice, cup):
    lines = [{"product": cup.pk, "quantity": 3}]
    order = as_alice.post("/api/purchase-orders/", {"supplier": make_supplier(alice).pk, "lines": lines}).json()
    post(as_alice, order, "send")
    delivery = post(as_alice, order, "receive", lines=[{"product": cup.pk, "quantity": 3, "lot": "A"}]).json()
    returned(as_alice, delivery, (cup, 1))
    lot = as_alice.get("/api/lots/").json()["results"][0]["id"]
    rows = as_alice.get(f"/api/lots/{lot}/trace/").json()["results"]
    assert [(row["order"], row["returns"]) for row in rows] == [(order["id"], None), (order["id"], delivery["id"])]
