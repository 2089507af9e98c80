"""What the database and its locks ensure for customers."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import archiving
from core.database.transactions import AccountLock, lock_account
from records.contacts.services import erase
from testing.cast.people import client_of
from testing.races import run_behind_lock, run_concurrently
from trade.customers.models import Customer
from trade.customers.services import hold_customer

INSERT = """
INSERT INTO customers_customer
    (owner_id, name, email, phone, address, note, external_id, archived_at, created_at, updated_at)
VALUES (%s, 'Ada', '', '', '', '', %s, %s, now(), now())
"""


def insert(owner, external_id, archived_at=None):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [owner.pk, external_id, archived_at])


def test_live_customers_of_a_shop_share_no_external_id(alice, charlie):
    insert(alice, "C-1")
    insert(charlie, "c-1")
    insert(alice, "C-1", "2026-01-01")
    insert(alice, None)
    insert(alice, None)
    with pytest.raises(IntegrityError, match="customers_customer_external_id"):
        insert(alice, "c-1")
    assert Customer.objects.filter(owner=alice, metadata={}).count() == 4


def test_saving_moves_no_customer_to_another_shop(alice, charlie):
    customer = Customer.objects.create(owner=alice, name="Ada")
    customer.owner = charlie
    with pytest.raises(IntegrityError), transaction.atomic():
        customer.save()
    assert Customer.objects.get().owner == alice


@pytest.fixture
def call(alice):
    """Return a function that makes a request function for Alice."""
    client = client_of(alice)
    return lambda method, url, body=None: lambda: getattr(client, method)(url, body or {})


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, name="Ada", external_id="C-1")


@pytest.mark.quick
def test_a_customer_is_locked_by_a_sale_and_so_is_the_one_that_it_was_merged_into(alice, ada):
    merged = Customer.objects.create(owner=alice, name="Ada", archived_at=timezone.now(), merged_into=ada)
    for pk, locks in ((ada.pk, 1), (merged.pk, 2)):
        with CaptureQueriesContext(connection) as captured:
            assert hold_customer(alice.pk, pk) == ada
        assert sum("FOR NO KEY UPDATE" in query["sql"] for query in captured) == locks


@pytest.mark.django_db(transaction=True)
def test_a_change_does_not_wait_for_an_import(alice, ada, call):
    with transaction.atomic():
        lock_account(alice.pk, AccountLock.CATALOGUE)
        [answer] = run_concurrently(call("patch", f"/api/customers/{ada.pk}/", {"phone": "1"}))
    assert (answer.status_code, answer.json()["phone"]) == (200, "1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_while_the_customer_is_archived_is_a_404(ada, call, method):
    archive = partial(archiving.archive, Customer, owner_id=ada.owner_id, pk=ada.pk)
    answer = run_behind_lock(archive, call(method, f"/api/customers/{ada.pk}/", {"name": "Eve"}))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_erasing_waits_for_a_change_and_removes_it(ada, call):
    change = lambda: Customer.objects.select_for_update().get(pk=ada.pk).save()  # noqa: E731
    assert run_behind_lock(change, partial(erase, Customer, owner_id=ada.owner_id, pk=ada.pk)).external_id is None
    ada.refresh_from_db()
    assert ada.name == f"customer-{ada.pk}"


@pytest.mark.django_db(transaction=True)
def test_one_of_two_concurrent_creates_of_an_external_id_is_refused(alice, call):
    body = {"name": "Ada", "external_id": "C-9"}
    answers = run_concurrently(call("post", "/api/customers/", body), call("post", "/api/customers/", body))
    assert sorted(answer.status_code for answer in answers) == [201, 400]
