"""What a pack has, and that the same request gives the same bytes."""

import csv
import io
import json
from dataclasses import replace
from zipfile import ZipFile

import pytest

from desk.evidence.tests.conftest import ask, count, read, write
from desk.reports.tests.reporting import ago, book, reverse
from products.models import Category
from stock.models import Seal
from stock.proofs.services import seal_account
from suppliers.models import Supplier
from testing.cast.orders import make_supplier
from testing.cast.people import make_product

CLOCKS = ("occurred", "recorded")
pytestmark = [pytest.mark.django_db(transaction=True)]


def read_table(pack, name="inventory.csv", *columns):
    rows = csv.DictReader(io.StringIO(read(pack, name), newline=""), strict=True)
    return [tuple(row[column] for column in columns) for row in rows]


def change_everything(client, owner, tea, cellar):
    """Book, rename, recategorize, archive, and change prices and the shop."""
    address = f"/api/products/{tea.pk}/"
    other = Category.objects.create(owner=owner, name="Hot drinks")
    book(client, tea, "IN", 5, ago(3), unit_cost="1.00")
    new = {"name": "Green tea", "sku": "G", "category": other.pk, "price": "77.00", "cost_price": "55.00"}
    assert client.patch(address, new).status_code == 200
    assert client.patch(f"/api/categories/{tea.category_id}/", {"name": "Drinks & more"}).status_code == 200
    assert client.patch(f"/api/locations/{cellar.pk}/", {"name": "Vault"}).status_code == 200
    lot = tea.lots.get()
    assert client.patch(f"/api/lots/{lot.pk}/", {"code": "X", "expires_on": "2031-01-31"}).status_code == 200
    assert client.patch("/api/account/", {"shop_name": "Bob's"}).status_code == 200
    assert client.delete(address).status_code == 204
    assert client.delete(f"/api/categories/{tea.category_id}/").status_code == 204


def test_a_pack_has_each_product_place_and_lot(shop, tea):
    pack = write(ask(shop))
    columns = ("name", "category_name", "location_name", "lot_code", "expires_on", "amount", "cost_of_one", "value")
    assert read_table(pack, "inventory.csv", *columns) == [
        ("Tea", "Drinks", "", "", "", "40", "4.1909", "167.64"),
        ("Tea", "Drinks", "Cellar", "", "", "39", "4.1909", "163.44"),
        ("Tea", "Drinks", "Shelf", "H26", "2030-12-31", "10", "4.1909", "41.91"),
        ("'=Brie", "", "", "", "", "2.400", "8.0000", "19.20"),
    ]


def test_the_same_request_gives_the_same_bytes(shop, as_alice, tea, cellar):
    requests = [ask(shop, language=language, clock=clock) for language in ("en", "de") for clock in CLOCKS]
    packs = [write(request) for request in requests]
    change_everything(as_alice, shop, tea, cellar)
    for request, pack in zip(requests, packs, strict=True):
        again = write(request)
        names = ("inventory.csv", "account.csv", "counts.csv", "purchases.csv", "seals.json", "manifest.json")
        assert [read(again, name) for name in names] == [read(pack, name) for name in names]
        assert again == pack


@pytest.mark.quick
def test_a_pack_has_the_names_of_its_instant_after_several_changes(shop, as_alice, tea):
    request = ask(shop)
    for name in ("Green tea", "Black tea"):
        assert as_alice.patch(f"/api/products/{tea.pk}/", {"name": name}).status_code == 200
    assert [name for (name,) in read_table(write(request), "inventory.csv", "name")] == ["Tea"] * 3 + ["'=Brie"]


@pytest.mark.quick
def test_a_pack_has_the_seals_of_its_own_shop(alice, kettle, charlie):
    make_product(charlie, "Cup", 1)
    seal_account(owner_id=charlie.pk)
    digests = [seal["digest"] for seal in json.loads(read(write(ask(alice)), "seals.json"))]
    assert digests == [seal.digest.hex() for seal in Seal.objects.filter(owner=alice)]


def test_a_later_request_has_what_was_booked_late(shop, as_alice, tea):
    request = ask(shop)
    before = write(request)
    book(as_alice, tea, "IN", 5, ago(3), unit_cost="1.00")
    late = write(replace(request, recorded_until=ask(shop).recorded_until))
    recorded = write(replace(request, clock="recorded", recorded_until=ask(shop).recorded_until))
    amounts = [read_table(pack, "inventory.csv", "amount")[0][0] for pack in (before, late, recorded)]
    assert amounts == ["40", "45", "40"]


def test_counts_are_rolled_to_the_instant(shop, as_alice, tea, cellar):
    book(as_alice, tea, "OUT", 4, ago(10), location=cellar.pk)
    columns = ("name", "location_name", "expected", "counted", "difference", "moved_since", "rolled", "in_inventory")
    assert read_table(write(ask(shop)), "counts.csv", *columns) == [
        ("Tea", "Cellar", "40", "39", "-1", "-4", "35", "35"),
        ("'=Brie", "", "2500", "2400", "-100", "0", "2400", "2400"),
    ]


def test_a_count_that_matched_is_listed_and_a_reversed_one_is_not(alice, as_alice, kettle):
    count(as_alice, kettle, 10)
    [first] = read_table(write(ask(alice)), "counts.csv", "count", "difference")
    answer = as_alice.post("/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": 7}]}).json()
    assert read_table(write(ask(alice)), "counts.csv", "difference") == [("-3",)]
    reverse(as_alice, answer)
    assert read_table(write(ask(alice)), "counts.csv", "count", "difference") == [first]


def test_deliveries_have_their_order_and_supplier(shop, as_alice, alice, tea):
    pot = make_product(alice, "Pot")
    reverse(as_alice, book(as_alice, pot, "IN", 2, ago(1), reason="purchase", unit_cost="5.00"))
    columns = ("name", "supplier_name", "amount", "value", "reversed")
    assert read_table(write(ask(shop)), "purchases.csv", *columns) == [
        ("Tea", "", "100", "371.00", "false"), ("Tea", "", "10", "90.00", "false"),
        ("'=Brie", "Mill", "2.500", "20.00", "false"),
        ("Pot", "", "2", "10.00", "true"),
    ]  # fmt: skip


def test_a_delivery_names_its_supplier_after_this_was_archived(shop, as_alice):
    request = ask(shop)
    before = read_table(write(request), "purchases.csv", "supplier", "supplier_name")
    mill = Supplier.objects.get(owner=shop)
    assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    after = read_table(write(request), "purchases.csv", "supplier", "supplier_name")
    assert after == before == [("", ""), ("", ""), (str(mill.pk), "Mill")]


def test_a_delivery_without_an_order_has_the_supplier_of_its_instant(alice, as_alice, kettle):
    mill = make_supplier(alice)
    lines = [{"product": kettle.pk, "movement_type": "IN", "quantity": 2, "unit_cost": "5.00"}]
    body = {"reason": "purchase", "supplier": mill.pk, "lines": lines}
    assert as_alice.post("/api/stock/operations/", body, format="json").status_code == 201
    request = ask(alice)
    assert as_alice.patch(f"/api/suppliers/{mill.pk}/", {"name": "Miller"}).status_code == 200
    assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    found = read_table(write(request), "purchases.csv", "order", "supplier", "supplier_name")
    assert found == [("", str(mill.pk), "Mill")]


def test_an_empty_shop_has_a_pack(alice):
    assert read_table(write(ask(alice)), "inventory.csv", "product") == []


def test_a_pack_with_too_many_rows_for_a_workbook_has_none(shop, monkeypatch):
    monkeypatch.setattr("desk.evidence.reading.pack.MAX_SHEET_ROWS", 3)
    pack = write(ask(shop))
    assert "inventory.xlsx" not in ZipFile(io.BytesIO(pack)).namelist()
    assert "inventory.xlsx" not in read(pack, "README.txt")
    assert "inventory.csv" in read(pack, "README.txt")
