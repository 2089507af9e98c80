"""POST /api/stock/ books single movements."""

from datetime import UTC, datetime, timedelta

import pytest

from stock.booking.drafts import BookingLine, by_id
from stock.booking.services import CurrencyOfLedger
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.reservations.services import reserve


def book(client, product, movement_type="OUT", quantity=1, **extra):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **extra}
    return client.post("/api/stock/", body)


def test_a_sale_lowers_the_quantity_and_returns_the_movement(as_alice, alice, kettle):
    response = book(as_alice, kettle, quantity=3)
    assert response.status_code == 201
    movement = response.json()
    assert (movement["old_quantity"], movement["new_quantity"], movement["sequence"]) == (10, 7, 2)
    assert (movement["reason"], movement["performed_by_username"]) == ("sale", "alice")
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (7, 2)


def test_the_response_equals_the_movement_that_is_read_later(as_alice, kettle):
    movement = book(as_alice, kettle, "IN", 5, reference="delivery 7", note="two boxes\nand a bag").json()
    assert as_alice.get(f"/api/stock/{movement['id']}/").json() == movement
    assert as_alice.get("/api/stock/").json()["results"][0] == movement


def test_a_delivery_is_a_purchase_by_default(as_alice, kettle):
    assert book(as_alice, kettle, "IN").json()["reason"] == "purchase"
    assert book(as_alice, kettle, "IN", reason="return").json()["reason"] == "return"


def test_a_worker_books_for_its_employer_under_its_own_name(as_bob, bob, kettle):
    movement = book(as_bob, kettle).json()
    assert (movement["performed_by"], movement["performed_by_username"]) == (bob.pk, "bob")


def test_refuses_to_sell_what_is_reserved(as_alice, alice, kettle):
    reserve(by=alice, lines=[BookingLine(by_id(kettle.pk), "OUT", 8)], expires_in=None)
    answer = book(as_alice, kettle, quantity=3).json()
    assert answer["detail"] == "Only 2 available, 3 requested: 8 are reserved."
    assert book(as_alice, kettle, quantity=2).status_code == 201


def test_a_worker_without_employer_may_not_book(as_dora, kettle):
    assert book(as_dora, kettle).status_code == 403


def test_refuses_a_sale_below_zero_with_the_available_quantity(as_alice, kettle):
    response = book(as_alice, kettle, quantity=11)
    assert response.status_code == 400
    assert response.json() == {
        "detail": "Only 10 in stock, 11 requested.",
        "code": "insufficient_stock",
        "product": kettle.pk,
        "available": 10,
        "requested": 11,
    }
    assert Movement.objects.filter(product=kettle).count() == 1


def test_refuses_a_delivery_above_the_limit_with_the_numbers(as_alice, kettle):
    response = book(as_alice, kettle, "IN", 1_000_000_000)
    assert response.status_code == 400
    assert response.json()["code"] == "stock_limit_exceeded"
    assert (response.json()["available"], response.json()["limit"]) == (10, 1_000_000_000)


def test_a_product_can_be_filled_to_the_limit_and_emptied_again(as_alice, alice):
    sand = make_product(alice, "Grain of sand")
    assert book(as_alice, sand, "IN", 1_000_000_000).status_code == 201
    assert book(as_alice, sand, "OUT", 1_000_000_000).json()["new_quantity"] == 0


def test_a_wrong_expected_quantity_is_a_conflict(as_alice, kettle):
    response = book(as_alice, kettle, expected_quantity=9)
    assert response.status_code == 409
    assert response.json()["code"] == "quantity_changed"
    assert (response.json()["expected"], response.json()["actual"]) == (9, 10)
    assert book(as_alice, kettle, expected_quantity=10).status_code == 201


@pytest.mark.quick
def test_an_expected_zero_is_a_conflict_if_there_is_stock(as_alice, kettle):
    assert book(as_alice, kettle, expected_quantity=0).status_code == 409


@pytest.mark.quick
@pytest.mark.whole
@all_cases("quantity", [0, -1, 1.5, "x", None, True, 1_000_000_001, [1], {"n": 1}, "1_0", "１"])
def test_refuses_a_quantity_that_is_not_a_positive_integer(as_alice, kettle, quantity):
    response = book(as_alice, kettle, quantity=quantity)
    assert response.status_code == 400
    assert list(response.json()) == ["quantity"]


@all_cases("reason", ["opening", "count", "import", "reversal", "gift", "", 1, None])
def test_refuses_reserved_and_unknown_reasons(as_alice, kettle, reason):
    response = book(as_alice, kettle, reason=reason)
    assert response.status_code == 400
    assert list(response.json()) == ["reason"]


def test_names_every_missing_field(as_alice):
    response = as_alice.post("/api/stock/", {})
    assert response.status_code == 400
    assert set(response.json()) == {"product", "movement_type", "quantity"}


@pytest.mark.quick
def test_only_its_own_account_learns_that_a_product_is_archived(as_alice, as_charlie, kettle):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    archived, missing = book(as_alice, kettle, "IN"), book(as_charlie, kettle, "IN")
    assert archived.status_code == missing.status_code == 400
    assert archived.json() == {"product": ["This product is archived: restore it first."]}
    assert missing.json()["product"] == ["This product does not exist."]


def test_an_archived_product_is_not_found_by_its_codes(as_alice, alice):
    pot = make_product(alice, "Pot", 5, sku="POT", barcode="4006381333931")
    as_alice.delete(f"/api/products/{pot.pk}/")
    for code in ({"sku": "pot"}, {"barcode": "4006381333931"}):
        response = as_alice.post("/api/stock/", {**code, "movement_type": "IN", "quantity": 1})
        assert (response.status_code, response.json()["code"]) == (400, "product_not_found")


def test_occurred_at_is_kept_and_timestamp_is_the_time_of_booking(as_alice, kettle):
    movement = book(as_alice, kettle, occurred_at="2026-01-02T03:04:05+02:00").json()
    assert movement["occurred_at"] == "2026-01-02T01:04:05Z"
    assert movement["timestamp"] > movement["occurred_at"]


def test_a_time_a_few_minutes_ahead_means_now(as_alice, kettle):
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    movement = book(as_alice, kettle, occurred_at=soon).json()
    assert movement["occurred_at"] == movement["timestamp"]


@all_cases("when", ["tomorrow", "1999-12-31T23:59:59Z", "0000-01-01", "99999-01-01T00:00:00Z", 5, []])
def test_refuses_malformed_times_and_years_out_of_range(as_alice, kettle, when):
    response = book(as_alice, kettle, occurred_at=when)
    assert response.status_code == 400
    assert list(response.json()) == ["occurred_at"]


def test_refuses_a_time_in_the_future(as_alice, kettle):
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert book(as_alice, kettle, occurred_at=later).json() == {"occurred_at": ["This is in the future."]}


@all_cases("method", ["put", "patch", "delete"])
def test_a_movement_can_not_be_changed_over_http(as_alice, kettle, method):
    movement = book(as_alice, kettle).json()
    response = getattr(as_alice, method)(f"/api/stock/{movement['id']}/", {"quantity": 1})
    assert response.status_code == 405


@all_cases("movement_type", ["IN", "OUT"])
def test_a_booking_takes_three_statements(as_alice, kettle, movement_type, django_assert_num_queries):
    line = {"product": kettle.pk, "movement_type": movement_type, "quantity": 1}
    with django_assert_num_queries(5):  # the user, lock, write; BEGIN and COMMIT are savepoints
        assert as_alice.post("/api/stock/", line).status_code == 201
    with django_assert_num_queries(9):  # A key takes two more statements, and BEGIN and COMMIT of its own.
        assert as_alice.post("/api/stock/", line, HTTP_IDEMPOTENCY_KEY="k").status_code == 201


@all_cases("body", [{"": "TEA"}, {"": "TEA", "kit": None}])
def test_a_field_without_a_name_names_no_product(as_alice, alice, body):
    line = {"movement_type": "IN", "quantity": 1, **body}
    assert as_alice.post("/api/stock/", line).status_code == 400
    assert as_alice.post("/api/stock/operations/", {"lines": [line]}).status_code == 400
    assert as_alice.post("/api/labels/", {"lines": [body]}).status_code == 400


@pytest.mark.measured
@all_cases(
    ("line", "fixes"),
    [
        ({"movement_type": "OUT"}, True),
        ({"movement_type": "IN", "reason": "purchase", "unit_cost": "2.00"}, True),
        ({"movement_type": "IN", "reason": "purchase", "unit_cost": "0.00"}, False),
        ({"movement_type": "OUT", "reason": "damage"}, False),
    ],
)
def test_sales_and_deliveries_with_a_cost_fix_the_currency(alice, as_alice, kettle, line, fixes):
    is_fixed = CurrencyOfLedger().is_fixed
    assert not is_fixed(alice.pk, lock=True)
    assert book(as_alice, kettle, **line).status_code == 201
    assert [is_fixed(alice.pk, lock=lock) for lock in (True, False)] == [fixes] * 2
