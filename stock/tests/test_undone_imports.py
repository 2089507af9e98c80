"""Undoing an import archives what it has created and nothing else uses, in one transaction with the reversal."""

import pytest
from django.db import connection

from products.filing.tests.importing import import_file, upload
from products.models import Category, Code, Product
from records.events.models import Event, EventType
from stock.importing import history
from stock.models import Import, Location, Operation
from suppliers.models import Supplier
from testing.cast.orders import write_order
from testing.cast.people import client_of, make_product
from testing.cast.reservations import reserve
from testing.races import run_behind_lock, try_concurrently
from testing.reading.browser import Browser
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

FILE = (
    "name,price,quantity,category,supplier,codes,location\n"
    "Pot,3,7,Kitchen,Acme,C-1,Shelf\n"
    "Pan,4,2,Kitchen,Acme,,\n"
    "Old,5,3,Tools,Beta,,Cellar\n"
)


def send(client, text=FILE):
    return import_file(client, text, "?create_missing=true")


def undo(client, operation, **fields):
    return client.post(f"/api/stock/operations/{operation}/reverse/", {"archive_created": True, **fields})


def count_archived(answer):
    assert answer.status_code == 201, answer.content
    return {kind: len(ids) for kind, ids in answer.json()["archived"].items()}


def list_live(model):
    return [*model.objects.filter(archived_at=None).order_by("name").values_list("name", flat=True)]


def test_undoing_an_import_archives_what_it_has_created(as_alice, alice):
    make_product(alice, "Old", category=Category.objects.create(owner=alice, name="Tools"))
    answer = undo(as_alice, send(as_alice)["operation"], note="Wrong file")
    assert count_archived(answer) == {"products": 2, "categories": 1, "suppliers": 1, "locations": 2}
    assert answer.json()["archived"]["categories"] == [Category.objects.get(name="Kitchen").pk]
    assert (answer.json()["note"], list_live(Product), list_live(Category)) == ("Wrong file", ["Old"], ["Tools"])
    assert (list_live(Supplier), list_live(Location)) == (["Beta"], [])  # the old product has the supplier Beta now
    assert not Code.objects.filter(is_live=True).exists()
    assert Event.objects.filter(type=EventType.PRODUCT_ARCHIVED).count() == 2


def test_what_was_archived_is_restored_with_its_links(as_alice):
    undo(as_alice, send(as_alice)["operation"])
    pot, acme = Product.objects.get(name="Pot"), Supplier.objects.get(name="Acme")
    assert as_alice.post(f"/api/products/{pot.pk}/restore/").json()["codes"] == [{"code": "C-1", "quantity": 1}]
    assert as_alice.post(f"/api/suppliers/{acme.pk}/restore/").status_code == 200
    assert as_alice.get(f"/api/products/{pot.pk}/").json()["supplier"] == acme.pk


@pytest.mark.quick
def test_what_has_other_movements_stays_with_its_supplier_and_category(as_alice):
    operation = send(as_alice)["operation"]
    pan = Product.objects.get(name="Pan")
    for movement_type in ("IN", "OUT"):
        body = {"product": pan.pk, "movement_type": movement_type, "quantity": 1}
        assert as_alice.post("/api/stock/", body).status_code == 201
    assert count_archived(undo(as_alice, operation)) == {
        "products": 2, "categories": 1, "suppliers": 1, "locations": 2
    }  # fmt: skip
    assert (list_live(Product), list_live(Category), list_live(Supplier)) == (["Pan"], ["Kitchen"], ["Acme"])


def test_what_is_ordered_or_reserved_stays(as_alice):
    operation = send(as_alice)["operation"]
    pot, old = Product.objects.get(name="Pot"), Product.objects.get(name="Old")
    released = reserve(as_alice, old, 1)["id"]
    assert as_alice.post(f"/api/stock/reservations/{released}/release/").status_code == 200
    write_order(as_alice, Supplier.objects.get(name="Beta"), pot)
    undo(as_alice, operation)
    assert list_live(Product) == ["Old", "Pot"]
    assert list_live(Supplier) == ["Acme", "Beta"]


def test_a_location_that_another_booking_has_used_stays(as_alice, kettle):
    operation = send(as_alice)["operation"]
    for movement_type in ("IN", "OUT"):
        body = {"product": kettle.pk, "movement_type": movement_type, "quantity": 1, "location": "Shelf"}
        assert as_alice.post("/api/stock/", body).status_code == 201
    undo(as_alice, operation)
    assert list_live(Location) == ["Shelf"]


def test_a_second_request_archives_what_has_become_unused_and_books_nothing(as_alice):
    operation = send(as_alice)["operation"]
    plain = as_alice.post(f"/api/stock/operations/{operation}/reverse/")
    assert (plain.status_code, "archived" in plain.json(), len(list_live(Product))) == (201, False, 3)
    first, second = undo(as_alice, operation), undo(as_alice, operation)
    assert (count_archived(first)["products"], count_archived(second)["products"]) == (3, 0)
    assert first.json()["id"] == second.json()["id"] == plain.json()["id"]
    assert Operation.objects.count() == 2


def test_a_request_with_a_key_is_repeated_from_the_stored_response(as_alice):
    operation = send(as_alice)["operation"]
    address = f"/api/stock/operations/{operation}/reverse/"
    answers = [as_alice.post(address, {"archive_created": True}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert count_archived(answers[1])["products"] == 3


def test_only_an_import_can_archive_what_it_has_created(as_alice, kettle):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": 1}
    booked = as_alice.post("/api/stock/", body).json()["operation"]
    answer = undo(as_alice, booked)
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing_created")
    assert not Operation.objects.filter(reverses__isnull=False).exists()


@all_cases("user", ["bob", "charlie"])
def test_others_archive_nothing(as_alice, request, user):
    operation = send(as_alice)["operation"]
    assert undo(client_of(request.getfixturevalue(user)), operation).status_code in (403, 404)
    assert len(list_live(Product)) == 3


def test_an_import_is_stored_with_what_it_has_created_but_a_dry_run_is_not(as_alice, alice):
    upload(as_alice, FILE, "?create_missing=true&dry_run=true")
    assert not Import.objects.exists()
    operation = send(as_alice)["operation"]
    row = Import.objects.get()
    assert (row.owner_id, row.performed_by_id, row.operation_id, row.rows, row.code) == (
        alice.pk, alice.pk, operation, 3, ""
    )  # fmt: skip
    assert {kind: len(ids) for kind, ids in row.created.items()} == {
        "products": 3, "categories": 2, "suppliers": 2, "locations": 2,
    }  # fmt: skip


def test_a_refused_reversal_archives_nothing(as_alice):
    operation = send(as_alice)["operation"]
    pot = Product.objects.get(name="Pot")
    as_alice.post("/api/stock/", {"product": pot.pk, "movement_type": "OUT", "quantity": 7})
    assert undo(as_alice, operation).json()["code"] == "invalid_lines"
    assert len(list_live(Product)) == 3


def test_if_archiving_fails_nothing_is_reversed(as_alice, monkeypatch):
    operation = send(as_alice)["operation"]
    as_alice.raise_request_exception = False
    monkeypatch.setitem(history.KINDS, "suppliers", (Supplier, lambda *_: 1 / 0))
    assert undo(as_alice, operation).status_code == 500
    assert (Operation.objects.count(), len(list_live(Product)), len(list_live(Supplier))) == (1, 3, 2)
    assert Product.objects.get(name="Pot").quantity == 7


def test_ids_in_any_number_are_archived(as_alice):
    """PostgreSQL accepts 65,535 parameters, and a file has more products."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('products_product_id_seq')")
        first = cursor.fetchone()[0] + 1000
    operation = send(as_alice)["operation"]
    row = Import.objects.get()
    row.created = {**row.created, "products": [*row.created["products"], *range(first, first + 70_000)]}
    row.save(update_fields=["created"])
    assert count_archived(undo(as_alice, operation))["products"] == 3


# --- Undo by the import ---------------------------------------------------------------------------------


def undo_by_id(client, row_id, **headers):
    return client.post(f"/api/products/import/{row_id}/undo/", {"note": "Wrong file"}, headers=headers)


LIST = "name,price,category,supplier\nPot,3,Kitchen,Acme\nPan,4,,\n"


def test_an_import_that_has_moved_nothing_is_undone_by_its_id(as_alice):
    imported = send(as_alice, LIST)
    answer = undo_by_id(as_alice, imported["import"])
    assert (imported["operation"], answer.json()["reversal"], Operation.objects.count()) == (None, None, 0)
    assert count_archived(answer) == {"products": 2, "categories": 1, "suppliers": 1, "locations": 0}
    assert (list_live(Product), list_live(Category), list_live(Supplier)) == ([], [], [])


def test_an_import_with_an_operation_is_reversed_by_its_id(as_alice):
    first, second = (undo_by_id(as_alice, row_id) for row_id in [send(as_alice, FILE)["import"]] * 2)
    reversal = Operation.objects.get(reverses__isnull=False)
    assert (first.json()["reversal"], second.json()["reversal"], reversal.note) == (*[reversal.pk] * 2, "Wrong file")
    assert (count_archived(first)["products"], count_archived(second)["products"]) == (3, 0)


def test_undoing_an_import_without_an_operation_again_archives_what_has_become_unused(as_alice):
    row_id = send(as_alice, LIST)["import"]
    lid = as_alice.post("/api/products/", {"name": "Lid", "price": "1", "category": "Kitchen"}).json()["id"]
    pot = Product.objects.get(name="Pot")
    as_alice.post("/api/stock/", {"product": pot.pk, "movement_type": "IN", "quantity": 1})
    assert count_archived(undo_by_id(as_alice, row_id)) == {
        "products": 1, "categories": 0, "suppliers": 0, "locations": 0
    }  # fmt: skip
    assert (list_live(Product), list_live(Supplier)) == (["Lid", "Pot"], ["Acme"])
    for product in (lid, pot.pk):
        as_alice.patch(f"/api/products/{product}/", {"category": None}, format="json")
    again = count_archived(undo_by_id(as_alice, row_id))
    assert (again["products"], again["categories"]) == (0, 1)


def test_an_undo_with_a_key_is_repeated_from_the_stored_response(as_alice):
    row_id = send(as_alice, LIST)["import"]
    first, second = (undo_by_id(as_alice, row_id, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.content, count_archived(second)["products"]) == (second.content, 2)


def test_an_import_that_has_moved_and_created_nothing_is_not_undone(as_alice, kettle):
    answer = undo_by_id(as_alice, send(as_alice, f"stock_sequence,id,price\n,{kettle.pk},11\n")["import"])
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")


@all_cases(("user", "status"), [("bob", 403), ("charlie", 404), ("dora", 403)])
def test_others_undo_no_import(as_alice, request, user, status):
    row_id = send(as_alice, LIST)["import"]
    assert undo_by_id(client_of(request.getfixturevalue(user)), row_id).status_code == status
    assert len(list_live(Product)) == 2


def test_a_refused_import_is_not_found_and_a_dry_run_has_no_id(as_alice):
    upload(as_alice, "name,price\nPan,x\n")
    assert undo_by_id(as_alice, Import.objects.get().pk).status_code == 404
    assert upload(as_alice, LIST, "?create_missing=true&dry_run=true").json()["import"] is None


@all_cases("text", [LIST, FILE])
def test_the_form_of_an_import_says_what_was_undone(as_alice, alice, text):
    imported = send(as_alice, text)
    browser, address = Browser(alice), f"/api/products/import/{imported['import']}/undo/"
    browser.get_page(address)
    form = {"csrfmiddlewaretoken": browser.client.cookies["csrftoken"].value}
    answer = browser.client.post(address, form)
    reversal = Operation.objects.filter(reverses=imported["operation"]).first() if imported["operation"] else None
    assert answer.headers["Location"] == (f"/api/stock/operations/{reversal.pk}/" if reversal else "/api/products/")
    assert "Import undone. Archived: " in browser.get_page(answer.headers["Location"])


# --- Races ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_product_without_stock_that_is_booked_meanwhile_stays(alice):
    row_id = send(client_of(alice), LIST)["import"]
    pot = Product.objects.get(name="Pot")
    answer = run_behind_lock(lambda: book_in(alice, pot), lambda: undo_by_id(client_of(alice), row_id))
    assert (count_archived(answer)["products"], list_live(Product)) == (1, ["Pot"])


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_reverse_and_archive_once(alice):
    operation = send(client_of(alice))["operation"]
    answers = try_concurrently(*[lambda: undo(client_of(alice), operation)] * 3)
    assert sorted(count_archived(answer)["products"] for answer in answers) == [0, 0, 3]
    assert Operation.objects.count() == 2


def book_in(alice, product):
    return client_of(alice).post("/api/stock/", {"product": product.pk, "movement_type": "IN", "quantity": 1})


@pytest.mark.django_db(transaction=True)
def test_a_product_that_is_booked_meanwhile_stays(alice):
    """The undo waits for the lock of the product, and sees the movement that was booked under it."""
    operation = send(client_of(alice))["operation"]
    pot = Product.objects.get(name="Pot")
    answer = run_behind_lock(lambda: book_in(alice, pot), lambda: undo(client_of(alice), operation))
    assert (count_archived(answer)["products"], list_live(Product)) == (2, ["Pot"])


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_products_a_booked_one_would_be_archived(alice, monkeypatch):
    """This is the negative control: what is used is then decided before the other booking commits."""
    operation = send(client_of(alice))["operation"]
    client_of(alice).post(f"/api/stock/operations/{operation}/reverse/")
    monkeypatch.setattr(history, "lock", lambda *_: None)
    pot = Product.objects.get(name="Pot")
    run_behind_lock(lambda: book_in(alice, pot), lambda: undo(client_of(alice), operation))
    assert list_live(Product) == []


@pytest.mark.django_db(transaction=True)
def test_a_supplier_that_a_product_gets_meanwhile_stays(alice):
    operation = send(client_of(alice))["operation"]

    def link():
        body = {"name": "Lid", "price": "1", "supplier": Supplier.objects.get(name="Acme").pk}
        assert client_of(alice).post("/api/products/", body).status_code == 201

    answer = run_behind_lock(link, lambda: undo(client_of(alice), operation))
    assert (count_archived(answer)["products"], list_live(Supplier)) == (3, ["Acme"])
