"""Booking single movements over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from stock.models import Movement
from testing.cast import make_product


def book(client, product, movement_type="OUT", quantity=1, **extra):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **extra}
    return client.post("/api/stock/", body)


def test_a_sale_lowers_the_quantity_and_is_answered_as_a_movement(as_alice, alice, kettle):
    answer = book(as_alice, kettle, quantity=3)
    assert answer.status_code == 201
    movement = answer.json()
    assert (movement["old_quantity"], movement["new_quantity"], movement["sequence"]) == (10, 7, 2)
    assert (movement["reason"], movement["performed_by_username"]) == ("sale", "alice")
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (7, 2)


def test_the_answer_of_a_booking_is_the_movement_as_it_is_read_later(as_alice, kettle):
    booked = book(as_alice, kettle, "IN", 5, reference="delivery 7", note="two boxes\nand a bag").json()
    assert as_alice.get(f"/api/stock/{booked['id']}/").json() == booked
    assert as_alice.get("/api/stock/").json()["results"][0] == booked


def test_a_delivery_is_a_purchase_unless_it_says_otherwise(as_alice, kettle):
    assert book(as_alice, kettle, "IN").json()["reason"] == "purchase"
    assert book(as_alice, kettle, "IN", reason="return").json()["reason"] == "return"


def test_a_worker_books_for_the_shop_and_is_named(as_bob, bob, kettle):
    movement = book(as_bob, kettle).json()
    assert (movement["performed_by"], movement["performed_by_username"]) == (bob.pk, "bob")


def test_a_worker_without_employer_may_not_book(as_dora, kettle):
    assert book(as_dora, kettle).status_code == 403


def test_a_sale_of_more_than_there_is_says_how_much_there_is(as_alice, kettle):
    answer = book(as_alice, kettle, quantity=11)
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "Only 10 in stock, 11 requested.",
        "code": "insufficient_stock",
        "product": kettle.pk,
        "available": 10,
        "requested": 11,
    }
    assert Movement.objects.filter(product=kettle).count() == 1


def test_a_delivery_past_the_limit_is_refused_with_the_numbers(as_alice, kettle):
    answer = book(as_alice, kettle, "IN", 1_000_000_000)
    assert answer.status_code == 400
    assert answer.json()["code"] == "stock_limit_exceeded"
    assert (answer.json()["available"], answer.json()["limit"]) == (10, 1_000_000_000)


def test_a_product_can_be_filled_to_the_limit_and_emptied_again(as_alice, alice):
    sand = make_product(alice, "Grain of sand")
    assert book(as_alice, sand, "IN", 1_000_000_000).status_code == 201
    assert book(as_alice, sand, "OUT", 1_000_000_000).json()["new_quantity"] == 0


def test_an_expected_quantity_that_no_longer_holds_is_a_conflict(as_alice, kettle):
    answer = book(as_alice, kettle, expected_quantity=9)
    assert answer.status_code == 409
    assert answer.json()["code"] == "quantity_changed"
    assert (answer.json()["expected"], answer.json()["actual"]) == (9, 10)
    assert book(as_alice, kettle, expected_quantity=10).status_code == 201


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "x", None, True, 1_000_000_001, [1], {"n": 1}, "1_0", "１"])
def test_a_quantity_that_is_no_count_of_units_is_refused(as_alice, kettle, quantity):
    answer = book(as_alice, kettle, quantity=quantity)
    assert answer.status_code == 400
    assert list(answer.json()) == ["quantity"]


@pytest.mark.parametrize("reason", ["opening", "count", "import", "reversal", "gift", "", 1, None])
def test_a_reason_of_the_service_or_of_nobody_is_refused(as_alice, kettle, reason):
    answer = book(as_alice, kettle, reason=reason)
    assert answer.status_code == 400
    assert list(answer.json()) == ["reason"]


def test_every_missing_field_is_named(as_alice):
    answer = as_alice.post("/api/stock/", {})
    assert answer.status_code == 400
    assert set(answer.json()) == {"product", "movement_type", "quantity"}


def test_an_archived_product_is_named_as_archived_to_its_own_account_alone(as_alice, as_charlie, kettle):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    archived, theirs = book(as_alice, kettle, "IN"), book(as_charlie, kettle, "IN")
    assert archived.status_code == theirs.status_code == 400
    assert archived.json() == {"product": ["This product is archived: restore it first."]}
    assert theirs.json() == {"product": ["This product does not exist."]}


def test_an_archived_product_is_not_found_by_its_codes(as_alice, alice):
    pot = make_product(alice, "Pot", 5, sku="POT", barcode="4006381333931")
    as_alice.delete(f"/api/products/{pot.pk}/")
    for code in ({"sku": "pot"}, {"barcode": "4006381333931"}):
        answer = as_alice.post("/api/stock/", {**code, "movement_type": "IN", "quantity": 1})
        assert (answer.status_code, answer.json()) == (400, {next(iter(code)): ["This product does not exist."]})


def test_what_happened_earlier_keeps_its_time_and_is_booked_now(as_alice, kettle):
    movement = book(as_alice, kettle, occurred_at="2026-01-02T03:04:05+02:00").json()
    assert movement["occurred_at"] == "2026-01-02T01:04:05Z"
    assert movement["timestamp"] > movement["occurred_at"]


def test_a_clock_a_little_ahead_means_now(as_alice, kettle):
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    movement = book(as_alice, kettle, occurred_at=soon).json()
    assert movement["occurred_at"] == movement["timestamp"]


@pytest.mark.parametrize("when", ["tomorrow", "1999-12-31T23:59:59Z", "0000-01-01", "99999-01-01T00:00:00Z", 5, []])
def test_a_time_outside_of_the_product_s_years_is_refused(as_alice, kettle, when):
    answer = book(as_alice, kettle, occurred_at=when)
    assert answer.status_code == 400
    assert list(answer.json()) == ["occurred_at"]


def test_a_time_in_the_future_is_refused(as_alice, kettle):
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert book(as_alice, kettle, occurred_at=later).json() == {"occurred_at": ["This is in the future."]}


def test_a_movement_updates_the_product_s_time_of_change(as_alice, kettle):
    movement = book(as_alice, kettle).json()
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["updated_at"] == movement["timestamp"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_what_was_booked_can_not_be_changed_over_http(as_alice, kettle, method):
    movement = book(as_alice, kettle).json()
    answer = getattr(as_alice, method)(f"/api/stock/{movement['id']}/", {"quantity": 1})
    assert answer.status_code == 405


def test_a_booking_takes_at_most_seven_statements(as_alice, kettle, django_assert_max_num_queries):
    # BEGIN and COMMIT are savepoints here, inside the test's transaction: they are counted as well.
    with django_assert_max_num_queries(7):
        assert book(as_alice, kettle).status_code == 201
