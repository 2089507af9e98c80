"""What lies beside a product: group and options, own fields, tags and metadata."""

import pytest

from products.filing.tests.importing import import_file
from products.models import CustomField, Profile
from testing.cast.people import make_product
from testing.tables import all_cases

ADDRESS = "/api/products/"
ABSENT = {"group": None, "group_name": None, "options": {}, "fields": {}, "tags": [], "metadata": {}, "picture": None}


@pytest.fixture
def brand(alice):
    return CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")


def create(client, name="Shirt S", **values):
    return client.post(ADDRESS, {"name": name, "price": "9.00", **values})


def show(client, product):
    return client.get(f"{ADDRESS}{product['id']}/").json()


def test_a_product_without_a_profile_has_empty_values(as_alice, alice):
    pot = make_product(alice, "Pot")
    for row in (as_alice.get(ADDRESS).data["results"][0], as_alice.get(f"{ADDRESS}{pot.pk}/").data):
        assert row.items() >= ABSENT.items()
    assert not Profile.objects.exists()


def test_a_variant_is_shown_alike_by_its_page_the_list_and_a_search(as_alice, shirts, brand):
    values = {
        "group": shirts.pk, "options": {"size": "S"}, "fields": {"brand": "Acme"}, "tags": ["New"],
        "metadata": {"shop.id": "7"},
    }  # fmt: skip
    made = create(as_alice, **values)
    assert made.status_code == 201
    assert made.data.items() >= {**values, "group_name": "Shirt", "picture": None}.items()
    for address in (ADDRESS, f"{ADDRESS}?search=Shirt"):
        assert as_alice.get(address).json()["results"] == [show(as_alice, made.data)]


@pytest.mark.quick
def test_a_patch_replaces_options_and_merges_the_rest(as_alice, shirts, brand):
    options = {"size": "S", "colour": "red"}
    made = create(
        as_alice, group=shirts.pk, options=options, fields={"brand": "Acme"}, tags=["New", "Sale"],
        metadata={"a": "1", "b": "2"},
    ).data  # fmt: skip
    changes = {
        "options": {"size": "M"}, "fields": {"brand": None}, "tags": {"add": ["Red"], "remove": ["new"]},
        "metadata": {"a": None, "c": "3"},
    }  # fmt: skip
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", changes).data
    assert (changed["options"], changed["fields"]) == ({"size": "M"}, {})
    assert (changed["tags"], changed["metadata"]) == (["Sale", "Red"], {"b": "2", "c": "3"})


def test_a_change_beside_the_product_is_a_change_of_it(as_alice):
    made = create(as_alice).data
    before = as_alice.get(f"{ADDRESS}{made['id']}/")
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", {"tags": ["Sale"]})
    assert changed.data["updated_at"] > made["updated_at"]
    assert as_alice.get(f"{ADDRESS}{made['id']}/").headers["ETag"] != before.headers["ETag"]
    [last, *_] = as_alice.get(f"{ADDRESS}{made['id']}/changes/").data["results"]
    assert last["changes"] == {"tags": [None, ["Sale"]]}


def test_a_change_to_the_same_values_changes_nothing(as_alice, shirts):
    made = create(as_alice, group=shirts.pk, options={"size": "S"}, tags=["Sale"]).data
    as_alice.patch(f"{ADDRESS}{made['id']}/", {"group": shirts.pk, "options": {"size": "S"}, "tags": ["Sale"]})
    assert len(as_alice.get(f"{ADDRESS}{made['id']}/changes/").data["results"]) == 1


@all_cases(
    ("values", "code", "numbers"),
    [
        ({"options": {"size": "S"}}, "option_unknown", {"option": "size", "known": ""}),
        ({"group": 0, "options": {"cut": "S"}}, "option_unknown", {"option": "cut", "known": "size, colour"}),
        ({"fields": {"weight": "7"}}, "field_unknown", {"field": "weight"}),
        ({"fields": {"brand": 7}}, "field_invalid", {"field": "brand", "type": "text"}),
        ({"tags": [f"t{number}" for number in range(21)]}, "too_many_tags", {"limit": 20}),
        ({"metadata": {f"k{number}": "x" for number in range(21)}}, "too_many_metadata_keys", {"limit": 20}),
    ],
)
def test_what_is_not_allowed_is_refused(as_alice, shirts, brand, values, code, numbers):
    if "group" in values:
        values = {**values, "group": shirts.pk}
    refused = create(as_alice, **values)
    assert (refused.status_code, refused.data["code"]) == (400, code)
    assert refused.data.items() >= numbers.items()


@all_cases(
    "values",
    [
        {"options": "S"}, {"options": {"size": 7}}, {"fields": ["brand"]}, {"fields": {"brand": {}}}, {"tags": "new"},
        {"tags": {"more": ["new"]}}, {"tags": ["a,b"]}, {"metadata": {"Key": "x"}}, {"metadata": {"key": 7}},
        {"group": 999},
    ],
)  # fmt: skip
def test_values_of_a_wrong_form_are_refused(as_alice, brand, values):
    refused = create(as_alice, **values)
    assert refused.status_code == 400
    assert {*refused.data} == {*values}


def test_two_live_products_of_a_group_have_different_options(as_alice, shirts):
    first = create(as_alice, group=shirts.pk, options={"size": "S"}).data
    refused = create(as_alice, "Shirt 2", group=shirts.pk, options={"size": "S"})
    assert (refused.data["code"], refused.data["product"]) == ("options_taken", first["id"])
    as_alice.delete(f"{ADDRESS}{first['id']}/")
    assert create(as_alice, "Shirt 2", group=shirts.pk, options={"size": "S"}).status_code == 201
    restored = as_alice.post(f"{ADDRESS}{first['id']}/restore/")
    assert (restored.status_code, restored.data["code"]) == (400, "options_taken")


@pytest.mark.quick
@all_cases(
    ("type_", "given", "stored"),
    [
        ("text", " Acme ", "Acme"), ("number", "1.50", "1.5"), ("number", 7, "7"), ("number", 100, "100"),
        ("date", "2026-02-28", "2026-02-28"), ("yes_no", True, True), ("yes_no", "No", False),
        ("choice", "RED", "red"), ("link", "https://example.com/x", "https://example.com/x"),
    ],
)  # fmt: skip
def test_a_value_of_an_own_field_is_stored_by_its_type(alice, as_alice, type_, given, stored):
    CustomField.objects.create(owner=alice, key="own", label="Own", type=type_, choices=["red"])
    assert create(as_alice, fields={"own": given}).data["fields"] == {"own": stored}


@pytest.mark.quick
def test_an_archived_own_field_takes_no_values(as_alice, brand):
    CustomField.objects.filter(pk=brand.pk).update(archived_at="2026-01-01T00:00:00Z")
    refused = create(as_alice, fields={"brand": "Acme"})
    assert (refused.status_code, refused.data.get("code")) == (400, "field_unknown")


@all_cases(
    ("type_", "given"),
    [
        ("number", "1e5"), ("number", True), ("number", "abc"), ("date", "2026-02-30"), ("date", 7), ("yes_no", "x"),
        ("choice", "blue"), ("link", "javascript:alert(1)"), ("link", "ftp://example.com"), ("text", "x" * 501),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_the_type_is_refused(alice, as_alice, type_, given):
    CustomField.objects.create(owner=alice, key="own", label="Own", type=type_, choices=["red"])
    assert create(as_alice, fields={"own": given}).data["code"] == "field_invalid"


def test_blanks_are_no_value_of_an_own_field(as_alice, brand):
    made = create(as_alice, fields={"brand": "Acme"}).data
    assert as_alice.patch(f"{ADDRESS}{made['id']}/", {"fields": {"brand": " "}}).data["fields"] == {}


JSON_VALUES = {"null": None, "true": True, "whole": 2, "decimal": 1.5, "text": "x", "list": ["red"], "object": {"a": 1}}
TAKEN = {
    "text": {"text"}, "number": {"whole", "decimal"}, "date": set(), "yes_no": {"true"}, "choice": set(), "link": set(),
}  # fmt: skip


@all_cases("type_", TAKEN)
def test_an_own_field_takes_or_refuses_each_type_of_json(alice, as_alice, type_):
    CustomField.objects.create(owner=alice, key="own", label="Own", type=type_, choices=["red"])
    cup = make_product(alice, "Cup").pk
    for name, value in JSON_VALUES.items():
        sent = {"fields": {"own": value}}
        answers = [
            create(as_alice, **sent), as_alice.patch(f"{ADDRESS}{cup}/", sent),
            as_alice.patch(ADDRESS, {"lines": [{"id": cup, **sent}]}),
        ]  # fmt: skip
        expected = [201, 200, 200] if name in {*TAKEN[type_], "null"} else [400] * 3
        assert [answer.status_code for answer in answers] == expected, name


def test_a_worker_changes_no_profile(as_bob, as_alice):
    made = create(as_alice, tags=["Sale"]).data
    assert as_bob.patch(f"{ADDRESS}{made['id']}/", {"tags": ["New"]}).status_code == 403
    assert as_bob.patch(f"{ADDRESS}{made['id']}/", {"tags": ["Sale"]}).status_code == 200


def test_a_group_of_another_shop_does_not_exist(as_charlie, shirts):
    assert create(as_charlie, group=shirts.pk).status_code == 400


def test_many_products_are_changed_with_their_profiles(as_alice, shirts):
    made = [create(as_alice, name, group=shirts.pk, options={"size": name}).data["id"] for name in "SM"]
    lines = [{"id": pk, "tags": {"add": ["Sale"]}} for pk in made]
    changed = as_alice.patch(ADDRESS, {"lines": lines})
    assert [line["tags"] for line in changed.data["lines"]] == [["Sale"]] * 2
    lines[1] |= {"options": {"size": "S"}}
    refused = as_alice.patch(ADDRESS, {"lines": lines})
    assert [line["code"] for line in refused.data["lines"]] == ["options_taken"]


@pytest.mark.quick
def test_tags_that_differ_in_case_are_one_tag(as_alice):
    assert create(as_alice, tags=["New", "NEW", "Sale"]).data["tags"] == ["New", "Sale"]


@all_cases("asked", [["csa", "öko"], {"add": ["csa", "csa", "öko"]}])
def test_a_tag_is_written_as_the_shop_has_first_written_it(as_alice, as_charlie, shirts, asked):
    create(as_charlie, tags=["Csa"])
    create(as_alice, tags=["CSA", "ÖKO"])
    made = create(as_alice, "Kettle").data["id"]
    lines = [{"id": made, "tags": asked}, {"id": create(as_alice, "Pot").data["id"], "tags": ["New"]}]
    lines += [{"id": create(as_alice, "Pan").data["id"], "tags": ["NEW"]}]
    changed = as_alice.patch(ADDRESS, {"lines": lines}).data["lines"]
    assert [line["tags"] for line in changed] == [["CSA", "ÖKO"], ["New"], ["New"]]
    assert as_alice.patch(f"{ADDRESS}{made}/", {"tags": {"remove": ["cSA"]}}).data["tags"] == ["ÖKO"]
    line = {"name": "Jug", "external_id": "J", "price": "1.00", "tags": ["csa"]}
    assert as_alice.post(f"{ADDRESS}upsert/", {"lines": [line]}).status_code == 200
    fill = {"options": {"size": ["S"]}, "price": "1", "tags": ["csa"]}
    assert as_alice.post(f"/api/groups/{shirts.pk}/fill/", fill).status_code in (200, 201)
    assert [*Profile.objects.order_by("id").values_list("tags", flat=True)][-2:] == [["CSA"]] * 2


def test_a_product_keeps_its_own_spelling_of_a_tag_that_two_products_spell_differently(as_alice, as_bob):
    create(as_alice, tags=["CSA"])
    made = create(as_alice, "Pot", tags=["csa"]).data["id"]
    Profile.objects.filter(product_id=made).update(tags=["csa"])  # as an earlier release wrote it
    assert as_bob.patch(f"{ADDRESS}{made}/", {"tags": ["csa"]}).status_code == 200
    assert import_file(as_alice, f"id,tags\r\n{made},csa\r\n", "?columns=id:id")["unchanged"] == 1
    assert len(as_alice.get(f"{ADDRESS}?tag=Csa").data["results"]) == 2
    assert as_alice.patch(f"{ADDRESS}{made}/", {"tags": ["CSA"]}).data["tags"] == ["CSA"]
