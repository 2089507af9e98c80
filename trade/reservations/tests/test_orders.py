"""Orders of customers: reservations with a customer, a day, prices and a number, which can be changed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from records.events.models import Event
from stock.models import Movement
from testing.cast.orders import make_supplier, send_order, write_order
from testing.cast.people import client_of, make_product
from testing.cast.reservations import ADDRESS, let_expire, reserve
from testing.races import try_concurrently
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.reservations import services
from trade.reservations.models import Reservation, ReservationLine
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora(alice):
    return Customer.objects.create(owner=alice, name="Nora Novak", address="4 Mill Lane")


def change(client, made, **body):
    return client.patch(f"{ADDRESS}{made['id']}/", body)


def fulfil(client, made, **body):
    response = client.post(f"{ADDRESS}{made['id']}/fulfil/", body)
    assert response.status_code == 201, response.json()
    return response.json()


def read_available(client, product):
    return client.get(f"/api/products/{product.pk}/").json()["available"]


# --- Whom, when and for how much ---------------------------------------------------------------------------


def test_an_order_names_its_customer_and_the_day(as_alice, kettle, nora):
    made = reserve(as_alice, kettle, customer=nora.pk, wanted_on="2030-12-04")
    assert (made["customer"], made["customer_name"], made["wanted_on"]) == (nora.pk, "Nora Novak", "2030-12-04")
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json() == made


def test_an_archived_customer_orders_nothing(as_alice, kettle, nora):
    made = reserve(as_alice, kettle, customer=nora.pk)
    as_alice.delete(f"/api/customers/{nora.pk}/")
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "customer": nora.pk}
    refused = as_alice.post(ADDRESS, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_archived")
    assert change(as_alice, made, customer=nora.pk).status_code == 409
    assert change(as_alice, made, note="still open").json()["customer"] == nora.pk


@all_cases(
    ("table", "column", "value", "constraint"),
    [
        ("reservations_reservation", "number", "0", "reservations_reservation_numbered"),
        ("reservations_reservationline", "unit_price", "-1", "reservations_reservationline_unit_price"),
    ],
)
def test_the_database_refuses_what_no_order_can_have(as_alice, kettle, table, column, value, constraint):
    reserve(as_alice, kettle)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {value}")


def test_it_is_sold_at_the_prices_of_its_lines(as_alice, kettle):
    line = {"product": kettle.pk, "quantity": 2, "unit_price": "7.50"}
    made = as_alice.post(ADDRESS, {"lines": [line]}).json()
    assert made["lines"][0]["unit_price"] == "7.50"
    [movement] = fulfil(as_alice, made)["movements"]
    assert movement["unit_price"] == "7.50"


def test_a_line_without_a_price_is_sold_at_the_price_of_the_day(as_alice, kettle):
    made = reserve(as_alice, kettle)
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "99.00"})
    assert fulfil(as_alice, made)["movements"][0]["unit_price"] == "99.00"


def test_a_price_that_is_agreed_at_the_sale_wins(as_alice, kettle):
    made = as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 2, "unit_price": "7.50"}]}).json()
    sold = fulfil(as_alice, made, lines=[{"product": kettle.pk, "quantity": 1, "unit_price": "1.00"}])
    assert sold["movements"][0]["unit_price"] == "1.00"


# --- Numbers -----------------------------------------------------------------------------------------------


def test_numbers_count_from_one_in_each_shop_without_gaps(as_alice, as_charlie, charlie, kettle):
    other = make_product(charlie, quantity=9)
    assert [reserve(as_alice, kettle, 1)["number"] for _ in range(2)] == [1, 2]
    assert as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 99}]}).status_code == 400
    assert reserve(as_charlie, other)["number"] == 1
    assert reserve(as_alice, kettle, 1)["number"] == 3


def test_the_next_reservation_numbers_those_of_release_1_0_0(as_alice, kettle):
    before = [reserve(as_alice, kettle, 1)["id"] for _ in range(3)]
    Reservation.objects.filter(pk__in=before[1:]).update(number=None)
    assert reserve(as_alice, kettle, 1)["number"] == 4
    assert list(Reservation.objects.order_by("id").values_list("number", flat=True)) == [1, 2, 3, 4]


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_concurrent_orders_have_numbers_without_gap_or_double(alice):
    pots = [make_product(alice, f"Pot {number}", 3) for number in range(4)]

    def order(pot):
        return client_of(alice).post(ADDRESS, {"lines": [{"product": pot.pk, "quantity": 1}]})

    responses = try_concurrently(*[lambda pot=pot: order(pot) for pot in pots * 8])
    made = [response.json()["number"] for response in responses if response.status_code == 201]
    assert sorted(made) == list(range(1, 13))


# --- Keep the rest -----------------------------------------------------------------------------------------


@pytest.mark.quick
def test_the_rest_is_kept_by_a_new_reservation(as_alice, alice, kettle, nora):
    pot = make_product(alice, "Pot", 5)
    lines = [{"product": kettle.pk, "quantity": 3, "unit_price": "7.50"}, {"product": pot.pk, "quantity": 2}]
    fields = {"customer": nora.pk, "wanted_on": "2030-12-04", "reference": "cart 1", "metadata": {"shop": "9"}}
    made = as_alice.post(ADDRESS, {"lines": lines, **fields}).json()
    sold = fulfil(as_alice, made, lines=[{"product": kettle.pk, "quantity": 1}], keep_rest=True)
    kept = as_alice.get(f"{ADDRESS}{sold['kept']}/").json()
    assert (kept["continues"], kept["number"], kept["expires_at"]) == (made["id"], 2, made["expires_at"])
    assert {name: kept[name] for name in fields} == fields
    assert [(line["product"], line["quantity"], line["unit_price"]) for line in kept["lines"]] == [
        (kettle.pk, 2, "7.50"), (pot.pk, 2, None),
    ]  # fmt: skip
    assert (read_available(as_alice, kettle), read_available(as_alice, pot)) == (7, 3)


@pytest.mark.quick
def test_the_rest_can_be_kept_although_the_time_ends_meanwhile(as_alice, alice, kettle):
    made = reserve(as_alice, kettle)
    reservation = Reservation.objects.detailed().get(pk=made["id"])
    reservation.expires_at = reservation.read_at + timedelta(microseconds=1)
    kept = services.keep(reservation, alice, [services.Reserved(kettle.pk, 1)], None)
    assert as_alice.get(f"{ADDRESS}{kept.pk}/").json()["state"] == "expired"


@pytest.mark.quick
def test_if_all_is_sold_nothing_is_kept(as_alice, kettle):
    assert fulfil(as_alice, reserve(as_alice, kettle), keep_rest=True)["kept"] is None
    assert Reservation.objects.count() == 1


def test_without_it_the_rest_is_released(as_alice, kettle):
    sold = fulfil(as_alice, reserve(as_alice, kettle), lines=[{"product": kettle.pk, "quantity": 1}])
    assert (sold["kept"], read_available(as_alice, kettle)) == (None, 9)


def test_if_the_rest_can_not_be_kept_nothing_is_sold(as_alice, kettle, monkeypatch):
    def fail(*args):
        raise RuntimeError("keep")

    made = reserve(as_alice, kettle)
    monkeypatch.setattr("trade.reservations.services.keep", fail)
    as_alice.raise_request_exception = False
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "keep_rest": True}
    assert as_alice.post(f"{ADDRESS}{made['id']}/fulfil/", body).status_code == 500
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json() == made
    assert Movement.objects.filter(movement_type="OUT").count() == 0


# --- Change ------------------------------------------------------------------------------------------------


def test_new_lines_take_the_place_of_the_old_ones(as_alice, alice, kettle):
    pot = make_product(alice, "Pot", 5)
    made = reserve(as_alice, kettle, 3)
    changed = change(as_alice, made, lines=[{"product": pot.pk, "quantity": 4, "unit_price": "2.00"}])
    assert changed.status_code == 200, changed.json()
    assert [(line["product"], line["quantity"]) for line in changed.json()["lines"]] == [(pot.pk, 4)]
    assert changed.json()["updated_at"] > made["updated_at"]
    assert (read_available(as_alice, kettle), read_available(as_alice, pot)) == (10, 1)
    assert fulfil(as_alice, made)["movements"][0]["unit_price"] == "2.00"


@pytest.mark.quick
def test_what_it_has_reserved_is_available_to_it(as_alice, kettle):
    made = reserve(as_alice, kettle, 8)
    assert change(as_alice, made, lines=[{"product": kettle.pk, "quantity": 10}]).status_code == 200
    refused = change(as_alice, made, lines=[{"product": kettle.pk, "quantity": 11}])
    assert (refused.status_code, refused.json()["lines"][0]["code"]) == (400, "insufficient_stock")
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json()["lines"][0]["quantity"] == 10


def test_a_changed_line_counts_until_the_reservation_ends(as_alice, kettle):
    made = reserve(as_alice, kettle, 3, expires_in=60)
    change(as_alice, made, lines=[{"product": kettle.pk, "quantity": 4}])
    assert ReservationLine.objects.get().reserved_until == Reservation.objects.get().expires_at
    let_expire(made["id"])
    assert read_available(as_alice, kettle) == 10


def test_other_fields_change_without_the_lines(as_alice, kettle, nora):
    made = reserve(as_alice, kettle, reference="cart 1", metadata={"a": "1"}, expires_in=None)
    changed = change(as_alice, made, customer=nora.pk, wanted_on="2030-12-05", metadata={"b": "2"}).json()
    assert changed == {
        **made, "customer": nora.pk, "customer_name": "Nora Novak", "wanted_on": "2030-12-05",
        "metadata": {"a": "1", "b": "2"}, "updated_at": changed["updated_at"],
    }  # fmt: skip


@all_cases("end", ["fulfil", "release", "expire"])
def test_a_closed_reservation_does_not_change(as_alice, kettle, end):
    made = reserve(as_alice, kettle)
    let_expire(made["id"]) if end == "expire" else as_alice.post(f"{ADDRESS}{made['id']}/{end}/")
    refused = change(as_alice, made, lines=[{"product": kettle.pk, "quantity": 1}])
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_closed")


@pytest.mark.quick
def test_a_stale_time_is_refused(as_alice, kettle):
    made = reserve(as_alice, kettle)
    assert change(as_alice, made, note="first", expected_updated_at=made["updated_at"]).status_code == 200
    refused = change(as_alice, made, note="second", expected_updated_at=made["updated_at"])
    assert (refused.status_code, refused.json()["code"]) == (409, "changed")
    assert Reservation.objects.get().note == "first"


def test_what_was_read_before_a_change_is_not_sold(as_alice, kettle):
    made = reserve(as_alice, kettle)
    address = f"{ADDRESS}{made['id']}/"
    etag = as_alice.get(address).headers["ETag"]
    now = change(as_alice, made, note="first").json()
    refused = as_alice.post(f"{address}fulfil/", {"expected_updated_at": made["updated_at"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "changed")
    refused = as_alice.post(f"{address}fulfil/", {}, headers={"If-Match": etag})
    assert (refused.status_code, refused.json()["code"]) == (412, "changed")
    assert as_alice.post(f"{address}fulfil/", {"expected_updated_at": now["updated_at"]}).status_code == 201


def test_a_change_is_an_event(as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    change(as_alice, made, lines=[{"product": kettle.pk, "quantity": 4}])
    event = Event.objects.get(type="reservation.changed")
    assert event.data == {"reservation": made["id"], "quantity": 4}


@pytest.mark.django_db(transaction=True)
def test_a_reservation_is_not_sold_by_lines_that_a_change_has_replaced(alice, kettle):
    """Of a sale and changes at the same time, each is done completely or refused."""
    client = client_of(alice)
    made = reserve(client, kettle, 3)

    def change_to(quantity):
        return change(client_of(alice), made, lines=[{"product": kettle.pk, "quantity": quantity}])

    def sell():
        return client_of(alice).post(f"{ADDRESS}{made['id']}/fulfil/", {})

    responses = try_concurrently(*[lambda quantity=quantity: change_to(quantity) for quantity in range(1, 8)], sell)
    assert {response.status_code for response in responses} <= {200, 201, 409}
    line = ReservationLine.objects.get()
    sold = Movement.objects.filter(movement_type="OUT")
    assert [movement.quantity for movement in sold] == ([line.quantity] if responses[-1].status_code == 201 else [])


# --- Lists and the delivery note ---------------------------------------------------------------------------


def test_the_list_is_filtered_by_customer_day_and_number(as_alice, kettle, nora):
    reserve(as_alice, kettle, 1)
    early = reserve(as_alice, kettle, 1, customer=nora.pk, wanted_on="2030-12-04")["id"]
    late = reserve(as_alice, kettle, 1, customer=nora.pk, wanted_on="2030-12-05")["id"]
    for query, ids in (
        (f"customer={nora.pk}", [late, early]), ("wanted_before=2030-12-05", [early]), ("number=3", [late]),
    ):  # fmt: skip
        assert [row["id"] for row in as_alice.get(f"{ADDRESS}?{query}").json()["results"]] == ids


def test_the_refusal_says_what_is_expected(as_alice, alice, kettle):
    mill = make_supplier(alice)
    for quantity, day in ((4, "2026-12-10"), (5, "2026-12-05"), (6, "2026-12-10")):
        send_order(as_alice, mill, kettle, quantity=quantity, expected_on=day)
    write_order(as_alice, mill, kettle, quantity=99)
    refused = as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 99}]}).json()
    assert refused["lines"][0]["expected"] == [
        {"quantity": 5, "on": "2026-12-05"}, {"quantity": 10, "on": "2026-12-10"},
    ]  # fmt: skip


def test_the_delivery_note_is_a_table_or_a_page(as_alice, kettle, nora):
    line = {"product": kettle.pk, "quantity": 2, "unit_price": "7.50"}
    made = as_alice.post(ADDRESS, {"lines": [line], "customer": nora.pk, "wanted_on": "2030-12-04"}).json()
    address = f"{ADDRESS}{made['id']}/file/"
    rows = as_alice.get(f"{address}?format=csv").getvalue().decode("utf-8-sig").splitlines()
    assert rows[0] == "product,sku,barcode,quantity,unit,unit_price,price"
    assert rows[1].startswith("Kettle,")
    assert rows[1].endswith("7.50,15.00")
    assert as_alice.get(f"{address}?format=xlsx").getvalue().startswith(b"PK")
    page = as_alice.get(f"{address}?format=html").content.decode()
    assert all(text in page for text in ("Nora Novak", "4 Mill Lane", "15.00"))


def test_the_file_for_people_has_a_total_if_every_line_has_a_price(as_alice, alice, kettle):
    cup = make_product(alice, "Cup", 5)
    priced, unpriced = {"product": kettle.pk, "quantity": 2, "unit_price": "5"}, {"product": cup.pk, "quantity": 1}
    for lines, total in (([priced], "Total,,,,,,10.00"), ([priced, unpriced], "")):
        made = as_alice.post(ADDRESS, {"lines": lines}).json()
        text = as_alice.get(f"{ADDRESS}{made['id']}/file/?_from_page=1").getvalue().decode()
        assert [line for line in text.splitlines() if "Total" in line] == [total] * bool(total)


@pytest.mark.quick
def test_the_delivery_note_has_whole_prices_in_a_currency_without_decimals(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    teas = [make_product(alice, name, 5000, unit="kg", decimals=3) for name in ("Assam", "Oolong")]
    lines = [{"product": tea.pk, "quantity": 333, "unit_price": "999"} for tea in teas]
    made = as_alice.post(ADDRESS, {"lines": lines}).json()
    address = f"{ADDRESS}{made['id']}/file/"
    assert as_alice.get(f"{address}?_from_page=1").getvalue().decode().splitlines()[-1] == "Total,,,,,,666"
    assert "666" in as_alice.get(f"{address}?format=html").content.decode()


def test_the_delivery_note_has_the_address_and_the_telephone_number(as_alice, kettle, nora):
    made = as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 1}], "customer": nora.pk}).json()
    for phone, place, shown in (
        ("+43 1 <9>", "Mill 3\nLinz", "Nora Novak<br>Mill 3<br>Linz<br>+43 1 &lt;9&gt;</p>"),
        ("+43 1", "", "Nora Novak<br>+43 1</p>"),
        ("", "", "Nora Novak</p>"),
    ):
        assert as_alice.patch(f"/api/customers/{nora.pk}/", {"phone": phone, "address": place}).status_code == 200
        assert shown in as_alice.get(f"{ADDRESS}{made['id']}/file/?format=html").text
