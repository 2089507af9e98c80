"""`external_id`: what other programs call a product, a supplier or a purchase order."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.tests.importing import find_bad_rows, import_counts
from products.models import Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

TAKEN = {"external_id": ["Another row has this external_id already."]}


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 5, external_id="Shop-7")


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme", external_id="V-1")


def draft(client, acme, pot, **fields):
    body = {"supplier": acme.pk, "lines": [{"product": pot.pk, "quantity": 2}], **fields}
    return client.post("/api/purchase-orders/", body)


def list_ids(client, address):
    return [row["id"] for row in client.get(address).json()["results"]]


def test_it_is_null_until_it_is_set_and_a_blank_text_clears_it(as_alice):
    product = as_alice.post("/api/products/", {"name": "Pot", "price": "1.00"}).json()
    assert product["external_id"] is None
    for sent, stored in (("Shop-7", "Shop-7"), ("", None), (" x ", "x"), (None, None)):
        answer = as_alice.patch(f"/api/products/{product['id']}/", {"external_id": sent})
        assert (answer.status_code, answer.json()["external_id"]) == (200, stored)


def test_it_has_up_to_128_characters(as_alice, pot):
    address = f"/api/products/{pot.pk}/"
    assert as_alice.patch(address, {"external_id": "x" * 128}).status_code == 200
    assert as_alice.patch(address, {"external_id": "x" * 129}).status_code == 400


def test_it_is_unique_among_the_live_products_of_a_shop_ignoring_case(as_alice, as_charlie, pot):
    body = {"name": "Cup", "price": "1.00", "external_id": "SHOP-7"}
    answer = as_alice.post("/api/products/", body)
    assert (answer.status_code, answer.json()) == (400, TAKEN)
    assert as_charlie.post("/api/products/", body).status_code == 201
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert as_alice.post("/api/products/", body).status_code == 201
    answer = as_alice.post(f"/api/products/{pot.pk}/restore/")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "code_taken", "external_id")


def test_suppliers_and_orders_have_one_that_is_unique_in_the_shop(as_alice, acme, pot):
    answer = as_alice.post("/api/suppliers/", {"name": "Other", "external_id": "v-1"})
    assert (answer.status_code, answer.json()) == (400, TAKEN)
    first, second = draft(as_alice, acme, pot, external_id="PO-1"), draft(as_alice, acme, pot)
    assert (first.json()["external_id"], second.json()["external_id"]) == ("PO-1", None)
    answer = as_alice.patch(f"/api/purchase-orders/{second.json()['id']}/", {"external_id": "po-1"})
    assert (answer.status_code, answer.json()) == (400, TAKEN)
    answer = as_alice.patch(f"/api/purchase-orders/{second.json()['id']}/", {"external_id": "PO-2"})
    assert answer.json()["external_id"] == "PO-2"


def test_each_list_is_filtered_by_it(as_alice, as_charlie, acme, pot):
    make_product(pot.owner, "Cup")
    Supplier.objects.create(owner=pot.owner, name="Other")
    order = draft(as_alice, acme, pot, external_id="PO-1").json()["id"]
    draft(as_alice, acme, pot)
    assert list_ids(as_alice, "/api/products/?external_id=shop-7") == [pot.pk]
    assert list_ids(as_alice, "/api/suppliers/?external_id=v-1") == [acme.pk]
    assert list_ids(as_alice, "/api/purchase-orders/?external_id=po-1") == [order]
    assert list_ids(as_alice, "/api/products/?external_id__in=unknown,shop-7") == [pot.pk]
    assert list_ids(as_alice, "/api/products/?external_id=unknown") == []
    assert list_ids(as_charlie, "/api/products/?external_id=shop-7") == []


# --- Lines -----------------------------------------------------------------------------------------------------------

BOOK, COUNT = "/api/stock/", "/api/stock/counts/"
OUT = {"movement_type": "OUT", "quantity": 1}


def test_a_booking_may_name_the_product_by_it(as_alice, pot):
    assert as_alice.post(BOOK, {"external_id": "shop-7", **OUT}).json()["product"] == pot.pk
    lines = [{"external_id": "SHOP-7", **OUT}, {"product": make_product(pot.owner, "Cup", 1).pk, **OUT}]
    answer = as_alice.post("/api/stock/operations/", {"lines": lines})
    assert (answer.status_code, answer.json()["movements"][0]["new_quantity"]) == (201, 3)
    assert as_alice.post(COUNT, {"lines": [{"external_id": "shop-7", "counted": 1}]}).status_code == 201


def test_an_unknown_one_a_foreign_one_and_that_of_an_archived_product_find_nothing(as_alice, as_charlie, pot):
    answer = as_charlie.post(BOOK, {"external_id": "shop-7", **OUT})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "detail": "This product does not exist.", "code": "product_not_found", "field": "external_id",
            "external_id": ["This product does not exist."],
        },
    )  # fmt: skip
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert as_alice.post(BOOK, {"external_id": "shop-7", **OUT}).status_code == 400
    assert as_alice.post(BOOK, {"external_id": "", **OUT}).json() == {"product": ["This field is required."]}


def test_a_line_names_a_product_in_one_way(as_alice, pot):
    answer = as_alice.post(BOOK, {"external_id": "shop-7", "product": pot.pk, **OUT})
    message = "Give only one of product, sku, barcode and external_id."
    assert (answer.status_code, answer.json()) == (400, {"external_id": [message]})


def test_orders_reservations_and_labels_may_name_the_product_by_it(as_alice, acme, pot):
    lines = [{"external_id": "shop-7", "quantity": 1}]
    order = as_alice.post("/api/purchase-orders/", {"supplier": acme.pk, "lines": lines})
    assert (order.status_code, order.json()["lines"][0]["product"]) == (201, pot.pk)
    assert as_alice.post("/api/stock/reservations/", {"lines": lines}).status_code == 201
    Product.objects.filter(pk=pot.pk).update(barcode="4006381333931")
    labels = {"lines": [{"external_id": "shop-7", "copies": 1}]}
    assert as_alice.post("/api/labels/", labels).status_code == 200


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_file_names_products_by_it_if_it_has_neither_id_nor_sku(as_alice, pot):
    counts = import_counts(as_alice, "External ID,name,price\nshop-7,Teapot,2.00\nShop-8,Cup,1.00\n")
    assert counts == {"created": 1, "updated": 1, "unchanged": 0}
    pot.refresh_from_db()
    assert (pot.name, pot.external_id) == ("Teapot", "shop-7")
    assert Product.objects.get(name="Cup").external_id == "Shop-8"


def test_a_file_sets_it_by_id_sku_or_name_and_an_empty_cell_leaves_it(as_alice, pot):
    cup, jar = make_product(pot.owner, "Cup", sku="C-1"), make_product(pot.owner, "Jar")
    rows = f"stock_sequence,id,sku,name,external_id\n,{pot.pk},,,Shop-9\n,,C-1,,Shop-10\n,,,Jar,Shop-11\n"
    assert import_counts(as_alice, rows)["updated"] == 3
    stored = dict(Product.objects.values_list("pk", "external_id"))
    assert stored == {pot.pk: "Shop-9", cup.pk: "Shop-10", jar.pk: "Shop-11"}
    assert import_counts(as_alice, "name,external_id\nPot,\n")["unchanged"] == 1


def test_a_name_does_not_match_a_product_with_another_one(as_alice, pot):
    assert import_counts(as_alice, "name,price,external_id\nPot,1.00,Shop-8\n")["created"] == 1
    assert Product.objects.filter(name="Pot").count() == 2


def test_a_file_is_refused_if_another_row_or_product_has_it(as_alice, pot):
    make_product(pot.owner, "Cup", sku="C-1")
    assert find_bad_rows(as_alice, "sku,external_id\nC-1,shop-7\n") == [(2, "external_id")]
    twice = "sku,name,price,external_id\nA,A,1,X-1\nB,B,1,x-1\n"
    assert find_bad_rows(as_alice, twice) == [(3, "external_id")]
    same = "external_id,name\nshop-7,A\nSHOP-7,B\n"
    assert find_bad_rows(as_alice, same) == [(3, "external_id")]
    new = "external_id,name,price\nN-1,A,1\nn-1,B,1\n"
    assert find_bad_rows(as_alice, new) == [(3, "external_id")]


@all_cases("query", ["", "?by=holding", "?format=xlsx"])
def test_an_export_has_it_and_is_imported_unchanged(as_alice, pot, query):
    make_product(pot.owner, "Cup")
    answer = as_alice.get(f"/api/products/export/{query}")
    file = SimpleUploadedFile("products.xlsx" if "xlsx" in query else "products.csv", answer.getvalue())
    imported = as_alice.post("/api/products/import/", {"file": file}, format="multipart").json()
    assert (imported["created"], imported["updated"], imported["unchanged"]) == (0, 0, 2)
    assert "external_id" in [column["column"] for column in imported["columns"]]
