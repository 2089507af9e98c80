"""The filters of products by what lies beside them."""

import copy
from functools import partial

import pytest

from products.models import MAX_TAGS, CustomField, Group
from testing.cast.people import client_of, make_user
from testing.deferred import check_deferred_constraints
from testing.tables import all_cases

ADDRESS = "/api/products/"
TYPES = {
    "brand": "text", "weight": "number", "made": "date", "organic": "yes_no", "colour": "choice", "maker": "link",
    "weight__gte": "text",
}  # fmt: skip


def make_fields(owner):
    for key, kind in TYPES.items():
        CustomField.objects.create(
            owner=owner, key=key, label=key.title(), type=kind, choices=["Red", "blue"] if kind == "choice" else []
        )


@pytest.fixture(scope="module")
def shared_alice(module_db):
    """Return the owner of a shop with three products."""
    alice = make_user("alice")
    make_fields(alice)
    shirts = Group.objects.create(owner=alice, name="Shirt", axes=["size"])
    CustomField.objects.create(owner=alice, key="length", label="Length", type="number")
    add = partial(client_of(alice).post, ADDRESS)
    cup = {
        "fields": {"brand": "Acme", "weight": "9", "made": "2026-02-28", "organic": True, "colour": "Red", "length": 1},
        "tags": ["New", "Öl", "Weiß"], "metadata": {"shop.id": "7", "x": "Y"},
    }  # fmt: skip
    pot = {
        "fields": {
            "brand": "acme gmbh", "weight": "10.5", "made": "2026-03-01", "organic": False, "colour": "blue",
            "maker": "https://example.com/groß", "weight__gte": "odd",
        },
        "tags": ["new"], "metadata": {"shop.id": "17"}, "group": shirts.pk, "options": {"size": "Maß"},
    }  # fmt: skip
    for name, values in (("Cup", cup), ("Pot", pot), ("Tin", {})):
        assert add({"name": name, "price": "1.00", **values}).status_code == 201
    check_deferred_constraints()
    return alice


@pytest.fixture
def alice(db, shared_alice):
    return copy.deepcopy(shared_alice)


@pytest.mark.quick
@all_cases(
    ("query", "found"),
    [
        ("field.brand=ACME", ["Cup"]), ("field.brand=Acm", []), ("field.weight=9.0", ["Cup"]),
        ("field.weight__lte=9.5", ["Cup"]), ("field.weight__lte=10.50", ["Cup", "Pot"]),
        ("field.length__gte=-5", ["Cup"]), ("field.length__gte=999999999999999", []),
        ("field.made=2026-03-01", ["Pot"]), ("field.made__gte=2026-03-01", ["Pot"]),
        ("field.made__lte=2026-02-28", ["Cup"]), ("field.organic=true", ["Cup"]), ("field.organic=false", ["Pot"]),
        ("field.colour=red", ["Cup"]), ("field.maker=https://example.com/GROSS", ["Pot"]),
        ("field.weight__gte=ODD", ["Pot"]), ("field.brand=acme&field.colour=blue", []),
        ("field.brand=", ["Cup", "Pot", "Tin"]),
        ("tag=NEW", ["Cup", "Pot"]), ("tag=new,öl", ["Cup"]), ("tag=new&tag=ÖL", ["Cup"]), ("tag=old", []),
        ("tag=WEISS", ["Cup"]), ("field.=", ["Cup", "Pot", "Tin"]),
        ("tag=", ["Cup", "Pot", "Tin"]), ("metadata.shop.id=7", ["Cup"]), ("metadata.x=y", []),
        ("metadata.none=7", []), ("option.size=MASS", ["Pot"]), ("option.cut=m", []), ("tag=new&search=pot", ["Pot"]),
    ],
)  # fmt: skip
def test_products_are_found_by_what_lies_beside_them(as_alice, query, found):
    answer = as_alice.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 200, answer.data
    assert [row["name"] for row in answer.json()["results"]] == found
    assert [row["name"] for row in as_alice.get(f"/api/items/?{query}").json()["results"]] == found
    file = as_alice.get(f"{ADDRESS}export/?{query}").getvalue().decode()
    assert file.count("\n") == len(found) + 1


@all_cases(
    ("query", "name"),
    [
        ("field.none=1", "field.none"), ("field.=1", "field."), ("field.__gte=1", "field.__gte"),
        ("field.brand__gte=a", "field.brand__gte"), ("field.organic__lte=true", "field.organic__lte"),
        ("field.length__gte=abc", "field.length__gte"), ("field.length=1e5", "field.length"),
        (f"field.length={'9' * 5000}", "field.length"), ("field.length=NaN", "field.length"),
        ("field.made=2026-02-30", "field.made"), ("field.organic=perhaps", "field.organic"),
        ("field.colour=green", "field.colour"), (f"field.brand={'x' * 501}", "field.brand"),
        ("field.brand=%00", "field.brand"), ("field.Brand=a", "field.Brand"), ("field.brand__in=a", "field.brand__in"),
        ("metadata.=1", "metadata."), ("metadata.KEY=1", "metadata.KEY"),
        (f"option.{'x' * 41}=1", f"option.{'x' * 41}"),
        ("option.=1", "option."), (f"tag={','.join(map(str, range(MAX_TAGS + 1)))}", "tag"), (f"tag={'x' * 41}", "tag"),
        ("fields.brand=Acme", "fields.brand"), ("field=Acme", "field"),
    ],
)  # fmt: skip
def test_a_filter_that_is_not_possible_is_named(as_alice, query, name):
    for address in (ADDRESS, f"{ADDRESS}export/", "/api/items/"):
        refused = as_alice.get(f"{address}?{query}")
        assert (refused.status_code, [*refused.json()]) == (400, [name[:64]])


@all_cases("address", ["/api/suppliers/", "/api/fields/", "/api/products/alerts/"])
def test_other_lists_have_no_such_filters(as_alice, address):
    assert as_alice.get(f"{address}?field.brand=Acme").status_code == 400


def test_an_archived_field_or_group_finds_nothing(as_alice, alice):
    as_alice.delete(f"/api/fields/{CustomField.objects.get(key='brand').pk}/")
    assert as_alice.get(f"{ADDRESS}?field.brand=Acme").status_code == 400
    Group.objects.update(archived_at="2026-01-01T00:00:00Z")
    assert as_alice.get(f"{ADDRESS}?option.size=MA%C3%9F").json()["count"] == 0


@pytest.mark.quick
def test_a_shop_finds_its_own_products_by_its_own_fields(as_alice, as_charlie, charlie):
    assert as_charlie.get(f"{ADDRESS}?field.brand=Acme").status_code == 400
    CustomField.objects.create(owner=charlie, key="brand", label="Brand", type="number")
    assert as_charlie.get(f"{ADDRESS}?field.brand__gte=1").json()["count"] == 0
    assert as_charlie.get(f"{ADDRESS}?tag=new").json()["count"] == 0


def test_a_worker_finds_products_by_them_and_a_worker_without_a_shop_has_no_fields(as_bob, as_dora):
    assert as_bob.get(f"{ADDRESS}?field.brand=acme&tag=new").json()["count"] == 1
    assert as_dora.get(f"{ADDRESS}?field.brand=acme").status_code == 400
    assert as_dora.get(f"{ADDRESS}?tag=new").json()["count"] == 0
