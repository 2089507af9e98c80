"""Changing products: booked corrections, outdated bodies, PUT, and the permissions of workers."""

import pytest

from products.models import Category
from stock.models import Movement
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

WORKER_REFUSED = "A worker may change the quantity alone, not "


@pytest.fixture
def address(kettle):
    return f"/api/products/{kettle.pk}/"


def read_balance(product):
    product.refresh_from_db()
    return product.quantity, product.stock_sequence


@all_cases(("quantity", "booked"), [(7, ("OUT", 3)), (15, ("IN", 5)), (0, ("OUT", 10))])
def test_a_changed_quantity_is_booked_as_a_correction(as_alice, alice, kettle, address, quantity, booked):
    answer = as_alice.patch(address, {"quantity": quantity})
    assert (answer.status_code, answer.json()["quantity"], answer.json()["stock_sequence"]) == (200, quantity, 2)
    movement = Movement.objects.select_related("operation").latest("sequence")
    assert (movement.movement_type, movement.quantity) == booked
    assert (movement.operation.reason, movement.operation.performed_by) == ("correction", alice)
    assert find_breaks(alice.pk) == []


def test_an_unchanged_quantity_books_nothing(as_alice, kettle, address):
    assert as_alice.patch(address, {"quantity": 10}).status_code == 200
    assert read_balance(kettle) == (10, 1)


def test_a_change_of_quantity_in_stock_is_booked(as_alice, kettle, address):
    assert as_alice.patch(address, {"quantity_in_stock": 4}).json()["quantity"] == 4
    answer = as_alice.patch(address, {"quantity": 5, "quantity_in_stock": 6})
    assert (answer.status_code, list(answer.json())) == (400, ["quantity_in_stock"])
    assert read_balance(kettle) == (4, 2)


@all_cases("change", [{"quantity": 4}, {"name": "Pot"}, {"quantity": 10}])
def test_a_wrong_expected_quantity_refuses_the_whole_change(as_alice, kettle, address, change):
    answer = as_alice.patch(address, {**change, "expected_quantity": 9})
    assert answer.status_code == 409
    detail = "The quantity is 10 now, not 9."
    numbers = {"product": kettle.pk, "expected": 9, "actual": 10}
    assert answer.json() == {"detail": detail, "code": "quantity_changed", **numbers}
    assert read_balance(kettle) == (10, 1)
    assert kettle.name == "Kettle"


@pytest.mark.quick
def test_a_quantity_with_an_outdated_sequence_does_not_undo_later_sales(as_alice, kettle, address):
    form = as_alice.get(address).json()
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    answer = as_alice.put(address, {**form, "quantity": 12, "quantity_in_stock": 12})
    assert (answer.status_code, answer.json()["code"], answer.json()["actual"]) == (409, "quantity_changed", 7)
    assert read_balance(kettle) == (7, 2)


def test_an_unchanged_but_outdated_body_is_refused_and_not_booked(as_alice, kettle, address):
    form = as_alice.get(address).json()
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    assert as_alice.put(address, {**form, "name": "Pot"}).status_code == 409
    assert read_balance(kettle) == (7, 2)
    assert kettle.name == "Kettle"


def test_an_outdated_sequence_is_accepted_if_the_quantity_is_current(as_alice, kettle, address):
    answer = as_alice.patch(address, {"name": "Pot", "quantity": 10, "stock_sequence": 0})
    assert (answer.status_code, answer.json()["name"]) == (200, "Pot")
    assert as_alice.patch(address, {"price": "11", "stock_sequence": 0}).status_code == 200


def test_put_keeps_optional_fields_that_are_not_sent(as_alice, alice):
    tea, acme = Category.objects.create(owner=alice, name="Tea"), Supplier.objects.create(owner=alice, name="Acme")
    codes = {"sku": "K1", "barcode": "400", "unit": "pcs", "description": "Steel", "cost_price": "3.00"}
    codes |= {"supplier_sku": "A/7", "pack_size": 12}
    kept = codes | {"min_threshold": 2, "expiration_date": "2030-01-31", "supplier": acme, "category": tea}
    kettle = make_product(alice, quantity=10, **kept)
    before = as_alice.get(f"/api/products/{kettle.pk}/").json()
    answer = as_alice.put(f"/api/products/{kettle.pk}/", {"name": "Pot", "price": "12.00"})
    assert answer.status_code == 200
    now = {"name": "Pot", "price": "12.00", "updated_at": answer.json()["updated_at"]}
    assert answer.json() == before | now
    assert read_balance(kettle) == (10, 1)


def test_a_form_keeps_fields_that_it_does_not_contain(as_alice, alice):
    kettle = make_product(alice, quantity=10, sku="K1", min_threshold=2)
    form = {"name": "Pot", "price": "12.00", "quantity": "", "min_threshold": ""}
    answer = as_alice.put(f"/api/products/{kettle.pk}/", form, format="multipart")
    assert answer.status_code == 200
    assert [answer.json()[name] for name in ("name", "sku", "quantity", "min_threshold")] == ["Pot", "K1", 10, 2]


def test_a_worker_may_change_the_quantity(as_bob, bob, kettle, address):
    assert as_bob.patch(address, {"quantity": 8}).json()["quantity"] == 8
    assert Movement.objects.latest("sequence").operation.performed_by == bob


@all_cases("method", ["put", "patch"])
def test_a_worker_may_send_the_other_fields_unchanged(as_bob, alice, method):
    tea, acme = Category.objects.create(owner=alice, name="Tea"), Supplier.objects.create(owner=alice, name="Acme")
    kettle = make_product(alice, quantity=10, sku="K1", supplier=acme, category=tea, expiration_date="2030-01-31")
    address = f"/api/products/{kettle.pk}/"
    shown = as_bob.get(address).json()
    answer = getattr(as_bob, method)(address, {**shown, "category": "TEA", "quantity": 8, "quantity_in_stock": 8})
    assert (answer.status_code, answer.json()["quantity"]) == (200, 8)
    assert answer.json()["category_name"] == "Tea"


@all_cases("change", [{"name": "Pot"}, {"price": "11"}, {"sku": "x"}, {"min_threshold": 6}, {"category": "Ne"}])
def test_a_worker_may_not_change_other_fields(as_bob, kettle, address, change):
    answer = as_bob.patch(address, {"quantity": 8, **change})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.json()["detail"] == f"{WORKER_REFUSED}{next(iter(change))}."
    assert read_balance(kettle) == (10, 1)
    assert not Category.objects.exists()
