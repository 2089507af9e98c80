"""/api/reports/reorder/: the suggested orders, by supplier."""

from datetime import timedelta

import pytest

from desk.reports.tests.reporting import REPORTS, book, read_csv, read_rows
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.cast.reservations import reserve
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.purchasing.demand import MAX_COVER, MAX_DAYS


@pytest.fixture
def mill(alice):
    return Supplier.objects.create(owner=alice, name="Mill", lead_days=3)


@pytest.fixture
def flour(alice, as_alice, mill):
    """Return a product of which 1 is left, because 3 of 4 were sold."""
    flour = make_product(
        alice, "Flour", 4, sku="F", supplier=mill, supplier_sku="550", pack_size=12, cost_price="1.25", min_threshold=5
    )
    book(as_alice, flour, "OUT", 3)
    return flour


def test_a_row_has_every_number_behind_the_suggestion(alice, as_alice, mill, flour):
    reserve(as_alice, flour, 1)
    assert read_rows(as_alice, "reorder") == [
        {
            "supplier": mill.pk, "supplier_name": "Mill", "product": flour.pk, "name": "Flour", "sku": "F",
            "supplier_sku": "550", "quantity": 1, "reserved": 1, "on_order": 0, "in_draft": 0, "min_threshold": 5,
            "sold": 3, "lead_days": 3, "days_left": 10,
            "order_by": read_rows(as_alice, "reorder")[0]["order_by"],
            "needed": 8,  # 5 + 1 + 3 * 17 / 30, rounded up, less (1 - 1)
            "pack_size": 12, "packs": 1, "suggested": 12, "suggested_threshold": 1,
            "unit_cost": "1.25", "cost": "15.00", "unit": "", "decimals": 0,
            "cover": 14, "basis": "last", "window_from": (alice.shop_today() - timedelta(days=29)).isoformat(),
            "window_to": alice.shop_today().isoformat(), "window_days": 30, "in_stock_days": 1, "few_days": True,
            "factor": "1.00", "per_day": "0.10", "used": 0, "to_make": False,
            "min_packs": 1, "chosen_by": "preferred", "offers": [{
                "supplier": mill.pk, "supplier_name": "Mill", "unit_cost": "1.25", "lead_days": 3, "pack_size": 12,
                "min_packs": 1,
            }],
        }
    ]  # fmt: skip


def test_the_parameters_change_the_need(as_alice, flour):
    assert [row["needed"] for row in read_rows(as_alice, "reorder", days=3, cover=10)] == [5 + 1 + 13 - 1]
    assert [row["needed"] for row in read_rows(as_alice, "reorder", days=MAX_DAYS, cover=0)] == [5 + 1 + 1 - 1]
    assert [row["sold"] for row in read_rows(as_alice, "reorder", cover=MAX_COVER)] == [3]


def test_a_supplier_is_chosen_by_id_or_name(alice, as_alice, mill, flour):
    make_product(alice, "Pin")
    assert [row["name"] for row in read_rows(as_alice, "reorder")] == ["Flour", "Pin"]
    for supplier in (mill.pk, "mill"):
        assert [row["name"] for row in read_rows(as_alice, "reorder", supplier=supplier)] == ["Flour"]


@all_cases(
    ("name", "typed"),
    [("Weiß", "WEISS"), ("WEISS", "weiß"), ("Μύλος", "ΜΎΛΟΣ"), ("ΜΎΛΟΣ", "μύλος"), ("Café", "CAFE\u0301")],
)
def test_a_supplier_is_named_in_any_case(as_alice, mill, flour, name, typed):
    Supplier.objects.filter(pk=mill.pk).update(name=name)
    assert [row["name"] for row in read_rows(as_alice, "reorder", supplier=typed)] == ["Flour"]


@pytest.mark.quick
def test_workers_see_no_costs(as_bob, bob, flour):
    [row] = read_rows(as_bob, "reorder")
    assert (row["suggested"], row["unit_cost"], row["cost"]) == (12, None, None)
    [line] = read_csv(as_bob, "reorder")
    assert not {"unit_cost", "cost"} & line.keys()
    page = Browser(bob).get_page(f"{REPORTS}reorder/")
    assert "Flour" in page
    assert "15.00" not in page


def test_the_file_of_the_owner_has_the_costs(as_alice, flour):
    [line] = read_csv(as_alice, "reorder")
    assert (line["unit_cost"], line["cost"], list(line)[-16:-13]) == ("1.25", "15.00", ["unit_cost", "cost", "unit"])


def test_a_product_without_supplier_and_sales_has_no_dates(alice, as_alice):
    make_product(alice, "Pin", 2)
    [row] = read_rows(as_alice, "reorder")
    assert (row["supplier"], row["supplier_name"], row["lead_days"]) == (None, None, 7)
    assert (row["days_left"], row["order_by"], row["needed"]) == (None, None, 4)
    [line] = read_csv(as_alice, "reorder")
    assert (line["supplier_name"], line["order_by"]) == ("", "")


def test_a_file_leaves_the_threshold_of_goods_by_weight_empty(alice, as_alice, mill):
    brie = make_product(alice, "Brie", 3_000, supplier=mill, unit="kg", decimals=3, cost_price="8.00")
    book(as_alice, brie, "OUT", 3_000)
    [row] = read_csv(as_alice, "reorder", cover=10)
    assert (row["name"], row["min_threshold"]) == ("Brie", "")
