"""Creating products: published request bodies, defaults, and the opening movement."""

import pytest

from products.models import Category, Product
from stock.models import Movement
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.tables import all_cases

URL = "/api/products/"
FIELDS = [
    "id", "owner", "name", "description", "sku", "barcode", "external_id", "codes", "unit", "decimals", "price",
    "cost_price", "quantity", "quantity_in_stock", "amount", "reserved", "available", "on_order", "stock_value",
    "stock_sequence", "keeps_stock", "min_threshold", "expiration_date",
    "supplier", "supplier_name", "supplier_sku", "pack_size", "category", "category_name", "tax",
    "is_low_stock", "has_expiry", "is_expired", "expired_quantity", "last_counted_at", "created_at", "updated_at",
    "group", "group_name", "options", "fields", "tags", "metadata", "picture",
]  # fmt: skip


def post(client, **fields):
    return client.post(URL, {"name": "Laptop", "price": "1200.00"} | fields)


def test_a_name_and_a_price_are_enough(as_alice, alice):
    answer = post(as_alice)
    assert answer.status_code == 201
    product = answer.json()
    assert list(product) == FIELDS
    assert (product["owner"], product["quantity"], product["stock_sequence"]) == (alice.pk, 0, 0)
    assert (product["min_threshold"], product["sku"], product["unit"], product["cost_price"]) == (5, "", "", None)
    assert (product["supplier_sku"], product["pack_size"]) == ("", 1)
    assert as_alice.get(f"{URL}{product['id']}/").json() == product
    assert not Movement.objects.exists()


def test_name_and_price_are_required(as_alice):
    answer = as_alice.post(URL, {"quantity": 5})
    required = ["This field is required."]
    assert (answer.status_code, answer.json()) == (400, {"name": required, "price": required})


@pytest.mark.quick
def test_a_quantity_is_booked_as_an_opening_movement(as_alice, alice):
    answer = post(as_alice, quantity=10)
    assert (answer.json()["quantity"], answer.json()["stock_sequence"]) == (10, 1)
    movement = Movement.objects.select_related("operation").get()
    assert (movement.sequence, movement.movement_type, movement.quantity) == (1, "IN", 10)
    assert (movement.old_quantity, movement.new_quantity, movement.product_name) == (0, 10, "Laptop")
    assert (movement.operation.reason, movement.operation.performed_by) == ("opening", alice)
    assert find_breaks(alice.pk) == []


def test_a_quantity_of_zero_books_nothing(as_alice):
    assert post(as_alice, quantity=0).json()["stock_sequence"] == 0
    assert not Movement.objects.exists()


@all_cases("name", ["quantity", "quantity_in_stock"])
def test_quantity_in_stock_is_an_alias_of_quantity(as_alice, name):
    product = post(as_alice, **{name: 7}).json()
    assert product["quantity"] == product["quantity_in_stock"] == Product.objects.get().quantity == 7


def test_quantity_and_its_alias_must_be_equal(as_alice):
    assert post(as_alice, quantity=7, quantity_in_stock=7).json()["quantity"] == 7
    for quantity, alias in ((7, 8), (0, 8), (7, 0)):
        answer = post(as_alice, quantity=quantity, quantity_in_stock=alias)
        assert (answer.status_code, list(answer.json())) == (400, ["quantity_in_stock"])
    assert Product.objects.count() == 1


def test_accepts_the_published_body_of_the_suppliers_dialect(as_alice, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    body = {"name": "Desk", "description": "Oak", "category": "Furniture", "quantity_in_stock": 4, "price": "99.90"}
    product = as_alice.post(URL, {**body, "supplier": acme.pk}).json()
    assert (product["supplier"], product["supplier_name"]) == (acme.pk, "Acme")
    assert (product["category_name"], product["quantity_in_stock"]) == ("Furniture", 4)


def test_accepts_the_published_body_of_the_dashboard_dialect(as_alice, alice):
    electronics = Category.objects.create(owner=alice, name="Electronics")
    body = {"quantity": 10, "min_threshold": 3, "expiration_date": "2026-12-31", "category": electronics.pk}
    answer = post(as_alice, **body)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in body} == body
    assert (answer.json()["is_low_stock"], answer.json()["has_expiry"]) == (False, True)


def test_a_form_creates_a_product_with_stock(as_alice, alice):
    form = {"name": "Laptop", "price": "5", "quantity": "3", "supplier": "", "expiration_date": "", "cost_price": ""}
    product = as_alice.post(URL, form, format="multipart").json()
    assert (product["quantity"], product["supplier"], product["expiration_date"]) == (3, None, None)
    assert find_breaks(alice.pk) == []


def test_read_only_fields_are_ignored(as_alice, alice, charlie):
    computed = {"id": 77, "owner": charlie.pk, "is_low_stock": False, "archived_at": "2026-01-01T00:00:00Z"}
    times = {"created_at": "2001-01-01T00:00:00Z", "last_counted_at": "2001-01-01T00:00:00Z", "stock_sequence": 9}
    product = post(as_alice, **computed, **times).json()
    assert (product["owner"], product["is_low_stock"], product["stock_sequence"]) == (alice.pk, True, 0)
    assert product["last_counted_at"] is None
    assert product["created_at"] > "2002"
    assert as_alice.get(f"{URL}{product['id']}/").status_code == 200


def test_a_refused_product_creates_nothing(as_alice):
    post(as_alice, sku="X1")
    answer = post(as_alice, sku="x1", category="New", quantity=5)
    assert answer.status_code == 400
    assert (Product.objects.count(), Category.objects.count(), Movement.objects.count()) == (1, 0, 0)


@pytest.mark.quick
def test_texts_are_trimmed_and_normalised_and_the_description_keeps_its_lines(as_alice):
    product = post(as_alice, name=" Cafe\u0301 ", description="\ta\r\n\tb\n", unit=" pcs ").json()
    assert (product["name"], product["description"], product["unit"]) == ("Café", "a\r\n\tb", "pcs")


@all_cases(
    ("field", "length"),
    [("name", 255), ("sku", 64), ("barcode", 64), ("supplier_sku", 64), ("unit", 32), ("description", 10_000)],
)
def test_a_text_may_have_its_maximum_length_but_not_more(as_alice, field, length):
    assert post(as_alice, **{field: "é" * length}).status_code == 201
    answer = post(as_alice, **{field: "è" * (length + 1)})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_a_worker_may_not_create_a_product(as_bob, as_dora):
    assert post(as_bob).status_code == post(as_dora).status_code == 403
    assert not Product.objects.exists()
