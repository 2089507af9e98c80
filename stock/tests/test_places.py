"""Locations and lots in bookings: the place where an IN puts stock, and the place from which an OUT takes it."""

from datetime import timedelta

import pytest

from stock.models import Holding, Lot, Portion
from stock.proofs.verification import find_breaks
from testing.cast.people import make_location, make_product
from testing.tables import all_cases


@pytest.fixture
def tea(alice):
    """Return a product of Alice without stock."""
    return make_product(alice, "Tea")


def day(user, offset):
    """Return a date in the shop, this many days from today, as text."""
    return (user.shop_today() + timedelta(days=offset)).isoformat()


def book(client, product, movement_type, quantity, **fields):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **fields}
    return client.post("/api/stock/", body)


def receive(client, product, quantity, **fields):
    response = book(client, product, "IN", quantity, **fields)
    assert response.status_code == 201, response.content
    return response.json()


def sell(client, product, quantity, **fields):
    return book(client, product, "OUT", quantity, **fields)


def taken(response):
    """Return the location's name, the lot's code and the quantity of each portion of a movement."""
    assert response.status_code == 201, response.content
    return [(row["location_name"], row["lot_code"], row["quantity"]) for row in response.json()["portions"]]


def held(product):
    """Return the quantities by the location's name and the lot's code."""
    product.refresh_from_db()
    rows = product.holdings.values_list("location__name", "lot__code", "quantity")
    assert sum(row[2] for row in rows) == product.held
    assert find_breaks(product.owner_id) == []
    return {row[:2]: row[2] for row in rows}


# --- IN -----------------------------------------------------------------------------------------------------


def test_in_without_a_place_is_held_nowhere(as_alice, tea):
    assert receive(as_alice, tea, 5)["portions"] == []
    assert held(tea) == {}


def test_in_at_a_location_by_id_and_by_name(as_bob, tea, cellar):
    first = receive(as_bob, tea, 5, location=cellar.pk)
    assert first["portions"] == [
        {"location": cellar.pk, "location_name": "Cellar", "lot": None, "lot_code": None, "expires_on": None,
         "quantity": 5}
    ]  # fmt: skip
    receive(as_bob, tea, 2, location="cellar")
    assert held(tea) == {("Cellar", None): 7}


def test_in_makes_an_unknown_lot_and_finds_a_known_one(as_alice, alice, tea):
    first = receive(as_alice, tea, 5, lot="H26", expires_on=day(alice, 30))
    second = receive(as_alice, tea, 2, lot="h26", expires_on=day(alice, 30))
    third = receive(as_alice, tea, 1, lot="H26")
    assert len({row["portions"][0]["lot"] for row in (first, second, third)}) == 1
    assert first["portions"][0]["expires_on"] == day(alice, 30)
    assert held(tea) == {(None, "H26"): 8}


def test_two_lines_make_a_lot_once(as_alice, tea, kettle):
    lines = [
        {"product": product.pk, "movement_type": "IN", "quantity": 1, "lot": "A"} for product in (tea, kettle, tea)
    ]
    assert as_alice.post("/api/stock/operations/", {"lines": lines}).status_code == 201
    assert Lot.objects.count() == 2
    assert held(tea) == {(None, "A"): 2}


def test_a_lot_gets_the_first_date_of_its_lines(as_alice, alice, tea):
    date = day(alice, 9)
    lines = [{"product": tea.pk, "movement_type": "IN", "quantity": 1, "lot": "A", **extra}
             for extra in ({}, {"expires_on": date})]  # fmt: skip
    assert as_alice.post("/api/stock/operations/", {"lines": lines}).status_code == 201
    assert Lot.objects.get().expires_on.isoformat() == date


@pytest.mark.quick
def test_a_known_lot_with_another_date_is_refused(as_alice, alice, tea):
    receive(as_alice, tea, 5, lot="H26", expires_on=day(alice, 30))
    response = book(as_alice, tea, "IN", 1, lot="H26", expires_on=day(alice, 31))
    assert response.status_code == 400
    assert response.json()["code"] == "lot_differs"
    assert (response.json()["known"], response.json()["expires_on"]) == (day(alice, 30), day(alice, 31))


def test_a_date_for_a_lot_without_one_is_refused(as_alice, alice, tea):
    receive(as_alice, tea, 5, lot="H26")
    response = book(as_alice, tea, "IN", 1, lot="H26", expires_on=day(alice, 31))
    assert (response.json()["code"], response.json()["known"]) == ("lot_differs", None)


def test_a_refused_operation_makes_no_lot(as_alice, tea):
    lines = [
        {"product": tea.pk, "movement_type": "IN", "quantity": 1, "lot": "A"},
        {"product": tea.pk, "movement_type": "OUT", "quantity": 9},
    ]
    assert as_alice.post("/api/stock/operations/", {"lines": lines}).status_code == 400
    assert not Lot.objects.exists()


@all_cases("name", ["Nowhere", 987654, "3"])
def test_an_unknown_location_is_refused(as_alice, tea, name):
    response = book(as_alice, tea, "IN", 1, location=name)
    assert (response.status_code, response.json()["code"]) == (400, "location_not_found")


def test_a_location_of_another_account_does_not_exist(as_alice, tea, charlie):
    response = book(as_alice, tea, "IN", 1, location=make_location(charlie, "Vault").pk)
    assert response.json()["code"] == "location_not_found"


@pytest.mark.measured
@all_cases(
    ("fields", "name"),
    [
        ({"expires_on": "2030-01-01"}, "expires_on"),
        ({"location": True}, "location"),
        ({"location": {}}, "location"),
        ({"location": 0}, "location"),
        ({"location": "x" * 256}, "location"),
        ({"lot": "x" * 65}, "lot"),
        ({"lot": 7}, "lot"),
        ({"lot": "A", "expires_on": "soon"}, "expires_on"),
    ],
)
def test_malformed_places_name_their_field(as_alice, tea, fields, name):
    response = book(as_alice, tea, "IN", 1, **fields)
    assert response.status_code == 400
    assert list(response.json()) == [name]


def test_a_sale_does_not_take_a_date(as_alice, alice, tea):
    receive(as_alice, tea, 5, lot="A")
    assert list(sell(as_alice, tea, 1, lot="A", expires_on=day(alice, 1)).json()) == ["expires_on"]


@all_cases("nothing", [None, ""])
def test_null_and_blank_name_no_place(as_alice, tea, nothing):
    assert receive(as_alice, tea, 1, location=nothing, lot=nothing, expires_on=None)["portions"] == []


# --- OUT ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stocked(as_alice, alice, tea, cellar, shelf):
    """Return a product with ten pieces each in an expired lot, a late one, an early one, in one without a date, in the
    cellar, and at no place.
    """
    receive(as_alice, tea, 10, lot="EXPIRED", expires_on=day(alice, -1))
    receive(as_alice, tea, 10, lot="LATE", expires_on=day(alice, 90), location="Shelf")
    receive(as_alice, tea, 10, lot="EARLY", expires_on=day(alice, 0))
    receive(as_alice, tea, 10, location="Cellar")
    receive(as_alice, tea, 10, lot="DATELESS")
    receive(as_alice, tea, 10)
    return tea


ORDER = [(None, "EARLY"), ("Shelf", "LATE"), ("Cellar", None), (None, "DATELESS"), None, (None, "EXPIRED")]


@pytest.mark.quick
def test_out_takes_the_earliest_date_first_and_expired_lots_last(as_alice, stocked):
    for place in ORDER:
        portions = taken(sell(as_alice, stocked, 10))
        assert portions == ([] if place is None else [(*place, 10)])
    assert held(stocked) == {}


@pytest.mark.measured
def test_one_sale_spans_lots(as_alice, stocked):
    assert taken(sell(as_alice, stocked, 55)) == [
        (None, "EARLY", 10), ("Shelf", "LATE", 10), ("Cellar", None, 10), (None, "DATELESS", 10), (None, "EXPIRED", 5),
    ]  # fmt: skip
    assert held(stocked) == {(None, "EXPIRED"): 5}


def test_reason_expiry_takes_expired_lots_first(as_alice, stocked):
    assert taken(sell(as_alice, stocked, 12, reason="expiry")) == [(None, "EXPIRED", 10), (None, "EARLY", 2)]


@pytest.mark.quick
def test_a_named_location_gives_its_lots_alone(as_alice, stocked):
    assert taken(sell(as_alice, stocked, 4, location="Shelf")) == [("Shelf", "LATE", 4)]


def test_a_named_lot_gives_from_all_its_locations(as_alice, stocked):
    receive(as_alice, stocked, 3, lot="LATE", location="Cellar")
    assert sorted(taken(sell(as_alice, stocked, 12, lot="late"))) == [("Cellar", "LATE", 2), ("Shelf", "LATE", 10)]


def test_a_named_place_that_does_not_suffice_is_refused_with_its_numbers(as_alice, stocked, cellar):
    response = sell(as_alice, stocked, 11, location="Cellar")
    assert response.status_code == 400
    assert response.json() == {
        "detail": "Only 10 at Cellar, 11 requested.", "code": "insufficient_stock", "product": stocked.pk,
        "available": 10, "requested": 11, "location": cellar.pk,
    }  # fmt: skip


def test_lines_of_one_place_are_judged_together(as_alice, stocked):
    line = {"product": stocked.pk, "movement_type": "OUT", "quantity": 6, "location": "Cellar"}
    response = as_alice.post("/api/stock/operations/", {"lines": [line, line]})
    [error] = response.json()["lines"]
    assert (error["line"], error["available"], error["requested"]) == (1, 4, 6)


def test_the_total_decides_without_a_place(as_alice, stocked):
    response = sell(as_alice, stocked, 61)
    assert (response.json()["available"], "location" in response.json()) == (60, False)


def test_an_unknown_lot_is_not_found_by_a_sale(as_alice, stocked):
    response = sell(as_alice, stocked, 1, lot="NONE")
    assert (response.status_code, response.json()["code"]) == (400, "lot_not_found")


def test_an_emptied_holding_is_deleted_and_its_portions_stay(as_alice, tea):
    receive(as_alice, tea, 3, lot="A")
    sell(as_alice, tea, 3)
    assert not Holding.objects.exists()
    assert Portion.objects.count() == 2


# --- Reads --------------------------------------------------------------------------------------------------


def test_every_route_of_movements_shows_the_same_portions(as_alice, stocked):
    booked = sell(as_alice, stocked, 15).json()
    found = [
        as_alice.get(f"/api/stock/{booked['id']}/").json(),
        as_alice.get("/api/stock/").json()["results"][0],
        as_alice.get("/api/stock/?reason=sale").json()["results"][0],
        as_alice.get(f"/api/products/{stocked.pk}/movements/").json()["results"][0],
        as_alice.get(f"/api/stock/operations/{booked['operation']}/").json()["movements"][0],
        as_alice.get("/api/stock/operations/").json()["results"][0]["movements"][0],
    ]
    assert all(row["portions"] == booked["portions"] for row in found)


def test_the_feed_has_the_portions_by_ids(as_alice, tea, cellar):
    receive(as_alice, tea, 3, location="Cellar")
    receive(as_alice, tea, 1)
    placed, plain = (
        event["data"]["movements"][0]
        for event in as_alice.get("/api/events/?type=operation.booked").json()["events"]
    )  # fmt: skip
    assert placed["portions"] == [{"location": cellar.pk, "lot": None, "quantity": 3}]
    assert "portions" not in plain


def test_a_number_in_a_form_is_an_id_unless_a_location_has_it_as_its_name(as_alice, alice, tea, cellar):
    def receive_at(place):
        form = {"product": tea.pk, "movement_type": "IN", "quantity": 1, "location": place}
        return as_alice.post("/api/stock/", form, format="multipart")

    assert receive_at(str(cellar.pk)).status_code == 201
    number = make_location(alice, str(cellar.pk))
    assert receive_at(str(cellar.pk)).status_code == 201
    assert dict(Holding.objects.values_list("location", "quantity")) == {cellar.pk: 1, number.pk: 1}
