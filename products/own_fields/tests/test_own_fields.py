"""The shop's own fields: their routes, their choices, and what renaming one does to the products."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from unittest.mock import Mock

import pytest
from django.db import transaction

from products.models import MAX_CHOICES, MAX_FIELDS, CustomField, Product
from products.own_fields import services as own_fields
from records.events.models import Event
from testing.cast.people import client_of, make_product
from testing.races import run_and_disconnect, run_behind_lock, wait_until_blocking
from testing.tables import all_cases

ADDRESS = "/api/fields/"
COLOUR = {"key": "colour", "label": "Colour", "type": "choice", "choices": ["red", "blue"]}


@pytest.fixture
def colour(as_alice):
    return f"{ADDRESS}{as_alice.post(ADDRESS, COLOUR).data['id']}/"


def make_painted(client, name, choice):
    return client.post("/api/products/", {"name": name, "price": "1.00", "fields": {"colour": choice}}).data["id"]


def read_colours(client):
    return {row["name"]: row["fields"].get("colour") for row in client.get("/api/products/").json()["results"]}


def test_a_field_has_exactly_its_published_values(as_alice, alice):
    answer = as_alice.post(ADDRESS, COLOUR)
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "key", "label", "type", "choices", "position", "created_at"]
    assert answer.json().items() >= {**COLOUR, "position": 0}.items()
    assert CustomField.objects.get().owner == alice


def test_fields_are_listed_by_position_and_read_by_workers_only(as_alice, as_bob, as_charlie):
    for key, position in (("b", 1), ("a", 1), ("c", 0)):
        as_alice.post(ADDRESS, {"key": key, "label": key, "type": "text", "position": position})
    assert [row["key"] for row in as_bob.get(ADDRESS).json()["results"]] == ["c", "b", "a"]
    assert as_charlie.get(ADDRESS).json()["count"] == 0
    assert as_bob.post(ADDRESS, COLOUR).status_code == 403


@all_cases(
    ("values", "field"),
    [
        ({"key": "Brand"}, "key"), ({"key": ""}, "key"), ({"key": "k" * 41}, "key"), ({"key": "a\nb"}, "key"),
        ({"key": 7}, "key"), ({"type": "colour"}, "type"), ({"label": "l" * 61}, "label"), ({"label": ""}, "label"),
        ({"choices": []}, "choices"), ({"choices": ["red", "RED"]}, "choices"), ({"choices": "red"}, "choices"),
        ({"choices": ["c" * 61]}, "choices"), ({"choices": [""]}, "choices"),
        ({"choices": [str(number) for number in range(MAX_CHOICES + 1)]}, "choices"),
        ({"type": "text"}, "choices"), ({"position": -1}, "position"), ({"position": 32768}, "position"),
        ({"rename": {"green": "red"}}, "rename"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_allowed_is_refused(as_alice, values, field):
    refused = as_alice.post(ADDRESS, {**COLOUR, **values})
    assert (refused.status_code, [*refused.json()]) == (400, [field])


def test_a_key_is_taken_for_ever(as_alice, as_charlie, colour):
    as_alice.delete(colour)
    refused = as_alice.post(ADDRESS, COLOUR)
    assert (refused.status_code, refused.data["code"], refused.data["key"]) == (400, "key_taken", "colour")
    assert as_charlie.post(ADDRESS, COLOUR).status_code == 201


def test_a_shop_has_thirty_fields_that_are_not_archived(as_alice, alice, colour):
    as_alice.delete(colour)
    CustomField.objects.bulk_create(
        CustomField(owner=alice, key=f"f{n}", label="F", type="text") for n in range(MAX_FIELDS)
    )
    for refused in (
        as_alice.post(ADDRESS, {"key": "more", "label": "More", "type": "text"}),
        as_alice.post(f"{colour}restore/"),
    ):
        assert (refused.status_code, refused.data["code"], refused.data["limit"]) == (409, "too_many_fields", 30)
    assert as_alice.get(colour).status_code == 404
    assert CustomField.objects.filter(key="more").count() == 0


@pytest.mark.quick
@all_cases(("name", "value"), [("key", "hue"), ("type", "text")])
def test_key_and_type_are_fixed(as_alice, colour, name, value):
    refused = as_alice.patch(colour, {name: value})
    assert (refused.status_code, refused.data["code"], refused.data["field"]) == (409, "field_fixed", name)
    assert as_alice.patch(colour, {name: COLOUR[name], "label": "Hue"}).data["label"] == "Hue"


@pytest.mark.quick
def test_renaming_choices_swaps_the_values_of_all_products_at_once(as_alice, colour):
    painted = {name: make_painted(as_alice, name, choice) for name, choice in (("Cup", "red"), ("Pot", "blue"))}
    archived = make_painted(as_alice, "Old", "red")
    as_alice.delete(f"/api/products/{archived}/")
    make_product(Product.objects.first().owner, "Plain")
    before = {pk: as_alice.get(f"/api/products/{pk}/") for pk in painted.values()}
    events = Event.objects.count()
    changed = as_alice.patch(colour, {"rename": {"RED": "blue", "blue": "red"}})
    assert changed.data["choices"] == ["blue", "red"]
    assert read_colours(as_alice) == {"Cup": "blue", "Pot": "red", "Plain": None}
    for pk, old in before.items():
        now = as_alice.get(f"/api/products/{pk}/")
        assert now.data["updated_at"] > old.data["updated_at"]
        assert now.headers["ETag"] != old.headers["ETag"]
    [last, *_] = as_alice.get(f"/api/products/{painted['Cup']}/changes/").data["results"]
    assert last["changes"] == {"fields.colour": ["red", "blue"]}
    assert Event.objects.count() == events + 3
    assert set(Event.objects.order_by("-id").values_list("type", flat=True)[:3]) == {"product.changed"}
    [last, *_] = as_alice.get(f"{colour}changes/").data["results"]
    assert last["changes"] == {"choices": [["red", "blue"], ["blue", "red"]]}
    assert as_alice.post(f"/api/products/{archived}/restore/").data["fields"] == {"colour": "blue"}


@pytest.mark.django_db(transaction=True)
def test_a_rename_of_many_products_locks_few_of_them_at_a_time(as_alice, alice, colour, monkeypatch):
    monkeypatch.setattr(own_fields, "MAX_RENAMED", 2)
    ids = [make_painted(as_alice, f"Cup {number}", "red") for number in range(5)]
    rename = partial(client_of(alice).patch, colour, {"rename": {"red": "crimson"}})
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Product.objects.select_for_update().get(pk=ids[-1])
            running = pool.submit(run_and_disconnect, rename)
            wait_until_blocking(running)
            assert Product.objects.filter(pk__in=ids[:-1]).select_for_update(nowait=True).count() == 4
            assert sorted(read_colours(as_alice).values()) == ["crimson"] * 4 + ["red"]
        assert running.result().data["choices"] == ["crimson", "blue"]
    assert set(read_colours(as_alice).values()) == {"crimson"}


@pytest.mark.django_db(transaction=True)
def test_a_rename_that_broke_off_is_ended_by_the_same_request(as_alice, colour, monkeypatch):
    monkeypatch.setattr(own_fields, "MAX_RENAMED", 1)
    for name in ("Cup", "Pot"):
        make_painted(as_alice, name, "red")
    with monkeypatch.context() as broken:
        broken.setattr(own_fields, "save_fields", Mock(side_effect=MemoryError))
        with pytest.raises(MemoryError):
            as_alice.patch(colour, {"rename": {"red": "crimson"}})
    assert as_alice.get(colour).data["choices"] == ["red", "blue"]
    assert as_alice.patch(colour, {"rename": {"red": "crimson"}}).data["choices"] == ["crimson", "blue"]
    assert read_colours(as_alice) == {"Cup": "crimson", "Pot": "crimson"}


@pytest.mark.quick
def test_a_choice_that_a_product_has_can_be_renamed_but_not_removed(as_alice, colour):
    cup = make_painted(as_alice, "Cup", "red")
    assert as_alice.patch(colour, {"choices": ["Red", "green"]}).data["choices"] == ["Red", "green"]
    assert read_colours(as_alice) == {"Cup": "Red"}
    as_alice.delete(f"/api/products/{cup}/")
    refused = as_alice.patch(colour, {"choices": ["green"]})
    assert (refused.status_code, refused.data["code"], refused.data["choice"]) == (409, "choice_in_use", "Red")
    changed = as_alice.patch(colour, {"choices": ["red"], "rename": {"red": "crimson"}})
    assert changed.data["choices"] == ["crimson"]


@all_cases("rename", [{"green": "lime"}, {"red": "BLUE"}, {"red": "r" * 61}, {"red": 7}, "red"])
def test_a_rename_that_is_not_possible_is_refused(as_alice, colour, rename):
    refused = as_alice.patch(colour, {"rename": rename})
    assert (refused.status_code, [*refused.json()]) == (400, ["rename"])


def test_an_archived_field_leaves_its_values_in_place(as_alice, colour):
    cup = make_painted(as_alice, "Cup", "red")
    assert as_alice.delete(colour).status_code == 204
    assert (as_alice.get(ADDRESS).data["count"], as_alice.get(f"{ADDRESS}?archived=true").data["count"]) == (0, 1)
    assert read_colours(as_alice) == {"Cup": None}
    assert as_alice.post(f"{colour}restore/").data["key"] == "colour"
    assert as_alice.get(f"/api/products/{cup}/").data["fields"] == {"colour": "red"}


def test_a_changed_field_is_not_overwritten(as_alice, colour):
    etag = as_alice.get(colour).headers["ETag"]
    as_alice.patch(colour, {"label": "Hue"})
    assert as_alice.patch(colour, {"label": "Paint"}, headers={"If-Match": etag}).status_code == 412


@pytest.mark.django_db(transaction=True)
def test_a_rename_waits_for_a_product_that_gets_the_choice(as_alice, alice):
    field = as_alice.post(ADDRESS, COLOUR).data["id"]
    cup = make_product(alice, "Cup")
    paint = partial(as_alice.patch, f"/api/products/{cup.pk}/", {"fields": {"colour": "red"}})
    rename = partial(client_of(alice).patch, f"{ADDRESS}{field}/", {"rename": {"red": "crimson"}})
    assert run_behind_lock(paint, rename).status_code == 200
    assert read_colours(as_alice) == {"Cup": "crimson"}
