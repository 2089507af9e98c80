"""Set and read levels of places."""

import pytest
from django.db import IntegrityError, transaction

from stock.levels import services
from stock.levels.models import Level, RefillSource
from stock.levels.tests.leveled import set_level, set_levels
from stock.models import Location
from testing.cast.people import client_of, make_location, make_product
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from users.access.roles import Role
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def flour(alice):
    """Return a product that is sold by the kilogram."""
    return make_product(alice, "Flour", decimals=3, unit="kg", sku="FLOUR")


def address_of(location):
    return f"/api/locations/{location.pk}/levels/"


def list_levels(client, location, **query):
    rows = client.get(address_of(location), query).json()["results"]
    return [(row["product"], row["low_at"], row["fill_to"]) for row in rows]


def make_line(product, low_at="2", fill_to="12"):
    return {"product": product.pk, "low_at": low_at, "fill_to": fill_to}


@pytest.mark.quick
def test_what_is_named_is_set_and_the_rest_stays(alice, as_bob, shelf, kettle, flour):
    line = {"sku": "flour", "low_at": "0.5", "fill_to": "2.25"}
    answer = set_levels(alice, shelf, make_line(kettle), line)
    assert answer.status_code == 200
    assert [(row["name"], row["low_at"], row["fill_to"], row["unit"]) for row in answer.json()["results"]] == [
        ("Flour", "0.500", "2.250", "kg"), ("Kettle", "2", "12", ""),
    ]  # fmt: skip
    set_levels(alice, shelf, make_line(kettle, "3", "4"))
    assert sorted(list_levels(as_bob, shelf)) == [(kettle.pk, "3", "4"), (flour.pk, "0.500", "2.250")]
    assert list_levels(as_bob, shelf, product=flour.pk) == [(flour.pk, "0.500", "2.250")]
    assert as_bob.get("/api/levels/", {"location": shelf.pk}).json()["results"][0]["location_name"] == "Shelf"


@pytest.mark.quick
def test_two_nulls_remove_a_level(alice, as_alice, shelf, kettle, flour):
    set_levels(alice, shelf, make_line(kettle), make_line(flour))
    answer = set_levels(alice, shelf, make_line(kettle, None, None))
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)
    assert list_levels(as_alice, shelf) == [(flour.pk, "2.000", "12.000")]


@pytest.mark.quick
@all_cases(
    ("line", "code"),
    [
        ({"low_at": "2", "fill_to": "2"}, "fill_below_low"),
        ({"low_at": "2", "fill_to": "1"}, "fill_below_low"),
        ({"low_at": None, "fill_to": "1"}, "invalid"),
        ({"low_at": "1"}, "invalid"),
        ({}, "invalid"),
        ({"low_at": "-1", "fill_to": "1"}, "invalid"),
        ({"low_at": "0.5", "fill_to": "1"}, "amount_too_fine"),
        ({"low_at": "1", "fill_to": "1000000001"}, "invalid"),
        ({"product": 999_999, "low_at": "1", "fill_to": "2"}, "product_not_found"),
    ],
)
def test_one_wrong_line_refuses_all(alice, shelf, kettle, flour, line, code):
    refused = set_levels(alice, shelf, make_line(flour), {"product": kettle.pk, **line})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_lines")
    assert [(one["line"], one["code"]) for one in refused.json()["lines"]] == [(1, code)]
    assert not Level.objects.exists()


@all_cases("code", ["product_twice", "keeps_no_stock", "product_archived", "not_a_product"])
def test_a_product_that_can_have_no_level_is_refused(alice, as_alice, shelf, kettle, code):
    if code == "keeps_no_stock":
        kettle = make_product(alice, "Advice", keeps_stock=False, min_threshold=None)
    elif code == "product_archived":
        as_alice.delete(f"/api/products/{kettle.pk}/")
    lines = [make_line(kettle)] * (1 + (code == "product_twice"))
    if code == "not_a_product":
        lines, code = [{**make_line(kettle), "product": "x"}], "invalid"
    refused = set_levels(alice, shelf, *lines)
    assert (refused.status_code, refused.json()["lines"][0]["code"]) == (400, code)


def test_a_kit_lies_nowhere(alice, shelf, kettle):
    kit = make_kit(alice, "Set", {kettle.pk: 1})["id"]
    assert set_levels(alice, shelf, {"kit": kit, "low_at": "1", "fill_to": "2"}).status_code == 400


@all_cases("number", [0, 501])
def test_a_request_has_1_to_500_lines(alice, shelf, kettle, number):
    assert set_levels(alice, shelf, *[make_line(kettle)] * number).status_code == 400


def test_a_shop_has_a_limit_of_levels(alice, charlie, shelf, kettle, flour, monkeypatch):
    monkeypatch.setattr(services, "MAX_LEVELS", 1)
    set_level(charlie, make_location(charlie, "Shelf"), make_product(charlie, "Pot"), 1, 2)  # another shop's is its own
    set_level(alice, shelf, kettle, 1, 2)
    refused = set_levels(alice, shelf, make_line(flour))
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_levels")
    assert Level.objects.filter(owner=alice).count() == 1
    assert set_levels(alice, shelf, make_line(kettle, None, None), make_line(flour)).status_code == 200


@pytest.mark.quick
def test_only_who_manages_products_sets_levels(alice, as_bob, as_charlie, as_dora, as_nobody, shelf, kettle):
    body = {"lines": [make_line(kettle)]}
    answers = {
        who: client.put(address_of(shelf), body, format="json").status_code
        for who, client in (("bob", as_bob), ("charlie", as_charlie), ("dora", as_dora), ("nobody", as_nobody))
    }
    assert answers == {"bob": 403, "charlie": 404, "dora": 403, "nobody": 401}
    assert as_charlie.get(address_of(shelf)).status_code == 404


def test_an_archived_place_is_missing_and_keeps_its_levels(alice, as_alice, shelf, kettle):
    set_level(alice, shelf, kettle, 1, 2)
    as_alice.delete(f"/api/locations/{shelf.pk}/")
    assert set_levels(alice, shelf, make_line(kettle)).status_code == 404
    assert as_alice.get(address_of(shelf)).status_code == 404
    assert as_alice.get("/api/levels/").json()["results"] == []
    as_alice.post(f"/api/locations/{shelf.pk}/restore/")
    assert list_levels(as_alice, shelf) == [(kettle.pk, "1", "2")]


def test_an_archived_product_keeps_its_level(alice, as_alice, shelf, kettle):
    set_level(alice, shelf, kettle, 1, 2)
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert list_levels(as_alice, shelf) == []
    as_alice.post(f"/api/products/{kettle.pk}/restore/")
    assert list_levels(as_alice, shelf) == [(kettle.pk, "1", "2")]


def test_a_level_fixes_the_decimals_while_it_is_there(alice, as_alice, shelf):
    tea = as_alice.post("/api/products/", {"name": "Tea", "price": "1.00"}).json()["id"]
    set_levels(alice, shelf, {"product": tea, "low_at": "1", "fill_to": "2"})
    assert as_alice.patch(f"/api/products/{tea}/", {"decimals": 2}).json()["code"] == "decimals_fixed"
    set_levels(alice, shelf, {"product": tea, "low_at": None, "fill_to": None})
    assert as_alice.patch(f"/api/products/{tea}/", {"decimals": 2}).status_code == 200


def test_the_history_tells_which_levels_differ(alice, as_alice, shelf, kettle, flour):
    set_levels(alice, shelf, make_line(kettle), make_line(flour))
    set_levels(alice, shelf, make_line(kettle), make_line(flour, "3", "4"))
    set_levels(alice, shelf, make_line(kettle), make_line(flour, "3", "4"))
    changes = as_alice.get("/api/changes/", {"field": "levels"}).json()["results"]
    assert [row["changes"]["levels"] for row in changes] == [
        [["Flour: 2.000 – 12.000 kg"], ["Flour: 3.000 – 4.000 kg"]],
        [[], ["Kettle: 2 – 12", "Flour: 2.000 – 12.000 kg"]],
    ]  # fmt: skip


@all_cases(
    ("model", "values", "rule"),
    [
        (Level, {"low_at": -1, "fill_to": 1}, "low_at"),
        (Level, {"low_at": 2, "fill_to": 2}, "fill_to"),
        (Level, {"low_at": 2, "fill_to": 1_000_000_001}, "fill_to"),
        (RefillSource, {}, "other"),
    ],
)
def test_the_database_refuses_what_the_service_does(alice, shelf, kettle, model, values, rule):
    further = {"product": kettle} if model is Level else {"refill_from": shelf}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        model.objects.create(owner=alice, location=shelf, **further, **values)
    assert refused.value.__cause__.diag.constraint_name == f"{model._meta.db_table}_{rule}"


def test_a_level_of_another_shop_s_product_is_impossible(alice, charlie, shelf):
    pot = make_product(charlie, "Pot")
    assert set_levels(alice, shelf, make_line(pot)).json()["lines"][0]["code"] == "product_not_found"
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.create(owner=alice, location=shelf, product=pot, low_at=1, fill_to=2)


def test_counters_see_no_levels(alice, shelf):
    cora = User.objects.create(username="cora", role=Role.COUNTER, employer=alice)
    assert client_of(cora).get(address_of(shelf)).status_code == 403


def test_both_places_have_levels_of_their_own(alice, as_alice, shelf, kettle):
    van = Location.objects.create(owner=alice, name="Van")
    set_level(alice, shelf, kettle, 1, 2)
    set_level(alice, van, kettle, 3, 4)
    assert list_levels(as_alice, shelf) == [(kettle.pk, "1", "2")]
