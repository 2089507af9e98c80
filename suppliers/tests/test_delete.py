"""Deleting a supplier keeps its products, including those that are linked to it concurrently."""

import pytest

from core.ownership import delete_unlinked
from suppliers.models import Supplier
from testing.cast import client_of, make_product
from testing.races import disable_locks, run_behind_lock

pytestmark = pytest.mark.django_db(transaction=True)
GONE = {"supplier": ["This row does not exist."]}


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme")


@pytest.fixture
def call(alice):
    """Return a function that makes a request function for Alice. An unhandled error is a 500."""
    client = client_of(alice)
    client.raise_request_exception = False
    return lambda method, url, body=None: lambda: getattr(client, method)(url, body or {})


@pytest.fixture
def link(call, kettle, acme):
    """Return a function that links the kettle to Acme."""
    return call("patch", f"/api/products/{kettle.pk}/", {"supplier": acme.pk})


@pytest.fixture
def remove(acme):
    """Return a function that deletes Acme as the API and the support desk do."""
    return lambda: delete_unlinked(Supplier.objects.filter(pk=acme.pk))


def test_deleting_a_supplier_keeps_its_products(as_alice, alice, acme):
    live, archived = (make_product(alice, name, supplier=acme) for name in ("Kettle", "Pot"))
    as_alice.delete(f"/api/products/{archived.pk}/")
    assert as_alice.delete(f"/api/suppliers/{acme.pk}/").status_code == 204
    answer = as_alice.get(f"/api/products/{live.pk}/").json()
    assert (answer["supplier"], answer["supplier_name"]) == (None, None)
    assert as_alice.post(f"/api/products/{archived.pk}/restore/").json()["supplier"] is None


def test_deleting_unlinks_a_product_that_is_linked_meanwhile(call, acme, kettle, link):
    answer = run_behind_lock(link, call("delete", f"/api/suppliers/{acme.pk}/"))
    assert answer.status_code == 204
    kettle.refresh_from_db()
    assert kettle.supplier_id is None


def test_without_the_lock_the_delete_would_fail_on_the_linked_product(call, acme, link, monkeypatch):
    """This is the negative control."""
    disable_locks(monkeypatch)
    answer = run_behind_lock(link, call("delete", f"/api/suppliers/{acme.pk}/"))
    assert (answer.status_code, answer.json()) == (400, GONE)


@pytest.mark.parametrize(("roll_back", "status"), [(False, 400), (True, 200)])
def test_linking_waits_for_a_concurrent_delete_of_the_supplier(link, remove, roll_back, status):
    answer = run_behind_lock(remove, link, roll_back=roll_back)
    assert answer.status_code == status
    assert roll_back or answer.json() == GONE


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_during_a_delete_is_a_404(call, acme, remove, method):
    answer = run_behind_lock(remove, call(method, f"/api/suppliers/{acme.pk}/", {"name": "Apex"}))
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not found.", "code": "not_found"}


def test_without_the_lock_a_change_would_fail_on_the_missing_row(call, acme, remove, monkeypatch):
    """This is the negative control."""
    disable_locks(monkeypatch)
    answer = run_behind_lock(remove, call("patch", f"/api/suppliers/{acme.pk}/", {"name": "Apex"}))
    assert answer.status_code == 500
