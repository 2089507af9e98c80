"""Locations: CRUD, archiving and restoring, and the holdings at a location."""

import pytest
from django.db import IntegrityError

from core import archiving
from stock.models import Location, Lot, Performer
from stock.places.hooks import BESIDE_LOCATIONS
from testing.cast.people import make_product
from testing.cast.places import put_away

URL = "/api/locations/"
TAKEN = {"name": ["You have a location with this name already."]}


def address_of(location):
    return f"{URL}{location.pk}/"


def test_a_location_has_exactly_its_published_fields(as_alice, alice):
    answer = as_alice.post(URL, {"name": " Cellar ", "note": "Below", "owner": 77, "archived_at": "2026-01-01T00:00Z"})
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "name", "note", "created_at", *(one.name for one in BESIDE_LOCATIONS)]
    location = Location.objects.get()
    assert (location.owner, location.name, location.note, location.archived_at) == (alice, "Cellar", "Below", None)


def test_a_location_can_be_read_renamed_and_archived(as_alice, cellar):
    assert as_alice.get(address_of(cellar)).json()["name"] == "Cellar"
    assert as_alice.patch(address_of(cellar), {"note": "Left"}).json()["note"] == "Left"
    assert as_alice.put(address_of(cellar), {"name": "Vault"}).json()["name"] == "Vault"
    assert as_alice.delete(address_of(cellar)).status_code == 204
    assert as_alice.get(address_of(cellar)).status_code == as_alice.delete(address_of(cellar)).status_code == 404


def test_names_are_unique_ignoring_case(as_alice, as_charlie, cellar):
    van = Location.objects.create(owner=cellar.owner, name="Van")
    assert as_alice.post(URL, {"name": "CELLAR"}).json() == TAKEN
    assert as_alice.patch(address_of(van), {"name": "cellar"}).json() == TAKEN
    assert as_charlie.post(URL, {"name": "Cellar"}).status_code == 201


def test_workers_read_locations_and_owners_write_them(as_bob, cellar):
    assert as_bob.get(URL).json()["count"] == 1
    assert as_bob.post(URL, {"name": "Van"}).status_code == 403
    assert as_bob.patch(address_of(cellar), {"name": "Van"}).status_code == 403
    assert as_bob.delete(address_of(cellar)).status_code == 403


def test_archived_locations_are_listed_only_on_request(as_alice, cellar):
    Location.objects.create(owner=cellar.owner, name="Van")
    as_alice.delete(address_of(cellar))
    assert [row["name"] for row in as_alice.get(URL).json()["results"]] == ["Van"]
    assert [row["name"] for row in as_alice.get(URL, {"archived": "true"}).json()["results"]] == ["Cellar"]
    assert [row["name"] for row in as_alice.get(URL, {"search": "a", "archived": "false"}).json()["results"]] == ["Van"]


@pytest.mark.quick
def test_a_location_that_holds_something_can_not_be_archived(as_alice, alice, kettle, cellar, shelf):
    lot = Lot.objects.create(owner=alice, product=kettle, code="H26")
    put_away(kettle, 3, location=cellar)
    put_away(kettle, 2, location=cellar, lot=lot)
    put_away(kettle, 1, location=shelf)
    put_away(make_product(alice, "Pot", quantity=5), 5, location=cellar)
    for location, products in ((cellar, 2), (shelf, 1)):
        answer = as_alice.delete(address_of(location))
        assert (answer.status_code, answer.json()["code"]) == (409, "location_in_use")
        assert answer.json()["products"] == products
        location.refresh_from_db()
        assert location.archived_at is None


@pytest.mark.quick
def test_an_archived_location_can_be_restored(as_alice, cellar):
    as_alice.delete(address_of(cellar))
    answer = as_alice.post(f"{address_of(cellar)}restore/")
    assert (answer.status_code, answer.json()["name"]) == (200, "Cellar")
    assert as_alice.get(address_of(cellar)).status_code == 200
    assert as_alice.post(f"{address_of(cellar)}restore/").status_code == 200


def test_a_location_whose_name_was_taken_can_not_be_restored(as_alice, cellar):
    as_alice.delete(address_of(cellar))
    as_alice.post(URL, {"name": "cellar"})
    answer = as_alice.post(f"{address_of(cellar)}restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert as_alice.get(URL).json()["count"] == 1


def test_the_holdings_of_a_location_are_listed_by_product(as_alice, alice, kettle, cellar):
    pot = make_product(alice, "Pot", quantity=5, sku="P-1")
    lot = Lot.objects.create(owner=alice, product=pot, code="H26", expires_on="2027-03-31")
    put_away(pot, 5, location=cellar, lot=lot)
    put_away(kettle, 3, location=cellar)
    put_away(kettle, 1, location=Location.objects.create(owner=alice, name="Van"))
    answer = as_alice.get(f"{address_of(cellar)}holdings/").json()
    assert answer["count"] == 2
    assert answer["results"] == [
        {
            "lot": None, "lot_code": None, "expires_on": None,
            "product": kettle.pk, "product_name": "Kettle", "sku": "", "quantity": 3,
        },
        {
            "lot": lot.pk, "lot_code": "H26", "expires_on": "2027-03-31",
            "product": pot.pk, "product_name": "Pot", "sku": "P-1", "quantity": 5,
        },
    ]  # fmt: skip


def test_the_holdings_of_another_shop_s_location_are_missing(as_charlie, kettle, cellar):
    put_away(kettle, 3, location=cellar)
    assert as_charlie.get(f"{address_of(cellar)}holdings/").status_code == 404
    assert as_charlie.delete(address_of(cellar)).status_code == 404
    assert as_charlie.post(f"{address_of(cellar)}restore/").status_code == 404


def test_an_outdated_etag_refuses_to_archive(as_alice, cellar):
    etag = as_alice.get(address_of(cellar)).headers["ETag"]
    as_alice.patch(address_of(cellar), {"note": "Left"})
    assert as_alice.delete(address_of(cellar), headers={"If-Match": etag}).status_code == 412


def test_an_unknown_location_has_no_explanation_on_its_page(as_alice, cellar):
    page = as_alice.get(f"{URL}{cellar.pk + 1}/", HTTP_ACCEPT="text/html")
    assert page.status_code == 404
    assert "archived" not in page.text


def test_an_error_of_the_database_that_is_no_taken_name_is_raised(cellar, monkeypatch):
    monkeypatch.setattr(archiving, "find_constraint", lambda _: None)
    Location.objects.create(owner=cellar.owner, name="cellar", archived_at=cellar.created_at)
    archived = Location.objects.exclude(archived_at=None).get()
    with pytest.raises(IntegrityError):
        archiving.save_restored(archived)


def test_rows_are_named_at_the_support_desk(as_alice, support, cellar):
    kettle = make_product(cellar.owner)
    lines = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "location": cellar.pk, "lot": "H26"}
    assert as_alice.post("/api/stock/", lines).status_code == 201
    assert "Cellar" in support.get("/admin/stock/location/").text
    assert [str(cellar), str(Lot.objects.get()), str(Performer.objects.get())] == ["Cellar", "H26", "alice"]
