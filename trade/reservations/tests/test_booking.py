"""Bookings of a reserved product.

Sales take only what is available, while losses and corrections may take all stock.
"""

import pytest

from testing.cast.people import make_location, make_product
from testing.cast.reservations import ADDRESS, reserve
from testing.tables import all_cases


def book(client, product, quantity, **fields):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **fields}
    return client.post("/api/stock/", body)


def test_a_sale_takes_what_is_available(as_alice, kettle):
    reserve(as_alice, kettle, 7)
    assert book(as_alice, kettle, 3).status_code == 201
    refused = book(as_alice, kettle, 1)
    assert refused.status_code == 400
    assert refused.json() == {
        "detail": "Only 0 available, 1 requested: 7 are reserved.", "code": "insufficient_stock",
        "product": kettle.pk, "available": 0, "requested": 1, "reserved": 7,
    }  # fmt: skip


@pytest.mark.quick
@all_cases("reason", ["sale", "other"])
def test_a_sale_leaves_what_is_reserved(as_alice, kettle, reason):
    reserve(as_alice, kettle, 7)
    assert book(as_alice, kettle, 4, reason=reason).status_code == 400


@all_cases("reason", ["damage", "theft", "expiry", "correction", "return", "purchase"])
def test_a_fact_takes_what_is_reserved(as_alice, kettle, reason):
    reserve(as_alice, kettle, 7)
    assert book(as_alice, kettle, 4, reason=reason).status_code == 201
    product = as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert (product["quantity"], product["reserved"], product["available"]) == (6, 7, -1)


def test_a_count_takes_what_is_reserved(as_alice, kettle):
    reserve(as_alice, kettle, 7)
    body = {"lines": [{"product": kettle.pk, "counted": 2}]}
    assert as_alice.post("/api/stock/counts/", body).status_code == 201


def test_a_reversal_takes_what_is_reserved(as_alice, kettle):
    bought = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 5}).json()
    reserve(as_alice, kettle, 14)
    assert as_alice.post(f"/api/stock/operations/{bought['operation']}/reverse/").status_code == 201


def test_a_changed_quantity_takes_what_is_reserved(as_alice, kettle):
    reserve(as_alice, kettle, 7)
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 1}).status_code == 200


def test_a_line_that_brings_in_makes_more_available(as_alice, kettle):
    reserve(as_alice, kettle, 10)
    lines = [("IN", 2), ("OUT", 2)]
    body = {"lines": [{"product": kettle.pk, "movement_type": kind, "quantity": n} for kind, n in lines]}
    assert as_alice.post("/api/stock/operations/", body).status_code == 201


def test_lines_on_one_product_are_judged_together(as_alice, kettle):
    reserve(as_alice, kettle, 7)
    body = {"lines": [{"product": kettle.pk, "movement_type": "OUT", "quantity": 2}] * 2}
    refused = as_alice.post("/api/stock/operations/", body)
    assert [(line["line"], line["available"]) for line in refused.json()["lines"]] == [(1, 1)]


def test_without_a_reservation_the_error_is_as_before(as_alice, kettle):
    assert book(as_alice, kettle, 11).json() == {
        "detail": "Only 10 in stock, 11 requested.", "code": "insufficient_stock",
        "product": kettle.pk, "available": 10, "requested": 11,
    }  # fmt: skip


def test_another_shop_s_reservation_reserves_nothing(as_alice, as_charlie, kettle, charlie):
    reserve(as_charlie, make_product(charlie, quantity=10), 10)
    assert book(as_alice, kettle, 10).status_code == 201


@pytest.mark.quick
def test_a_sale_from_a_place_leaves_what_is_reserved(as_alice, alice, kettle):
    make_location(alice, "Cellar")
    move = {"from": None, "to": "Cellar", "lines": [{"product": kettle.pk, "quantity": 6}]}
    assert as_alice.post("/api/stock/transfers/", move).status_code == 201
    reserve(as_alice, kettle, 7)
    assert book(as_alice, kettle, 4, location="Cellar").json()["reserved"] == 7
    assert book(as_alice, kettle, 3, location="Cellar").status_code == 201


def test_a_transfer_moves_what_is_reserved(as_alice, alice, kettle):
    make_location(alice, "Cellar")
    reserve(as_alice, kettle, 10)
    move = {"from": None, "to": "Cellar", "lines": [{"product": kettle.pk, "quantity": 10}]}
    assert as_alice.post("/api/stock/transfers/", move).status_code == 201


def test_fulfilling_takes_from_lots_as_a_sale_does(as_alice, kettle):
    delivery = {"product": kettle.pk, "movement_type": "IN", "quantity": 5, "lot": "K1", "expires_on": "2199-01-01"}
    assert as_alice.post("/api/stock/", delivery).status_code == 201
    made = reserve(as_alice, kettle, 6)
    [movement] = as_alice.post(f"{ADDRESS}{made['id']}/fulfil/").json()["movements"]
    assert [(portion["lot_code"], portion["quantity"]) for portion in movement["portions"]] == [("K1", 5)]
