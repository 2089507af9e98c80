"""Suppliers: create, read, change, delete, and permissions."""

import pytest

from suppliers.models import Supplier
from testing.tables import all_cases

URL = "/api/suppliers/"


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme", contact_email="sales@acme.example", phone_number="12")


@pytest.mark.quick
def test_a_supplier_has_exactly_its_published_fields(as_alice):
    answer = as_alice.post(URL, {"name": "Acme", "contact_email": "a@acme.example", "phone_number": "+49 30 1"})
    assert answer.status_code == 201
    assert list(answer.json()) == [
        "id", "name", "contact_email", "phone_number", "address", "lead_days", "external_id", "metadata", "created_at",
        "updated_at", "merged_into",
    ]  # fmt: skip
    assert answer.json()["created_at"].endswith("Z")
    assert as_alice.get(f"{URL}{answer.json()['id']}/").json() == answer.json()


def test_a_name_is_enough(as_alice):
    answer = as_alice.post(URL, {"name": "Acme"})
    assert answer.status_code == 201
    assert (answer.json()["contact_email"], answer.json()["phone_number"]) == ("", "")
    assert answer.json()["lead_days"] == 7


@all_cases("days", [0, 365])
def test_a_lead_time_is_saved(as_alice, acme, days):
    answer = as_alice.patch(f"{URL}{acme.pk}/", {"lead_days": days})
    assert (answer.status_code, answer.json()["lead_days"]) == (200, days)


@all_cases("days", [-1, 366, "1.5", "x", None, True, "1_0"])
def test_a_lead_time_is_a_whole_number_of_days_up_to_a_year(as_alice, acme, days):
    answer = as_alice.patch(f"{URL}{acme.pk}/", {"lead_days": days})
    assert (answer.status_code, list(answer.json())) == (400, ["lead_days"])
    acme.refresh_from_db()
    assert acme.lead_days == 7


def test_a_form_without_a_lead_time_keeps_it(as_alice, acme):
    answer = as_alice.put(f"{URL}{acme.pk}/", {"name": "Apex", "lead_days": ""}, format="multipart")
    assert (answer.status_code, answer.json()["lead_days"]) == (200, 7)


@pytest.mark.quick
def test_the_name_is_required(as_alice, acme):
    for method, address in ((as_alice.post, URL), (as_alice.put, f"{URL}{acme.pk}/")):
        answer = method(address, {"phone_number": "1"})
        assert (answer.status_code, answer.json()) == (400, {"name": ["This field is required."]})
    assert Supplier.objects.get().phone_number == "12"


def test_owner_id_and_times_are_set_by_the_server(as_alice, alice, charlie):
    sent = {"name": "Acme", "owner": charlie.pk, "owner_id": charlie.pk, "id": 77, "created_at": "2001-01-01T00:00:00Z"}
    answer = as_alice.post(URL, sent)
    supplier = Supplier.objects.get()
    assert supplier.owner == alice
    assert supplier.pk == answer.json()["id"] != 77
    assert supplier.created_at.year > 2001


@pytest.mark.quick
def test_patch_changes_the_sent_fields_and_updated_at(as_alice, acme):
    answer = as_alice.patch(f"{URL}{acme.pk}/", {"phone_number": "34"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["phone_number"]) == ("Acme", "34")
    assert answer.json()["updated_at"] > answer.json()["created_at"]


@pytest.mark.quick
def test_an_outdated_etag_refuses_a_change(as_alice, acme):
    refused = as_alice.patch(f"{URL}{acme.pk}/", {"name": "Apex"}, headers={"If-Match": '"x"'})
    acme.refresh_from_db()
    assert (refused.status_code, acme.name) == (412, "Acme")


def test_put_keeps_fields_that_are_not_sent(as_alice, acme):
    answer = as_alice.put(f"{URL}{acme.pk}/", {"name": "Apex"})
    assert answer.status_code == 200
    acme.refresh_from_db()
    assert (acme.name, acme.contact_email, acme.phone_number) == ("Apex", "sales@acme.example", "12")


def test_accepts_a_form(as_alice, acme):
    answer = as_alice.put(f"{URL}{acme.pk}/", {"name": "Apex", "phone_number": ""}, format="multipart")
    assert answer.status_code == 200
    acme.refresh_from_db()
    assert (acme.name, acme.contact_email, acme.phone_number) == ("Apex", "sales@acme.example", "")


@pytest.mark.quick
def test_deleting_is_a_204_and_then_a_404(as_alice, acme):
    answer = as_alice.delete(f"{URL}{acme.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in (as_alice.get, as_alice.put, as_alice.patch, as_alice.delete):
        assert method(f"{URL}{acme.pk}/").status_code == 404


def test_a_worker_may_read_but_not_change_suppliers(as_bob, acme):
    assert as_bob.get(URL).json()["count"] == 1
    assert as_bob.get(f"{URL}{acme.pk}/").status_code == 200
    assert as_bob.post(URL, {"name": "Apex"}).status_code == 403
    for method in (as_bob.put, as_bob.patch, as_bob.delete):
        assert method(f"{URL}{acme.pk}/", {"name": "Apex"}).status_code == 403
    assert list(Supplier.objects.values_list("name", flat=True)) == ["Acme"]


def test_signed_out_clients_get_a_401(as_nobody, acme):
    for method in (as_nobody.get, as_nobody.put, as_nobody.patch, as_nobody.delete):
        assert method(f"{URL}{acme.pk}/").status_code == 401
    assert as_nobody.get(URL).status_code == as_nobody.post(URL, {"name": "x"}).status_code == 401


def test_put_patch_and_delete_of_the_list_are_a_405(as_alice, acme):
    for method in (as_alice.put, as_alice.patch, as_alice.delete):
        answer = method(URL, {"name": "Apex"})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
