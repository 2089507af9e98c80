"""Merging beside other merges and beside new orders: nothing stays behind at the first one."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from core.ownership import OwnedQuerySet
from records.contacts.services import merge
from suppliers.models import Supplier
from testing.cast.orders import write_order
from testing.cast.people import client_of, make_product
from testing.cast.reservations import ADDRESS, reserve
from testing.races import run_behind_lock, run_concurrently, try_concurrently
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.purchasing.models import Order
from trade.reservations.models import Reservation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three(alice):
    return [Customer.objects.create(owner=alice, name=name) for name in ("Ada", "Ada Fern", "A. Fern")]


def merge_into(row, into):
    return partial(merge, type(row), owner_id=row.owner_id, pk=row.pk, into_id=into.pk)


def test_two_merges_of_one_customer_leave_one_effect(alice, three):
    ada, fern, other = three
    done = try_concurrently(merge_into(ada, fern), merge_into(ada, other))
    assert sorted(type(result).__name__ for result in done) == ["Customer", "Merged"]


def test_merges_in_a_circle_leave_one(alice, three):
    ada, fern, _other = three
    done = try_concurrently(merge_into(ada, fern), merge_into(fern, ada))
    assert sorted(type(result).__name__ for result in done) == ["Customer", "MergeIntoItself"]
    assert Customer.objects.live().count() == 2


def test_a_chain_of_merges_at_once_leads_to_the_last_one(alice, three):
    ada, fern, last = three
    run_concurrently(merge_into(ada, fern), merge_into(fern, last))
    assert {*Customer.objects.exclude(pk=last.pk).values_list("merged_into", flat=True)} == {last.pk}


def test_an_order_that_waits_for_a_merge_is_of_the_one_that_stays(alice, three, kettle):
    ada, fern, _other = three
    made = run_behind_lock(merge_into(ada, fern), partial(reserve, client_of(alice), kettle, customer=ada.pk))
    assert made["customer"] == fern.pk


def test_control_without_the_lock_of_the_customer_the_order_stays_behind(alice, three, kettle, monkeypatch):
    ada, fern, _other = three
    monkeypatch.setattr(OwnedQuerySet, "get_locked", lambda self, pk: self.get(pk=pk))
    with pytest.raises(AssertionError, match="without waiting"):
        run_behind_lock(merge_into(ada, fern), partial(reserve, client_of(alice), kettle, customer=ada.pk))
    assert Reservation.objects.get().customer == ada


def test_a_merge_that_waits_for_an_order_takes_it_along(alice, three, kettle):
    ada, fern, _other = three
    run_behind_lock(partial(reserve, client_of(alice), kettle, customer=ada.pk), merge_into(ada, fern))
    assert Reservation.objects.get().customer == fern


def test_a_merge_takes_the_rest_along_that_a_handing_out_keeps(alice, three, kettle):
    """The new reservation copies the customer of the old one, whose row the merge waits for."""
    ada, fern, _other = three
    client = client_of(alice)
    made = reserve(client, kettle, customer=ada.pk, quantity=3)
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "keep_rest": True}
    run_behind_lock(partial(client.post, f"{ADDRESS}{made['id']}/fulfil/", body), merge_into(ada, fern))
    assert [*Reservation.objects.values_list("customer", flat=True)] == [fern.pk] * 2


def test_control_a_single_statement_overlooks_the_rest(alice, three, kettle, monkeypatch):
    ada, fern, _other = three
    client = client_of(alice)
    made = reserve(client, kettle, customer=ada.pk, quantity=3)
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "keep_rest": True}

    def move_once(contact, into):
        Reservation.objects.filter(owner_id=contact.owner_id, customer=contact).update(customer=into)

    monkeypatch.setattr(Reservation, "move", move_once)
    run_behind_lock(partial(client.post, f"{ADDRESS}{made['id']}/fulfil/", body), merge_into(ada, fern))
    assert {*Reservation.objects.values_list("customer", flat=True)} == {ada.pk, fern.pk}


def test_a_purchase_order_beside_a_merge_is_of_the_one_that_stays(alice):
    mill, bakery = (Supplier.objects.create(owner=alice, name=name) for name in ("Mill", "Bakery"))
    flour, client = make_product(alice, "Flour", supplier=mill), client_of(alice)
    order = run_behind_lock(merge_into(mill, bakery), partial(write_order, client, mill, flour))
    assert (order["supplier"], order["supplier_name"]) == (bakery.pk, "Bakery")
    new = {"name": "Rye", "price": "1.00", "supplier": mill.pk}
    assert client.post("/api/products/", new, format="json").json()["supplier"] == bakery.pk
    assert {*Order.objects.values_list("supplier", flat=True)} == {bakery.pk}


@pytest.mark.django_db
@all_cases(
    ("values", "constraint"),
    [
        ("merged_into_id = id, archived_at = now()", "is_merged"),
        ("merged_into_id = {other}", "is_merged"),
        ("merged_into_id = {foreign}, archived_at = now()", "merged_into"),
    ],
)
@all_cases("model", [Customer, Supplier])
def test_the_database_refuses_what_no_merge_writes(alice, charlie, model, values, constraint):
    row, other = (model.objects.create(owner=alice, name=name) for name in ("Ada", "Fern"))
    given = values.format(other=other.pk, foreign=model.objects.create(owner=charlie, name="C").pk)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {given} WHERE id = %s", [row.pk])
