"""What arrives damaged belongs to its delivery: it is shown with it, undone with it, and does not go back as well."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from products.models import Product
from stock.models import Operation
from stock.proofs.verification import find_breaks
from stock.tests.test_verify import tamper
from testing.cast.orders import make_supplier, post, read, send_order
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def cup(alice):
    """Return a product with ten pieces."""
    return make_product(alice, "Cup", 10)


@pytest.fixture
def order(as_alice, alice, cup):
    return send_order(as_alice, make_supplier(alice), cup)


@pytest.fixture(autouse=True)
def ledger_holds(alice):
    yield
    assert find_breaks(alice.pk) == []


def receive(client, order, *lines):
    response = post(client, order, "receive", lines=list(lines))
    assert response.status_code == 201, response.json()
    return response.json()


def get(client, pk):
    return client.get(f"/api/stock/operations/{pk}/").json()


def undo(client, pk):
    response = client.post(f"/api/stock/operations/{pk}/reverse/", {})
    assert response.status_code == 201, response.json()
    return response.json()["id"]


def refuse(response, status):
    assert response.status_code == status, response.json()
    return response.json()


def send_back(client, delivery, *lines):
    return client.post(f"/api/stock/operations/{delivery['id']}/return/", {"lines": list(lines)} if lines else {})


def count(product):
    return Product.objects.get(pk=product.pk).quantity


@pytest.fixture
def delivery(as_alice, order, cup):
    """Return the delivery of five cups, of which two are damaged."""
    return receive(as_alice, order, {"product": cup.pk, "quantity": 5, "damaged": 2})


def test_the_delivery_and_the_order_tell_what_was_damaged(as_alice, order, delivery):
    shown = get(as_alice, delivery["id"])
    assert delivery["damaged"] == shown["scrapped"]
    assert [shown[name] for name in ("returned", "returnable", "returned_by")] == [0, 3, []]
    assert [line["quantity"] for line in shown.pop("return_lines")] == [3]
    assert delivery == {**shown, "damaged": delivery["damaged"]}
    [line] = read(as_alice, order)["lines"]
    assert (line["received"], line["damaged"], line["outstanding"]) == (5, 2, 0)


def test_their_pages_lead_to_what_was_written_off(client, alice, order, delivery):
    client.force_login(alice)
    for page in (f"purchase-orders/{order['id']}", f"stock/operations/{delivery['id']}"):
        text = client.get(f"/api/{page}/", headers={"accept": "text/html"}).text
        assert f"/api/stock/operations/{delivery['damaged']}/" in text, page
    text = client.get(f"/shop/form/stock/operations/{delivery['id']}/reverse/").text
    assert "Cup: -3, from 13 to 10 in stock" in text.replace("−", "-")


@pytest.mark.quick
def test_what_was_written_off_is_undone_with_the_delivery_and_done_again_with_it(as_alice, order, delivery, cup):
    pk, found = delivery["id"], []
    for _ in range(4):
        pk = undo(as_alice, pk)
        found.append((count(cup), read(as_alice, order)["lines"][0]["damaged"]))
    assert found == [(10, 0), (13, 2)] * 2


def test_what_was_undone_before_the_delivery_stays_undone(as_alice, delivery, cup):
    undo(as_alice, delivery["damaged"])
    undone = undo(as_alice, delivery["id"])
    assert count(cup) == 10
    undo(as_alice, undone)
    assert count(cup) == 15


@pytest.mark.quick
def test_what_was_written_off_does_not_go_back_as_well(as_alice, delivery, cup):
    error = refuse(send_back(as_alice, delivery, {"product": cup.pk, "quantity": 4}), 400)["lines"][0]
    assert (error["code"], error["sold"], error["returned"]) == ("more_than_sold", 5, 2)
    assert error["detail"] == "5 arrived, and 2 went back or were written off: 4 can't go back."
    back = send_back(as_alice, delivery).json()
    assert (back["movements"][0]["quantity"], count(cup)) == (3, 10)
    assert refuse(send_back(as_alice, delivery), 400)["code"] == "more_than_sold"


def test_what_is_no_longer_written_off_goes_back_and_is_not_written_off_again(as_alice, delivery, cup):
    undone = undo(as_alice, delivery["damaged"])
    assert send_back(as_alice, delivery).json()["movements"][0]["quantity"] == 5
    refused = as_alice.post(f"/api/stock/operations/{undone}/reverse/", {})
    assert refuse(refused, 400)["code"] == "more_than_sold"


def test_nothing_is_written_off_again_of_an_undone_delivery(as_alice, delivery):
    unscrapped = undo(as_alice, delivery["damaged"])
    undo(as_alice, delivery["id"])
    refused = as_alice.post(f"/api/stock/operations/{unscrapped}/reverse/", {})
    assert refuse(refused, 409)["code"] == "sale_reversed"


def test_a_delivery_of_which_something_went_back_is_not_undone(as_alice, delivery, cup):
    send_back(as_alice, delivery, {"product": cup.pk, "quantity": 1})
    refused = as_alice.post(f"/api/stock/operations/{delivery['id']}/reverse/", {})
    assert (refuse(refused, 409)["code"], count(cup)) == ("has_returns", 12)


def test_each_line_has_its_own_damage_at_its_own_cost(as_alice, alice, cup):
    lines = [{"product": cup.pk, "quantity": 3, "damaged": 2, "unit_cost": "4.00"},
             {"product": cup.pk, "quantity": 2, "unit_cost": "1.00"}]  # fmt: skip
    delivery = receive(as_alice, send_order(as_alice, make_supplier(alice, "Kiln"), cup), *lines)
    left = get(as_alice, delivery["id"])["return_lines"]
    assert [(line["quantity"], line["total_left"]) for line in left] == [(1, "4.00"), (2, "2.00")]
    send_back(as_alice, delivery)
    cup.refresh_from_db()
    assert (cup.quantity, cup.stock_value) == (10, Decimal("0.00"))


def test_goods_by_weight_at_a_place_are_undone_where_they_were(as_alice, alice, cellar):
    cheese = make_product(alice, "Cheese", decimals=3, cost_price="8.00")
    order = send_order(as_alice, make_supplier(alice, "Dairy"), cheese)
    line = {"product": cheese.pk, "amount": "1.500", "damaged_amount": "0.250", "location": cellar.pk, "lot": "C1"}
    delivery = receive(as_alice, order, line)
    assert (count(cheese), get(as_alice, delivery["id"])["returnable"]) == (1250, 1250)
    undo(as_alice, delivery["id"])
    cheese.refresh_from_db()
    assert (cheese.quantity, cheese.stock_value) == (0, 0)


def test_the_reports_of_purchases_and_of_the_demand_count_no_return(as_alice, delivery, cup):
    [row] = as_alice.get(f"/api/products/{cup.pk}/purchases/").json()["results"]
    assert (row["quantity"], row["returned"]) == (5, 0)


@all_cases(
    "change",
    ["sale_id = {opening}", "operation_id = {opening}, scrapped_id = {opening}"],
)
def test_the_verification_finds_a_link_that_does_not_fit(as_alice, alice, delivery, cup, change):
    other = make_product(alice, "Saucer", 1)
    opening = Operation.objects.get(reason="opening", movements__product=other).pk
    tamper(f"UPDATE stock_return SET {change.format(opening=opening)} WHERE operation_id = {delivery['damaged']}")
    assert any("writes off something else than operation" in found.what for found in find_breaks(alice.pk))


def forget_links():
    """Remove the links, which release 1.4.0 does not write."""
    tamper("DELETE FROM stock_returned", "DELETE FROM stock_return WHERE operation_id = scrapped_id")


def link_damage():
    migration = import_module("trade.purchasing.migrations.0011_linked_damage")
    migration.link_damage(None, SimpleNamespace(connection=connection))


def test_what_release_1_4_0_has_written_off_is_linked_to_its_delivery(as_alice, delivery, cup):
    line = {"product": cup.pk, "movement_type": "OUT", "quantity": 1}
    as_alice.post("/api/stock/operations/", {"reason": "damage", "lines": [line]})
    forget_links()
    link_damage()
    link_damage()
    shown = get(as_alice, delivery["id"])
    assert (shown["scrapped"], shown["returnable"]) == (delivery["damaged"], 3)
    undo(as_alice, delivery["id"])
    assert count(cup) == 9


def test_what_release_1_4_0_has_sent_back_as_well_is_left_as_it_is(as_alice, delivery, cup):
    forget_links()
    send_back(as_alice, delivery)
    link_damage()
    assert get(as_alice, delivery["id"])["scrapped"] is None
