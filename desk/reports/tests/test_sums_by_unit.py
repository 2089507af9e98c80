"""Sums over products are by unit: grams are not added to pieces."""

import re

import pytest
from django.utils.html import strip_tags

from core.money.sums import Amounts
from desk.reports.tests.reporting import book, read_csv, read_report
from products.models import Category, Group
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def shop(as_alice, alice):
    """A category with 9 cups and 2.250 kg of tea, after a sale of one cup and of 0.250 kg."""
    crockery = Category.objects.create(owner=alice, name="Breakfast")
    cup = make_product(alice, "Cup", 10, price="3.00", category=crockery)
    tea = make_product(alice, "Tea", 2_500, price="8.00", unit="kg", decimals=3, category=crockery)
    book(as_alice, cup, "OUT", 1)
    book(as_alice, tea, "OUT", 250)
    return cup, tea


def list_units(rows, *names):
    return [tuple(row[name] for name in ("unit", *names)) for row in rows]


def test_the_dashboard_has_the_stock_by_unit_beside_the_old_number(as_alice, shop):
    stock = as_alice.get("/api/dashboard/").json()["stock"]
    assert stock["total_stock"] == 2_259
    assert list_units(stock["by_unit"], "total_stock") == [("", "9"), ("kg", "2.250")]


def test_the_dashboard_of_whole_pieces_has_the_published_bytes(as_alice, alice):
    make_product(alice, "Cup", 9)
    assert as_alice.get("/api/dashboard/").json()["stock"] == {"total_stock": 9}


@all_cases("address", ["/api/dashboard/", "/api/reports/valuation/"])
def test_pages_show_each_unit(alice, shop, address):
    page = Browser(alice).get_page(address)
    assert "9 pieces, 2.250 kg" in strip_tags(page)
    assert "2,259" not in strip_tags(page.partition("<main")[2].partition('id="json')[0].partition("<pre")[0])


def test_pages_add_the_spellings_of_a_unit(alice):
    make_product(alice, "Tea", 2_250, unit="kg", decimals=3)
    make_product(alice, "Rice", 1_000, unit="KG", decimals=3)
    assert "3.250 KG" in Browser(alice).get_page("/api/")


def test_the_start_page_says_what_moved_today_by_unit(alice, shop):
    assert "Today 4 movements: 10 pieces, 2.500 kg in, 1 piece, 0.250 kg out." in Browser(alice).get_page("/api/")


def test_the_valuation_is_by_unit_in_total_and_by_category(as_alice, shop):
    report = read_report(as_alice, "valuation")
    for row in (report["total"], *report["categories"]):
        assert (row["quantity"], list_units(row["by_unit"], "quantity")) == (2_259, [("", "9"), ("kg", "2.250")])
    assert read_csv(as_alice, "valuation")[0]["by_unit"] == "9; 2.250 kg"


def test_the_totals_of_movements_are_by_unit(as_alice, alice, shop):
    totals = read_report(as_alice, "movements")["totals"]
    assert list_units(totals["by_unit"], "quantity_in", "quantity_out", "net") == [
        ("", "10", "1", "9"), ("kg", "2.500", "0.250", "2.250"),
    ]  # fmt: skip
    page = Browser(alice).get_page("/api/reports/movements/")
    last = page.partition('<tbody class="totals">')[2].partition("</tbody>")[0]
    cells = [strip_tags(cell) for cell in re.findall(r"<td.*?</td>", last, re.DOTALL)]
    assert cells[3:6] == ["10 pieces, 2.500 kg", "1 piece, 0.250 kg", "+9 pieces, +2.250 kg"]
    assert "Quantities in and out of products counted in pieces" in page


@all_cases("by", ["category", "group", "day"])
def test_margins_are_by_unit(as_alice, alice, shop, by):
    report = read_report(as_alice, "margins", by=by)
    for row in (report["results"][0], report["totals"]):
        assert (row["sold"], list_units(row["by_unit"], "sold", "returned")) == (
            251, [("", "1", "0"), ("kg", "0.250", "0.000")],
        )  # fmt: skip
    assert "1 piece, 0.250 kg" in Browser(alice).get_page(f"/api/reports/margins/?by={by}")
    assert read_csv(as_alice, "margins", by=by)[0]["by_unit"] == (
        "sold 1, returned 0, sold_without_cost 1; sold 0.250, returned 0.000, sold_without_cost 0.250 kg"
    )


def test_losses_are_by_unit(as_alice, shop):
    for product, counted in zip(shop, (8, 2_000), strict=True):
        as_alice.post("/api/stock/counts/", {"lines": [{"product": product.pk, "counted": counted}]})
    report = read_report(as_alice, "losses", by="month")
    for row in (report["results"][0], report["totals"]):
        assert list_units(row["by_unit"], "units", "lost", "found") == [
            ("", "1", "1", "0"), ("kg", "0.250", "0.250", "0.000"),
        ]  # fmt: skip


def test_groups_are_by_unit(as_alice, alice, shop):
    breakfast = Group.objects.create(owner=alice, name="Breakfast")
    for product in shop:
        as_alice.patch(f"/api/products/{product.pk}/", {"group": breakfast.pk})
    group = as_alice.get(f"/api/groups/{breakfast.pk}/").json()
    assert (group["quantity"], list_units(group["by_unit"], "quantity", "available")) == (
        2_259, [("", "9", "9"), ("kg", "2.250", "2.250")],
    )  # fmt: skip
    for address in ("/api/groups/", f"/api/groups/{breakfast.pk}/", "/api/products/"):
        assert "9 pieces, 2.250 kg" in strip_tags(Browser(alice).get_page(address))


def test_the_plot_of_levels_is_that_of_the_most_usual_unit(alice, shop):
    make_product(alice, "Rice", 1_500, unit="kg", decimals=3)
    page = Browser(alice).get_page("/api/stock/levels/")
    assert "All products in kg together, at the end of each of 30 days" in page
    assert "<td>3.750 kg</td>" in page


@all_cases(
    ("by_unit", "form", "written"),
    [
        ([], ",", "0"), ([("", "1234")], ",", "1,234"), ([("pcs", "9")], ",", "9"),
        ([("kg", "2.250")], ",", "2.250 kg"), ([("", "24"), ("pcs", "120"), ("Stk.", "6")], ",", "150"),
        ([("", "1"), ("kg", "0.000")], ",", "1"), ([("", "1"), ("pack", "1200")], ",", "1 piece, 1,200 pack"),
        ([("", "-1"), ("kg", "2.5")], "+,", "-1 pieces, +2.5 kg"),
    ],
)  # fmt: skip
def test_sums_are_written_as_the_quantity_of_one_product_if_they_have_one_unit(by_unit, form, written):
    assert format(Amounts([{"unit": unit, "sold": amount} for unit, amount in by_unit], "sold"), form) == written


def test_the_page_of_events_shows_the_unit_of_what_is_low(as_alice, alice, shop):
    _, tea = shop
    as_alice.patch(f"/api/products/{tea.pk}/", {"min_threshold": 3_000})
    assert "2.250 kg, low at 3.000 kg" in Browser(alice).get_page("/api/events/")
