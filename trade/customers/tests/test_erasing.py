"""Erasing a customer: none of its texts is left in the database."""

import json

import pytest
from django.conf import settings
from django.db.models.functions import Now

from desk.takeout.models import Export
from desk.takeout.tests.rows import create_export
from records.history.models import Change, Kind
from records.idempotency.models import IdempotencyKey
from testing.reading.browser import Browser
from trade.customers.models import Customer
from users.leaving.tests.test_erasing import find_traces

# On Citus, a transaction of the test would hide what Citus checks only when the transaction is committed.
pytestmark = pytest.mark.django_db(transaction=settings.DB_CITUS)
URL = "/api/customers/"
TEXTS = {
    "name": 'The "Zebulon"', "email": "zebulon@private.example", "phone": "+43 555 987 654",
    "address": 'Zebulon Lane 4 \\ {"a"}\nAmbleside', "note": 'calls herself "zebulon"}', "external_id": "zebulon-1",
    "legal_name": "Zebulon Ltd", "vat_id": "XZEBULON1", "street": "Zebulon Lane 4", "postcode": "Z-zebulon",
    "city": "Zebulon Falls", "invoice_email": "bills@zebulon.example", "buyer_reference": "zebulon desk",
    "einvoice_address": "0088:zebulon",
}  # fmt: skip
METADATA = {"quentin.id": 'zebulon} "quoted"', "zebulon": "7"}
ERASED = {"email": "", "phone": "", "address": "", "note": "", "external_id": None, "metadata": {}}


@pytest.fixture
def customer(as_alice, support):
    """Return a customer whose texts are in stored responses, in the history and in the log of the support desk."""
    body = {**TEXTS, "metadata": METADATA}
    row = as_alice.post(URL, body, headers={"Idempotency-Key": "customer"}).json()
    address = f"{URL}{row['id']}/"
    as_alice.patch(address, {"name": "Zebulon", "phone": "1", "metadata": {"zebulon": "8", "quentin.id": None}})
    answer = support.post(f"/admin/customers/customer/{row['id']}/change/", {**TEXTS, "note": "Zebulon is here"})
    assert answer.status_code == 302
    return Customer.objects.get(pk=row["id"])


def erase(client, customer):
    return client.post(f"{URL}{customer.pk}/erase/")


@pytest.mark.quick
def test_the_texts_are_in_no_table(as_alice, customer):
    assert {table for table, _, _ in find_traces()} == {
        "customers_customer", "history_change", "idempotency_idempotencykey", "django_admin_log",
    }  # fmt: skip
    answer = erase(as_alice, customer)
    assert answer.status_code == 200
    assert answer.json().items() >= {**ERASED, "name": f"customer-{customer.pk}"}.items()
    assert find_traces() == []


def test_a_repeated_order_has_the_new_name(as_alice, customer, kettle):
    body = {"customer": customer.pk, "lines": [{"product": kettle.pk, "quantity": 1}]}
    address, key = "/api/stock/reservations/", {"Idempotency-Key": "order"}
    assert as_alice.post(address, body, headers=key).json()["customer_name"] == customer.name
    erase(as_alice, customer)
    assert as_alice.post(address, body, headers=key).json()["customer_name"] == f"customer-{customer.pk}"
    assert find_traces() == []


def test_a_replay_has_the_new_name(as_alice, customer):
    erase(as_alice, customer)
    body = {**TEXTS, "metadata": METADATA}
    again = as_alice.post(URL, body, headers={"Idempotency-Key": "customer"})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json().items() >= {**ERASED, "name": f"customer-{customer.pk}"}.items()


def test_a_response_of_an_earlier_release_is_emptied_too(as_alice, customer):
    stored = IdempotencyKey.objects.get(key="customer")
    body = json.loads(bytes(stored.body))
    before = {name: value for name, value in body.items() if name not in Customer.later}
    stored.body = json.dumps(before, separators=(",", ":"), ensure_ascii=False).encode()
    stored.save()
    erase(as_alice, customer)
    assert b"ebulon" not in bytes(IdempotencyKey.objects.get(key="customer").body)


def test_the_stored_responses_of_other_customers_stay(as_alice, customer):
    as_alice.post(URL, {"name": "Ada", "phone": "7"}, headers={"Idempotency-Key": "other"})
    other = IdempotencyKey.objects.get(key="other")
    erase(as_alice, customer)
    assert bytes(IdempotencyKey.objects.get(key="other").body) == bytes(other.body)


def test_an_archived_customer_can_be_erased(as_alice, customer):
    as_alice.delete(f"{URL}{customer.pk}/")
    assert erase(as_alice, customer).status_code == 200
    assert find_traces() == []
    assert as_alice.get(URL).json()["count"] == 0


def test_erasing_again_changes_nothing(as_alice, customer):
    first, second = erase(as_alice, customer).json(), erase(as_alice, customer).json()
    assert {**second, "updated_at": ""} == {**first, "updated_at": ""}


def test_the_history_keeps_when_and_by_whom(as_alice, alice, customer):
    erase(as_alice, customer)
    created, changed, by_desk, erased = Change.objects.filter(kind=Kind.CUSTOMER).order_by("pk")
    assert created.changes == {"created": [None, {"archived": False}]}
    assert changed.changes == {name: [None, None] for name in ("name", "phone", "metadata")}
    assert (erased.by, set(erased.changes)) == (alice.pk, {*TEXTS, "metadata"})
    rows = as_alice.get(f"{URL}{customer.pk}/changes/").json()["results"]
    assert [row["changes"] for row in rows[::-1]] == [created.changes, changed.changes, by_desk.changes, erased.changes]


def test_exports_from_before_expire(as_alice, alice, customer):
    create_export("export", 1, alice)
    erase(as_alice, customer)
    assert not Export.objects.filter(expires_at__gt=Now()).exists()


def test_the_page_of_a_customer_has_the_button_for_owners(alice, bob, customer):
    address = f"/shop/form/customers/{customer.pk}/erase/"
    browser, page = Browser(alice), f"{URL}{customer.pk}/"
    assert [address in Browser(user).get_page(page) for user in (alice, bob)] == [True, False]
    form = browser.get_page(address)
    assert "Nobody can undo this" in form
    assert f"customer-{customer.pk}" in form
