"""Counts at a place, and imported quantities of holdings."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.fields import MAX_QUANTITY
from stock.booking import services
from stock.booking.drafts import OperationDraft, PlaceReference, QuantityAtPlace
from stock.errors import InvalidLines
from stock.models import Lot, Operation
from stock.tests.test_places import book, day, held, receive, sell, stocked, tea
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

__all__ = ["stocked", "tea"]


def count(client, *lines):
    body = [{"product": product.pk, "counted": counted, **fields} for product, counted, fields in lines]
    return client.post("/api/stock/counts/", {"lines": body})


def count_ok(client, *lines):
    response = count(client, *lines)
    assert response.status_code == 201, response.content
    return [(row["previous"], row["counted"], row["difference"]) for row in response.json()["lines"]]


def now():
    """Return the time of the newest operation."""
    return Operation.objects.latest("created_at").created_at.isoformat()


def test_a_count_with_both_sets_that_holding(as_bob, stocked):
    assert count_ok(as_bob, (stocked, 7, {"location": "Shelf", "lot": "LATE"})) == [(10, 7, -3)]
    assert held(stocked)["Shelf", "LATE"] == 7
    assert stocked.quantity == 57


def test_a_count_without_a_place_takes_what_is_held_nowhere_and_then_in_the_order_of_a_sale(as_bob, stocked):
    assert count_ok(as_bob, (stocked, 38, {})) == [(60, 38, -22)]
    assert (None, "EARLY") not in held(stocked)
    assert held(stocked)["Shelf", "LATE"] == 8
    assert stocked.quantity == stocked.held


def test_a_surplus_of_the_total_is_held_nowhere(as_bob, stocked):
    before = held(stocked)
    count_ok(as_bob, (stocked, 62, {}))
    assert held(stocked) == before


def test_a_count_of_a_location_takes_a_shortage_in_the_order(as_alice, stocked, alice):
    receive(as_alice, stocked, 5, location="Shelf", lot="SOON", expires_on=day(alice, 2))
    assert count_ok(as_alice, (stocked, 9, {"location": "Shelf"})) == [(15, 9, -6)]
    assert held(stocked)["Shelf", "LATE"] == 9
    assert ("Shelf", "SOON") not in held(stocked)


def test_a_surplus_at_a_location_lies_there_without_lot(as_alice, stocked):
    count_ok(as_alice, (stocked, 13, {"location": "Shelf"}))
    assert (held(stocked)["Shelf", None], held(stocked)["Shelf", "LATE"]) == (3, 10)


def test_a_surplus_of_a_lot_lies_at_no_location(as_alice, stocked):
    count_ok(as_alice, (stocked, 13, {"lot": "LATE"}))
    assert (held(stocked)[None, "LATE"], held(stocked)["Shelf", "LATE"]) == (3, 10)


def test_a_count_makes_an_unknown_lot_that_has_stock(as_alice, alice, tea):
    count_ok(as_alice, (tea, 4, {"lot": "H26", "expires_on": day(alice, 9), "location": None}))
    assert held(tea) == {(None, "H26"): 4}
    assert Lot.objects.get().expires_on.isoformat() == day(alice, 9)


def test_an_unknown_lot_gets_its_date_from_the_line_that_has_one(as_alice, alice, cellar, shelf, tea):
    date = day(alice, 9)
    nothing = {"location": "Cellar", "lot": "A"}
    count_ok(as_alice, (tea, 0, nothing), (tea, 4, {"lot": "a", "location": "Shelf", "expires_on": date}))
    assert [(lot.code, lot.expires_on.isoformat()) for lot in Lot.objects.all()] == [("a", date)]


def test_nothing_of_an_unknown_lot_is_not_found(as_alice, tea):
    response = count(as_alice, (tea, 0, {"lot": "H26"}))
    assert [row["code"] for row in response.json()["lines"]] == ["lot_not_found"]


@pytest.mark.quick
@all_cases(
    ("first", "second"),
    [
        ({"location": "Shelf"}, {"location": "Cellar"}),
        ({"lot": "LATE"}, {"lot": "EARLY"}),
        ({"location": "Shelf", "lot": "LATE"}, {"location": "Cellar", "lot": "LATE"}),
        ({"location": "Shelf", "lot": "LATE"}, {"location": "Shelf", "lot": "EARLY"}),
    ],
)
def test_two_places_of_a_product_in_one_count(as_alice, stocked, first, second):
    assert [counted for _, counted, _ in count_ok(as_alice, (stocked, 1, first), (stocked, 2, second))] == [1, 2]
    assert stocked.movements.filter(operation__reason="count").count() == 2


@pytest.mark.quick
@all_cases(
    ("first", "second"),
    [
        ({}, {"location": "Shelf"}),
        ({"lot": "LATE"}, {"location": "Shelf"}),
        ({"location": "Shelf", "lot": "LATE"}, {"location": "Shelf"}),
        ({"lot": "LATE"}, {"lot": "late"}),
    ],
)
def test_places_that_hold_the_same_goods_are_counted_once(as_alice, stocked, first, second):
    response = count(as_alice, (stocked, 1, first), (stocked, 1, second))
    assert [(row["line"], row["code"]) for row in response.json()["lines"]] == [(1, "counted_twice")]


def test_what_left_the_place_after_the_count_stays_booked(as_alice, stocked):
    moment = now()
    sell(as_alice, stocked, 2, location="Shelf")
    sell(as_alice, stocked, 5, location="Cellar")
    assert count_ok(as_alice, (stocked, 11, {"location": "Shelf", "counted_at": moment})) == [(8, 11, 1)]
    assert held(stocked)["Shelf", None] == 1
    assert count_ok(as_alice, (stocked, 10, {"location": "Cellar", "counted_at": moment})) == [(5, 10, 0)]


def test_an_older_count_of_a_place_does_not_undo_a_later_one(as_alice, stocked):
    moment = now()
    count_ok(as_alice, (stocked, 4, {"location": "Shelf"}))
    assert count_ok(as_alice, (stocked, 9, {"location": "Shelf", "counted_at": moment})) == [(4, 9, 0)]
    assert held(stocked)["Shelf", "LATE"] == 4


def test_counts_of_two_places_can_arrive_in_any_order(as_alice, stocked):
    moment = now()
    count_ok(as_alice, (stocked, 9, {"location": "Shelf"}))
    assert count_ok(as_alice, (stocked, 8, {"location": "Cellar", "counted_at": moment})) == [(10, 8, -2)]


def test_a_count_of_the_total_is_outdated_by_a_later_one_of_a_place(as_alice, stocked):
    moment = now()
    count_ok(as_alice, (stocked, 8, {"location": "Cellar"}))
    assert count_ok(as_alice, (stocked, 58, {"counted_at": moment})) == [(58, 58, 0)]


def test_a_placed_count_above_the_limit_names_its_line(as_alice, stocked):
    lines = (stocked, 1, {"location": "Shelf"}), (stocked, MAX_QUANTITY, {"location": "Cellar"})
    response = count(as_alice, *lines)
    assert [(row["line"], row["code"]) for row in response.json()["lines"]] == [(1, "stock_limit_exceeded")]
    assert held(stocked)["Shelf", "LATE"] == 10


def test_a_count_of_nothing_with_a_time_locks_its_location_for_stock(as_alice, stocked):
    """Stock that came in after the count is added, so the location must not be archived meanwhile."""
    with CaptureQueriesContext(connection) as captured:
        count_ok(as_alice, (stocked, 0, {"location": "Shelf", "counted_at": now()}))
    assert any("stock_location" in query["sql"] and "FOR SHARE" in query["sql"] for query in captured)


def test_a_count_of_nothing_with_a_time_makes_no_lot(as_alice, stocked):
    response = count(as_alice, (stocked, 0, {"lot": "NONE", "counted_at": now()}))
    assert [row["code"] for row in response.json()["lines"]] == ["lot_not_found"]
    assert not Lot.objects.filter(code="NONE").exists()


# --- Imports ------------------------------------------------------------------------------------------------


def set_quantities(user, product, *placed, **totals):
    draft = OperationDraft(by=user, reason="import")
    rows = [QuantityAtPlace(product.pk, quantity, PlaceReference(*place)) for quantity, *place in placed]
    return services.set_quantities(draft=draft, quantities=totals.get("quantities", {}), placed=rows)


def test_an_import_sets_holdings_and_what_is_not_held(alice, stocked):
    operation, moved = set_quantities(alice, stocked, (3, "Shelf", "LATE"), (0, "Cellar"), (4,))
    assert operation.reason == "import"
    assert moved == {stocked.pk}
    assert held(stocked) == {
        ("Shelf", "LATE"): 3, (None, "EARLY"): 10, (None, "DATELESS"): 10, (None, "EXPIRED"): 10
    }  # fmt: skip
    assert stocked.quantity - stocked.held == 4


def test_an_import_of_what_is_there_books_nothing(alice, stocked):
    assert set_quantities(alice, stocked, (10, "Shelf", "LATE"), (10, "Cellar"), (10,)) == (None, set())


def test_an_import_names_its_bad_places(alice, stocked):
    with pytest.raises(InvalidLines) as refused:
        set_quantities(alice, stocked, (1, "Nowhere"), (1, "Shelf"))
    assert {index: error.code for index, error in refused.value.errors.items()} == {0: "location_not_found"}


# --- Statements ---------------------------------------------------------------------------------------------


def test_a_sale_takes_one_more_statement_only_if_the_product_has_holdings(
    as_alice, tea, kettle, django_assert_num_queries
):
    receive(as_alice, tea, 5, lot="A")
    with django_assert_num_queries(5):  # the user, the lock, the write; BEGIN and COMMIT
        assert book(as_alice, kettle, "OUT", 1).status_code == 201
    with django_assert_num_queries(7):  # the same, and the holdings and their lots
        assert book(as_alice, tea, "OUT", 1).status_code == 201
    with django_assert_num_queries(8):  # the same, and the new lot
        assert book(as_alice, tea, "OUT", 1, lot="A").status_code == 201
