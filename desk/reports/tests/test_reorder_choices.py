"""/api/reports/reorder/?choose=: which of several suppliers a product is ordered from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from desk.reports.tests.reporting import REPORTS, book, read_csv, read_rows
from products.models import Offer
from stock.making.tests.recipes import write_recipe
from testing.cast.orders import ADDRESS, make_supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

CHOSEN = ("supplier_name", "supplier_sku", "pack_size", "unit_cost", "lead_days", "chosen_by")


@pytest.fixture
def mill(alice):
    return make_supplier(alice, lead_days=5)


@pytest.fixture
def farm(alice):
    return make_supplier(alice, "Farm", lead_days=9)


@pytest.fixture
def shop(alice):
    return make_supplier(alice, "Corner shop", lead_days=1)


@pytest.fixture
def flour(alice, as_alice, mill):
    """Return a product of which 1 is left of 31, because one was sold each day."""
    flour = make_product(
        alice, "Flour", 31, supplier=mill, supplier_sku="M-1", pack_size=12, cost_price="2.00", min_threshold=1
    )
    book(as_alice, flour, "OUT", 30)
    return flour


def offer(product, supplier, cost_price=None, **fields):
    return Offer.objects.create(
        owner=product.owner, product=product, supplier=supplier, cost_price=cost_price, **fields
    )


@pytest.fixture
def offers(flour, farm, shop):
    offer(flour, farm, "1.80", supplier_sku="F-9", pack_size=10, min_packs=9)
    offer(flour, shop, "2.40", supplier_sku="C-3")


def choose(client, way, **query):
    [row] = read_rows(client, "reorder", choose=way, days=1, cover=0, **query)
    return row


def test_the_row_has_the_values_of_the_chosen_offer(as_alice, alice, flour, offers):
    found = {way: choose(as_alice, way) for way in ("preferred", "cheapest", "fastest")}
    assert {way: tuple(row[name] for name in CHOSEN) for way, row in found.items()} == {
        "preferred": ("Mill", "M-1", 12, "2.00", 5, "preferred"),
        "cheapest": ("Farm", "F-9", 10, "1.80", 9, "cheapest"),
        "fastest": ("Corner shop", "C-3", 1, "2.40", 1, "fastest"),
    }
    assert {way: (row["needed"], row["packs"], row["cost"]) for way, row in found.items()} == {
        "preferred": (151, 13, "312.00"), "cheapest": (271, 28, "504.00"), "fastest": (31, 31, "74.40"),
    }  # fmt: skip
    assert {row["order_by"] for row in found.values()} == {alice.shop_today().isoformat()}
    assert read_rows(as_alice, "reorder", days=1, cover=0) == [found["preferred"]]


def test_each_row_has_all_offers(as_alice, as_bob, flour, offers, mill, farm, shop):
    names = ("supplier", "supplier_name", "unit_cost", "lead_days", "pack_size", "min_packs")
    for way in ("preferred", "fastest"):
        found = choose(as_alice, way)["offers"]
        assert [tuple(one[name] for name in names) for one in found] == [
            (mill.pk, "Mill", "2.00", 5, 12, 1),
            (farm.pk, "Farm", "1.80", 9, 10, 9),
            (shop.pk, "Corner shop", "2.40", 1, 1, 1),
        ]
    assert [one["unit_cost"] for one in choose(as_bob, "cheapest")["offers"]] == [None] * 3


@pytest.mark.quick
def test_the_lead_days_of_an_offer_count_before_those_of_its_supplier(as_alice, flour, offers, mill, farm):
    offer(flour, mill, lead_days=2, min_packs=4)
    assert [choose(as_alice, "preferred")[name] for name in ("lead_days", "needed", "min_packs")] == [2, 61, 4]
    Offer.objects.filter(supplier=farm).update(lead_days=0)
    assert choose(as_alice, "fastest")["supplier_name"] == "Farm"
    [row] = read_rows(as_alice, "days-left", days=1, cover=0)
    assert row["lead_days"] == 2


def test_ties_are_those_of_the_preferred_supplier(as_alice, flour, offers, mill):
    Offer.objects.update(cost_price="2.00", lead_days=5)
    for way in ("cheapest", "fastest"):
        assert choose(as_alice, way)["supplier"] == mill.pk


def test_an_offer_without_a_cost_is_never_the_cheapest(as_alice, alice, flour, offers, mill, shop):
    Offer.objects.exclude(supplier=shop).update(cost_price=None)
    type(flour).objects.filter(pk=flour.pk).update(cost_price=None)
    assert [choose(as_alice, "cheapest")[name] for name in ("supplier", "chosen_by")] == [shop.pk, "cheapest"]
    Offer.objects.update(cost_price=None)
    assert [choose(as_alice, "cheapest")[name] for name in ("supplier", "chosen_by")] == [mill.pk, "preferred"]
    type(flour).objects.filter(pk=flour.pk).update(supplier=None)
    assert [choose(as_alice, "cheapest")[name] for name in ("supplier", "chosen_by")] == [shop.pk, "fastest"]
    assert [choose(as_alice, "preferred")[name] for name in ("supplier", "chosen_by")] == [None, None]


def test_offers_of_archived_suppliers_are_no_choice(as_alice, flour, offers, farm, mill):
    type(farm).objects.filter(pk=farm.pk).update(archived_at=timezone.now())
    row = choose(as_alice, "cheapest")
    assert (row["supplier"], [one["supplier_name"] for one in row["offers"]]) == (mill.pk, ["Mill", "Corner shop"])


def test_the_supplier_of_the_query_is_the_chosen_one(as_alice, flour, offers, mill, farm):
    assert choose(as_alice, "cheapest", supplier="farm")["supplier"] == farm.pk
    assert read_rows(as_alice, "reorder", choose="cheapest", supplier=mill.pk) == []
    assert [row["chosen_by"] for row in read_csv(as_alice, "reorder", choose="cheapest")] == ["cheapest"]


@all_cases("way", ["preferred", "cheapest", "fastest"])
def test_least_packs_neither_make_nor_raise_a_need(as_alice, flour, offers, mill, way):
    offer(flour, mill, min_packs=500)
    Offer.objects.update(min_packs=500)
    row = choose(as_alice, way)
    assert (row["suggested"], row["min_packs"]) == (row["packs"] * row["pack_size"], 500)
    assert row["packs"] == -(-row["needed"] // row["pack_size"]) < 500
    book(as_alice, flour, "IN", 5000)
    assert read_rows(as_alice, "reorder", choose=way, days=1, cover=0) == []


@pytest.mark.quick
def test_products_of_one_supplier_have_their_own_last_day(as_alice, alice, mill, flour):
    rye = make_product(alice, "Rye", 31, supplier=mill, min_threshold=100)
    book(as_alice, rye, "OUT", 1)
    offer(rye, mill, lead_days=10)
    rows = {row["name"]: row for row in read_rows(as_alice, "reorder")}
    assert {name: row["lead_days"] for name, row in rows.items()} == {"Flour": 5, "Rye": 10}
    days = alice.shop_today() + timedelta(days=rows["Rye"]["days_left"] - 10)
    assert rows["Rye"]["order_by"] == days.isoformat()
    assert "A delivery takes 10 days." in Browser(alice).get_page(f"{REPORTS}reorder/")


def test_what_is_made_has_no_choice(as_alice, alice, flour, offers):
    write_recipe(alice, flour, 5, {make_product(alice, "Grain", 900): 1})
    row = choose(as_alice, "fastest")
    assert [row[name] for name in ("supplier", "lead_days", "pack_size", "chosen_by", "offers")] == [
        None, 5, 5, None, [],
    ]  # fmt: skip


def test_the_season_of_a_year_ago_is_as_long_as_the_chosen_delivery(as_alice, flour, offers):
    when = (timezone.now() - timedelta(days=360)).isoformat()
    book(as_alice, flour, "IN", 20, when)
    book(as_alice, flour, "OUT", 20, when)
    rows = [read_rows(as_alice, "reorder", choose=way, basis="year_ago", cover=0)[0] for way in ("fastest", "cheapest")]
    assert [(row["window_days"], row["sold"]) for row in rows] == [(1, 0), (9, 20)]


def test_a_suggested_draft_takes_the_choice(as_alice, flour, offers, mill, farm):
    body = {"supplier": farm.pk, "suggested": True, "days": 30, "cover": 0}
    assert as_alice.post(ADDRESS, body).json()["code"] == "nothing_suggested"
    made = as_alice.post(ADDRESS, {**body, "choose": "cheapest"})
    assert made.status_code == 201, made.json()
    [line] = made.json()["lines"]
    names = ("supplier_sku", "quantity", "packs", "unit_cost", "min_packs", "below_minimum")
    assert [line[name] for name in names] == ["F-9", 10, 1, "1.80", 9, True]
    again = as_alice.post(ADDRESS, {"supplier": mill.pk, "suggested": True, "choose": "cheapest"})
    assert again.json()["code"] == "nothing_suggested"


@all_cases(("body", "field"), [({"choose": "best", "suggested": True}, "choose"), ({"choose": "fastest"}, "choose")])
def test_a_wrong_choice_is_refused(as_alice, flour, mill, body, field):
    assert as_alice.get(f"{REPORTS}reorder/", {"choose": "best"}).status_code == 400
    lines = {} if "suggested" in body else {"lines": [{"product": flour.pk, "quantity": 1}]}
    answer = as_alice.post(ADDRESS, {"supplier": mill.pk, **lines, **body})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_the_page_has_the_choice_and_its_draft_the_costs(as_alice, alice, flour, offers, farm):
    browser = Browser(alice)
    address = f"{REPORTS}reorder/"
    as_alice.patch("/api/account/", {"uses": {"offers": "off"}})
    assert 'name="choose"' not in browser.get_page(address)
    as_alice.patch("/api/account/", {"uses": {"offers": "auto"}})  # the shop has offers
    page = browser.get_page(f"{address}?choose=cheapest")
    assert all(text in page for text in ('name="choose"', "Farm: 1.80, 9 days", "Corner shop: 2.40, 1 day"))
    found = browser.send_task(f"/shop/order/?supplier={farm.pk}", {"product": "Flour", "quantity": "20"})
    assert found.status_code == 303
    [draft] = as_alice.get(ADDRESS).json()["results"]
    assert [(line["supplier_sku"], line["unit_cost"]) for line in draft["lines"]] == [("F-9", "1.80")]
