"""Erasing the contact of a supplier: its e-mail address and phone number are gone everywhere."""

import pytest
from django.test import Client

from records.history.models import Change, Kind
from suppliers.models import Supplier
from trade.purchasing.models import Order
from users.leaving.tests.test_erasing import find_traces

pytestmark = pytest.mark.django_db
CONTACT = {"contact_email": "zebulon@private.example", "phone_number": "+43 555 987 654"}


@pytest.fixture
def supplier(as_alice, settings, kettle):
    """Return a supplier whose contact is in an order, in stored responses and in the history."""
    settings.MAIL_ON = True
    key = {"Idempotency-Key": "supplier"}
    supplier = as_alice.post("/api/suppliers/", {"name": 'The "Mill"', **CONTACT}, headers=key).json()
    body = {"supplier": supplier["id"], "lines": [{"product": kettle.pk, "quantity": 1}], "note": 'a "note"'}
    order = as_alice.post("/api/purchase-orders/", body).json()
    send = f"/api/purchase-orders/{order['id']}/send/"
    assert as_alice.post(send, {"mail": True}, headers={"Idempotency-Key": "send"}).status_code == 200
    as_alice.patch(f"/api/suppliers/{supplier['id']}/", {"phone_number": "1"})
    Supplier.objects.filter(pk=supplier["id"]).update(accepted_email=CONTACT["contact_email"])
    return Supplier.objects.get(pk=supplier["id"])


def erase(client, supplier):
    return client.post(f"/api/suppliers/{supplier.pk}/erase/")


@pytest.mark.quick
def test_the_contact_is_in_no_table(as_alice, supplier):
    assert {table for table, _, _ in find_traces()} == {
        "suppliers_supplier", "purchasing_order", "history_change", "idempotency_idempotencykey",
    }  # fmt: skip
    answer = erase(as_alice, supplier)
    assert (answer.status_code, answer.json()["name"]) == (200, 'The "Mill"')
    assert (answer.json()["contact_email"], answer.json()["phone_number"]) == ("", "")
    assert find_traces() == []


def test_an_archived_supplier_can_be_erased(as_alice, supplier):
    as_alice.delete(f"/api/suppliers/{supplier.pk}/")
    assert erase(as_alice, supplier).status_code == 200
    assert find_traces() == []


def test_an_order_is_not_mailed_to_an_erased_address(as_alice, supplier):
    erase(as_alice, supplier)
    order = Order.objects.get()
    assert (order.mail_to, order.mail_due_at, order.state) == ("erased@example.invalid", None, "sent")


@pytest.mark.quick
def test_the_history_keeps_when_and_by_whom(as_alice, alice, supplier):
    erase(as_alice, supplier)
    change = Change.objects.filter(kind=Kind.SUPPLIER).latest("pk")
    assert (change.by, change.changes) == (alice.pk, {"contact_email": [None, None], "phone_number": [None, None]})


def test_workers_and_other_shops_erase_no_supplier(as_bob, as_charlie, supplier):
    assert [erase(client, supplier).status_code for client in (as_bob, as_charlie)] == [403, 404]


def test_the_page_of_a_supplier_has_the_button(alice, supplier):
    browser = Client(headers={"Accept": "text/html"})
    browser.force_login(alice)
    address = f"/shop/form/suppliers/{supplier.pk}/erase/"
    assert address in browser.get(f"/api/suppliers/{supplier.pk}/").text
    assert "Nobody can undo this" in browser.get(address).text
    assert browser.post(address).status_code == 303
