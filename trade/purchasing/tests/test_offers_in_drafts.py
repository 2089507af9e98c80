"""A draft has the numbers, the packs and the costs with which its own supplier offers the products."""

import csv
import io
from datetime import timedelta

import pytest

from products.models import Offer
from testing.cast.orders import ADDRESS, make_supplier, post, read, write_order
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.purchasing.models import SAID, OrderLine


@pytest.fixture
def farm(alice):
    return make_supplier(alice, "Farm", contact_email="farm@example.org")


@pytest.fixture
def flour(alice, mill):
    return make_product(alice, "Flour", supplier=mill, supplier_sku="M-1", pack_size=12, cost_price="2.00")


@pytest.fixture
def offer(alice, flour, farm):
    return Offer.objects.create(
        owner=alice, product=flour, supplier=farm, supplier_sku="F-9", pack_size=10, cost_price="1.80", min_packs=3
    )


def describe(order):
    names = ("supplier_sku", "pack_size", "packs", "unit_cost", "min_packs", "below_minimum")
    return [tuple(line[name] for name in names) for line in order["lines"]]


def get_file(client, order, file_format):
    answer = client.get(f"{ADDRESS}{order['id']}/file/", {"format": file_format})
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def change(client, order, **fields):
    answer = client.patch(f"{ADDRESS}{order['id']}/", fields)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_draft_has_what_its_own_supplier_offers(as_alice, mill, farm, flour, offer):
    assert describe(write_order(as_alice, mill, flour, quantity=24)) == [("M-1", 12, 2, "2.00", 1, False)]
    draft = write_order(as_alice, farm, flour, quantity=20)
    assert describe(draft) == describe(read(as_alice, draft)) == [("F-9", 10, 2, "1.80", 3, True)]
    assert "- 20: Flour, your number F-9, 2 packs of 10" in get_file(as_alice, draft, "txt")
    [row] = csv.DictReader(io.StringIO(get_file(as_alice, draft, "csv")))
    assert [row[name] for name in ("supplier_sku", "packs", "pack_size", "unit_cost")] == ["F-9", "2", "10", "1.80"]


def test_a_sent_order_keeps_them_whatever_becomes_of_the_offer(as_alice, farm, flour, offer):
    draft = write_order(as_alice, farm, flour, quantity=20)
    assert post(as_alice, draft, "send").status_code == 200
    Offer.objects.filter(pk=offer.pk).update(supplier_sku="F-10", pack_size=5)
    sent = read(as_alice, draft)
    assert describe(sent) == [("F-9", 10, 2, "1.80", None, False)]
    assert post(as_alice, draft, "receive").status_code == 201
    flour.refresh_from_db()
    assert flour.stock_value == 36


def test_the_preferred_offer_has_its_least_packs_beside_the_product(as_alice, alice, mill, flour):
    Offer.objects.create(owner=alice, product=flour, supplier=mill, min_packs=3)
    assert describe(write_order(as_alice, mill, flour, quantity=24)) == [("M-1", 12, 2, "2.00", 3, True)]
    assert describe(write_order(as_alice, mill, flour, quantity=36)) == [("M-1", 12, 3, "2.00", 3, False)]


def test_an_offer_without_a_cost_has_not_the_cost_of_another_supplier(as_alice, farm, flour, offer):
    Offer.objects.filter(pk=offer.pk).update(cost_price=None)
    assert describe(write_order(as_alice, farm, flour, quantity=30)) == [("F-9", 10, 3, None, 3, False)]


NOTHING = ("", 1, None, None, 1, False)


def test_a_supplier_without_an_offer_has_nothing_of_another_one(as_alice, alice, farm, flour, offer):
    other = make_supplier(alice, "Other")
    draft = write_order(as_alice, other, flour, quantity=24)
    assert describe(draft) == describe(read(as_alice, draft)) == [NOTHING]
    assert describe(change(as_alice, draft, supplier=farm.pk)) == [("F-9", 10, None, "1.80", 3, True)]
    assert describe(change(as_alice, draft, supplier=other.pk)) == [NOTHING]
    assert post(as_alice, draft, "send").status_code == 200
    sent = read(as_alice, draft)
    assert (describe(sent), sent["cost"]) == ([(*NOTHING[:4], None, False)], None)
    assert "- 24: Flour\n" in get_file(as_alice, draft, "txt")
    [row] = csv.DictReader(io.StringIO(get_file(as_alice, draft, "csv")))
    assert [row[name] for name in ("supplier_sku", "packs", "pack_size", "unit_cost")] == ["", "", "1", ""]


def test_a_typed_cost_stays_with_a_supplier_without_an_offer(as_alice, alice, mill, flour):
    lines = [{"product": flour.pk, "quantity": 24, "unit_cost": "1.95"}]
    draft = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}).json()
    moved = change(as_alice, draft, supplier=make_supplier(alice, "Other").pk)
    assert describe(moved) == [("", 1, None, "1.95", 1, False)]


@all_cases(
    ("had", "is_known"),
    [("nothing", True), ("an offer of another", False), ("an archived supplier", False), ("a removed supplier", True)],
)
def test_a_product_without_any_supplier_keeps_its_pack_and_cost(as_alice, alice, mill, farm, flour, had, is_known):
    if had == "an archived supplier":
        assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    elif had == "a removed supplier":
        assert as_alice.delete(f"/api/offers/{flour.pk}-{mill.pk}/").status_code == 204
    else:
        type(flour).objects.filter(pk=flour.pk).update(supplier=None)
    if had == "an offer of another":
        Offer.objects.create(owner=alice, product=flour, supplier=farm)
    [line] = describe(write_order(as_alice, make_supplier(alice, "Other"), flour, quantity=24))
    pack = ("", 1, 24) if had == "a removed supplier" else ("M-1", 12, 2)
    assert line == ((*pack, "2.00", 1, False) if is_known else NOTHING)


def test_an_order_that_keeps_nothing_has_nothing_of_another_supplier(as_alice, alice, flour):
    draft = write_order(as_alice, make_supplier(alice, "Other"), flour, quantity=24)
    post(as_alice, draft, "send")
    OrderLine.objects.update(**dict.fromkeys(SAID))
    assert describe(read(as_alice, draft)) == [(*NOTHING[:4], None, False)]


def test_lines_follow_another_supplier(as_alice, alice, mill, farm, flour, offer):
    rye, oats = (make_product(alice, name, supplier=mill, cost_price="3.00") for name in ("Rye", "Oats"))
    for product in (rye, oats):
        Offer.objects.create(owner=alice, product=product, supplier=farm, cost_price="2.50")
    lines = [
        {"product": flour.pk, "quantity": 30}, {"product": rye.pk, "quantity": 1, "unit_cost": "2.99"},
        {"product": oats.pk, "quantity": 1, "cost": "7.00"},
    ]  # fmt: skip
    draft = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}).json()
    moved = change(as_alice, draft, supplier=farm.pk)
    costs = [(line["unit_cost"], line["cost"]) for line in moved["lines"]]
    assert describe(moved)[0] == ("F-9", 10, 3, "1.80", 3, False)
    assert costs[1:] == [("2.99", "2.99"), (None, "7.00")]
    assert describe(change(as_alice, draft, note="again", supplier=farm.pk))[0][3] == "1.80"
    assert describe(change(as_alice, draft, supplier=mill.pk))[0] == ("M-1", 12, None, "2.00", 1, False)
    replaced = change(as_alice, draft, supplier=farm.pk, lines=[{"product": flour.pk, "quantity": 30}])
    assert describe(replaced) == [("F-9", 10, 3, "1.80", 3, False)]


def test_the_draft_of_an_archived_supplier_keeps_its_numbers(as_alice, alice, mill, farm, flour, offer):
    Offer.objects.create(owner=alice, product=flour, supplier=mill, min_packs=2)
    drafts = [write_order(as_alice, supplier, flour, quantity=30) for supplier in (mill, farm)]
    before = [describe(draft) for draft in drafts]
    for supplier in (mill, farm):
        assert as_alice.delete(f"/api/suppliers/{supplier.pk}/").status_code == 204
    assert [describe(read(as_alice, draft)) for draft in drafts] == before
    for draft in drafts:
        assert post(as_alice, draft, "send").status_code == 200
    kept = [[row[:4] for row in describe(read(as_alice, draft))] for draft in drafts]
    assert kept == [[row[:4] for row in rows] for rows in before]


@all_cases(("days", "expected"), [(None, 5), (9, 9), (2, 5)])
def test_an_order_is_expected_when_all_of_it_has_arrived(as_alice, alice, flour, farm, offer, days, expected):
    type(farm).objects.filter(pk=farm.pk).update(lead_days=5)
    Offer.objects.filter(pk=offer.pk).update(lead_days=days)
    draft = write_order(as_alice, farm, flour, make_product(alice, "Rye"))
    sent = post(as_alice, draft, "send").json()
    assert sent["expected_on"] == (alice.shop_today() + timedelta(days=expected)).isoformat()


def test_a_draft_follows_offers_that_change_places(as_alice, mill, farm, flour, offer):
    drafts = [write_order(as_alice, supplier, flour, quantity=60) for supplier in (mill, farm)]
    before = [describe(draft) for draft in drafts]
    Offer.objects.filter(pk=offer.pk).update(
        supplier=mill, supplier_sku="M-1", pack_size=12, cost_price="2.00", min_packs=1
    )
    Offer.objects.create(owner=flour.owner, product=flour, supplier=farm, min_packs=3)
    type(flour).objects.filter(pk=flour.pk).update(supplier=farm, supplier_sku="F-9", pack_size=10, cost_price="1.80")
    assert [describe(read(as_alice, draft)) for draft in drafts] == before


@all_cases(("quantity", "below"), [(1, True), (29, True), (30, False), (31, False)])
def test_a_minimum_is_told_and_not_forced(as_alice, farm, flour, offer, quantity, below):
    draft = write_order(as_alice, farm, flour, quantity=quantity)
    assert (draft["lines"][0]["quantity"], draft["lines"][0]["below_minimum"]) == (quantity, below)
    assert post(as_alice, draft, "send").status_code == 200


def test_the_page_of_an_order_lists_what_the_supplier_offers(as_alice, alice, mill, farm, flour, offer):
    browser = Browser(alice)
    page = browser.get_page(f"/shop/order/?supplier={farm.pk}")
    assert "Flour" in page
    assert "packs of 10" in page
    assert "packs of 12" in browser.get_page(f"/shop/order/?supplier={mill.pk}")
    draft = write_order(as_alice, farm, flour, quantity=20)
    page = browser.get_page(f"{ADDRESS}{draft['id']}/")
    assert all(text in page for text in ("F-9", "below the minimum", "Least packs"))


def test_offers_of_other_shops_and_goods_by_weight(as_alice, alice, charlie, mill, farm):
    brie = make_product(alice, "Brie", supplier=mill, unit="kg", decimals=3, pack_size=1000, cost_price="9.00")
    theirs = make_product(charlie, "Brie", supplier=make_supplier(charlie))
    Offer.objects.create(owner=charlie, product=theirs, supplier=make_supplier(charlie, "Farm"), min_packs=9)
    Offer.objects.create(
        owner=alice, product=brie, supplier=farm, supplier_sku="B", pack_size=2500, cost_price="8.00", min_packs=2
    )
    draft = write_order(as_alice, farm, brie, quantity=2500)
    assert (describe(draft), draft["cost"]) == ([("B", 2500, 1, "8.00", 2, True)], "20.00")
    assert "2.500 kg: Brie, your number B, 1 pack of 2.500 kg" in get_file(as_alice, draft, "txt").replace(
        "\u00a0", " "
    )


# --- Drafts of a supplier that is merged into another one -------------------------------------------------------------


def merge(client, supplier, into, query=""):
    answer = client.post(f"/api/suppliers/{supplier.pk}/merge/{query}", {"into": into.pk})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_after_a_merge_costs_that_nobody_typed_are_those_of_the_supplier_that_stays(
    as_alice, alice, mill, farm, flour, offer
):
    salt = make_product(alice, "Salt", supplier=mill, cost_price="0.50", decimals=3)  # Farm does not offer it
    rice = make_product(alice, "Rice", supplier=farm, cost_price="3.00")
    Offer.objects.create(owner=alice, product=rice, supplier=mill, cost_price="3.10")
    draft = write_order(as_alice, mill, flour, salt, rice)
    typed = {"lines": [{"product": flour.pk, "quantity": 5, "unit_cost": "1.99"}], "supplier": mill.pk}
    other, sent = as_alice.post(ADDRESS, typed).json(), write_order(as_alice, mill, flour)
    assert post(as_alice, sent, "send").status_code == 200
    merge(as_alice, mill, farm)
    costs = [[line["unit_cost"] for line in read(as_alice, one)["lines"]] for one in (draft, other, sent)]
    assert costs == [["1.80", "0.50", "3.00"], ["1.99"], ["2.00"]]
    assert as_alice.get(f"/api/products/{flour.pk}/").json()["cost_price"] == "1.80"


@all_cases("is_archived", [False, True])
def test_a_merge_says_which_costs_it_changes(as_alice, alice, mill, farm, flour, offer, is_archived):
    if is_archived:
        assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    cost = {"product": flour.pk, "name": "Flour", "supplier": "Farm", "before": "2.00", "after": "1.80"}
    assert merge(as_alice, mill, farm, "?dry_run=true")["fields"]["cost_prices"] == [cost]
    if not is_archived:
        assert "cost_prices" not in merge(as_alice, farm, mill, "?dry_run=true")["fields"]
        page = Browser(alice).get_page(f"/shop/form/suppliers/{mill.pk}/merge/")
        assert "Merged into Farm, Flour costs 1.80 in place of 2.00." in page
