"""Filling a group: the products of all combinations of values that are missing."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Group, Product
from records.events.models import Event
from testing.cast.people import client_of, make_product
from testing.races import run_concurrently
from testing.tables import all_cases


@pytest.fixture
def shirts(alice):
    return Group.objects.create(owner=alice, name="Shirt", axes=["size", "colour", "cut"])


@pytest.fixture
def address(shirts):
    return f"/api/groups/{shirts.pk}/fill/"


SIX = {"size": list("123456"), "colour": list("123456")}


def test_the_missing_products_are_made_in_the_order_of_the_values(as_alice, address, shirts):
    body = {"options": {"size": ["S", "M"], "colour": ["red", "blue"]}, "sku": "TEE-{colour}-{size}", "price": "19.00"}
    made = as_alice.post(address, body)
    assert made.status_code == 201
    rows = made.json()["products"]
    assert [row["name"] for row in rows] == ["Shirt S red", "Shirt S blue", "Shirt M red", "Shirt M blue"]
    assert [row["sku"] for row in rows] == ["TEE-red-S", "TEE-blue-S", "TEE-red-M", "TEE-blue-M"]
    assert {(row["price"], row["quantity"], row["group"], row["group_name"]) for row in rows} == {
        ("19.00", 0, shirts.pk, "Shirt")
    }
    assert rows[0]["options"] == {"size": "S", "colour": "red"}
    assert rows[0] == as_alice.get(f"/api/products/{rows[0]['id']}/").json()
    assert Event.objects.filter(type="product.created").count() == 4
    [created] = as_alice.get(f"/api/products/{rows[0]['id']}/changes/").json()["results"]
    assert created["changes"]["created"][1]["options.size"] == "S"


@pytest.mark.quick
def test_filling_again_makes_what_is_missing_alone(as_alice, address):
    as_alice.post(address, {"options": {"size": ["S"], "colour": ["red"]}})
    body = {"options": {"colour": ["RED"], "size": ["s", "M", "m"]}}
    assert [row["name"] for row in as_alice.post(address, body).json()["products"]] == ["Shirt red M"]
    assert as_alice.post(address, body).json() == {"products": []}
    assert Product.objects.count() == 2


@pytest.mark.quick
def test_an_archived_product_does_not_count(as_alice, address):
    [first] = as_alice.post(address, {"options": {"size": ["S"]}}).json()["products"]
    as_alice.delete(f"/api/products/{first['id']}/")
    [second] = as_alice.post(address, {"options": {"size": ["S"]}}).json()["products"]
    restored = as_alice.post(f"/api/products/{first['id']}/restore/").json()
    assert (restored["code"], restored["product"]) == ("options_taken", second["id"])


def test_all_products_get_the_other_fields(as_alice, address):
    body = {
        "options": {"size": ["S", "M"]}, "category": "Clothes", "unit": "pcs", "cost_price": "7.00", "tags": ["new"],
        "metadata": {"a": "b"}, "name": "Tee ({size})",
    }  # fmt: skip
    rows = as_alice.post(address, body).json()["products"]
    assert [row["name"] for row in rows] == ["Tee (S)", "Tee (M)"]
    for row in rows:
        assert (
            row.items()
            >= {"category_name": "Clothes", "cost_price": "7.00", "tags": ["new"], "metadata": {"a": "b"}}.items()
        )
    assert Category.objects.count() == 1


def test_at_most_200_products_are_made_at_once(as_alice, address):
    refused = as_alice.post(address, {"options": {**SIX, "cut": list("123456")}})
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (400, "too_many_variants", 200)
    assert not Product.objects.exists()
    assert len(as_alice.post(address, {"options": {**SIX, "cut": list("12345")}}).json()["products"]) == 180
    assert len(as_alice.post(address, {"options": {**SIX, "cut": list("123456")}}).json()["products"]) == 36


@pytest.mark.quick
def test_an_axis_has_at_most_60_values(as_alice, shirts, address):
    as_alice.post(address, {"options": {"size": [str(number) for number in range(60)]}})
    product = {"name": "Shirt", "price": "1.00", "group": shirts.pk, "options": {"size": "60"}}
    for refused in (
        as_alice.post(address, {"options": {"size": ["60"]}}).json(),
        as_alice.post("/api/products/", product).json(),
    ):
        assert (refused["code"], refused["option"], refused["limit"]) == ("too_many_option_values", "size", 60)


@all_cases(
    ("body", "field"),
    [
        ({}, "options"), ({"options": {}}, "options"), ({"options": {"size": []}}, "options"),
        ({"options": {"size": ["x" * 61]}}, "options"), ({"options": {"size": "S"}}, "options"),
        ({"options": {"size": [""]}}, "options"), ({"options": {"size": ["S"]}, "sku": "x" * 65}, "sku"),
        ({"options": {"size": ["S", "M"]}, "sku": "TEE"}, "sku"),
    ],
)  # fmt: skip
def test_a_wrong_body_makes_nothing(as_alice, address, body, field):
    refused = as_alice.post(address, body)
    assert (refused.status_code, list(refused.json())) == (400, [field])
    assert not Product.objects.exists()


@pytest.mark.quick
def test_a_template_whose_result_is_too_long_is_refused(as_alice, address):
    refused = as_alice.post(address, {"options": {"size": ["y" * 10]}, "sku": "x" * 55 + "{size}"})
    assert (refused.status_code, list(refused.json())) == (400, ["sku"])


@all_cases("template", ["{width}", "{size.__class__}", "{0}", "{}", "{size!r}"])
def test_a_template_names_axes_of_the_group_alone(as_alice, address, template):
    refused = as_alice.post(address, {"options": {"size": ["S"]}, "name": template}).json()
    assert (refused["code"], refused["option"]) == ("option_unknown", template[1:-1])


@pytest.mark.quick
def test_a_placeholder_of_an_axis_without_values_is_empty(as_alice, address):
    [row] = as_alice.post(address, {"options": {"size": ["{colour}"]}, "name": "Tee {size}{colour} {"}).json()[
        "products"
    ]
    assert row["name"] == "Tee {colour} {"


def test_a_sku_that_is_the_code_of_a_product_is_refused(as_alice, alice, address):
    make_product(alice, codes=[{"code": "TEE-S", "quantity": 1}])
    refused = as_alice.post(address, {"options": {"size": ["S"]}, "sku": "TEE-{size}"})
    assert (refused.status_code, list(refused.json())) == (400, ["sku"])


def test_an_unknown_axis_is_refused(as_alice, address):
    refused = as_alice.post(address, {"options": {"width": ["S"]}}).json()
    assert (refused["code"], refused["known"]) == ("option_unknown", "size, colour, cut")


@pytest.mark.quick
def test_a_repeated_request_with_its_key_gets_the_same_answer(as_alice, address):
    body, headers = {"options": {"size": ["S"]}}, {"Idempotency-Key": "one"}
    first, second = (as_alice.post(address, body, headers=headers) for _ in range(2))
    assert first.content == second.content
    assert Product.objects.count() == 1


def test_the_number_of_statements_does_not_depend_on_that_of_products(as_alice, address):
    counts = []
    for values in (["S"], list("ABCDEFGHIJ")):
        with CaptureQueriesContext(connection) as counted:
            as_alice.post(address, {"options": {"size": values}, "sku": "{size}"})
        counts.append(len(counted))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_sixteen_requests_at_once_make_each_product_once(alice, address):
    body = {"options": {"size": ["S", "M", "L"], "colour": ["red", "blue"]}}
    answers = run_concurrently(*[partial(client_of(alice).post, address, body) for _ in range(16)])
    assert {answer.status_code for answer in answers} == {201}
    assert sum(len(answer.json()["products"]) for answer in answers) == Product.objects.count() == 6
