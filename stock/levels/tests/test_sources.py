"""From where places are refilled."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection

from stock.levels.models import RefillSource
from stock.levels.tests.leveled import refill_from
from stock.models import Location
from testing.tables import all_cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def van(alice):
    return Location.objects.create(owner=alice, name="Van")


def read_source(client, location):
    body = client.get(f"/api/locations/{location.pk}/").json()
    [listed] = [row for row in client.get("/api/locations/").json()["results"] if row["id"] == location.pk]
    assert listed == body
    return body["refill_from"]


@pytest.mark.quick
def test_a_place_is_refilled_from_another_one_from_nowhere_or_not(alice, as_bob, cellar, shelf):
    assert read_source(as_bob, shelf) is None
    for source, shown in ((cellar, cellar.pk), ("none", "none"), (cellar.pk, cellar.pk), (None, None)):
        answer = refill_from(alice, shelf, source)
        assert (answer.status_code, answer.json()["refill_from"]) == (200, shown)
        assert read_source(as_bob, shelf) == shown
    assert not RefillSource.objects.exists()


def test_a_new_place_names_its_source(as_alice, cellar):
    new = as_alice.post("/api/locations/", {"name": "Van", "refill_from": cellar.pk})
    assert (new.status_code, new.json()["refill_from"]) == (201, cellar.pk)


def test_a_put_without_it_leaves_it(alice, as_alice, cellar, shelf):
    refill_from(alice, shelf, cellar)
    assert as_alice.put(f"/api/locations/{shelf.pk}/", {"name": "Shelves"}).json()["refill_from"] == cellar.pk


@pytest.mark.quick
@all_cases("length", [1, 2, 3])
def test_no_place_is_refilled_from_itself(alice, cellar, shelf, van, length):
    places = [cellar, shelf, van][:length]
    for place, source in pairwise(places):
        assert refill_from(alice, place, source).status_code == 200
    refused = refill_from(alice, places[-1], places[0])
    assert (refused.status_code, refused.json()["code"]) == (400, "refill_circle")
    ids = [place.pk for place in places]
    assert refused.json()["path"] == [ids[-1], *ids]


def test_a_circle_that_came_with_an_import_ends_no_request(alice, cellar, shelf, van):
    for place, source in ((cellar, shelf), (shelf, cellar)):
        RefillSource.objects.create(owner=alice, location=place, refill_from=source)
    assert refill_from(alice, van, shelf).status_code == 200


def test_an_archived_place_closes_a_circle_too(alice, as_alice, cellar, shelf):
    refill_from(alice, cellar, shelf)
    as_alice.delete(f"/api/locations/{cellar.pk}/")
    assert refill_from(alice, shelf, cellar).json()["code"] == "location_archived"
    as_alice.post(f"/api/locations/{cellar.pk}/restore/")
    assert refill_from(alice, shelf, cellar).json()["code"] == "refill_circle"


def test_an_archived_source_stays_but_is_not_taken_anew(alice, as_alice, cellar, shelf):
    refill_from(alice, shelf, cellar)
    as_alice.delete(f"/api/locations/{cellar.pk}/")
    refused = refill_from(alice, shelf, cellar)
    assert (refused.status_code, refused.json()["location"]) == (409, cellar.pk)
    assert read_source(as_alice, shelf) == cellar.pk


@all_cases("source", ["x", True, 999_999, [], "foreign"])
def test_another_source_is_a_400_of_the_field(alice, charlie, shelf, source):
    if source == "foreign":
        source = Location.objects.create(owner=charlie, name="Attic").pk
    refused = refill_from(alice, shelf, source)
    assert (refused.status_code, list(refused.json())) == (400, ["refill_from"])


def test_workers_choose_no_source(bob, cellar, shelf):
    assert refill_from(bob, shelf, cellar).status_code == 403


def test_the_history_names_the_sources(alice, as_alice, cellar, shelf):
    for source in (cellar, cellar, "none", None):
        refill_from(alice, shelf, source)
    changes = as_alice.get("/api/changes/", {"field": "refill_from"}).json()["results"]
    link = {"id": cellar.pk, "name": "Cellar"}
    assert [row["changes"]["refill_from"] for row in changes] == [["none", None], [link, "none"], [None, link]]


def test_an_etag_of_an_earlier_source_refuses(alice, as_alice, cellar, shelf):
    address = f"/api/locations/{shelf.pk}/"
    etag = as_alice.get(address).headers["ETag"]
    refill_from(alice, shelf, cellar)
    assert as_alice.patch(address, {"note": "Left"}, headers={"If-Match": etag}).status_code == 412


@pytest.mark.django_db(transaction=True)
def test_two_requests_make_no_circle_together(alice, cellar, shelf):
    def choose(place, source):
        try:
            return refill_from(alice, place, source).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(choose, (cellar, shelf), (shelf, cellar)))
    assert sorted(answers) == [200, 400]


def test_a_saved_view_follows_the_new_name_of_its_source(as_alice, cellar):
    view = {"name": "Fetch", "route": "reports/refill", "query": "from=cellar"}
    made = as_alice.post("/api/views/", view, format="json")
    assert made.status_code == 201, made.json()
    as_alice.patch(f"/api/locations/{cellar.pk}/", {"name": "Vault"})
    assert as_alice.get(f"/api/views/{made.json()['id']}/").json()["query"] == f"from={cellar.pk}"
