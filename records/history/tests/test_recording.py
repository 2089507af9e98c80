"""Each writer records what it changes: in its transaction, with the values of the database."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from core.archiving import archive
from products.models import Category, Product
from records.history.models import Change, Recording
from suppliers.models import Supplier
from testing.cast.people import client_of, client_with_key, make_product
from testing.reading.browser import Browser
from users.models import User

pytestmark = pytest.mark.django_db


def list_changes(kind="product", **conditions):
    """Return the recorded changes, the oldest first."""
    return list(Change.objects.filter(kind=kind, **conditions).order_by("id").values_list("changes", flat=True))


def send_file(client, text):
    file = SimpleUploadedFile("a.csv", text.encode())
    answer = client.post("/api/products/import/?create_missing=true", {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.content


def test_a_changed_price_is_recorded_with_who_and_how(as_alice, alice):
    product = as_alice.post("/api/products/", {"name": "Earl Grey", "price": "8.90"}).json()
    as_alice.patch(f"/api/products/{product['id']}/", {"price": "9.20", "name": "Earl Grey"})
    created, changed = Change.objects.filter(kind="product").order_by("id")
    assert created.changes["created"][0] is None
    assert created.changes["created"][1]["price"] == "8.90"
    assert changed.changes == {"price": ["8.90", "9.20"]}
    assert (changed.owner_id, changed.row_id, changed.by, changed.via) == (alice.pk, product["id"], alice.pk, "api")


def test_values_that_stay_and_quantities_are_not_recorded(as_alice, alice):
    pot = make_product(alice, "Pot", 5, price="3.00")
    for fields in ({"price": "3.0"}, {"quantity": 9}, {"name": "Pot", "description": ""}):
        assert as_alice.patch(f"/api/products/{pot.pk}/", fields).status_code == 200
    assert len(list_changes(row_id=pot.pk)) == 1  # that it was created


def test_links_are_told_by_id_and_name_and_codes_as_a_list(as_alice, alice):
    pot, mill = make_product(alice, "Pot"), Supplier.objects.create(owner=alice, name="Mill")
    body = {"supplier": mill.pk, "category": "Tin", "codes": [{"code": "X-1", "quantity": 6}]}
    assert as_alice.patch(f"/api/products/{pot.pk}/", body, format="json").status_code == 200
    [_created, changed] = list_changes(row_id=pot.pk)
    assert changed == {
        "supplier": [None, {"id": mill.pk, "name": "Mill"}],
        "category": [None, {"id": Category.objects.get().pk, "name": "Tin"}],
        "codes": [[], [{"code": "X-1", "quantity": 6}]],
    }


def test_several_products_in_one_request_are_recorded_each(as_alice, alice):
    pot, cup = make_product(alice, "Pot", price="1.00"), make_product(alice, "Cup", price="2.00")
    lines = [{"id": pot.pk, "price": "3.00"}, {"id": cup.pk, "price": "2.00", "unit": "pcs"}]
    assert as_alice.patch("/api/products/", {"lines": lines}, format="json").status_code == 200
    assert list_changes(row_id=pot.pk)[1:] == [{"price": ["1.00", "3.00"]}]
    assert list_changes(row_id=cup.pk)[1:] == [{"unit": ["", "pcs"]}]


def test_an_import_records_what_it_creates_and_what_it_changes(as_alice, alice):
    pot, same = make_product(alice, "Pot", price="3.00", sku="P-1"), make_product(alice, "Same", price="1.00")
    send_file(as_alice, "sku,name,price,category,supplier,codes\nP-1,Pot,3.5,Tin,Mill,X-1 = 6\n,Cup,2,,,\n,Same,1,,,\n")
    mill, tin = Supplier.objects.get(), Category.objects.get()
    assert list_changes(row_id=pot.pk, via="import") == [
        {"price": ["3.00", "3.50"], "category": [None, {"id": tin.pk, "name": "Tin"}],
         "supplier": [None, {"id": mill.pk, "name": "Mill"}]},
        {"codes": [[], [{"code": "X-1", "quantity": 6}]]},
    ]  # fmt: skip
    assert list_changes(row_id=same.pk, via="import") == []
    [cup] = list_changes(row_id=Product.objects.get(name="Cup").pk)
    assert cup["created"][1]["price"] == "2.00"
    created = Change.objects.filter(via="import", by=alice.pk, changes__has_key="created")
    assert sorted(created.values_list("kind", flat=True)) == ["category", "product", "supplier"]


@pytest.mark.quick
def test_a_dry_run_records_nothing(as_alice, alice):
    make_product(alice, "Pot", price="3.00")
    file = SimpleUploadedFile("a.csv", b"name,price\nPot,4\n")
    as_alice.post("/api/products/import/?dry_run=true", {"file": file}, format="multipart")
    assert not Change.objects.filter(via="import").exists()


@pytest.mark.quick
def test_an_archived_supplier_is_a_change_of_its_products_too(as_alice, alice):
    mill = Supplier.objects.create(owner=alice, name="Mill")
    pot = make_product(alice, "Pot", supplier=mill)
    as_alice.delete(f"/api/suppliers/{mill.pk}/")
    as_alice.post(f"/api/suppliers/{mill.pk}/restore/")
    told = {"id": mill.pk, "name": "Mill"}
    assert list_changes("supplier")[1:] == [{"archived": [False, True]}, {"archived": [True, False]}]
    assert list_changes(row_id=pot.pk)[1:] == [{"supplier": [told, None]}, {"supplier": [None, told]}]


def test_the_shops_settings_and_its_users_are_recorded(as_alice, alice, bob):
    as_alice.patch("/api/account/", {"currency": "EUR"})
    as_alice.patch(f"/api/users/{bob.pk}/", {"phone": "1234567", "password": "a-new-one-for-bob-7"})
    assert list_changes("shop")[-1] == {"currency": ["", "EUR"]}
    assert list_changes("user", row_id=bob.pk)[-1] == {"phone": ["", "1234567"]}
    assert not re.search("password|token", str(list_changes("user")))


def test_a_user_without_a_shop_has_no_history(dora):
    client_of(dora).patch("/api/users/me/", {"phone": "1234567"})
    assert not Change.objects.exists()


@pytest.mark.parametrize("scope", ["manage"])
def test_a_change_by_a_key_and_on_a_page_say_so(alice, scope):
    pot = make_product(alice, "Pot", price="1.00")
    key_client = client_with_key(alice, scope)
    assert key_client.patch(f"/api/products/{pot.pk}/", {"price": "2.00"}).status_code == 200
    browser = Browser(alice)
    assert browser.put(f"/api/products/{pot.pk}/", price="3.00").status_code < 400
    ways = Change.objects.filter(row_id=pot.pk, kind="product").order_by("id").values_list("via", "by")
    assert list(ways) == [("command", None), ("key", alice.pk), ("page", alice.pk)]


def test_the_support_desk_records_its_changes(support, alice):
    pot = make_product(alice, "Pot", price="1.00")
    page = support.get(f"/admin/products/product/{pot.pk}/change/").text
    values = dict(re.findall(r'<input type="(?:text|number)" name="([^"]+)" value="([^"]*)"', page))
    values |= {"name": "Pan", "price": "1.00", "min_threshold": "5", "pack_size": "1", "keeps_stock": "on"}
    assert support.post(f"/admin/products/product/{pot.pk}/change/", values).status_code == 302
    last = Change.objects.order_by("-id")[0]
    assert (last.changes, last.via) == ({"name": ["Pot", "Pan"]}, "desk")
    assert last.by == User.objects.get(username="support").pk


def test_a_refused_change_leaves_no_history(as_alice, alice):
    pot = make_product(alice, "Pot", price="1.00")
    make_product(alice, "Cup", sku="C-1")
    assert as_alice.patch(f"/api/products/{pot.pk}/", {"price": "2.00", "sku": "C-1"}).status_code == 400
    assert len(list_changes(row_id=pot.pk)) == 1


def test_without_the_history_nothing_is_changed(as_alice, alice, monkeypatch):
    """The second write fails: the product keeps its price."""
    pot = make_product(alice, "Pot", price="1.00")
    monkeypatch.setattr(Recording, "record", lambda _: connection.cursor().execute("SELECT 1/0"))
    with pytest.raises(Exception, match="division by zero"):
        as_alice.patch(f"/api/products/{pot.pk}/", {"price": "2.00"})
    pot.refresh_from_db()
    assert str(pot.price) == "1.00"


@pytest.mark.quick
def test_a_deleted_row_is_told_with_what_it_was(alice):
    pot = make_product(alice, "Pot", price="1.00")
    pk = pot.pk
    pot.delete()
    last = list_changes(row_id=pk)[-1]["deleted"]
    assert (last[0]["name"], last[1]) == ("Pot", None)


def test_archiving_by_a_command_is_told_without_a_user(alice):
    mill = Supplier.objects.create(owner=alice, name="Mill")
    archive(Supplier, owner_id=alice.pk, pk=mill.pk)
    last = Change.objects.order_by("-id")[0]
    assert (last.changes, last.by, last.via) == ({"archived": [False, True]}, None, "command")


def test_no_model_code_changes_the_history(alice):
    make_product(alice, "Pot")
    row = Change.objects.order_by("id")[0]
    for act in (row.save, row.delete):
        with pytest.raises(TypeError):
            act()
