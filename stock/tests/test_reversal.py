"""Reversals: any operation can be undone as a whole, once, and the ledger keeps both."""

from functools import partial
from threading import Barrier

import pytest

from products.models import Product
from stock import locking, services
from stock.models import Movement, Operation, Reason
from stock.tests.test_races import lock_nothing, statuses
from stock.verification import find_breaks
from testing.cast import make_product
from testing.races import try_concurrently


@pytest.fixture
def cup(alice):
    """Three of Alice's cups."""
    return make_product(alice, "Cup", 3)


def book(client, *lines):
    """An operation of (product, type, quantity)."""
    lines = [{"product": p.pk, "movement_type": t, "quantity": q} for p, t, q in lines]
    return client.post("/api/stock/operations/", {"lines": lines}).json()


def reverse(client, operation, body=None, **extra):
    return client.post(f"/api/stock/operations/{operation}/reverse/", body or {}, **extra)


def operation(client, operation):
    return client.get(f"/api/stock/operations/{operation}/").json()


def quantities():
    return list(Product.objects.order_by("pk").values_list("quantity", flat=True))


def test_a_reversal_books_the_opposite_of_every_line_the_last_one_first(as_alice, alice, kettle, cup):
    booked = book(as_alice, (kettle, "OUT", 4), (cup, "IN", 9), (kettle, "IN", 1))
    answer = reverse(as_alice, booked["id"])
    assert answer.status_code == 201
    assert [(m["product"], m["movement_type"], m["quantity"]) for m in answer.json()["movements"]] == [
        (kettle.pk, "OUT", 1), (cup.pk, "OUT", 9), (kettle.pk, "IN", 4),
    ]  # fmt: skip
    assert quantities() == [10, 3]
    assert find_breaks(alice.pk) == []


def test_the_two_operations_point_at_each_other(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))
    reversal = reverse(as_alice, booked["id"]).json()
    assert (reversal["reason"], reversal["reverses"], reversal["reversed_by"]) == ("reversal", booked["id"], None)
    assert operation(as_alice, booked["id"]) == {**booked, "reversed_by": reversal["id"]}
    assert operation(as_alice, reversal["id"]) == reversal
    listed = as_alice.get("/api/stock/operations/").json()["results"]
    assert [row["reversed_by"] for row in listed] == [None, reversal["id"], None]


def test_a_reversal_happens_now_and_takes_note_and_reference(as_alice, kettle):
    sale = {"lines": [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}], "occurred_at": "2026-01-02"}
    booked = as_alice.post("/api/stock/operations/", {**sale, "reference": "till 3", "note": "old"}).json()
    body = {"note": "wrong\nproduct", "reference": "R-1", "occurred_at": "2026-01-02", "reason": "sale"}
    reversal = reverse(as_alice, booked["id"], body).json()
    assert (reversal["note"], reversal["reference"], reversal["reason"]) == ("wrong\nproduct", "R-1", "reversal")
    assert reversal["occurred_at"] == reversal["timestamp"] > booked["timestamp"]


@pytest.mark.parametrize("body", [{"note": "x" * 1001}, {"reference": "x" * 101}, {"note": 5}, {"reference": "a\x01"}])
def test_a_malformed_remark_reverses_nothing(as_alice, kettle, body):
    booked = book(as_alice, (kettle, "OUT", 4))
    answer = reverse(as_alice, booked["id"], body)
    assert (answer.status_code, list(answer.json())) == (400, list(body))
    assert quantities() == [6]


def test_an_opening_can_be_reversed(as_alice, kettle):
    opening = Operation.objects.get(reason=Reason.OPENING)
    assert reverse(as_alice, opening.pk).status_code == 201
    assert quantities() == [0]


def test_a_correction_can_be_reversed(as_alice, kettle):
    as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 3})
    assert reverse(as_alice, Operation.objects.get(reason=Reason.CORRECTION).pk).status_code == 201
    assert quantities() == [10]


def test_a_count_can_be_reversed(as_alice, kettle, cup):
    lines = [{"product": kettle.pk, "counted": 12}, {"product": cup.pk, "counted": 1}]
    counted = as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    assert reverse(as_alice, counted).status_code == 201
    assert quantities() == [10, 3]


def test_a_single_movement_is_reversed_by_its_operation(as_alice, kettle):
    sold = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}).json()
    assert reverse(as_alice, sold["operation"]).json()["movements"][0]["new_quantity"] == 10


def test_a_reversal_can_be_reversed_and_the_chain_reads_clearly(as_alice, kettle):
    first = book(as_alice, (kettle, "OUT", 4))["id"]
    second = reverse(as_alice, first).json()["id"]
    third = reverse(as_alice, second).json()["id"]
    assert quantities() == [6]
    chain = [(row["reverses"], row["reversed_by"]) for row in (operation(as_alice, n) for n in (first, second, third))]
    assert chain == [(None, second), (first, third), (second, None)]
    history = as_alice.get(f"/api/stock/history/{kettle.pk}/").json()["results"]
    assert [(m["operation"], m["new_quantity"]) for m in history[:3]] == [(third, 6), (second, 10), (first, 6)]


def test_a_second_reversal_is_a_conflict_that_names_the_first(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    by = reverse(as_alice, booked).json()["id"]
    answer = reverse(as_alice, booked)
    assert (answer.status_code, answer.json()) == (409, {
        "detail": f"This operation has been reversed already, by operation {by}.",
        "code": "already_reversed", "operation": booked, "reversed_by": by,
    })  # fmt: skip
    assert quantities() == [10]


def test_after_the_reversal_is_reversed_the_first_is_still_reversed_once(as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    reverse(as_alice, reverse(as_alice, booked).json()["id"])
    assert reverse(as_alice, booked).json()["code"] == "already_reversed"


def test_what_was_sold_since_can_not_be_taken_back(as_alice, kettle, cup):
    delivery = book(as_alice, (cup, "IN", 5), (kettle, "IN", 5))["id"]
    book(as_alice, (cup, "OUT", 4), (kettle, "OUT", 1))
    before = quantities(), Movement.objects.count(), Operation.objects.count()
    answer = reverse(as_alice, delivery)
    assert (answer.status_code, answer.json()["code"], answer.json()["total"]) == (400, "invalid_lines", 1)
    (bad,) = answer.json()["lines"]
    assert (bad["code"], bad["product"], bad["available"], bad["requested"]) == ("insufficient_stock", cup.pk, 4, 5)
    assert before == (quantities(), Movement.objects.count(), Operation.objects.count())
    assert operation(as_alice, delivery)["reversed_by"] is None


def test_a_reversal_past_the_limit_is_refused(as_alice, kettle):
    sale = book(as_alice, (kettle, "OUT", 4))["id"]
    book(as_alice, (kettle, "IN", 999_999_994))
    assert reverse(as_alice, sale).json()["lines"][0]["code"] == "stock_limit_exceeded"
    assert quantities() == [1_000_000_000]


def test_of_an_archived_product_nothing_is_reversed_until_it_is_back(as_alice, kettle, cup):
    booked = book(as_alice, (kettle, "OUT", 4), (cup, "OUT", 1))["id"]
    as_alice.delete(f"/api/products/{cup.pk}/")
    answer = reverse(as_alice, booked)
    assert (answer.status_code, answer.json()["code"], answer.json()["product"]) == (409, "product_archived", cup.pk)
    assert quantities() == [6, 2]
    as_alice.post(f"/api/products/{cup.pk}/restore/")
    assert reverse(as_alice, booked).status_code == 201


def test_workers_do_not_reverse(as_alice, as_bob, as_dora, as_nobody, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    assert [reverse(client, booked).status_code for client in (as_bob, as_dora, as_nobody)] == [403, 403, 401]
    assert [reverse(client, 87_654_321).status_code for client in (as_bob, as_dora, as_nobody)] == [403, 403, 401]
    assert quantities() == [6]


def test_a_stranger_s_operation_is_a_missing_one(as_alice, as_charlie, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    foreign, missing = reverse(as_charlie, booked), reverse(as_charlie, 87_654_321)
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code == 404
    assert quantities() == [6]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_reversal_is_a_post(as_alice, kettle, method):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    assert getattr(as_alice, method)(f"/api/stock/operations/{booked}/reverse/").status_code == 405


@pytest.mark.parametrize("number", [1, 200])
def test_a_reversal_takes_the_same_statements_whatever_the_number_of_lines(
    as_alice, kettle, number, django_assert_num_queries
):
    booked = book(as_alice, *[(kettle, "IN", 1)] * number)["id"]
    # Savepoint and release, the user, the operation, more time, its movements, the lock, the reversal so far, the
    # writing, the movements shown.
    with django_assert_num_queries(10):
        assert reverse(as_alice, booked).status_code == 201


def reverse_eight_times(client, operation):
    client.raise_request_exception = False
    return try_concurrently(*[partial(reverse, client, operation)] * 8)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_reverses(alice, as_alice, kettle):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    answers = reverse_eight_times(as_alice, booked)
    assert statuses(answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_reversed"}
    assert quantities() == [10]
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_eight_get_in_each_other_s_way(as_alice, kettle, monkeypatch):
    booked = book(as_alice, (kettle, "OUT", 4))["id"]
    barrier, draft_movements = Barrier(8), services.draft_movements

    def draft_together(*arguments):
        barrier.wait(5)
        return draft_movements(*arguments)

    monkeypatch.setattr(locking, "lock_products", lock_nothing)
    monkeypatch.setattr(services, "draft_movements", draft_together)
    codes = {answer.json()["code"] for answer in reverse_eight_times(as_alice, booked) if answer.status_code != 201}
    assert "already_reversed" not in codes  # all eight had looked, and the constraints had to say it
    assert quantities() == [10]
