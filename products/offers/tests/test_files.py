"""Offers as files, and their import."""

import io

import pytest

from products.models import Offer
from testing.cast.offers import URL, list_terms, offer
from testing.cast.orders import make_supplier
from testing.cast.people import client_of, make_product
from testing.tables import all_cases

IMPORT = f"{URL}import/"


def send(client, text, **query):
    return client.post(IMPORT, text, content_type="text/csv", query_params=query)


@pytest.fixture
def offered(as_alice, tea, brass):
    as_alice.patch(f"/api/products/{tea.pk}/", {"sku": "TEA", "barcode": "4006381333931"}, format="json")
    return offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80", min_packs=3)


def test_the_file_that_the_list_writes_changes_nothing(as_alice, offered):
    file = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    assert file.decode("utf-8-sig").splitlines()[1] == "Tea,TEA,4006381333931,Copper & Sons,yes,C-1,12,,4.00,1,,"
    imported = send(as_alice, file)
    assert (imported.status_code, imported.json()["unchanged"]) == (200, 2)


def test_a_plain_name_of_costs_is_read_as_in_files_of_products(as_alice, offered):
    assert send(as_alice, "supplier,sku,Purchase price excl. VAT\nbrass ltd,TEA,3.10\n").json()["updated"] == 1


def test_a_supplier_under_an_unknown_name_is_a_question(as_alice, offered):
    text = "Vendeur,sku,cost_price\nbrass ltd,TEA,3.10\n"
    [question] = send(as_alice, text).json()["questions"]
    assert question["answers"] == {"supplier": "columns==A:supplier", "none": "columns==A:"}
    assert send(as_alice, text, columns="=A:supplier").json()["updated"] == 1


@all_cases("named", ["sku\nTEA", "barcode\n4006381333931", "barcode\n04006381333931", "supplier_sku\nB-9"])
def test_a_row_names_its_product_by_a_code_or_by_the_number_of_the_supplier(as_alice, offered, named):
    column, code = named.split()
    imported = send(as_alice, f"supplier,{column},cost_price,lead_days\nbrass ltd,{code},3.10,4\n")
    assert (imported.status_code, imported.json()["updated"]) == (200, 1), imported.json()
    assert list_terms(as_alice)[1] == ("Brass Ltd", False, "B-9", 10, "3.10", 3)
    assert Offer.objects.get().lead_days == 4


def test_a_file_adds_offers_and_changes_preferred_ones_in_the_product(as_alice, alice, tea, copper, offered):
    zinc = make_supplier(alice, "Zinc")
    text = f"supplier,sku,supplier_sku,pack_size,cost_price\n{zinc.pk},TEA,Z-1,4,3.00\n{copper.pk},TEA,C-2,24,3.90\n"
    checked, imported = send(as_alice, text, dry_run="true").json(), send(as_alice, text).json()
    assert [one["offer"] for one in imported["offers"]] == [f"{tea.pk}-{zinc.pk}", f"{tea.pk}-{copper.pk}"]
    assert {**checked, "dry_run": False} == imported
    assert (imported["created"], imported["updated"]) == (1, 1)
    assert list_terms(as_alice) == [
        ("Copper & Sons", True, "C-2", 24, "3.90", 1),
        ("Brass Ltd", False, "B-9", 10, "3.80", 3),
        ("Zinc", False, "Z-1", 4, "3.00", 1),
    ]
    last = as_alice.get(f"/api/products/{tea.pk}/changes/").json()["results"][0]
    assert {"supplier_sku", "pack_size", "cost_price", "offers"} == set(last["changes"])


@all_cases(
    ("text", "column"),
    [
        ("supplier,sku\nNobody,TEA\n", "supplier"),
        ("supplier,sku\nBrass Ltd,COFFEE\n", "sku"),
        ("supplier,supplier_sku\nBrass Ltd,C-1\n", "supplier_sku"),
        ("supplier,sku,min_packs\nBrass Ltd,TEA,0\n", "min_packs"),
        ("supplier,sku,pack_size\nBrass Ltd,TEA,2.5\n", "pack_size"),
        ("supplier,sku,cost_price\nBrass Ltd,TEA,cheap\n", "cost_price"),
        ("supplier,sku\nBrass Ltd,TEA\nBrass Ltd,TEA\n", "supplier"),
    ],
)
def test_a_wrong_row_refuses_the_file(as_alice, offered, text, column):
    before = list_terms(as_alice)
    refused = send(as_alice, text)
    assert (refused.status_code, [row["column"] for row in refused.json()["rows"]]) == (400, [column])
    assert list_terms(as_alice) == before


def test_workers_and_others_import_nothing(as_bob, as_charlie, offered):
    assert send(as_bob, "supplier,sku\nBrass Ltd,TEA\n").status_code == 403
    assert send(as_charlie, "supplier,sku\nBrass Ltd,TEA\n").status_code == 400


def test_a_file_that_is_sent_twice_with_its_key_is_imported_once(as_alice, offered):
    text = "supplier,sku,cost_price\nBrass Ltd,TEA,3.10\n"
    keyed = {"content_type": "text/csv", "HTTP_IDEMPOTENCY_KEY": "one"}
    first, second = (as_alice.post(IMPORT, text, **keyed) for _ in range(2))
    assert (first.json()["updated"], second.content) == (1, first.content)


@all_cases("step", [21, 24])
def test_each_offer_is_once_in_the_file_and_on_the_pages(as_alice, alice, tea, offered, monkeypatch, step):
    monkeypatch.setattr("products.offers.reading.FILE_STEP", step)
    suppliers = [make_supplier(alice, f"S{number}") for number in range(12)]
    for name in ("Green", "White", "Black"):
        product = make_product(alice, name, supplier=suppliers[0])
        for supplier in suppliers[1:]:
            offer(as_alice, product, supplier)
    monkeypatch.setattr("core.lists.pagination.MIN_SKIPPED", 5)
    listed = [row for page in range(1, 5) for row in as_alice.get(URL, {"page": page}).json()["results"]]
    file = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content).decode("utf-8-sig").splitlines()[1:]
    named = [f"{row['product_name']},{row['sku']}" for row in listed]
    assert (len(listed), len({row["id"] for row in listed})) == (38, 38)
    assert [",".join(line.split(",")[:2]) for line in file] == named
    assert [row["is_preferred"] for row in listed].count(True) == 4
    assert [int(row["product"]) for row in listed] == sorted(row["product"] for row in listed)


def test_people_see_the_form_and_what_is_wrong(as_alice, alice, offered):
    client = client_of(alice)
    page = client.get(IMPORT, headers={"accept": "text/html"}).content.decode()
    assert "Import offers" in page
    assert "/api/offers/?_from_page=1&amp;format=xlsx" in page
    file = io.BytesIO(b"supplier,sku,cost_price\nBrass Ltd,COFFEE,1.00\n")
    file.name = "offers.csv"
    answer = client.post(IMPORT, {"file": file}, format="multipart", headers={"accept": "text/html"})
    assert "COFFEE" in answer.content.decode()


def test_people_see_what_the_check_would_change(alice, tea, offered):
    file = io.BytesIO(b"supplier,sku,cost_price\nBrass Ltd,TEA,1.00\n")
    file.name = "offers.csv"
    sent = {"file": file, "dry_run": "true"}
    page = client_of(alice).post(IMPORT, sent, format="multipart", headers={"accept": "text/html"}).content.decode()
    assert "0 new, 1 to change, 0 unchanged" in page
    assert f"/api/offers/{tea.pk}-" in page
