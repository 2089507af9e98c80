"""/api/reports/costs-changed/: what became dearer or cheaper, and what that does to the margin."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_rows, reverse
from products.models import Tax
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", sku="TEA", price="10.00", cost_price="4.00")


def buy(client, product, unit_cost, days=0, quantity=1):
    return book(client, product, "IN", quantity, ago(days), unit_cost=unit_cost)


def set_cost(client, product, cost_price):
    assert client.patch(f"/api/products/{product.pk}/", {"cost_price": cost_price}).status_code == 200


def read_costs(client, **query):
    names = ("name", "old_cost", "new_cost", "percent")
    return [tuple(row[name] for name in names) for row in read_rows(client, "costs-changed", **query)]


def test_the_last_delivery_is_compared_with_the_one_before(as_alice, alice, tea):
    pin = make_product(alice, "Pin", price="1.00")
    for product, cost, days in (
        (tea, "9.00", 90), (tea, "5.00", 40), (tea, "7.00", 9), (tea, "6.00", 2), (pin, "0.50", 60), (pin, "0.40", 1),
    ):  # fmt: skip
        buy(as_alice, product, cost, days)
    assert read_costs(as_alice) == [("Tea", "5.00", "6.00", "20.00"), ("Pin", "0.50", "0.40", "-20.00")]
    assert read_costs(as_alice, **{"from": ago(5).isoformat()}) == [
        ("Tea", "7.00", "6.00", "-14.29"), ("Pin", "0.50", "0.40", "-20.00"),
    ]  # fmt: skip


def test_without_a_delivery_the_cost_price_of_that_time_counts(as_alice, alice, tea):
    early = ago(0).isoformat()
    set_cost(as_alice, tea, "5.00")
    set_cost(as_alice, tea, "6.00")
    [row] = read_rows(as_alice, "costs-changed", **{"from": early})
    assert (row["old_cost"], row["new_cost"], row["percent"], row["delivered_at"]) == ("4.00", "6.00", "50.00", None)
    buy(as_alice, tea, "8.00")
    assert read_costs(as_alice, **{"from": early}) == [("Tea", "4.00", "8.00", "100.00")]
    assert read_costs(as_alice, **{"from": ago(0).isoformat()}) == []
    reverse(as_alice, book(as_alice, tea, "IN", 1, unit_cost="9.00"))
    set_cost(as_alice, tea, "4.00")
    assert read_costs(as_alice, **{"from": early}) == [("Tea", "4.00", "8.00", "100.00")]


def test_a_cost_price_that_was_set_back_is_no_change(as_alice, tea):
    buy(as_alice, tea, "3.00", days=60)
    set_cost(as_alice, tea, "5.00")
    set_cost(as_alice, tea, "4.00")
    assert read_costs(as_alice) == []


def test_what_was_undone_or_went_back_does_not_count(as_alice, tea):
    buy(as_alice, tea, "5.00", days=60)
    reverse(as_alice, buy(as_alice, tea, "9.00"))
    operation = buy(as_alice, tea, "8.00")["operation"]
    assert as_alice.post(f"/api/stock/operations/{operation}/return/", {}).status_code == 201
    assert read_costs(as_alice) == []
    buy(as_alice, tea, "5.50")
    assert read_costs(as_alice) == [("Tea", "5.00", "5.50", "10.00")]


def test_cents_that_rounding_makes_are_no_change(as_alice, tea):
    lines = [{"product": tea.pk, "movement_type": "IN", "quantity": 3, "cost": "10.00"}]
    body = {"lines": lines, "occurred_at": ago(60).isoformat()}
    assert as_alice.post("/api/stock/operations/", body).status_code == 201
    buy(as_alice, tea, "3.33")
    assert read_costs(as_alice) == []


def test_a_difference_of_less_than_a_cent_counts_if_it_is_large(as_alice, alice):
    screw = make_product(alice, "Screw")
    for days, cost in ((60, "8.00"), (1, "12.00")):
        lines = [{"product": screw.pk, "movement_type": "IN", "quantity": 1000, "cost": cost}]
        body = {"lines": lines, "occurred_at": ago(days).isoformat()}
        assert as_alice.post("/api/stock/operations/", body).status_code == 201
    assert read_costs(as_alice) == [("Screw", "0.01", "0.01", "50.00")]


@all_cases(
    ("rate", "includes", "margins"),
    [(None, True, ("50.00", "40.00")), ("25.00", True, ("37.50", "25.00")), ("25.00", False, ("50.00", "40.00"))],
)
def test_the_margin_is_without_vat(as_alice, alice, tea, rate, includes, margins):
    if rate:
        tea.tax = Tax.objects.create(owner=alice, name="VAT", rate=Decimal(rate))
        tea.save(update_fields=["tax"])
    type(alice).objects.filter(pk=alice.pk).update(prices_include_tax=includes)
    buy(as_alice, tea, "5.00", days=60)
    buy(as_alice, tea, "6.00")
    [row] = read_rows(as_alice, "costs-changed")
    assert (row["price"], row["margin_percent_before"], row["margin_percent_after"]) == ("10.00", *margins)


def test_days_are_those_of_the_shop(as_alice, alice, tea):
    type(alice).objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")  # 12 or 13 hours ahead
    day = datetime.now(UTC).date() - timedelta(days=10)
    for hour, cost in ((9, "5.00"), (13, "6.00")):
        at = datetime.combine(day, time(hour), UTC).isoformat()
        book(as_alice, tea, "IN", 1, at, unit_cost=cost)
    following = (day + timedelta(days=1)).isoformat()
    assert read_costs(as_alice, **{"from": following}) == [("Tea", "5.00", "6.00", "20.00")]
    assert read_costs(as_alice, **{"from": day.isoformat()}) == [("Tea", "4.00", "6.00", "50.00")]


def test_a_delivery_that_was_booked_late_counts_when_it_came(as_alice, tea):
    buy(as_alice, tea, "6.00", days=2)
    buy(as_alice, tea, "5.00", days=40)
    buy(as_alice, tea, "9.00", days=50)
    assert read_costs(as_alice) == [("Tea", "5.00", "6.00", "20.00")]


@all_cases("way", ["file", "edit", "put"])
def test_a_cost_price_counts_however_it_was_changed(as_alice, tea, way):
    early = ago(0).isoformat()
    if way == "file":
        file = SimpleUploadedFile("prices.csv", b"sku,name,cost_price\nTEA,Tea,5.00\n")
        answer = as_alice.post("/api/products/import/", {"file": file}, format="multipart")
    elif way == "edit":
        answer = as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": "5.00"})
    else:
        answer = as_alice.put(f"/api/products/{tea.pk}/", {"name": "Tea", "price": "10.00", "cost_price": "5.00"})
    assert answer.status_code in (200, 201), answer.content
    assert read_costs(as_alice, **{"from": early}) == [("Tea", "4.00", "5.00", "25.00")]


def test_the_supplier_is_that_of_the_delivery(as_alice, alice, tea):
    mill, farm = make_supplier(alice), make_supplier(alice, "Farm")
    type(tea).objects.filter(pk=tea.pk).update(supplier=mill)
    order = send_order(as_alice, farm, tea)
    line = {"product": tea.pk, "quantity": 5, "unit_cost": "5.00"}
    delivery = post(as_alice, order, "receive", lines=[line]).json()
    [row] = read_rows(as_alice, "costs-changed", supplier="farm")
    assert [row[name] for name in ("supplier", "supplier_name", "operation")] == [farm.pk, "Farm", delivery["id"]]
    assert read_rows(as_alice, "costs-changed", supplier=mill.pk) == []
    buy(as_alice, tea, "6.00")
    assert [row["supplier_name"] for row in read_rows(as_alice, "costs-changed")] == ["Mill"]


def test_goods_by_weight_have_the_cost_of_a_kilogram(as_alice, alice):
    brie = make_product(alice, "Brie", price="16.00", cost_price="8.00", unit="kg", decimals=3)
    buy(as_alice, brie, "10.00", quantity=2500)
    assert read_costs(as_alice) == [("Brie", "8.00", "10.00", "25.00")]
    page = Browser(alice).get_page(f"{REPORTS}costs-changed/")
    assert all(text in page for text in ("Brie", "8.00", "10.00", "25.00", "50.00", "37.50"))


def test_archived_products_and_those_of_others_are_left_out(as_alice, as_charlie, as_bob, tea):
    buy(as_alice, tea, "5.00")
    assert len(read_costs(as_alice)) == len(read_csv(as_alice, "costs-changed")) == 1
    assert (read_costs(as_charlie), as_bob.get(f"{REPORTS}costs-changed/").status_code) == ([], 403)
    assert as_alice.delete(f"/api/products/{tea.pk}/").status_code == 204
    assert read_costs(as_alice) == []
