"""Orders and reservations that are open while their products, customers and sales change, as their pages show them."""

import re

import pytest

from desk.shop.tests.reading import find_line_errors, find_refusals
from testing.cast.orders import ADDRESS, post, send_order, write_order
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS as RESERVATIONS
from testing.cast.reservations import let_expire, reserve
from testing.reading.browser import read_task
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.purchasing.models import OrderLine
from trade.reservations.models import Reservation

ARCHIVED = "This product is archived: restore it first."
RESERVE = "/shop/reserve/"


@pytest.fixture
def flour(alice, mill):
    return make_product(alice, "Flour", 4, sku="F", supplier=mill, pack_size=12)


@pytest.fixture
def rice(alice, mill):
    """Return a product by weight, of which nothing has to be ordered."""
    return make_product(
        alice, "Rice", 9000, sku="R", unit="kg", decimals=3, price="3.00", supplier=mill, min_threshold=None
    )


@pytest.fixture
def nora(alice):
    return Customer.objects.create(owner=alice, name="Nora Novak")


def see(browser, address):
    """Return the words of a page."""
    return re.sub(r"(\s|<[^>]*>)+", " ", browser.get_page(address))


def read_rows(client, address):
    return client.get(address).json()["results"]


# --- From suppliers --------------------------------------------------------------------------------------------------


def test_a_product_by_weight_with_zero_is_not_ordered(browser, mill, flour, rice):
    address = f"/shop/order/?supplier={mill.pk}"
    assert browser.task_values(address)["quantity"] == ["12", "0.000"]
    assert browser.send_task(address).status_code == 303
    assert list(OrderLine.objects.values_list("product__name", "quantity")) == [("Flour", 12)]


@all_cases("zero", ["0.000", "0,0", "00", "0."])
def test_a_product_by_weight_with_zero_is_not_received(browser, as_alice, mill, flour, rice, zero):
    made = send_order(as_alice, mill, rice, flour)
    assert browser.send_task(f"/shop/orders/{made['id']}/receive/", quantity=[zero, "5"]).status_code == 303
    assert [line["received"] for line in as_alice.get(f"{ADDRESS}{made['id']}/").json()["lines"]] == [0, 5]


def test_who_receives_sees_how_much_a_pack_has(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour, quantity=24)
    as_alice.patch(f"/api/products/{flour.pk}/", {"pack_size": 6})
    page = browser.get_page(f"/shop/orders/{made['id']}/receive/")
    assert [text in page for text in ("of 24", "packs of 12")] == [True, True]


def test_a_line_whose_product_is_archived_says_so_before_and_after_it_is_sent(browser, as_alice, mill, flour, kettle):
    made = send_order(as_alice, mill, flour, kettle)
    address = f"/shop/orders/{made['id']}/receive/"
    as_alice.delete(f"/api/products/{flour.pk}/")
    assert ARCHIVED in browser.get_page(address)
    refused = browser.send_task(address)
    assert (refused.status_code, find_line_errors(refused)) == (400, [ARCHIVED])
    assert browser.send_task(address, quantity=["0", "5"]).status_code == 303


@pytest.mark.quick
def test_a_draft_with_an_archived_product_is_not_sent(browser, as_alice, mill, flour, kettle):
    made = write_order(as_alice, mill, flour, kettle)
    as_alice.delete(f"/api/products/{flour.pk}/")
    said = "Flour is archived: restore it first, or take it out of the draft."
    refused = post(as_alice, made, "send")
    assert (refused.status_code, refused.json()) == (
        409, {"detail": said, "code": "product_archived", "product": flour.pk},
    )  # fmt: skip
    assert ARCHIVED in browser.get_page(f"/shop/orders/{made['id']}/")
    assert said in browser.post(f"{ADDRESS}{made['id']}/send/").text
    assert browser.send_task(f"/shop/orders/{made['id']}/", quantity=["0", "5"]).status_code == 303
    assert post(as_alice, made, "send").status_code == 200


def test_a_form_that_another_delivery_has_overtaken_can_be_opened_again(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    address = f"/shop/orders/{made['id']}/receive/"
    opened = {**browser.task_values(address), "quantity": ["2"]}
    post(as_alice, made, "receive", lines=[{"product": flour.pk, "quantity": 2}])
    refused = browser.client.post(address, opened)
    said = f"Deliveries of order {made['id']}: 1 now, not 0. Check what is still outstanding."
    assert find_refusals(refused) == [said, f'<a href="{address}">Open the form again</a>']


def test_only_what_is_left_of_a_delivery_can_be_sent_back(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    undone, sent_back, kept = (
        post(as_alice, made, "receive", lines=[{"product": flour.pk, "quantity": 2}]).json()["id"] for _ in range(3)
    )
    as_alice.post(f"/api/stock/operations/{undone}/reverse/")
    as_alice.post(f"/api/stock/operations/{sent_back}/return/")
    page = browser.get_page(f"{ADDRESS}{made['id']}/")
    assert re.findall(r"/shop/deliveries/(\d+)/return/", page) == [str(kept)]
    assert f"{undone} undone" in see(browser, f"{ADDRESS}{made['id']}/")


def test_an_order_that_is_all_there_has_no_form_to_receive_it(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    post(as_alice, made, "receive")
    response = browser.client.get(f"/shop/orders/{made['id']}/receive/")
    assert response.headers["Location"] == f"{ADDRESS}{made['id']}/"


def test_an_outstanding_order_is_shown_behind_any_number_of_those_that_are_all_there(
    browser, as_alice, alice, mill, flour
):
    old = send_order(as_alice, mill, flour, reference="old", expected_on=str(alice.shop_today()))
    for _ in range(9):
        post(as_alice, send_order(as_alice, mill, flour), "receive")
    assert f'href="{ADDRESS}{old["id"]}/"' in browser.get_page("/shop/orders/")
    assert f"Order {old['id']}, Mill" in browser.get_page(f"/shop/delete/suppliers/{mill.pk}/")
    assert f"{ADDRESS}?outstanding=true&amp;expected_before=" in browser.get_page("/api/")
    counts = {value: len(read_rows(as_alice, f"{ADDRESS}?outstanding={value}")) for value in ("true", "false", "")}
    assert counts == {"true": 1, "false": 9, "": 10}


def test_the_form_of_the_mail_says_that_there_is_no_address(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    as_alice.delete(f"/api/suppliers/{mill.pk}/")
    said = f"The supplier of order {made['id']} has no e-mail address to send it to."
    assert said in browser.get_page(f"/shop/form/purchase-orders/{made['id']}/mail/")


def test_orders_are_found_by_words(as_alice, mill, flour):
    for reference in ("Früh", "spät"):
        write_order(as_alice, mill, flour, reference=reference)
    assert [row["reference"] for row in as_alice.get(f"{ADDRESS}?search=mill+fruh").json()["results"]] == ["Früh"]


# --- Of customers ----------------------------------------------------------------------------------------------------


def test_a_change_keeps_a_customer_who_was_archived(browser, as_alice, alice, kettle, nora):
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    made = reserve(as_alice, kettle, customer=nora.pk)
    as_alice.delete(f"/api/customers/{nora.pk}/")
    address = f"/shop/reservations/{made['id']}/"
    assert "Nora Novak is archived, and stays unless you choose another." in browser.get_page(address)
    assert browser.send_task(address, note="call first").status_code == 303
    assert Reservation.objects.get().customer == nora
    assert browser.send_task(address, customer=f"Ada Fern (#{ada.pk})").status_code == 303
    assert Reservation.objects.get().customer == ada


def test_a_reservation_whose_product_is_archived_says_so(browser, as_alice, kettle):
    made = reserve(as_alice, kettle)
    address = f"/shop/reservations/{made['id']}/fulfil/"
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert find_line_errors(browser.send_task(address)) == [ARCHIVED]


def test_what_is_on_order_is_said_where_too_little_can_be_reserved(browser, as_alice, mill, kettle):
    send_order(as_alice, mill, kettle, expected_on="2031-05-02")
    refused = browser.send_task(RESERVE, {"product": "kettle", "quantity": 99})
    assert find_line_errors(refused) == ["Only 10 in stock, 99 requested. 5 on order, expected 2 May 2031"]


def test_an_open_reservation_shows_what_is_left_after_a_loss(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 9, "reason": "damage"}
    as_alice.post("/api/stock/", line)
    assert "Quantity In stock Price of one Kettle 3 1" in see(browser, f"{RESERVATIONS}{made['id']}/")


def test_the_undo_of_a_hand_out_says_that_nothing_is_reserved_and_the_order_is_written_again(
    browser, as_alice, kettle, nora
):
    made = reserve(as_alice, kettle, 3, customer=nora.pk, reference="Cart 7", note="call first")
    address = f"{RESERVATIONS}{made['id']}/"
    sale = as_alice.post(f"{address}fulfil/").json()["id"]
    assert "Order again" not in browser.get_page(address)
    said = f"Order {made['number']} stays closed."
    assert said in browser.get_page(f"/shop/form/stock/operations/{sale}/reverse/")
    undo = as_alice.post(f"/api/stock/operations/{sale}/reverse/").json()["id"]
    assert f"{sale} undone" in see(browser, address)
    [again] = re.findall(r'href="(/shop/reserve/\?again=[^"]*)"', browser.get_page(address))
    assert browser.send_task(again.replace("&amp;", "&")).status_code == 303
    new = Reservation.objects.latest("pk")
    assert (new.customer, new.reference, new.note, new.lines.get().quantity) == (nora, "Cart 7", "call first", 3)
    as_alice.post(f"/api/stock/operations/{undo}/reverse/")
    assert "Order again" not in browser.get_page(address)


def test_a_reservation_that_has_expired_is_written_again_without_an_archived_customer(browser, as_alice, kettle, nora):
    made = reserve(as_alice, kettle, 3, customer=nora.pk)
    let_expire(made["id"])
    as_alice.delete(f"/api/customers/{nora.pk}/")
    Customer.objects.create(owner=nora.owner, name="Ada Fern")
    address = f"{RESERVE}?again={made['id']}&customer={nora.pk}"
    assert read_task(browser.get_page(address))["customer"] == [""]
    assert browser.send_task(address).status_code == 303


def test_reservations_are_found_by_words(as_alice, kettle, nora):
    reserve(as_alice, kettle, 1, reference="Müller")
    reserve(as_alice, kettle, 1, customer=nora.pk, note="blue bag")
    found = [len(as_alice.get(f"{RESERVATIONS}?search={text}").json()["results"]) for text in ("muller", "NOVAK bag")]
    assert found == [1, 1]


def test_the_delivery_note_has_what_was_handed_out(browser, as_alice, kettle, earl):
    lines = [{"product": product.pk, "quantity": 3} for product in (kettle, earl)]
    made = as_alice.post(RESERVATIONS, {"lines": lines}).json()
    address = f"{RESERVATIONS}{made['id']}/"
    sold = [
        {"product": kettle.pk, "quantity": 1, "unit_price": "7.50"},
        {"product": kettle.pk, "quantity": 1, "total": "5.00"},
    ]
    as_alice.post(f"{address}fulfil/", {"lines": sold, "keep_rest": True})
    rows = as_alice.get(f"{address}file/").getvalue().decode().splitlines()[1:]
    assert [row.split(",")[3:] for row in rows] == [["1", "", "7.50", "7.50"], ["1", "", "5.00", "5.00"]]
    note = browser.get_page(f"{address}file/?format=html")
    assert ("Kettle" in note, "Earl Grey" in note, "12.50" in note) == (True, False, True)
    page = see(browser, address)
    assert ("Kettle 3 2" in page, "Earl Grey 3 0" in page) == (True, True)
