"""`If-Match` is compared with the locked row: of two writes with the same ETag, only one succeeds."""

import pytest

from products.models import Category
from suppliers.models import Supplier
from testing.cast.people import client_of, make_location
from testing.races import disable_locks, run_behind_lock, run_concurrently
from web import viewsets

pytestmark = [pytest.mark.django_db(transaction=True)]


KINDS = ["products", "items", "suppliers", "categories", "locations"]


@pytest.fixture
def address(request, alice, kettle):
    """Return the address of a row of the kind that a test names, or else of a product."""
    kind = getattr(request, "param", "products")
    rows = {
        "suppliers": Supplier.objects.create(owner=alice, name="Acme"),
        "categories": Category.objects.create(owner=alice, name="Tea"),
        "locations": make_location(alice),
    }
    return f"/api/{kind}/{rows.get(kind, kettle).pk}/"


def writer(user, method, address, etag, name):
    """Return a function that sends the write with the ETag and returns its status."""
    client = client_of(user)
    return lambda: getattr(client, method)(address, {"name": name}, headers={"If-Match": etag}).status_code


def renamer(user, address, name="Meanwhile"):
    client = client_of(user)
    return lambda: client.patch(address, {"name": name}).status_code


def test_one_of_several_writes_with_the_same_etag_succeeds(alice, address):
    etag = client_of(alice).get(address).headers["ETag"]
    statuses = run_concurrently(*(writer(alice, "patch", address, etag, f"Name {n}") for n in range(4)))
    assert sorted(statuses) == [200, 412, 412, 412]
    assert client_of(alice).get(address).json()["name"] == f"Name {statuses.index(200)}"


@pytest.mark.parametrize("address", KINDS, indirect=True)
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_write_waits_for_an_earlier_one_and_then_compares(alice, address, method):
    etag = client_of(alice).get(address).headers["ETag"]
    assert run_behind_lock(renamer(alice, address), writer(alice, method, address, etag, "Last")) == 412


def test_a_write_that_waits_for_one_that_is_undone_succeeds(alice, address):
    etag = client_of(alice).get(address).headers["ETag"]
    write = writer(alice, "patch", address, etag, "Last")
    assert run_behind_lock(renamer(alice, address), write, roll_back=True) == 200


def test_compared_without_the_lock_the_earlier_write_would_be_lost(alice, address, monkeypatch):
    """This is the negative control."""
    disable_locks(monkeypatch)
    etag = client_of(alice).get(address).headers["ETag"]
    assert run_behind_lock(renamer(alice, address), writer(alice, "patch", address, etag, "Last")) == 200
    assert client_of(alice).get(address).json()["name"] == "Last"


def test_compared_before_the_lock_the_earlier_write_would_be_lost(alice, address, monkeypatch):
    """This is the negative control: the row that was read to validate the body is not enough."""
    etag = client_of(alice).get(address).headers["ETag"]
    check, read = viewsets.ETagMixin.check_unchanged, viewsets.OwnedMixin.get_object

    def read_and_check(self):
        row = read(self)
        check(self, row)
        return row

    monkeypatch.setattr(viewsets.OwnedMixin, "get_object", read_and_check)
    monkeypatch.setattr(viewsets.ETagMixin, "check_unchanged", lambda *_: None)
    assert run_behind_lock(renamer(alice, address), writer(alice, "patch", address, etag, "Last")) == 200
