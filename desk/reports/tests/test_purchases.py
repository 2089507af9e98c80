"""/api/products/{id}/purchases/: what was bought of a product, from whom and for how much."""

import csv
import io

import pytest

from desk.reports.tests.reporting import ago, book, reverse
from testing.cast.orders import ADDRESS, make_supplier, post, send_order, write_order
from testing.cast.people import make_product
from testing.reading.browser import Browser


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", cost_price="9.00")


def address(product):
    return f"/api/products/{product.pk}/purchases/"


def read(client, product, **query):
    answer = client.get(address(product), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_figures(client, product):
    found = read(client, product)
    return tuple(found[name] for name in ("last_cost", "average_cost", "lowest_cost"))


def buy(client, product, quantity, unit_cost=None, days=0):
    return book(client, product, "IN", quantity, ago(days), **({"unit_cost": unit_cost} if unit_cost else {}))


def send_back(client, operation, product, quantity):
    body = {"lines": [{"product": product.pk, "quantity": quantity}]}
    answer = client.post(f"/api/stock/operations/{operation}/return/", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_deliveries_have_their_order_and_their_supplier(as_alice, alice, tea):
    bought = buy(as_alice, tea, 2, "8.00", days=3)
    order = send_order(as_alice, make_supplier(alice), tea, quantity=10)
    body = {"lines": [{"product": tea.pk, "quantity": 4, "unit_cost": "7.50"}], "reference": "note 7"}
    delivered = post(as_alice, order, "receive", **body).json()
    [new, old] = read(as_alice, tea)["results"]
    assert new == {
        "occurred_at": new["occurred_at"], "operation": delivered["id"], "order": order["id"],
        "supplier": order["supplier"], "supplier_name": "Mill", "quantity": 4, "returned": 0, "unit_cost": "7.50",
        "cost": "30.00", "extra_cost": None, "reference": "note 7", "unit": "", "decimals": 0,
    }  # fmt: skip
    assert [old[name] for name in ("operation", "order", "supplier_name", "unit_cost")] == [
        bought["operation"], None, None, "8.00",
    ]  # fmt: skip


@pytest.mark.quick
def test_the_figures_are_those_of_twelve_months(as_alice, tea):
    assert read_figures(as_alice, tea) == (None, None, None)
    buy(as_alice, tea, 100, "1.00", days=370)
    buy(as_alice, tea, 1, "4.00", days=20)
    buy(as_alice, tea, 3, "5.00", days=10)
    book(as_alice, tea, "IN", 7, reason="correction")
    assert read_figures(as_alice, tea) == ("5.00", "4.75", "4.00")
    assert read(as_alice, tea)["count"] == 3


@pytest.mark.quick
def test_what_is_undone_is_left_out_until_it_is_redone(as_alice, tea):
    buy(as_alice, tea, 1, "4.00")
    undone = reverse(as_alice, buy(as_alice, tea, 1, "2.00"))
    assert (read(as_alice, tea)["count"], read_figures(as_alice, tea)) == (1, ("4.00", "4.00", "4.00"))
    reverse(as_alice, undone)
    assert (read(as_alice, tea)["count"], read_figures(as_alice, tea)) == (2, ("2.00", "3.00", "2.00"))


def test_what_went_back_is_told_and_counts_in_no_figure(as_alice, tea):
    dear, cheap = buy(as_alice, tea, 4, "8.00", days=1), buy(as_alice, tea, 2, "2.00")
    send_back(as_alice, dear["operation"], tea, 2)
    back = send_back(as_alice, cheap["operation"], tea, 2)
    assert [row["returned"] for row in read(as_alice, tea)["results"]] == [2, 2]
    assert read_figures(as_alice, tea) == ("8.00", "8.00", "8.00")
    reverse(as_alice, back)
    assert read_figures(as_alice, tea) == ("2.00", "5.00", "2.00")


def test_each_purchase_keeps_its_cost(as_alice, alice, tea):
    mill = make_supplier(alice)
    for cost in ("7.00", "7.50"):
        order = send_order(as_alice, mill, tea)
        line = {"product": tea.pk, "quantity": 2, "unit_cost": cost}
        assert post(as_alice, order, "receive", lines=[line]).status_code == 201
    assert as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": "1.00"}).status_code == 200
    assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    rows = [(row["unit_cost"], row["supplier"], row["supplier_name"]) for row in read(as_alice, tea)["results"]]
    assert rows == [("7.50", None, "Mill"), ("7.00", None, "Mill")]
    assert as_alice.delete(f"/api/products/{tea.pk}/").status_code == 204
    assert read(as_alice, tea)["count"] == 2


@pytest.mark.quick
def test_the_cost_of_a_whole_line_is_shared_over_its_deliveries(as_alice, alice, tea):
    draft = write_order(as_alice, make_supplier(alice), tea)
    lines = [{"product": tea.pk, "quantity": 3, "cost": "10.00"}]
    assert as_alice.patch(f"{ADDRESS}{draft['id']}/", {"lines": lines}).status_code == 200
    post(as_alice, draft, "send")
    for quantity in (1, 2):
        post(as_alice, draft, "receive", lines=[{"product": tea.pk, "quantity": quantity}])
    assert [row["cost"] for row in read(as_alice, tea)["results"]] == ["6.67", "3.33"]
    assert read_figures(as_alice, tea)[1] == "3.33"


def test_two_lines_of_a_delivery_are_one_purchase(as_alice, tea):
    lines = [
        {"product": tea.pk, "movement_type": "IN", "quantity": 1, "lot": lot, "unit_cost": cost}
        for lot, cost in (("A", "1.00"), ("B", "2.00"))
    ]
    assert as_alice.post("/api/stock/operations/", {"lines": lines}).status_code == 201
    [row] = read(as_alice, tea)["results"]
    assert (row["quantity"], row["unit_cost"], row["cost"]) == (2, "1.50", "3.00")


def test_a_delivery_without_a_cost_has_none(as_alice, alice):
    pin = make_product(alice, "Pin")
    buy(as_alice, pin, 5)
    [row] = read(as_alice, pin)["results"]
    assert (row["unit_cost"], row["cost"], read_figures(as_alice, pin)) == (None, None, (None, None, None))


def test_a_product_without_stock_has_what_came(as_alice, alice):
    wrap = make_product(alice, "Wrap", keeps_stock=False)
    buy(as_alice, wrap, 5, "0.30")
    assert [(row["quantity"], row["cost"]) for row in read(as_alice, wrap)["results"]] == [(5, "1.50")]


def test_goods_by_weight_are_shown_as_amounts(as_alice, alice):
    brie = make_product(alice, "Brie", unit="kg", decimals=3)
    buy(as_alice, brie, 2500, "8.00")
    [row] = read(as_alice, brie)["results"]
    assert (row["quantity"], row["unit_cost"], row["cost"]) == (2500, "8.00", "20.00")
    page = Browser(alice).get_page(address(brie))
    assert all(text in page for text in ("2.500 kg", "8.00", "20.00", "Purchases of Brie"))
    [line] = csv.DictReader(io.StringIO(as_alice.get(address(brie), {"format": "csv"}).getvalue().decode()))
    assert (line["quantity"], line["unit_cost"]) == ("2.500", "8.00")
    assert as_alice.get(address(brie), {"format": "xlsx"}).status_code == 200


def test_only_who_sees_costs_reads_purchases(as_alice, as_bob, as_charlie, alice, bob, tea):
    buy(as_alice, tea, 1, "4.00")
    assert (as_bob.get(address(tea)).status_code, as_charlie.get(address(tea)).status_code) == (403, 404)
    assert address(tea) in Browser(alice).get_page(f"/api/products/{tea.pk}/")
    assert address(tea) not in Browser(bob).get_page(f"/api/products/{tea.pk}/")


def test_reports_of_value_have_what_a_delivery_cost_besides(as_alice, tea):
    line = {"product": tea.pk, "movement_type": "IN", "quantity": 4, "unit_cost": "2.00"}
    body = {"lines": [line], "extra_costs": [{"name": "Freight", "amount": "4.00"}]}
    assert as_alice.post("/api/stock/operations/", body).status_code == 201
    sale = {"lines": [{"product": tea.pk, "movement_type": "OUT", "quantity": 1}]}
    assert as_alice.post("/api/stock/operations/", sale).status_code == 201
    [account] = as_alice.get("/api/reports/accounts/").json()["results"]
    assert (account["bought"], account["cost_of_sales"]) == ("12.00", "-3.00")
    assert as_alice.get("/api/reports/valuation/").json()["total"]["value_at_cost"] == "9.00"
    assert [row["cost"] for row in as_alice.get("/api/reports/margins/").json()["results"]] == ["3.00"]
    assert read_figures(as_alice, tea) == ("2.00", "2.00", "2.00")
    assert read(as_alice, tea)["results"][0]["extra_cost"] == "4.00"
