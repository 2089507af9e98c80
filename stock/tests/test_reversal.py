"""Reversals: an operation can be reversed only as a whole and at most once, and stays in the ledger."""

from functools import partial
from threading import Barrier

import pytest

from products.models import Product
from stock.booking import locks, services
from stock.models import Movement, Operation, OperationReason
from stock.proofs.verification import find_breaks
from stock.tests.test_races import get_statuses, lock_nothing
from testing.cast.people import make_product
from testing.races import TIMEOUT_SECONDS, try_concurrently
from testing.tables import all_cases
from trade.selling.payments import sql


@pytest.fixture
def cup(alice):
    """Return a product of Alice with three pieces."""
    return make_product(alice, "Cup", 3)


def book(client, *lines):
    """Book an operation of (product, type, quantity) lines."""
    lines = [{"product": p.pk, "movement_type": t, "quantity": q} for p, t, q in lines]
    return client.post("/api/stock/operations/", {"lines": lines}).json()


def send_reversal(client, operation, body=None, **extra):
    return client.post(f"/api/stock/operations/{operation}/reverse/", body or {}, **extra)


def get_operation(client, operation):
    return client.get(f"/api/stock/operations/{operation}/").json()


def get_quantities():
    return list(Product.objects.order_by("pk").values_list("quantity", flat=True))


def test_books_the_opposite_of_every_line_in_reverse_order(as_alice, alice, kettle, cup):
    booked = book(as_alice, (kettle, "OUT", 4), (cup, "IN", 9), (kettle, "IN", 1))
    response = send_reversal(as_alice, booked["id"])
    assert response.status_code == 201
    assert [(m["product"], m["movement_type"], m["quantity"]) for m in response.json()["movements"]] == [
        (kettle.pk, "OUT", 1), (cup.pk, "OUT", 9), (kettle.pk, "IN", 4),
    ]  # fmt: skip
    assert get_quantities() == [10, 3]
    assert find_breaks(alice.pk) == []


def test_the_two_operations_refer_to_each_other(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))
    reversal = send_reversal(as_alice, booked["id"]).json()
    assert (reversal["reason"], reversal["reverses"], reversal["reversed_by"]) == ("reversal", booked["id"], None)
    movements = [{**movement, "returnable": 0} for movement in booked["movements"]]
    undone = {"reversed_by": reversal["id"], "returnable": 0, "movements": movements, "return_lines": []}
    assert get_operation(as_alice, booked["id"]) == {**booked, **undone}
    assert get_operation(as_alice, reversal["id"]) == reversal
    listed = as_alice.get("/api/stock/operations/").json()["results"]
    assert [row["reversed_by"] for row in listed] == [None, reversal["id"], None]


def test_a_reversal_occurs_now_and_accepts_note_and_reference(as_alice, kettle):
    sale = {"lines": [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}], "occurred_at": "2026-01-02"}
    booked = as_alice.post("/api/stock/operations/", {**sale, "reference": "till 3", "note": "old"}).json()
    body = {"note": "wrong\nproduct", "reference": "R-1", "occurred_at": "2026-01-02", "reason": "sale"}
    reversal = send_reversal(as_alice, booked["id"], body).json()
    assert (reversal["note"], reversal["reference"], reversal["reason"]) == ("wrong\nproduct", "R-1", "reversal")
    assert reversal["occurred_at"] == reversal["timestamp"] > booked["timestamp"]


@all_cases("body", [{"note": "x" * 1001}, {"reference": "x" * 101}, {"note": 5}, {"reference": "a\x01"}])
def test_refuses_a_malformed_note_or_reference(as_alice, kettle, body):
    booked = book(as_alice, (kettle, "OUT", 4))
    response = send_reversal(as_alice, booked["id"], body)
    assert (response.status_code, list(response.json())) == (400, list(body))
    assert get_quantities() == [6]


def test_an_operation_of_any_kind_can_be_reversed(as_alice, kettle, cup):
    sold = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}).json()
    as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 3})
    lines = [{"product": kettle.pk, "counted": 12}, {"product": cup.pk, "counted": 1}]
    counted = as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    assert send_reversal(as_alice, counted).status_code == 201
    assert get_quantities() == [3, 3]
    assert send_reversal(as_alice, Operation.objects.get(reason=OperationReason.CORRECTION).pk).status_code == 201
    assert send_reversal(as_alice, sold["operation"]).json()["movements"][0]["new_quantity"] == 10
    assert send_reversal(as_alice, kettle.movements.earliest("pk").operation_id).status_code == 201
    assert get_quantities() == [0, 3]


def test_a_reversal_can_be_reversed_and_each_operation_names_its_reversal(as_alice, kettle):
    first = book(as_alice, (kettle, "OUT", 4))["id"]
    second = send_reversal(as_alice, first).json()["id"]
    third = send_reversal(as_alice, second).json()["id"]
    assert get_quantities() == [6]
    chain = [
        (row["reverses"], row["reversed_by"]) for row in (get_operation(as_alice, n) for n in (first, second, third))
    ]
    assert chain == [(None, second), (first, third), (second, None)]
    history = as_alice.get(f"/api/stock/history/{kettle.pk}/").json()["results"]
    assert [(m["operation"], m["new_quantity"]) for m in history[:3]] == [(third, 6), (second, 10), (first, 6)]


def test_a_second_reversal_is_a_conflict_and_names_the_first(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    by = send_reversal(as_alice, booked).json()["id"]
    response = send_reversal(as_alice, booked)
    assert (response.status_code, response.json()) == (409, {
        "detail": f"This operation has been reversed already, by operation {by}.",
        "code": "already_reversed", "operation": booked, "reversed_by": by,
    })  # fmt: skip
    assert get_quantities() == [10]


def test_an_operation_can_not_be_reversed_again_after_its_reversal_was_reversed(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    send_reversal(as_alice, send_reversal(as_alice, booked).json()["id"])
    assert send_reversal(as_alice, booked).json()["code"] == "already_reversed"


def test_refuses_to_reverse_a_delivery_that_was_sold_since(as_alice, kettle, cup):
    delivery = book(as_alice, (cup, "IN", 5), (kettle, "IN", 5))["id"]
    book(as_alice, (cup, "OUT", 4), (kettle, "OUT", 1))
    before = get_quantities(), Movement.objects.count(), Operation.objects.count()
    response = send_reversal(as_alice, delivery)
    assert (response.status_code, response.json()["code"], response.json()["total"]) == (400, "invalid_lines", 1)
    (bad,) = response.json()["lines"]
    assert (bad["code"], bad["product"], bad["available"], bad["requested"]) == ("insufficient_stock", cup.pk, 4, 5)
    assert before == (get_quantities(), Movement.objects.count(), Operation.objects.count())
    assert get_operation(as_alice, delivery)["reversed_by"] is None


def test_refuses_a_reversal_above_the_limit(as_alice, kettle):
    sale = book(as_alice, (kettle, "OUT", 4))["id"]
    book(as_alice, (kettle, "IN", 999_999_994))
    assert send_reversal(as_alice, sale).json()["lines"][0]["code"] == "stock_limit_exceeded"
    assert get_quantities() == [1_000_000_000]


def test_refuses_to_reverse_movements_of_an_archived_product_until_it_is_restored(as_alice, kettle, cup):
    booked = book(as_alice, (kettle, "OUT", 4), (cup, "OUT", 1))["id"]
    as_alice.delete(f"/api/products/{cup.pk}/")
    response = send_reversal(as_alice, booked)
    assert (response.status_code, response.json()["code"], response.json()["product"]) == (
        409,
        "product_archived",
        cup.pk,
    )
    assert get_quantities() == [6, 2]
    as_alice.post(f"/api/products/{cup.pk}/restore/")
    assert send_reversal(as_alice, booked).status_code == 201


@pytest.mark.quick
def test_only_owners_can_reverse(as_alice, as_bob, as_dora, as_nobody, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    assert [send_reversal(client, booked).status_code for client in (as_bob, as_dora, as_nobody)] == [403, 403, 401]
    assert [send_reversal(client, 87_654_321).status_code for client in (as_bob, as_dora, as_nobody)] == [403, 403, 401]
    assert get_quantities() == [6]


def test_another_account_s_operation_looks_like_a_missing_one(as_alice, as_charlie, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    foreign, missing = send_reversal(as_charlie, booked), send_reversal(as_charlie, 87_654_321)
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code == 404
    assert get_quantities() == [6]


@all_cases("method", ["get", "put", "patch", "delete"])
def test_only_post_reverses(as_alice, kettle, method):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    assert getattr(as_alice, method)(f"/api/stock/operations/{booked}/reverse/").status_code == 405


@all_cases("number", [1, 200])
def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(
    as_alice, kettle, number, django_assert_num_queries
):
    booked = book(as_alice, *[(kettle, "IN", 1)] * number)["id"]
    # Savepoint and release, the user, the operation, what was written off of it, the timeout, its movements, lock, the
    # existing reversal, what went back to the supplier, write, the movements shown.
    with django_assert_num_queries(12):
        assert send_reversal(as_alice, booked).status_code == 201


def reverse_eight_times(client, operation):
    client.raise_request_exception = False
    return try_concurrently(*[partial(send_reversal, client, operation)] * 8)


@pytest.mark.django_db(transaction=True)
def test_one_of_eight_concurrent_reversals_succeeds(alice, as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    responses = reverse_eight_times(as_alice, booked)
    assert get_statuses(responses) == [201] + [409] * 7
    assert {a.json()["code"] for a in responses if a.status_code == 409} == {"already_reversed"}
    assert get_quantities() == [10]
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_constraints_refuse_the_others(as_alice, kettle, monkeypatch):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    barrier, draft_reversals = Barrier(8), services.draft_reversals

    def draft_together(*arguments, **options):
        barrier.wait(TIMEOUT_SECONDS)
        return draft_reversals(*arguments, **options)

    monkeypatch.setattr(locks, "lock_rows", lock_nothing)
    monkeypatch.setattr(sql, "LOCK_SALE", sql.LOCK_SALE.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(services, "draft_reversals", draft_together)
    codes = {
        response.json()["code"] for response in reverse_eight_times(as_alice, booked) if response.status_code != 201
    }
    assert "already_reversed" not in codes  # all eight had checked before one of them wrote, so the constraints refused
    assert get_quantities() == [10]
