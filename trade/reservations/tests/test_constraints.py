"""Every constraint of reservations refuses raw SQL that breaks its rule."""

import pytest

from stock.models import Operation
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.tables import all_cases
from trade.reservations.models import Reservation, ReservationLine

FULFILLED = {"outcome": "fulfilled", "closed_at": "2026-01-01"}


@pytest.fixture
def reservation(alice):
    """Return the columns of a valid reservation that is open."""
    return {
        "owner_id": alice.pk, "made_by_id": alice.pk, "made_by_username": "alice", "reference": "", "note": "",
        "created_at": "2026-01-01",
    }  # fmt: skip


@pytest.fixture
def line(reservation, alice, kettle):
    """Return the columns of a valid line."""
    insert(Reservation, **reservation)
    made = Reservation.objects.get()
    row = {"owner_id": alice.pk, "reservation_id": made.pk, "product_id": kettle.pk, "quantity": 1}
    return {**row, "reserved_until": "2026-01-02"}


def test_a_valid_line_is_accepted(line):
    insert(ReservationLine, **line)


@pytest.mark.quick
@all_cases(
    ("broken", "constraint"),
    [
        ({"outcome": "lost", "closed_at": "2026-01-01"}, "reservations_reservation_outcome"),
        (FULFILLED, "reservations_reservation_outcome"),
        ({"outcome": "released"}, "reservations_reservation_closed_at"),
        ({"closed_at": "2026-01-01"}, "reservations_reservation_closed_at"),
        ({"expires_at": "2026-01-01"}, "reservations_reservation_expires_at"),
        ({**FULFILLED, "operation_id": 999_999}, "reservations_reservation_operation"),
    ],
)
def test_a_reservation_that_breaks_a_rule_is_refused_by_name(reservation, broken, constraint):
    assert get_violated_constraint(Reservation, **reservation | broken) == constraint


@all_cases("outcome", [{}, {"outcome": "released", "closed_at": "2026-01-01"}])
def test_refuses_an_operation_of_a_reservation_that_is_not_fulfilled(reservation, kettle, outcome):
    sold = {"operation_id": Operation.objects.get().pk}
    assert get_violated_constraint(Reservation, **reservation | outcome | sold) == "reservations_reservation_outcome"


@pytest.mark.quick
def test_an_operation_fulfils_one_reservation(reservation, kettle):
    fulfilled = {**reservation, **FULFILLED, "operation_id": Operation.objects.get().pk}
    insert(Reservation, **fulfilled)
    assert get_violated_constraint(Reservation, **fulfilled) == "reservations_reservation_one_operation"


@all_cases(
    ("broken", "constraint"),
    [
        ({"quantity": 0}, "reservations_reservationline_quantity"),
        ({"quantity": 1_000_000_001}, "reservations_reservationline_quantity"),
        ({"name": "Pot", "sku": ""}, "reservations_reservationline_said"),
        ({"product_id": 999_999}, "reservations_reservationline_product"),
        ({"reservation_id": 999_999}, "reservations_reservationline_reservation"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_by_name(line, broken, constraint):
    assert get_violated_constraint(ReservationLine, **line | broken) == constraint


def test_refuses_a_second_line_of_a_product(line):
    insert(ReservationLine, **line)
    assert get_violated_constraint(ReservationLine, **line) == "reservations_reservationline_plain"
