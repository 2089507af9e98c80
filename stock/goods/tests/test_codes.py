"""POST and DELETE /api/products/{id}/codes/ add and remove one further code of a product."""

from functools import partial

import pytest

from core.ownership import OwnedQuerySet
from products.models import Code
from records.events.models import Event, EventType
from records.history.models import Change
from testing.cast.people import client_with_key, make_product
from testing.races import let_meet, run_concurrently

pytestmark = [pytest.mark.measured]

CASE = {"code": "CASE", "quantity": 12}


def address(product):
    return f"/api/products/{product.pk}/codes/"


def add(client, product, body=CASE, **headers):
    return client.post(address(product), body, headers=headers)


def remove(client, product, code="CASE", **headers):
    return client.delete(f"{address(product)}?code={code}", headers=headers)


def list_codes(product):
    return sorted(Code.objects.filter(product=product).values_list("code", "quantity"))


def test_one_code_is_added_to_the_others(as_alice, kettle):
    answer = add(as_alice, kettle)
    assert (answer.status_code, answer.json()["codes"]) == (201, [CASE])
    assert answer.json() == as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert add(as_alice, kettle, {"code": "K-2"}).json()["codes"] == [CASE, {"code": "K-2", "quantity": 1}]


def test_the_same_code_again_changes_nothing(as_alice, kettle):
    add(as_alice, kettle)
    tag, events = as_alice.get(f"/api/products/{kettle.pk}/").headers["ETag"], Event.objects.count()
    answer = add(as_alice, kettle, {"code": "case", "quantity": 12})
    assert (answer.status_code, answer.json()["codes"]) == (200, [CASE])
    assert (as_alice.get(f"/api/products/{kettle.pk}/").headers["ETag"], Event.objects.count()) == (tag, events)


def test_the_same_code_with_another_quantity_is_refused(as_alice, kettle):
    add(as_alice, kettle)
    answer = add(as_alice, kettle, {"code": "case"})
    assert (answer.status_code, answer.json()) == (
        400, {"codes": ['"case" is one of the codes of this product already.']}
    )  # fmt: skip


@pytest.mark.quick
def test_a_code_of_another_product_is_refused(as_alice, alice, kettle):
    make_product(alice, "Pot", sku="case")
    answer = add(as_alice, kettle)
    assert (answer.status_code, answer.json()) == (400, {"codes": ['"CASE" is the SKU of Pot already.']})


@pytest.mark.quick
def test_a_product_has_up_to_20_of_them(as_alice, kettle):
    codes = [{"code": f"C-{number}", "quantity": 1} for number in range(19)]
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"codes": codes}, format="json").status_code == 200
    assert add(as_alice, kettle, {"code": "C-19"}).status_code == 201
    answer = add(as_alice, kettle)
    assert (answer.status_code, answer.json()) == (
        400, {"codes": ["A product has at most 20 further codes. Remove some of them."]}
    )  # fmt: skip


@pytest.mark.quick
def test_one_code_is_removed(as_alice, kettle):
    add(as_alice, kettle)
    add(as_alice, kettle, {"code": "K-2"})
    assert remove(as_alice, kettle, "case").status_code == 204
    assert list_codes(kettle) == [("K-2", 1)]
    assert remove(as_alice, kettle, "case").status_code == 404
    assert as_alice.delete(address(kettle)).json() == {"code": ["This field is required."]}


def test_both_are_events_and_are_in_the_history(as_alice, kettle):
    add(as_alice, kettle)
    remove(as_alice, kettle)
    assert Event.objects.filter(type=EventType.PRODUCT_CHANGED).count() == 2
    changes = Change.objects.filter(row_id=kettle.pk, changes__has_key="codes").order_by("id")
    assert [one.changes for one in changes] == [{"codes": [[], [CASE]]}, {"codes": [[CASE], []]}]


def test_if_match_refuses_a_product_that_has_changed(as_alice, kettle):
    tag = as_alice.get(f"/api/products/{kettle.pk}/").headers["ETag"]
    assert add(as_alice, kettle, **{"If-Match": tag}).status_code == 201
    assert add(as_alice, kettle, {"code": "K-2"}, **{"If-Match": tag}).json()["code"] == "changed"
    assert remove(as_alice, kettle, **{"If-Match": tag}).json()["code"] == "changed"


def test_the_same_key_adds_once(as_alice, kettle):
    first, second = (add(as_alice, kettle, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.content, second.headers["Idempotent-Replayed"]) == (201, second.content, "true")


def test_only_those_who_manage_products_of_the_shop_may(as_alice, as_bob, as_charlie, alice, kettle):
    for client in (as_bob, client_with_key(alice, "book")):
        assert add(client, kettle).status_code == remove(client, kettle).status_code == 403
    assert add(as_charlie, kettle).status_code == remove(as_charlie, kettle).status_code == 404
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert add(as_alice, kettle).status_code == remove(as_alice, kettle).status_code == 404


def change_concurrently(client, product):
    """Add ten codes and remove the one of add() at the same time. Return the codes that the product has then."""
    client.raise_request_exception = False
    adding = [partial(add, client, product, {"code": f"C-{number}"}) for number in range(10)]
    run_concurrently(*adding, partial(remove, client, product))
    return [code for code, _ in list_codes(product)]


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_lose_no_code(as_alice, kettle):
    add(as_alice, kettle)
    assert change_concurrently(as_alice, kettle) == [f"C-{number}" for number in range(10)]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_codes_are_lost(as_alice, kettle, monkeypatch):
    add(as_alice, kettle)
    monkeypatch.setattr(OwnedQuerySet, "get_locked", lambda self, pk: self.get(pk=pk))
    let_meet(monkeypatch, OwnedQuerySet, "get_locked", 11)
    assert change_concurrently(as_alice, kettle) != [f"C-{number}" for number in range(10)]
