"""Imports that run concurrently with other writers of the account. An import decides only on locked rows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from core.database.transactions import AccountLock, lock_account
from products.models import Category, Product
from stock.importing import services as imports
from stock.importing import table as sql
from stock.models import Movement
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.races import TIMEOUT_SECONDS, let_meet, run_and_disconnect, run_behind_lock, try_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]

NEW_PRODUCTS = "name,price,quantity\n" + "".join(f"P{number},1.00,5\n" for number in range(20))


def importer(user, text):
    """Return a function that imports the text and returns the status and the body."""
    client = client_of(user)

    def send():
        answer = client.generic("POST", "/api/products/import/", text, content_type="text/csv")
        return answer.status_code, answer.json()

    return send


def updater(product, **fields):
    return lambda: Product.objects.filter(pk=product.pk).update(**fields)


def archiver(product):
    return updater(product, archived_at=product.created_at)


# --- The same file twice --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["unit", "sku", "barcode"])
def test_two_concurrent_imports_of_a_file_create_its_products_once(alice, code):
    rows = NEW_PRODUCTS.splitlines()
    text = "\n".join([f"{rows[0]},{code}", *[f"{row},x-{number}" for number, row in enumerate(rows[1:])]])
    status, body = run_behind_lock(*[importer(alice, text)] * 2)
    assert (status, body["created"], body["unchanged"]) == (200, 0, 20)
    assert (Product.objects.count(), Movement.objects.count()) == (20, 20)


def test_without_the_account_lock_both_imports_would_create_the_products(alice, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(imports, "wait_for_other_imports", lambda _: None)
    let_meet(monkeypatch, imports, "write_products", 2, begin=True)
    answers = try_concurrently(*[importer(alice, NEW_PRODUCTS)] * 2)
    assert [body["created"] for _, body in answers] == [20, 20]
    assert Product.objects.count() == 40


def test_imports_of_two_accounts_do_not_wait_for_each_other(alice, charlie):
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_account(alice.pk, AccountLock.IMPORTS)
        status, body = pool.submit(run_and_disconnect, importer(charlie, NEW_PRODUCTS)).result(TIMEOUT_SECONDS)
    assert (status, body["created"]) == (200, 20)


def test_an_import_that_waits_too_long_for_another_is_a_503(alice):
    def impatient():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return client_of(alice).generic("POST", "/api/products/import/", NEW_PRODUCTS, content_type="text/csv")

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_account(alice.pk, AccountLock.IMPORTS)
        answer = pool.submit(run_and_disconnect, impatient).result(TIMEOUT_SECONDS)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "import_running", "5")
    assert not Product.objects.exists()


# --- Changed between matching and locking ---------------------------------------------------------------


@pytest.mark.parametrize("roll_back", [False, True])
def test_a_row_does_not_match_a_product_archived_meanwhile(alice, kettle, roll_back):
    status, body = run_behind_lock(
        archiver(kettle), importer(alice, f"stock_sequence,id,quantity\n,{kettle.pk},3\n"), roll_back=roll_back
    )
    kettle.refresh_from_db()
    if roll_back:
        assert (status, kettle.quantity) == (200, 3)
    else:
        assert (status, body["rows"][0]["column"], kettle.quantity) == (400, "id", 10)
    assert find_breaks(alice.pk) == []


def test_without_the_second_match_the_archived_product_would_be_booked(alice, kettle, monkeypatch):
    """This is the negative control."""

    def match_once(cursor, parameters, _, **_options):
        for statement in (sql.MATCH_ROWS, sql.LOCK_PRODUCTS):
            cursor.execute(statement, parameters)

    monkeypatch.setattr(imports, "match_rows", match_once)
    assert run_behind_lock(archiver(kettle), importer(alice, f"stock_sequence,id,quantity\n,{kettle.pk},3\n"))[0] == 200
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.archived_at is None) == (3, False)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({"sku": "K-1"}, {"archived": True}),
        ({"sku": "K-1"}, {"sku": "K-2", "name": "Pot"}),
        ({}, {"name": "Pot"}),
        ({}, {"sku": "K-2"}),
    ],
)
def test_a_row_creates_a_product_if_its_match_changed_meanwhile(alice, before, change):
    kettle = make_product(alice, "Kettle", 10, **before)
    act = archiver(kettle) if change.get("archived") else updater(kettle, **change)
    status, body = run_behind_lock(act, importer(alice, "name,sku,price,quantity\nKettle,K-1,1.00,3\n"))
    assert (status, body["created"], body["updated"]) == (200, 1, 0)
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.price) == (10, 10)
    assert find_breaks(alice.pk) == []


def test_a_row_matches_the_product_that_took_its_name_meanwhile(alice):
    old, new = make_product(alice, "Kettle", 10), make_product(alice, "Pot", 20)

    def swap():
        updater(old, name="Old kettle")()
        updater(new, name="Kettle")()

    status, body = run_behind_lock(swap, importer(alice, "name,quantity\nKettle,3\n"))
    assert (status, body["updated"]) == (200, 1)
    assert list(Product.objects.order_by("id").values_list("quantity", flat=True)) == [10, 3]
    assert find_breaks(alice.pk) == []


# --- Codes, categories and suppliers changed meanwhile ----------------------------------------------------


@pytest.mark.parametrize(("code", "other"), [("sku", "s-1"), ("sku", "S-1"), ("barcode", "77")])
def test_a_code_taken_meanwhile_is_a_bad_row(alice, kettle, code, other):
    def create():
        make_product(alice, "Pot", **{code: other})

    status, body = run_behind_lock(create, importer(alice, f"stock_sequence,id,{code}\n,{kettle.pk},{other.lower()}\n"))
    assert (status, [(row["line"], row["column"]) for row in body["rows"]]) == (400, [(2, code)])


def test_a_new_row_updates_the_product_that_took_its_sku_meanwhile(alice):
    def create():
        make_product(alice, "Pot", 4, sku="s-1")

    status, body = run_behind_lock(create, importer(alice, "sku,name,price,quantity\nS-1,Kettle,1.00,3\n"))
    assert (status, body["created"], body["updated"]) == (200, 0, 1)
    assert list(Product.objects.values_list("name", "quantity")) == [("Kettle", 3)]


def test_a_supplier_deleted_meanwhile_is_a_bad_row(alice, kettle):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    status, body = run_behind_lock(supplier.delete, importer(alice, f"stock_sequence,id,supplier\n,{kettle.pk},Acme\n"))
    assert (status, body["rows"][0]["column"]) == (400, "supplier")


def test_a_category_deleted_meanwhile_is_created_again(alice, kettle):
    category = Category.objects.create(owner=alice, name="Kitchen")
    status, _ = run_behind_lock(category.delete, importer(alice, f"stock_sequence,id,category\n,{kettle.pk},Kitchen\n"))
    kettle.refresh_from_db()
    assert (status, kettle.category.name) == (200, "Kitchen")
