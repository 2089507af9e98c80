"""Only the ledger's service writes quantities. Models and API refuse to."""

import pytest
from django.db import DatabaseError, transaction

from products.models import Product
from stock.models import Movement
from stock.proofs.verification import find_breaks
from testing.tables import all_cases


def read_balance(product):
    product.refresh_from_db()
    return product.quantity, product.stock_sequence


@all_cases("stock", [{"quantity": 1}, {"stock_sequence": 1}])
def test_a_product_cannot_be_inserted_with_stock(alice, stock):
    with pytest.raises(ValueError, match="starts without stock"):
        Product.objects.create(owner=alice, name="Kettle", price=1, **stock)
    assert not Product.objects.exists()


def test_a_product_cannot_be_saved_without_update_fields(kettle):
    kettle.quantity = 99
    with pytest.raises(ValueError, match="Name the fields"):
        kettle.save()
    assert read_balance(kettle) == (10, 1)


@all_cases("field", ["quantity", "stock_sequence"])
def test_update_fields_cannot_contain_the_ledger_s_fields(kettle, field):
    setattr(kettle, field, 99)
    with pytest.raises(ValueError, match="booked by"):
        kettle.save(update_fields=["name", field])
    assert read_balance(kettle) == (10, 1)


@all_cases("field", ["quantity", "stock_sequence"])
def test_a_queryset_cannot_update_the_ledger_s_fields(kettle, field):
    with pytest.raises(ValueError, match="booked by"):
        Product.objects.filter(pk=kettle.pk).update(**{field: 99})
    with pytest.raises(ValueError, match="starts without stock"):
        Product.objects.bulk_create([Product(owner=kettle.owner, name="Pot", price=1, **{field: 99})])
    assert read_balance(kettle) == (10, 1)
    assert Product.objects.count() == 1


def test_saving_named_fields_keeps_the_quantity(kettle):
    kettle.name, kettle.quantity = "Pot", 99
    kettle.save(update_fields=["name"])
    assert read_balance(kettle) == (10, 1)
    assert kettle.name == "Pot"


def test_saving_cannot_move_a_product_to_another_account(kettle, alice, charlie):
    kettle.owner = charlie
    with pytest.raises(DatabaseError, match="did not affect any rows"), transaction.atomic():
        kettle.save(update_fields=["owner", "name"])
    kettle.refresh_from_db()
    assert kettle.owner == alice


def test_update_or_create_cannot_write_a_quantity(kettle):
    with pytest.raises(ValueError, match="quantities are booked"):
        Product.objects.update_or_create(owner=kettle.owner, pk=kettle.pk, defaults={"quantity": 99})
    assert read_balance(kettle) == (10, 1)


def test_whatever_a_client_sends_the_quantity_is_the_sum_of_the_movements(as_alice, alice, kettle):
    address = f"/api/products/{kettle.pk}/"
    as_alice.patch(address, {"stock_sequence": 7})
    as_alice.patch(address, {"stock_sequence": 1, "quantity": 8})
    as_alice.put(address, {"name": "Pot", "price": "1", "quantity_in_stock": "6"}, format="multipart")
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 5, "new_quantity": 99})
    as_alice.patch(address, {"quantity": -1})
    as_alice.patch(address, {"quantity": 1_000_000_001})
    assert read_balance(kettle) == (11, 4)
    assert list(Movement.objects.order_by("sequence").values_list("new_quantity", flat=True)) == [10, 8, 6, 11]
    assert find_breaks(alice.pk) == []
