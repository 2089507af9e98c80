"""The name of a supplier is unique in its account, ignoring case, even with concurrent requests."""

from functools import partial

import pytest

from core.http import errors
from suppliers.models import Supplier
from testing.cast.people import client_of
from testing.races import run_behind_lock, run_concurrently

URL = "/api/suppliers/"
TAKEN = {"name": ["You have a supplier with this name already."]}


def test_names_are_unique_ignoring_case(as_alice):
    assert as_alice.post(URL, {"name": "Straße Öl"}).status_code == 201
    for twin in ("Straße Öl", "STRAßE ÖL", "  straße öl ", "Straße O\u0308l"):
        answer = as_alice.post(URL, {"name": twin})
        assert (answer.status_code, answer.json()) == (400, TAKEN)
    assert Supplier.objects.count() == 1


def test_a_rename_to_a_taken_name_is_refused(as_alice, alice):
    Supplier.objects.create(owner=alice, name="Acme")
    apex = Supplier.objects.create(owner=alice, name="Apex")
    for method in (as_alice.patch, as_alice.put):
        answer = method(f"{URL}{apex.pk}/", {"name": "ACME"})
        assert (answer.status_code, answer.json()) == (400, TAKEN)
    apex.refresh_from_db()
    assert apex.name == "Apex"


def test_a_supplier_may_change_the_case_of_its_own_name(as_alice, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    answer = as_alice.patch(f"{URL}{acme.pk}/", {"name": "ACME"})
    assert (answer.status_code, answer.json()["name"]) == (200, "ACME")


def test_the_name_of_a_deleted_supplier_can_be_used_again(as_alice, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    as_alice.delete(f"{URL}{acme.pk}/")
    assert as_alice.post(URL, {"name": "Acme"}).status_code == 201


def test_two_accounts_may_use_the_same_name(as_alice, as_charlie):
    assert as_alice.post(URL, {"name": "Acme"}).status_code == 201
    assert as_charlie.post(URL, {"name": "Acme"}).status_code == 201


def creator(user, name):
    client = client_of(user)
    client.raise_request_exception = False
    return lambda: client.post(URL, {"name": name}).status_code


@pytest.mark.django_db(transaction=True)
def test_concurrent_creates_conflict_in_the_database(alice, monkeypatch):
    """This is the negative control: without the translation of the database's error, the same race ends in a 500."""
    monkeypatch.setattr(errors, "find_constraint", lambda _: None)
    assert sorted(run_concurrently(creator(alice, "Acme"), creator(alice, "ACME"))) == [201, 500]


@pytest.mark.django_db(transaction=True)
def test_a_second_create_waits_for_the_first_and_is_refused(alice):
    first = partial(Supplier.objects.create, owner=alice, name="Acme")
    assert run_behind_lock(first, creator(alice, "ACME")) == 400
    assert Supplier.objects.count() == 1
