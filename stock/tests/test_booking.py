"""Booking single movements over HTTP."""

from stock.models import Movement


def sell(client, product, quantity=1, **extra):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **extra}
    return client.post("/api/stock/", body)


def test_a_sale_lowers_the_quantity_and_is_answered_as_a_movement(as_alice, alice, kettle):
    answer = sell(as_alice, kettle, 3)
    assert answer.status_code == 201
    movement = answer.json()
    assert (movement["old_quantity"], movement["new_quantity"], movement["sequence"]) == (10, 7, 2)
    assert (movement["reason"], movement["performed_by_username"]) == ("sale", "alice")
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (7, 2)


def test_a_sale_of_more_than_there_is_says_how_much_there_is(as_alice, kettle):
    answer = sell(as_alice, kettle, 11)
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "Only 10 in stock, 11 requested.",
        "code": "insufficient_stock",
        "product": kettle.pk,
        "available": 10,
        "requested": 11,
    }
    assert Movement.objects.filter(product=kettle).count() == 1
