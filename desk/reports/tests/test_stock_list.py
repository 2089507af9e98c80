"""/api/reports/stock-list/: what of each product lies where, and what it is worth. Its totals are the valuation's."""

import random
from decimal import Decimal
from itertools import product

import pytest

from desk.reports.tests.reporting import ago, book, read_csv, read_report, read_rows
from products.models import Product
from stock.models.places import Location, Lot
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

LIST = "/api/reports/stock-list/"
MONEY = ("value_at_price", "value_at_cost")
PLACE = ("location_name", "lot_code", "expires_on", "quantity", "value_at_cost", "value_at_price")


def follow(client, address, link="next"):
    """Yield the pages from the address on."""
    while address:
        page = client.get(address).json()
        yield page
        address = page[link]


def choose(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


@pytest.fixture
def honey(as_alice, alice):
    """Return a product of which some lies nowhere, some on a shelf, and some in a lot on the shelf."""
    shelf = Location.objects.create(owner=alice, name="Shelf")
    honey = make_product(alice, "Honey", 1, price="9.00", cost_price="3.33", min_threshold=2)
    Lot.objects.create(owner=alice, product=honey, code="L1", expires_on="2027-03-31")
    book(as_alice, honey, "IN", 1, location=shelf.pk, unit_cost="3.34")
    book(as_alice, honey, "IN", 1, location=shelf.pk, lot="L1", unit_cost="3.33")
    return honey


def test_a_row_is_a_product_at_a_place_in_a_lot_and_the_last_one_has_the_cents(as_alice, honey):
    rows = read_rows(as_alice, "stock-list")
    assert choose(rows, *PLACE) == [
        (None, None, None, 1, "3.33", "9.00"),
        ("Shelf", None, None, 1, "3.33", "9.00"),
        ("Shelf", "L1", "2027-03-31", 1, "3.34", "9.00"),
    ]
    assert {row["average_cost"] for row in rows} == {"3.33"}
    [row] = read_rows(as_alice, "stock-list", by="product")
    assert choose([row], *PLACE) == [(None, None, None, 3, "10.00", "27.00")]
    assert "location" not in read_csv(as_alice, "stock-list", by="product")[0]


def test_shares_below_a_cent_take_nothing_from_the_last_row(as_alice, alice):
    ring = make_product(alice, "Ring", price="0.01")
    lots = [Lot.objects.create(owner=alice, product=ring, code=f"S{number}") for number in range(10)]
    for lot in lots:
        book(as_alice, ring, "IN", 1, lot=lot.code, **({"unit_cost": "0.05"} if lot == lots[0] else {"unit_cost": "0"}))
    costs = [row["value_at_cost"] for row in read_rows(as_alice, "stock-list")]
    assert costs == ["0.01"] * 5 + ["0.00"] * 5


FILTERS = [
    ({"location": "shelf"}, ["Honey", "Honey"]), ({"location": "shelf", "by": "product"}, ["Honey"]),
    ({"category": "tea"}, ["Assam"]), ({"supplier": "GROSSMILL"}, ["Flour"]), ({"tag": "new"}, ["Flour"]),
    ({"tag": ["new", "Bio"]}, ["Flour"]), ({"tag": "new,sale"}, []), ({"low_stock": "true"}, ["Assam"]),
    ({"low_stock": "false", "by": "product"}, ["Flour", "Honey"]), ({"by": "product"}, ["Assam", "Flour", "Honey"]),
]  # fmt: skip


@pytest.fixture
def goods(as_alice, alice, honey):
    body = {"name": "Flour", "supplier": "Mill", "unit": "kg", "decimals": 3, "quantity": 2500, "tags": ["New", "bio"]}
    mill = as_alice.post("/api/suppliers/", {"name": "Großmill"}).json()["id"]
    assert as_alice.post("/api/products/", {**body, "supplier": mill, "price": "2"}).status_code == 201
    make_product(alice, "Assam", 2, category="Tea", min_threshold=2)
    make_product(alice, "Sold out", min_threshold=2)
    archived = make_product(alice, "Old", 2)
    as_alice.delete(f"/api/products/{archived.pk}/")


@all_cases(("query", "names"), FILTERS)
def test_the_filters(as_alice, goods, query, names):
    assert [row["name"] for row in read_rows(as_alice, "stock-list", **query)] == names


def test_goods_by_weight_have_an_amount(as_alice, alice):
    make_product(alice, "Flour", 1250, unit="kg", decimals=3, price="1.99", cost_price="0.80")
    [row] = read_rows(as_alice, "stock-list")
    assert choose([row], "quantity", "amount", "unit", "average_cost", "value_at_cost", "value_at_price") == [
        (1250, "1.250", "kg", "0.80", "1.00", "2.49")
    ]
    assert read_csv(as_alice, "stock-list")[0]["quantity"] == "1.250"


def test_who_sees_no_costs_gets_none_in_rows_totals_and_files(as_bob, alice, honey):
    found = read_report(as_bob, "stock-list")
    assert {(row["average_cost"], row["value_at_cost"]) for row in found["results"]} == {(None, None)}
    assert found["totals"]["value_at_cost"] is None
    assert found["totals"]["value_at_price"] == "27.00"
    assert not {"average_cost", "value_at_cost"} & read_csv(as_bob, "stock-list")[0].keys()


def book_at_random(client, alice, seed):
    """Book in the past and now, at places and in lots, by weight and by piece. Late bookings make levels negative."""
    chance = random.Random(seed)  # noqa: S311
    places = [None, *(Location.objects.create(owner=alice, name=f"Place {n}").pk for n in range(2))]
    goods = [
        make_product(alice, f"Goods {n}", 100, price="1.99", cost_price="0.37", decimals=n % 2 * 3, unit="kg" * (n % 2))
        for n in range(4)
    ]
    for one in goods:
        for code in ("A", "B"):
            Lot.objects.create(owner=alice, product=one, code=f"{code}{one.pk}")
    for _number in range(60):
        one, day = chance.choice(goods), chance.choice([None, ago(chance.randint(1, 9))])
        kind, place, lot = chance.choice(["IN", "IN", "OUT"]), chance.choice(places), chance.choice([None, "A", "B"])
        body = {"product": one.pk, "movement_type": kind, "quantity": chance.randint(1, 40), "occurred_at": day}
        body |= {"location": place} if place else {}
        body |= {"lot": f"{lot}{one.pk}"} if lot else {}
        body |= {"unit_cost": f"0.{chance.randint(1, 99):02}", "reason": "purchase"} if kind == "IN" else {}
        client.post("/api/stock/", {**body, "occurred_at": day and day.isoformat()})  # some OUT is refused


@pytest.mark.parametrize("seed", [7, pytest.param(8, marks=pytest.mark.long)])
def test_rows_and_totals_of_a_random_ledger_add_up_to_the_valuation(as_alice, alice, seed):
    book_at_random(as_alice, alice, seed)
    for clock, days in product(("occurred", "recorded"), range(10)):
        query = {"clock": clock, "as_of": ago(days).isoformat(), "page_size": 100}
        worth = read_report(as_alice, "valuation", clock=clock, as_of=query["as_of"])["total"]
        found, summed = (read_report(as_alice, "stock-list", by=by, **query) for by in ("place", "product"))
        products = {row["product"]: row for row in summed["results"]}
        for totals in (found["totals"], summed["totals"]):
            assert {name: totals[name] for name in MONEY} == {name: worth[name] for name in MONEY}
            assert totals["quantity"] == worth["quantity"]
        for rows in (found["results"], summed["results"]):
            assert [sum(Decimal(row[name]) for row in rows) for name in MONEY] == [Decimal(worth[n]) for n in MONEY]
        for row in found["results"]:
            whole = products.get(row["product"])
            if whole and whole["value_at_cost"] != "0.00":
                share = Decimal(whole["value_at_cost"]) * row["quantity"] / whole["quantity"]
                assert abs(Decimal(row["value_at_cost"]) - share) < Decimal("0.05")


@pytest.mark.quick
@all_cases(
    ("place", "taken", "rows"),
    [
        ({}, {}, [(None, 0, "-10.00", "0.00")]),
        ({"location": "Shelf"}, {}, [(None, 0, "-10.00", "0.00")]),
        ({}, {"location": "Shelf"}, [(None, 1, "0.00", "3.00"), ("Shelf", -1, "-10.00", "-3.00")]),
    ],
)
def test_what_a_late_sale_took_at_a_newer_average_is_left_in_all_reports(as_alice, alice, place, taken, rows):
    Location.objects.create(owner=alice, name="Shelf")
    pot = make_product(alice, "Pot", price="3.00")
    book(as_alice, pot, "IN", 1, "2026-05-01", unit_cost="10.00", **place)
    book(as_alice, pot, "IN", 1, "2026-05-03", unit_cost="30.00", **taken)
    book(as_alice, pot, "OUT", 1, "2026-05-02", **taken)
    query = {"as_of": "2026-05-02T23:00:00Z"}
    total = read_report(as_alice, "valuation", **query)["total"]
    assert [total[name] for name in ("products", "quantity", *MONEY)] == [0, 0, "0.00", "-10.00"]
    assert read_csv(as_alice, "valuation", **query)[0]["value_at_cost"] == "-10.00"
    listed = read_rows(as_alice, "stock-list", **query)
    assert choose(listed, "location_name", "quantity", "value_at_cost", "value_at_price") == rows
    [row] = read_rows(as_alice, "stock-list", by="product", **query)
    assert choose([row], "quantity", "average_cost", "value_at_cost") == [(0, None, "-10.00")]
    account = read_report(as_alice, "accounts", **{"from": "2026-05-01", "to": "2026-05-03"})
    assert account["totals"]["closing"] == "-10.00"


def test_what_lies_at_each_place_is_what_lay_there_at_the_instant(as_alice, alice):
    book_at_random(as_alice, alice, seed=9)
    for place in Location.objects.filter(owner=alice):
        query = {"location": place.pk, "as_of": ago(4).isoformat(), "page_size": 100}
        levels = as_alice.get("/api/stock/levels/", query).json()["results"]
        rows = read_rows(as_alice, "stock-list", by="product", **query)
        assert {row["product"]: row["quantity"] for row in rows} == {row["product"]: row["quantity"] for row in levels}


def test_pages_go_forth_and_back_and_are_those_of_the_first_instant(as_alice, alice, honey):
    make_product(alice, "Assam", 5)
    first = as_alice.get(LIST, {"page_size": 2}).json()
    book(as_alice, honey, "OUT", 1)
    pages = [first, *follow(as_alice, first["next"])]
    assert [choose(page["results"], "name", "quantity") for page in pages] == [
        [("Assam", 5), ("Honey", 1)], [("Honey", 1), ("Honey", 1)]
    ]  # fmt: skip
    assert [page["totals"]["quantity"] for page in pages] == [8, 8]
    assert (pages[1]["next"], first["previous"]) == (None, None)
    back = as_alice.get(pages[1]["previous"]).json()
    assert back["results"] == first["results"]
    assert (back["previous"], as_alice.get(back["next"]).json()["results"]) == (None, pages[1]["results"])


def test_a_page_whose_rows_have_gone_still_has_the_totals(as_alice, alice):
    assam, mint = (make_product(alice, name, 5) for name in ("Assam", "Mint"))
    address = as_alice.get(LIST, {"page_size": 1}).json()["next"]
    as_alice.delete(f"/api/products/{mint.pk}/")
    book(as_alice, assam, "IN", 1, ago(1))
    Product.objects.filter(pk=mint.pk).update(archived_at=ago(1))
    page = as_alice.get(address).json()
    assert (page["results"], page["next"], page["totals"]["quantity"]) == ([], None, 6)


@all_cases("cursor", ["x", "MQ==", "MC4xLjIuMy54", "MC4xLjIuMy4tNA==", "MC45OTk5OTk5OTk5OTk5OTk5OTk5OS4xLjEuMQ=="])
def test_a_cursor_that_no_page_has_given_is_refused(as_alice, honey, cursor):
    answer = as_alice.get(LIST, {"cursor": cursor})
    assert (answer.status_code, list(answer.json())) == (400, ["cursor"])


def test_the_page_has_the_totals_and_links(alice, honey):
    page = Browser(alice).get_page(LIST)
    assert "10.00" in page
    assert "27.00" in page
    assert "Stock list" in Browser(alice).get_page("/shop/reports/")
