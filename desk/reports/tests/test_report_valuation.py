"""/api/reports/valuation/: the value of the stock at an instant, at current prices."""

from datetime import UTC, datetime

import pytest

from core.money.sums import write_by_unit
from desk.reports import valuation as views
from desk.reports.tests.reporting import ago, book, read_csv, read_report
from products.models import Category, Product
from testing.cast.people import make_product
from testing.tables import all_cases

SUMS = ("products", "quantity", "value_at_price", "value_at_cost", "products_without_cost")


def read_total(client, **query):
    """Return the sums of the total."""
    return tuple(read_report(client, "valuation", **query)["total"][name] for name in SUMS)


def create_category(owner, name):
    return Category.objects.create(owner=owner, name=name)


@pytest.fixture
def shop(alice):
    tea, pots = create_category(alice, "Tea"), create_category(alice, "Pots")
    create_category(alice, "Empty")
    make_product(alice, "Assam", 10, price="8.90", cost_price="4.10", category=tea)
    make_product(alice, "Mint", 3, price="5.20", category=tea)
    make_product(alice, "Clay pot", 4, price="34.00", cost_price="17.50", category=pots)
    make_product(alice, "Sieve", 2, price="6.50", cost_price="2.80")
    make_product(alice, "Sold out", 0, price="99.00", category=pots)


def test_values_are_quantity_times_price_and_cost_in_total_and_by_category(as_alice, shop):
    found = read_report(as_alice, "valuation")
    assert list(found) == ["total", "categories", "categories_truncated"]
    assert tuple(found["total"].values()) == (4, 19, "253.60", "116.60", 1, [{"unit": "", "quantity": "19"}])
    assert [tuple(row[name] for name in ("category_name", *SUMS)) for row in found["categories"]] == [
        ("Pots", 1, 4, "136.00", "70.00", 0),
        ("Tea", 2, 13, "104.60", "41.00", 1),
        ("Uncategorized", 1, 2, "13.00", "5.60", 0),
    ]
    assert [row["category"] for row in found["categories"]][2] is None
    assert found["categories_truncated"] is False


def test_the_current_valuation_agrees_with_the_dashboard(as_alice, shop):
    as_alice.delete(f"/api/products/{Product.objects.get(name='Sieve').pk}/")
    dashboard = as_alice.get("/api/dashboard/").json()
    _, quantity, value, _, _ = read_total(as_alice)
    assert (quantity, float(value)) == (17, dashboard["financial"]["total_inventory_value"])
    by_category = {row["category"]: row["total_value"] for row in dashboard["analytics"]}
    found = read_report(as_alice, "valuation")["categories"]
    assert {row["category_name"]: float(row["value_at_price"]) for row in found} == by_category


@all_cases(
    ("as_of", "quantity"),
    [("2026-04-30T23:59:59Z", 0), ("2026-05-01", 20), ("2026-05-31T23:59:59Z", 20), ("2026-06-01", 15)],
)
def test_an_earlier_valuation_uses_the_quantities_of_that_instant(as_alice, alice, as_of, quantity):
    pot = make_product(alice, "Pot", price="3.00", cost_price="1.00")
    book(as_alice, pot, "IN", 20, "2026-05-01")
    book(as_alice, pot, "OUT", 5, "2026-06-01")
    assert read_total(as_alice, as_of=as_of) == (bool(quantity), quantity, f"{quantity * 3}.00", f"{quantity}.00", 0)


def test_the_valuation_depends_on_the_clock(as_alice, kettle):
    opening = as_alice.get("/api/stock/").json()["results"][0]["timestamp"]
    sale = book(as_alice, kettle, "OUT", 4, ago(3))["timestamp"]
    two_days_ago = ago(2).isoformat()
    assert read_total(as_alice, as_of=two_days_ago)[1] == -4
    by_recorded = [read_total(as_alice, as_of=at, clock="recorded")[1] for at in (two_days_ago, opening, sale)]
    assert by_recorded == [0, 10, 6]


@all_cases("clock", ["occurred", "recorded"])
def test_the_quantity_is_the_sum_of_the_levels(as_alice, shop, clock):
    mint = Product.objects.get(name="Mint")
    book(as_alice, mint, "OUT", 2, ago(5))
    book(as_alice, mint, "IN", 9, ago(1))
    for as_of in (ago(6), ago(3), ago(0)):
        query = {"as_of": as_of.isoformat(), "clock": clock}
        levels = as_alice.get("/api/stock/levels/", {**query, "page_size": 100}).json()["results"]
        assert read_total(as_alice, **query)[1] == sum(row["quantity"] for row in levels)


def test_a_negative_level_has_a_negative_value_in_json_and_csv(as_alice, kettle):
    book(as_alice, kettle, "OUT", 4, "2026-05-01")
    assert read_total(as_alice, as_of="2026-05-02") == (1, -4, "-40.00", "0.00", 1)
    [row] = read_csv(as_alice, "valuation", as_of="2026-05-02")
    assert (row["quantity"], row["value_at_price"]) == ("-4", "-40.00")


@pytest.mark.quick
def test_products_archived_after_the_instant_count(as_alice, kettle):
    before = datetime.now(UTC).isoformat()
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert (read_total(as_alice, as_of=before)[1], read_total(as_alice)[1]) == (10, 0)
    as_alice.post(f"/api/products/{kettle.pk}/restore/")
    assert read_total(as_alice)[1] == 10


def test_an_earlier_valuation_uses_current_prices(as_alice, kettle):
    at = datetime.now(UTC).isoformat()
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "1.00"})
    assert read_total(as_alice, as_of=at)[2] == "10.00"


@pytest.mark.quick
def test_the_value_at_cost_is_the_value_of_the_ledger(as_alice, alice):
    pot = make_product(alice, "Pot", price="3.00", cost_price="1.00")
    for day, cost in (("2026-05-01", "2.00"), ("2026-05-02", "4.00")):
        delivery = {"product": pot.pk, "movement_type": "IN", "quantity": 5, "unit_cost": cost}
        as_alice.post("/api/stock/", {**delivery, "occurred_at": f"{day}T12:00:00Z"})
    as_alice.patch(f"/api/products/{pot.pk}/", {"cost_price": "100.00"})
    assert [read_total(as_alice, as_of=day)[3] for day in ("2026-05-02", "2026-05-03")] == ["10.00", "30.00"]


def test_a_worker_sees_no_value_at_cost(as_bob, shop):
    found = read_report(as_bob, "valuation")
    for row in (found["total"], *found["categories"]):
        assert (row["value_at_cost"], row["products_without_cost"]) == (None, None)
    assert not {"value_at_cost", "products_without_cost"} & read_csv(as_bob, "valuation")[0].keys()


def test_the_largest_numbers_are_exact(as_alice, alice):
    for number in range(3):
        make_product(alice, f"P{number}", 1_000_000_000, price="9999999999.99", cost_price="0.01")
    assert read_total(as_alice) == (3, 3_000_000_000, "29999999999970000000.00", "30000000.00", 0)


def test_the_valuation_of_an_account_without_stock_is_zero(as_alice, as_dora):
    nothing = {"total": {**dict(zip(SUMS, (0, 0, "0.00", "0.00", 0), strict=True)), "by_unit": []}}
    nothing |= {"categories": [], "categories_truncated": False}
    assert read_report(as_alice, "valuation") == nothing
    nothing["total"] |= {"value_at_cost": None, "products_without_cost": None}
    assert read_report(as_dora, "valuation") == nothing
    assert read_csv(as_alice, "valuation") == []


def test_the_csv_has_the_categories_without_the_total(as_alice, shop):
    rows = [{**row, "by_unit": write_by_unit(row["by_unit"])} for row in read_categories(as_alice)]
    wanted = [{name: "" if v is None else str(v) for name, v in row.items()} for row in rows]
    assert read_csv(as_alice, "valuation") == wanted


def read_categories(client):
    return read_report(client, "valuation")["categories"]


def test_json_has_the_most_valuable_categories_and_csv_has_all(as_alice, shop, monkeypatch):
    everything = read_categories(as_alice)
    monkeypatch.setattr(views, "MAX_CATEGORIES", 2)
    found = read_report(as_alice, "valuation")
    assert (found["categories"], found["categories_truncated"]) == (everything[:2], True)
    assert found["total"]["quantity"] == 19
    assert len(read_csv(as_alice, "valuation")) == 3
