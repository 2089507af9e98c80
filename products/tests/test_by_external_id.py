"""PUT /api/products/by-external-id/{external_id}/ creates or changes a product by its id in another program."""

import pytest

from products.external_id_views import ExternalIdViewSet
from products.models import Product
from records.events.models import Event, EventType
from stock.models import Movement
from testing.cast.people import client_with_key, make_product
from testing.races import run_behind_lock
from testing.tables import all_cases

NEW = {"name": "Pot", "price": "24.50"}


def address(external_id):
    return f"/api/products/by-external-id/{external_id}/"


def put(client, external_id="gid-1", body=NEW, **headers):
    return client.put(address(external_id), body, headers=headers)


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 4, sku="P-1", external_id="gid-1")


def test_it_creates_the_product_and_then_changes_it(as_alice):
    created = put(as_alice, body={**NEW, "quantity": 3, "sku": "P-1"})
    assert (created.status_code, created.json()["external_id"]) == (201, "gid-1")
    changed = put(as_alice, "GID-1", {"price": "26.00"})
    assert (changed.status_code, changed.json()["id"], changed.json()["price"]) == (200, created.json()["id"], "26.00")
    assert (changed.json()["sku"], changed.json()["external_id"], changed.json()["quantity"]) == ("P-1", "gid-1", 3)


def test_a_quantity_is_booked_as_an_opening_and_then_as_a_correction(as_alice):
    put(as_alice, body={**NEW, "quantity": 3})
    put(as_alice, body={"quantity": 5})
    assert [*Movement.objects.order_by("id").values_list("operation__reason", "quantity")] == [
        ("opening", 3), ("correction", 2)
    ]  # fmt: skip


def test_an_id_can_have_slashes_and_is_checked_as_that_of_a_body(as_alice):
    shopify = "gid%3A%2F%2Fshopify%2FProduct%2F1"
    assert put(as_alice, shopify).json()["external_id"] == "gid://shopify/Product/1"
    assert as_alice.get(address(shopify)).json()["name"] == "Pot"
    for wrong in ("%20", "a%00b", "x" * 129):
        assert list(put(as_alice, wrong).json()) == ["external_id"]
        assert as_alice.get(address(wrong)).status_code == 400


def test_a_get_reads_the_product_with_its_tag(as_alice, as_bob, as_charlie, pot):
    answer = as_bob.get(address("Gid-1"))
    assert answer.json() == as_bob.get(f"/api/products/{pot.pk}/").json()
    assert as_bob.get(address("gid-1"), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert as_bob.get(address("gid-1"), {"fields": "id"}).json() == {"id": pot.pk}
    assert as_charlie.get(address("gid-1")).status_code == as_alice.get(address("unknown")).status_code == 404


def test_a_new_product_needs_what_a_post_needs(as_alice):
    answer = put(as_alice, body={"sku": "P-1"})
    assert (answer.status_code, list(answer.json())) == (400, ["name", "price"])


@all_cases("other", ["gid-2", "", None])
@all_cases("present", ["gid-1", "unknown"])
def test_another_external_id_in_the_body_is_refused(as_alice, pot, present, other):
    answer = put(as_alice, present, {**NEW, "external_id": other})
    assert (answer.status_code, answer.json()) == (400, {"external_id": ["This differs from the id in the address."]})
    assert put(as_alice, body={"external_id": "GID-1"}).json()["external_id"] == "GID-1"


def test_an_archived_product_is_told_restored_or_left_for_another_one(as_alice, pot):
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert as_alice.get(address("gid-1")).status_code == 404
    refused = put(as_alice, "GID-1")
    assert (refused.status_code, refused.json()["code"], refused.json()["product"]) == (409, "archived", pot.pk)
    restored = as_alice.put(f"{address('gid-1')}?archived=restore", {"price": "3.00"})
    assert (restored.status_code, restored.json()["id"], restored.json()["price"]) == (200, pot.pk, "3.00")
    as_alice.delete(f"/api/products/{pot.pk}/")
    created = as_alice.put(f"{address('gid-1')}?archived=create", NEW)
    assert (created.status_code, created.json()["id"] != pot.pk) == (201, True)


def test_a_change_that_is_refused_does_not_restore_the_product(as_alice, alice, pot):
    make_product(alice, "Jar", sku="J-1")
    as_alice.delete(f"/api/products/{pot.pk}/")
    answer = as_alice.put(f"{address('gid-1')}?archived=restore", {"sku": "J-1"})
    assert (answer.status_code, list(answer.json())) == (400, ["sku"])
    assert as_alice.get(address("gid-1")).status_code == 404


def test_a_product_whose_sku_was_taken_is_not_restored_and_the_other_one_is_named(as_alice, alice, pot):
    as_alice.delete(f"/api/products/{pot.pk}/")
    jar = make_product(alice, "Jar", sku="p-1")
    answer = as_alice.put(f"{address('gid-1')}?archived=restore", {"price": "3.00"}).json()
    assert (answer["code"], answer["field"], answer["product"], answer["other"]) == ("code_taken", "sku", jar.pk, "Jar")
    assert answer["detail"].endswith("in the meantime. Change that of Jar first.")


def test_a_value_of_another_product_is_refused(as_alice, pot):
    for external_id in ("gid-2", "gid-1"):
        make_product(pot.owner, external_id, sku=f"{external_id}-sku")
        answer = put(as_alice, external_id, {**NEW, "sku": f"{external_id}-sku"})
        assert (answer.status_code, list(answer.json())) == (400, ["sku"])


def test_if_match_refuses_a_product_that_has_changed_or_is_missing(as_alice, pot):
    tag = as_alice.get(address("gid-1")).headers["ETag"]
    assert put(as_alice, body={"price": "2.00"}, **{"If-Match": tag}).status_code == 200
    assert put(as_alice, body={"price": "3.00"}, **{"If-Match": tag}).json()["code"] == "changed"
    assert put(as_alice, "unknown", **{"If-Match": "*"}).json()["code"] == "changed"


def test_the_same_key_has_one_effect(as_alice):
    first, second = (put(as_alice, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.content, second.headers["Idempotent-Replayed"]) == (201, second.content, "true")
    assert put(as_alice, "gid-2", **{"Idempotency-Key": "k"}).status_code == 422


def test_only_those_who_may_create_products_may_put(as_alice, as_bob, alice, pot):
    for client in (as_bob, client_with_key(alice, "book")):
        assert put(client, body={"quantity": 1}).status_code == 403
    assert put(client_with_key(alice, "manage"), body={"quantity": 1}).status_code == 200


def test_unknown_names_are_told(as_alice):
    assert put(as_alice, body={**NEW, "prize": "1.00"}).headers["Ignored-Fields"] == "prize"
    assert as_alice.put(f"{address('gid-2')}?x=1", NEW).json().keys() == {"x"}


def put_behind_another(client):
    client.raise_request_exception = False
    return run_behind_lock(lambda: put(client), lambda: put(client, body={**NEW, "sku": "P-1"})).status_code


@pytest.mark.django_db(transaction=True)
def test_one_that_waits_for_another_to_create_the_product_changes_it(as_alice):
    assert put_behind_another(as_alice) == 200
    assert (Product.objects.count(), Event.objects.filter(type=EventType.PRODUCT_CREATED).count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_control_without_looking_again_it_is_refused(as_alice, monkeypatch):
    monkeypatch.setattr(ExternalIdViewSet, "get_object", lambda _: None)
    assert put_behind_another(as_alice) == 400
