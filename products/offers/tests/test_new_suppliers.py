"""A product that gets another supplier, in every way, changes places with the offer of that supplier."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import MAX_OFFERS, Offer
from testing.cast.offers import list_terms, offer
from testing.cast.orders import make_supplier
from testing.cast.people import make_product
from testing.tables import all_cases

PREFERRED = [("Brass Ltd", True, "B-9", 10, "3.80", 3), ("Copper & Sons", False, "C-1", 12, "4.00", 1)]


@pytest.fixture
def offered(as_alice, tea, brass):
    offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80", min_packs=3)
    return tea


def patch(client, product, supplier):
    return client.patch(f"/api/products/{product.pk}/", {"supplier": supplier.pk}, format="json")


def put(client, product, supplier):
    return client.put(
        f"/api/products/{product.pk}/", {"name": "Tea", "price": "9.00", "supplier": supplier.pk}, format="json"
    )


def change_many(client, product, supplier):
    return client.patch("/api/products/", {"lines": [{"id": product.pk, "supplier": supplier.pk}]}, format="json")


def upsert(client, product, supplier):
    line = {"external_id": "T-1", "supplier": supplier.pk}
    return client.post("/api/products/upsert/", {"lines": [line]}, format="json")


def edit(client, product, supplier):
    return client.post("/api/products/edits/", {"lines": [{"id": product.pk, "supplier": supplier.pk}]}, format="json")


def import_file(client, product, supplier):
    content = f"sku,supplier\nT-2,{supplier.name}\n"
    return client.post("/api/products/import/", content, content_type="text/csv")


@pytest.mark.quick
@all_cases("change", [patch, put, change_many, upsert, edit, import_file])
def test_the_offer_becomes_the_preferred_one(as_alice, offered, brass, change):
    as_alice.patch(f"/api/products/{offered.pk}/", {"external_id": "T-1", "sku": "T-2"}, format="json")
    response = change(as_alice, offered, brass)
    assert response.status_code in (200, 201), response.json()
    assert list_terms(as_alice) == PREFERRED
    changes = [row["changes"] for row in as_alice.get(f"/api/products/{offered.pk}/changes/").json()["results"]]
    found = {name: pair for one in changes[:2] for name, pair in one.items()}
    assert found["cost_price"] == ["4.00", "3.80"]
    assert [[row["name"] for row in rows] for rows in found["offers"]] == [
        ["Brass Ltd"],
        ["Copper & Sons", "Brass Ltd"],
    ]


def test_undoing_an_edit_changes_places_again(as_alice, offered, brass):
    made = edit(as_alice, offered, brass).json()
    assert list_terms(as_alice) == PREFERRED
    undone = as_alice.post(f"/api/products/edits/{made['id']}/undo/")
    assert (undone.status_code, undone.json()["kept"]) == (201, [])
    assert list_terms(as_alice) == [
        ("Copper & Sons", True, "C-1", 12, "4.00", 1),
        ("Brass Ltd", False, "B-9", 10, "3.80", 3),
    ]


def undo(client, answer):
    return client.post(f"/api/products/edits/{answer.json()['id']}/undo/").json()


@pytest.fixture
def zinc(alice):
    return make_supplier(alice, "Zinc")


def test_an_undone_edit_leaves_no_offer_that_nobody_made(as_alice, offered, zinc):
    before = list_terms(as_alice)
    made = edit(as_alice, offered, zinc)
    after = list_terms(as_alice)
    undone = as_alice.post(f"/api/products/edits/{made.json()['id']}/undo/")
    assert (list_terms(as_alice), undone.json()["kept"]) == (before, [])
    undo(as_alice, undone)
    assert list_terms(as_alice) == after


@pytest.mark.quick
def test_an_undone_edit_of_a_product_without_a_preferred_offer_leaves_none(as_alice, offered, copper, zinc):
    as_alice.delete(f"/api/offers/{offered.pk}-{copper.pk}/")
    before = list_terms(as_alice)
    undo(as_alice, edit(as_alice, offered, zinc))
    assert list_terms(as_alice) == before


@all_cases(
    ("changed", "values"),
    [
        ("zinc", {"cost_price": "3.10"}),
        ("zinc", {"supplier_sku": "Z-1", "pack_size": 3}),
        ("zinc", {"min_packs": 3}),
        ("copper", {"cost_price": "3.90"}),
        ("copper", None),
    ],
)
def test_a_supplier_stays_if_an_offer_was_changed_since_the_edit(as_alice, offered, copper, zinc, changed, values):
    made = edit(as_alice, offered, zinc)
    supplier = zinc if changed == "zinc" else copper
    address = f"/api/offers/{offered.pk}-{supplier.pk}/"
    answer = as_alice.patch(address, values, format="json") if values else as_alice.delete(address)
    assert answer.status_code in (200, 204)
    after = list_terms(as_alice)
    undone = undo(as_alice, made)
    assert [one["fields"] for one in undone["kept"]] == [["offers", "supplier", "supplier_sku"]]
    assert list_terms(as_alice) == after


def test_a_cost_that_changed_since_keeps_no_supplier_without_other_offers(as_alice, tea, copper, zinc):
    made = edit(as_alice, tea, zinc)
    as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": "4.50"}, format="json")
    assert undo(as_alice, made)["kept"] == []
    assert list_terms(as_alice) == [("Copper & Sons", True, "C-1", 12, "4.50", 1)]


def test_an_undo_keeps_the_offers_of_others_and_the_least_packs(as_alice, alice, offered, copper, brass, zinc):
    as_alice.patch(f"/api/offers/{offered.pk}-{copper.pk}/", {"min_packs": 5}, format="json")
    made = edit(as_alice, offered, brass)
    offer(as_alice, offered, zinc, cost_price="9.00")
    assert undo(as_alice, made)["kept"] == []
    assert [row[0] + str(row[5]) for row in list_terms(as_alice)] == ["Copper & Sons5", "Brass Ltd3", "Zinc1"]


def test_a_product_that_got_its_first_offer_since_the_edit_keeps_its_number(as_alice, tea, brass, zinc):
    before = list_terms(as_alice)
    made = edit(as_alice, tea, zinc)
    offer(as_alice, tea, brass)
    assert undo(as_alice, made)["kept"] == []
    assert list_terms(as_alice) == [*before, ("Brass Ltd", False, "", 1, None, 1)]


def test_the_columns_of_a_file_win(as_alice, offered, brass):
    as_alice.patch(f"/api/products/{offered.pk}/", {"sku": "T-2"}, format="json")
    content = "sku,supplier,supplier_sku,cost_price\nT-2,Brass Ltd,NEW,3.10\n"
    assert as_alice.post("/api/products/import/", content, content_type="text/csv").status_code == 200
    assert list_terms(as_alice) == [("Brass Ltd", True, "NEW", 10, "3.10", 3), PREFERRED[1]]


def test_a_file_changes_many_products_by_the_same_number_of_statements(as_alice, alice, copper, brass):
    products = [make_product(alice, f"P{n}", sku=f"P{n}", supplier=copper, cost_price="1.00") for n in range(6)]
    for product in products:
        offer(as_alice, product, brass, cost_price="2.00")
    number = []
    for chosen in (products[:1], products[1:]):
        content = "sku,supplier\n" + "".join(f"{product.sku},Brass Ltd\n" for product in chosen)
        with CaptureQueriesContext(connection) as queries:
            imported = as_alice.post("/api/products/import/", content, content_type="text/csv")
        assert imported.json()["updated"] == len(chosen)
        number.append(len(queries))
    assert number[0] == number[1]
    assert {row.supplier_id for row in Offer.objects.all()} == {copper.pk}


def test_a_file_with_too_many_suppliers_is_refused_by_its_line(as_alice, alice, offered):
    as_alice.patch(f"/api/products/{offered.pk}/", {"sku": "T-2"}, format="json")
    for number in range(MAX_OFFERS - 2):
        offer(as_alice, offered, make_supplier(alice, f"S{number}"))
    make_supplier(alice, "One more")
    refused = as_alice.post("/api/products/import/", "sku,supplier\nT-2,One more\n", content_type="text/csv")
    assert refused.status_code == 400
    assert [(row["line"], row["column"]) for row in refused.json()["rows"]] == [(2, "supplier")]


def test_other_decimals_keep_the_amounts_of_packs(as_alice, offered, copper):
    as_alice.patch(f"/api/offers/{offered.pk}-{copper.pk}/", {"min_packs": 5}, format="json")
    as_alice.patch(f"/api/products/{offered.pk}/", {"decimals": 3}, format="json")
    assert [row[3] for row in list_terms(as_alice)] == [12_000, 10_000]
    assert as_alice.get("/api/offers/").json()["results"][0]["pack_amount"] == "12.000"


def test_the_support_desk_changes_places_too(support, offered, brass, as_alice):
    page = f"/admin/products/product/{offered.pk}/change/"
    text = support.get(page).text
    values = dict(re.findall(r'<input type="(?:text|number)" name="([^"]+)" value="([^"]*)"', text))
    values |= {"name": "Tea", "price": "10.00", "min_threshold": "5", "keeps_stock": "on"}
    assert support.post(page, {**values, "supplier": brass.pk}).status_code == 302
    assert list_terms(as_alice) == PREFERRED


def test_all_that_an_archived_supplier_keeps_from_coming_back_is_named(as_alice, offered, copper, zinc):
    made = edit(as_alice, offered, zinc)
    as_alice.delete(f"/api/suppliers/{copper.pk}/")
    [kept] = undo(as_alice, made)["kept"]
    assert (kept["fields"], kept["reason"]) == (["offers", "supplier", "supplier_sku"], "is_archived")
