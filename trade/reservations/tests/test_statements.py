"""The statements of reservations: shops without them need no more statements, and ended lines are not read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS, let_expire
from testing.cast.reservations import reserve as reserve_in_api
from testing.tables import all_cases
from trade.reservations.models import Reservation, ReservationLine
from trade.reservations.services import extend, fulfil, release, reserve
from trade.reservations.sql import RESERVED_BY_PRODUCT
from trade.selling.services import book

pytestmark = pytest.mark.django_db
SAVEPOINTS = ("SAVEPOINT", "RELEASE")
OVER = 3000  # the number of lines that have expired


def list_statements(function, **arguments):
    """Call the function, and return its statements without savepoints."""
    with CaptureQueriesContext(connection) as captured:
        function(**arguments)
    return [query["sql"] for query in captured if not query["sql"].startswith(SAVEPOINTS)]


def sell(alice, *products, movement_type="OUT", reason="sale"):
    lines = [BookingLine(by_id(product.pk), movement_type, 1) for product in products]
    return list_statements(book, draft=OperationDraft(by=alice, reason=reason), lines=lines)


def reserve_one_each(alice, *products):
    return reserve(by=alice, lines=[BookingLine(by_id(product.pk), "OUT", 1) for product in products])


def test_a_sale_takes_one_statement_more_while_something_is_reserved(alice, kettle):
    assert len(sell(alice, kettle)) == 2  # the statements are the lock and the write
    made = reserve_one_each(alice, kettle)
    assert len(sell(alice, kettle)) == 3
    let_expire(made.pk)
    Product.objects.filter(pk=kettle.pk).update(reserved_until=ReservationLine.objects.get().reserved_until)
    assert len(sell(alice, kettle)) == 2


@all_cases(("movement_type", "reason"), [("IN", "purchase"), ("IN", "other"), ("OUT", "damage")])
def test_a_fact_does_not_read_what_is_reserved(alice, kettle, movement_type, reason):
    reserve_one_each(alice, kettle)
    assert len(sell(alice, kettle, movement_type=movement_type, reason=reason)) == 2


def test_the_number_of_statements_does_not_depend_on_the_lines(alice):
    pots = [make_product(alice, f"Pot {number}", 10) for number in range(40)]
    counts = []
    for some in (pots[:1], pots):
        lines = [BookingLine(by_id(pot.pk), "OUT", 1) for pot in some]
        # The statements are the locks of the products and of the numbers, the numbers of others, the reservation, the
        # lines, the hints and the event. Nothing was reserved yet, so there is no sum.
        counts.append(len(list_statements(reserve, by=alice, lines=lines)))
        made = [reserve(by=alice, lines=lines).pk for _ in range(3)]
        counts.append(len(list_statements(extend, by=alice, pk=made[0], expires_in=60)))
        counts.append(len(list_statements(release, by=alice, pk=made[0])))
        counts.append(len(list_statements(fulfil, by=alice, pk=made[1])))
        counts.append(len(sell(alice, *some)))
    assert counts == [7, 7, 7, 8, 3, 8, 7, 7, 8, 3]


@pytest.fixture
def pot(alice):
    """Return a product with many lines that have ended, and one that counts."""
    pot = make_product(alice, "Pot", 10)
    first = reserve_one_each(alice, pot)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reservations_reservation"
            " (owner_id, made_by_id, made_by_username, reference, note, created_at, expires_at)"
            " SELECT owner_id, made_by_id, '', '', '', '2020-01-01', '2020-01-02'"
            " FROM reservations_reservation, generate_series(1, %s) WHERE id = %s",
            [OVER, first.pk],
        )
        cursor.execute(
            "INSERT INTO reservations_reservationline (owner_id, reservation_id, product_id, quantity, reserved_until)"
            " SELECT owner_id, id, %s, 1, expires_at FROM reservations_reservation WHERE id <> %s",
            [pot.pk, first.pk],
        )
        cursor.execute("ANALYZE reservations_reservationline, reservations_reservation")
    return pot


def explain(statement, **values):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor)


def test_lines_that_are_over_are_not_read(alice, pot):
    plan = explain(RESERVED_BY_PRODUCT, owner=alice.pk, products=f"{{{pot.pk}}}")
    assert "reservations_lines_counted" in plan
    assert "reserved_until > statement_timestamp()" in plan.split("Index Cond")[1].split("\n")[0]


def test_the_lines_of_an_order_are_found_without_reading_those_of_others(alice, pot):
    pk = Reservation.objects.latest("pk").pk
    plan = ReservationLine.objects.filter(owner_id=alice.pk, reservation_id=pk).order_by("id").explain()
    assert "reservations_lines_of_one" in plan


def test_a_list_of_products_takes_no_statement_more_while_something_is_reserved(as_alice, kettle):
    free = len(list_statements(as_alice.get, path="/api/products/"))
    reserve_in_api(as_alice, kettle)
    assert len(list_statements(as_alice.get, path="/api/products/")) == free


def test_a_page_ends_early_if_it_has_many_lines(as_alice, alice, kettle, monkeypatch):
    monkeypatch.setattr("core.lists.pagination.LinesPagination.max_parts", 3)
    pot = make_product(alice, "Pot", 5)
    lines = [{"product": product.pk, "quantity": 1} for product in (kettle, pot)]
    made = [as_alice.post(ADDRESS, {"lines": lines}).json()["id"] for _ in range(2)]
    page = as_alice.get(ADDRESS).json()
    assert [row["id"] for row in page["results"]] == made[1:]
    assert [row["id"] for row in as_alice.get(page["next"]).json()["results"]] == made[:1]
