"""Groups of variants: their routes, and renaming what their products have in common."""

from functools import partial
from threading import Event as Signal

import pytest

from products.models import Group, Profile
from records.events.models import Event
from testing.cast.people import client_of, make_product
from testing.races import run_concurrently
from testing.tables import all_cases

URL = "/api/groups/"


@pytest.fixture
def variants(alice, shirts):
    """Three shirts: S red, M red, and an archived S red."""
    options = [("S", "red"), ("M", "red"), ("S", "red")]
    made = []
    for size, colour in options:
        made.append(
            make_product(
                alice, f"Shirt {size}", 2, cost_price="3.00", group=shirts, options={"size": size, "colour": colour}
            )
        )
        if len(made) == 1:
            client_of(alice).delete(f"/api/products/{made[0].pk}/")
    return made


def read_options(client, products):
    rows = {row["id"]: row for row in client.get("/api/products/").json()["results"]}
    return [rows[product.pk]["options"] for product in products]


def test_a_group_has_exactly_its_published_fields(as_alice):
    made = as_alice.post(URL, {"name": " Shirt ", "axes": ["size", " colour "]})
    assert made.status_code == 201
    numbers = ["products", "quantity", "available", "by_unit", "value"]
    assert list(made.json()) == ["id", "name", "axes", *numbers, "created_at"]
    assert made.json().items() >= {"name": "Shirt", "axes": ["size", "colour"], "products": 0, "value": "0.00"}.items()
    assert as_alice.get(f"{URL}{made.json()['id']}/").json() == made.json()
    assert as_alice.get(URL).json()["results"] == [made.json()]


def test_a_group_sums_up_its_live_products(as_alice, as_bob, alice, shirts, variants):
    as_alice.post("/api/stock/reservations/", {"lines": [{"product": variants[1].pk, "quantity": 1}]})
    sums = {"products": 2, "quantity": 4, "available": 3, "value": "12.00"}
    for row in (as_alice.get(f"{URL}{shirts.pk}/").json(), as_alice.get(URL).json()["results"][0]):
        assert row.items() >= sums.items()
    assert as_bob.get(f"{URL}{shirts.pk}/").json().items() >= {**sums, "value": None}.items()


@all_cases("axes", [["size", "Size"], [""], ["x" * 41], "size", [7], None, {"size": "x"}])
def test_axes_are_different_short_texts(as_alice, axes):
    refused = as_alice.post(URL, {"name": "Shirt", "axes": axes})
    assert (refused.status_code, list(refused.json())) == (400, ["axes"])


def test_a_group_has_at_most_three_axes(as_alice):
    refused = as_alice.post(URL, {"name": "Shirt", "axes": list("abcd")}).json()
    assert (refused["code"], refused["limit"]) == ("too_many_axes", 3)


def test_names_of_groups_are_unique_ignoring_case(as_alice, as_charlie, shirts):
    assert as_alice.post(URL, {"name": "SHIRT"}).json() == {"name": ["You have a group with this name already."]}
    assert as_charlie.post(URL, {"name": "Shirt"}).status_code == 201


def test_a_worker_reads_groups_and_changes_none(as_bob, shirts):
    address = f"{URL}{shirts.pk}/"
    assert as_bob.get(address).status_code == as_bob.get(URL).status_code == 200
    for refused in (as_bob.patch(address, {"name": "x"}), as_bob.delete(address), as_bob.post(f"{address}fill/", {})):
        assert refused.status_code == 403


def test_another_shop_has_no_such_group(as_charlie, shirts):
    address = f"{URL}{shirts.pk}/"
    for refused in (as_charlie.get(address), as_charlie.patch(address, {}), as_charlie.post(f"{address}fill/", {})):
        assert refused.status_code == 404


def test_an_archived_group_leaves_its_products_as_they_are(as_alice, shirts, variants):
    before = as_alice.get(f"/api/products/{variants[1].pk}/").json()
    assert as_alice.delete(f"{URL}{shirts.pk}/").status_code == 204
    archived = as_alice.get(f"/api/products/{variants[1].pk}/").json()
    without = {"group": None, "group_name": None, "options": {}}
    assert archived == {**before, **without, "updated_at": archived["updated_at"]}
    assert as_alice.get(URL).json()["results"] == []
    assert as_alice.get(f"{URL}?archived=true").json()["results"][0]["id"] == shirts.pk
    assert as_alice.post(f"{URL}{shirts.pk}/restore/").status_code == 200
    after = as_alice.get(f"/api/products/{variants[1].pk}/").json()
    assert after == {**before, "updated_at": after["updated_at"]}


def test_archiving_and_restoring_a_group_changes_its_products(as_alice, shirts, variants):
    address = f"/api/products/{variants[1].pk}/"
    seen = [as_alice.get(address)]
    as_alice.delete(f"{URL}{shirts.pk}/")
    seen.append(as_alice.get(address))
    for _repeated in range(2):
        as_alice.post(f"{URL}{shirts.pk}/restore/")
        seen.append(as_alice.get(address))
    first, archived, restored, again = [answer.json()["updated_at"] for answer in seen]
    assert first < archived < restored == again
    assert len({answer.headers["ETag"] for answer in seen}) == 3
    events = as_alice.get("/api/events/?limit=500").json()["events"]
    changed = [one["data"] for one in events if one["type"] == "product.changed"]
    changes = [one["changes"] for one in changed if one["product"] == variants[1].pk]
    assert changes == [{"group_name": ["Shirt", None]}, {"group_name": [None, "Shirt"]}]
    assert as_alice.get(f"{address}changes/").json()["results"][0]["changes"] == changes[1]


def test_what_was_read_while_the_group_was_archived_can_be_sent_back(as_alice, shirts, variants):
    address = f"/api/products/{variants[1].pk}/"
    as_alice.patch(address, {"external_id": "gid-1"})
    before = as_alice.get(address).json()
    as_alice.delete(f"{URL}{shirts.pk}/")
    for sent_to in (address, "/api/products/by-external-id/gid-1/"):
        assert as_alice.put(sent_to, as_alice.get(address).json()).status_code == 200
    as_alice.post(f"{URL}{shirts.pk}/restore/")
    after = as_alice.get(address).json()
    assert (after["group"], after["options"]) == (shirts.pk, before["options"])


def test_a_group_is_not_restored_while_another_one_has_its_name(as_alice, shirts):
    as_alice.delete(f"{URL}{shirts.pk}/")
    as_alice.post(URL, {"name": "shirt"})
    refused = as_alice.post(f"{URL}{shirts.pk}/restore/")
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")


@pytest.mark.quick
def test_axes_are_added_and_unused_ones_removed(as_alice, shirts, variants):
    address = f"{URL}{shirts.pk}/"
    assert as_alice.delete(f"/api/products/{variants[2].pk}/").status_code == 204  # one live product has values
    assert as_alice.patch(address, {"axes": ["size", "colour", "cut"]}).json()["axes"] == ["size", "colour", "cut"]
    assert as_alice.patch(address, {"axes": ["colour", "size"]}).json()["axes"] == ["colour", "size"]
    refused = as_alice.patch(address, {"axes": ["size"]})
    assert (refused.status_code, refused.json()["code"], refused.json()["option"]) == (409, "axis_in_use", "colour")


def test_archived_products_lose_the_values_of_a_removed_axis(as_alice, shirts, variants):
    for product in variants[1:]:
        as_alice.patch(f"/api/products/{product.pk}/", {"options": {"size": f"{product.pk}"}})
    assert as_alice.patch(f"{URL}{shirts.pk}/", {"axes": ["size"]}).status_code == 200
    assert Profile.objects.get(product=variants[0]).options == {"size": "S"}


def test_renamed_values_change_all_products_of_the_group(as_alice, alice, shirts, variants):
    before = [as_alice.get(f"/api/products/{product.pk}/") for product in variants[1:]]
    answer = as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"size": {"S": "M", "M": "S"}, "colour": {"red": "Rot"}}})
    assert answer.status_code == 200
    assert read_options(as_alice, variants[1:]) == [{"size": "S", "colour": "Rot"}, {"size": "M", "colour": "Rot"}]
    assert Profile.objects.get(product=variants[0]).options == {"size": "M", "colour": "Rot"}
    assert not Profile.objects.get(product=variants[0]).is_live
    after = [as_alice.get(f"/api/products/{product.pk}/") for product in variants[1:]]
    for old, new in zip(before, after, strict=True):
        assert old.headers["ETag"] != new.headers["ETag"]
        assert old.json()["updated_at"] < new.json()["updated_at"]
        assert (old.json()["sku"], old.json()["name"]) == (new.json()["sku"], new.json()["name"])
    changed = Event.objects.filter(type="product.changed").values_list("product", flat=True)
    assert sorted(changed) == [product.pk for product in variants]
    [last, _created] = as_alice.get(f"{URL}{shirts.pk}/changes/").json()["results"]
    assert last["changes"] == {"options.size": [["S", "M"], ["M", "S"]], "options.colour": [["red"], ["Rot"]]}
    [last, *_] = as_alice.get(f"/api/products/{variants[1].pk}/changes/").json()["results"]
    assert last["changes"] == {"options.size": ["M", "S"], "options.colour": ["red", "Rot"]}


@pytest.mark.quick
def test_values_that_differ_in_case_are_one(as_alice, shirts, variants):
    other = make_product(shirts.owner, "Other")
    change = partial(as_alice.patch, f"/api/products/{other.pk}/")
    changed = change({"group": shirts.pk, "options": {"size": "L", "colour": "RED"}})
    assert changed.json()["options"] == {"size": "L", "colour": "red"}
    refused = change({"options": {"size": "s", "colour": "RED"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "options_taken")
    named = as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"colour": {"red": "Red"}}})
    assert named.status_code == 200
    assert {row["colour"] for row in read_options(as_alice, [other, *variants[1:]])} == {"Red"}


def test_renamed_axes_are_renamed_in_the_products(as_alice, shirts, variants):
    answer = as_alice.patch(
        f"{URL}{shirts.pk}/",
        {"rename_axes": {"size": "colour", "colour": "size"}, "name": "Tee", "rename": {"size": {"S": "Small"}}},
    )
    assert (answer.json()["axes"], answer.json()["name"]) == (["colour", "size"], "Tee")
    assert read_options(as_alice, variants[1:]) == [{"colour": "M", "size": "red"}, {"colour": "Small", "size": "red"}]
    [last, _created] = as_alice.get(f"{URL}{shirts.pk}/changes/").json()["results"]
    assert last["changes"] == {
        "name": ["Shirt", "Tee"], "axes": [["size", "colour"], ["colour", "size"]], "options.size": [["S"], ["Small"]],
    }  # fmt: skip


def test_values_that_would_collide_are_refused(as_alice, shirts, variants):
    refused = as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"size": {"S": "M"}}})
    assert (refused.status_code, refused.json()["code"], refused.json()["product"]) == (
        400,
        "options_taken",
        variants[1].pk,
    )
    assert read_options(as_alice, variants[1:]) == [{"size": "M", "colour": "red"}, {"size": "S", "colour": "red"}]


def test_values_that_would_differ_in_case_are_spelled_as_present_ones(as_alice, shirts, variants):
    address = f"/api/products/{variants[1].pk}/"
    as_alice.patch(address, {"options": {"size": "L", "colour": "blue"}})
    assert as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"size": {"S": "l"}}}).status_code == 200
    assert read_options(as_alice, variants[1:]) == [{"size": "L", "colour": "blue"}, {"size": "L", "colour": "red"}]
    refused = as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"colour": {"red": "Blue"}}})
    assert (refused.status_code, refused.json()["code"]) == (400, "options_taken")


def test_a_product_is_not_restored_beside_one_whose_options_differ_in_case(as_alice, shirts):
    options = {"size": "M", "colour": "red"}
    old = make_product(shirts.owner, "Old", group=shirts, options=options, external_id="gid-1").pk
    edit = as_alice.post("/api/products/edits/", {"lines": [{"id": old, "archived": True}]}).json()
    new = make_product(shirts.owner, "New", group=shirts, options={"size": "m", "colour": "red"}).pk
    upsert = "/api/products/by-external-id/gid-1/?archived=restore"
    for refused in (as_alice.post(f"/api/products/{old}/restore/"), as_alice.put(upsert, {"price": "2.00"})):
        assert (refused.status_code, refused.json()["code"], refused.json()["product"]) == (400, "options_taken", new)
    undone = as_alice.post(f"/api/products/edits/{edit['id']}/undo/")
    assert [kept["reason"] for kept in undone.json()["kept"]] == ["not_free"]


def test_restored_products_spell_values_as_live_ones_and_as_each_other(as_alice, shirts):
    given = [{"size": "S", "colour": "blue"}, {"size": "s", "colour": "red"}, {"size": "L", "colour": "BLUE"}]
    old = [make_product(shirts.owner, f"Shirt {place}", group=shirts, options=given[place]) for place in (0, 1)]
    edit = as_alice.post("/api/products/edits/", {"lines": [{"id": one.pk, "archived": True} for one in old]}).json()
    make_product(shirts.owner, "Shirt 2", group=shirts, options=given[2])
    assert as_alice.post(f"/api/products/edits/{edit['id']}/undo/").json()["kept"] == []
    assert read_options(as_alice, old) == [{"size": "S", "colour": "BLUE"}, {"size": "S", "colour": "red"}]
    [change, *_earlier] = as_alice.get(f"/api/products/{old[0].pk}/changes/").json()["results"]
    assert change["changes"]["options.colour"] == ["blue", "BLUE"]


@all_cases(
    ("body", "field"),
    [
        ({"rename": {"size": {"S": ""}}}, "rename"), ({"rename": {"size": "S"}}, "rename"), ({"rename": []}, "rename"),
        ({"rename": {"size": {"S": "x" * 61}}}, "rename"), ({"rename_axes": {"size": "x" * 41}}, "rename_axes"),
        ({"rename_axes": {"size": "Colour"}}, "rename_axes"), ({"rename": {"cut": {"S": "M"}}}, "detail"),
    ],
)  # fmt: skip
def test_wrong_names_are_refused(as_alice, shirts, body, field):
    refused = as_alice.patch(f"{URL}{shirts.pk}/", body)
    assert refused.status_code == 400
    assert field in refused.json()


def test_a_rename_of_what_no_product_has_changes_nothing(as_alice, shirts, variants):
    before = as_alice.get("/api/products/").json()
    assert as_alice.patch(f"{URL}{shirts.pk}/", {"rename": {"size": {"XL": "XXL"}}}).status_code == 200
    assert as_alice.get("/api/products/").json() == before
    assert len(as_alice.get(f"{URL}{shirts.pk}/changes/").json()["results"]) == 1


def test_a_change_of_another_version_is_refused(as_alice, shirts):
    refused = as_alice.patch(f"{URL}{shirts.pk}/", {"name": "Tee"}, headers={"If-Match": '"x"'})
    assert refused.status_code == 412


@pytest.mark.django_db(transaction=True)
def test_readers_see_old_values_or_new_ones(alice, shirts):
    client = client_of(alice)
    client.post(f"{URL}{shirts.pk}/fill/", {"options": {"size": list("SML"), "colour": ["red", "blue"]}})
    seen, done = [], Signal()

    def read():
        reader = client_of(alice)
        while True:
            last = done.is_set()
            rows = reader.get("/api/products/", {"fields": "options"}).json()["results"]
            seen.append(frozenset(row["options"]["size"] for row in rows))
            if last:
                return

    def rename():
        try:
            for old, new in (("M", "Medium"), ("Medium", "M")) * 3:
                changed = client.patch(f"{URL}{shirts.pk}/", {"rename": {"size": {old: new}}})
                assert changed.status_code == 200
        finally:
            done.set()

    run_concurrently(rename, *[read] * 32)
    assert set(seen) == {frozenset("SML"), frozenset({"S", "L", "Medium"})}


def test_products_are_filtered_by_group(as_alice, alice, shirts, variants):
    make_product(alice, "Pot")
    rows = as_alice.get(f"/api/products/?group={shirts.pk}").json()["results"]
    assert [row["id"] for row in rows] == [product.pk for product in variants[1:]]
    as_alice.delete(f"{URL}{shirts.pk}/")
    assert as_alice.get(f"/api/products/?group={shirts.pk}").json()["results"] == []


def test_a_search_finds_products_by_their_group_and_options(as_alice, alice, as_charlie, shirts):
    variant = make_product(alice, "Tee", group=shirts, options={"size": "M", "colour": "100% red"})
    make_product(alice, "Pot")
    for words in ("shirt 100%", "tee RED m", "shirt"):
        rows = as_alice.get("/api/products/", {"search": words}).json()["results"]
        assert [row["id"] for row in rows] == [variant.pk], words
    assert as_alice.get("/api/products/", {"search": "shirt _"}).json()["results"] == []
    assert as_charlie.get("/api/products/", {"search": "shirt"}).json()["results"] == []


def test_the_numbers_of_statements_do_not_depend_on_the_rows(
    as_alice, alice, shirts, variants, django_assert_max_num_queries
):
    for number in range(5):
        Group.objects.create(owner=alice, name=f"G{number}")
    with django_assert_max_num_queries(4):
        assert len(as_alice.get(URL).json()["results"]) == 6
