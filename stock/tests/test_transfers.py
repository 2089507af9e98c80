"""/api/stock/transfers/ moves stock between locations. The quantities of products stay the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock.models import Movement, Operation
from stock.tests.test_places import day, held, receive, sell, stocked, tea
from testing.cast.people import make_location, make_product
from testing.tables import all_cases

__all__ = ["stocked", "tea"]
ADDRESS = "/api/stock/transfers/"


def move(client, source, target, *lines, **extra):
    return client.post(ADDRESS, {"from": source, "to": target, "lines": list(lines), **extra})


def line(product, quantity, **extra):
    return {"product": product.pk, "quantity": quantity, **extra}


def refused(response):
    """Return the refused lines. Check that nothing was booked."""
    assert (response.status_code, response.json()["code"]) == (400, "invalid_lines"), response.content
    assert not Operation.objects.filter(reason="transfer").exists()
    return response.json()["lines"]


def test_a_transfer_is_one_operation_of_out_and_in(as_bob, tea, cellar, shelf):
    receive(as_bob, tea, 10, location="Cellar")
    response = move(as_bob, "cellar", shelf.pk, line(tea, 4), reference="refill", note="Monday")
    operation = response.json()
    assert response.status_code == 201
    assert (operation["reason"], operation["reference"], operation["note"]) == ("transfer", "refill", "Monday")
    movements = [
        (m["movement_type"], m["quantity"], m["old_quantity"], m["new_quantity"]) for m in operation["movements"]
    ]
    assert movements == [("OUT", 4, 10, 6), ("IN", 4, 6, 10)]
    assert held(tea) == {("Cellar", None): 6, ("Shelf", None): 4}


@pytest.mark.quick
def test_the_location_that_gets_the_goods_is_locked(as_alice, stocked):
    with CaptureQueriesContext(connection) as captured:
        assert move(as_alice, "Shelf", "Cellar", line(stocked, 3)).status_code == 201
    assert any("stock_location" in query["sql"] and "FOR SHARE" in query["sql"] for query in captured)


def test_goods_keep_their_lot(as_alice, stocked):
    assert move(as_alice, "Shelf", "Cellar", line(stocked, 3)).status_code == 201
    assert held(stocked)["Cellar", "LATE"] == 3
    assert move(as_alice, "Shelf", None, line(stocked, 2)).status_code == 201
    assert held(stocked)[None, "LATE"] == 2


@pytest.mark.quick
def test_from_null_takes_what_is_at_no_location(as_alice, stocked):
    assert move(as_alice, None, "Cellar", line(stocked, 35)).status_code == 201
    assert held(stocked) == {
        ("Cellar", "EARLY"): 10, ("Cellar", "DATELESS"): 10, ("Cellar", None): 20, ("Cellar", "EXPIRED"): 5,
        (None, "EXPIRED"): 5, ("Shelf", "LATE"): 10,
    }  # fmt: skip


def test_to_null_takes_stock_out_of_its_holding(as_alice, tea, cellar):
    receive(as_alice, tea, 10, location="Cellar")
    [_, back] = move(as_alice, "Cellar", None, line(tea, 4)).json()["movements"]
    assert back["portions"] == []
    assert held(tea) == {("Cellar", None): 6}


def test_a_line_can_name_a_lot(as_alice, stocked):
    assert move(as_alice, None, "Cellar", line(stocked, 2, lot="dateless")).status_code == 201
    assert held(stocked)["Cellar", "DATELESS"] == 2


def test_lines_name_products_by_sku_and_barcode(as_alice, alice, cellar):
    product = make_product(alice, "Cup", 5, sku="CUP", barcode="123")
    lines = [{"sku": "cup", "quantity": 1}, {"barcode": "123", "quantity": 2}]
    assert move(as_alice, None, "Cellar", *lines).status_code == 201
    assert held(product) == {("Cellar", None): 3}


def test_lines_are_judged_together_and_none_is_booked(as_alice, stocked, cellar):
    [error] = refused(move(as_alice, "Cellar", "Shelf", line(stocked, 6), line(stocked, 6)))
    assert error == {
        "line": 1, "detail": "Only 4 at Cellar, 6 requested.", "code": "insufficient_stock", "product": stocked.pk,
        "available": 4, "requested": 6, "location": cellar.pk,
    }  # fmt: skip


def test_every_bad_line_is_named(as_alice, stocked):
    lines = [line(stocked, 1, lot="NONE"), {"product": 987654, "quantity": 1}, {"product": stocked.pk}]
    errors = refused(move(as_alice, None, "Cellar", *lines))
    assert [(error["line"], error["code"]) for error in errors] == [
        (0, "lot_not_found"), (1, "product_not_found"), (2, "invalid"),
    ]  # fmt: skip


@pytest.mark.quick
@all_cases(("source", "target"), [("Cellar", "cellar"), (None, None)])
def test_the_same_location_is_refused(as_alice, stocked, source, target):
    response = move(as_alice, source, target, line(stocked, 1))
    assert (response.status_code, response.json()["code"]) == (400, "same_location")


def test_an_unknown_location_is_named(as_alice, stocked, charlie):
    make_location(charlie, "Vault")
    response = move(as_alice, None, "Vault", line(stocked, 1))
    assert response.json() == {
        "detail": "There is no location Vault.", "code": "location_not_found", "location": "Vault",
    }  # fmt: skip


@all_cases("missing", ["from", "to", "lines"])
def test_every_field_is_required(as_alice, stocked, missing):
    body = {"from": None, "to": "Cellar", "lines": [line(stocked, 1)]}
    del body[missing]
    assert list(as_alice.post(ADDRESS, body).json()) == [missing]


def test_more_than_500_lines_are_refused(as_alice, stocked):
    assert list(move(as_alice, None, "Cellar", *[line(stocked, 1)] * 501).json()) == ["lines"]


def test_reversing_a_transfer_moves_the_stock_back(as_alice, stocked):
    before = held(stocked)
    operation = move(as_alice, None, "Cellar", line(stocked, 35)).json()
    response = as_alice.post(f"/api/stock/operations/{operation['id']}/reverse/", {})
    assert response.status_code == 201, response.content
    assert held(stocked) == before


def test_a_transfer_leaves_the_quantity_and_records_no_low_stock(as_alice, alice, cellar):
    product = make_product(alice, "Cup", 10, min_threshold=8)
    assert move(as_alice, None, "Cellar", line(product, 9)).status_code == 201
    product.refresh_from_db()
    assert product.quantity == 10
    assert "stock.low" not in {event["type"] for event in as_alice.get("/api/events/").json()["events"]}


@pytest.mark.quick
def test_the_number_of_statements_does_not_depend_on_the_lines(
    as_alice, alice, cellar, shelf, django_assert_num_queries
):
    products = [make_product(alice, f"P{n}", 9) for n in range(6)]
    assert move(as_alice, None, "Cellar", *[line(product, 5) for product in products]).status_code == 201
    for chosen in (products[:1], products):
        with django_assert_num_queries(7):  # the user, the lock, holdings, locations, the write; BEGIN and COMMIT
            assert move(as_alice, "Cellar", "Shelf", *[line(product, 1) for product in chosen]).status_code == 201
    assert Movement.objects.filter(operation__reason="transfer").count() == 12 + 2 + 12


# --- Reversals of portions ----------------------------------------------------------------------------------


def reverse(client, movement):
    return client.post(f"/api/stock/operations/{movement['operation']}/reverse/", {})


def test_a_reversed_sale_puts_the_very_portions_back(as_alice, stocked):
    before = held(stocked)
    sale = sell(as_alice, stocked, 55).json()
    response = reverse(as_alice, sale)
    assert response.status_code == 201, response.content
    assert response.json()["movements"][0]["portions"] == sale["portions"]
    assert held(stocked) == before


def test_a_reversed_receipt_takes_from_its_own_lot(as_alice, stocked):
    late = receive(as_alice, stocked, 5, lot="LATE", location="Shelf")
    assert reverse(as_alice, late).status_code == 201
    assert held(stocked)["Shelf", "LATE"] == 10


@pytest.mark.quick
def test_a_reversal_of_a_portion_that_has_moved_on_is_refused_with_its_numbers(as_alice, tea, cellar, shelf):
    receipt = receive(as_alice, tea, 5, location="Cellar")
    move(as_alice, "Cellar", "Shelf", line(tea, 3))
    [error] = reverse(as_alice, receipt).json()["lines"]
    assert (error["code"], error["available"], error["requested"], error["location"]) == (
        "insufficient_stock", 2, 5, cellar.pk,
    )  # fmt: skip


def test_a_reversal_takes_stock_that_was_not_held_from_what_is_not_held_first(as_alice, alice, tea, cellar):
    receipt = receive(as_alice, tea, 6)
    receive(as_alice, tea, 5, lot="LATE", expires_on=day(alice, 9))
    receive(as_alice, tea, 5, lot="EARLY", expires_on=day(alice, 1))
    move(as_alice, None, "Cellar", line(tea, 14))  # 5 of EARLY, 5 of LATE, and 4 that were not held, so 2 remain
    portions = reverse(as_alice, receipt).json()["movements"][0]["portions"]
    assert [(row["lot_code"], row["quantity"]) for row in portions] == [("EARLY", 4)]


@pytest.mark.quick
def test_a_reversal_into_an_archived_location_is_refused(as_alice, tea, cellar):
    receive(as_alice, tea, 5, location="Cellar")
    sale = sell(as_alice, tea, 5).json()
    type(cellar).objects.filter(pk=cellar.pk).update(archived_at="2026-01-01T00:00Z")
    response = reverse(as_alice, sale)
    assert (response.status_code, response.json()["code"]) == (409, "location_archived")
    assert response.json()["detail"] == "Location Cellar is archived: restore it first."
