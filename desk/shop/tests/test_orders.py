"""Order from a supplier, change the draft, receive what has arrived, and reserve for a customer."""

from datetime import timedelta

import pytest

from desk.shop.tests.reading import find_cell_errors, find_refusals, read_message
from products.models import Product
from stock.models import Holding, Movement, Operation
from testing.cast.orders import post, read, send_order, write_order
from testing.cast.people import let_use, make_product
from testing.cast.reservations import reserve
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.purchasing import order_pages
from trade.purchasing.models import Order, OrderLine
from trade.reservations.models import Reservation, ReservationLine
from trade.reservations.reading import read_customer_goods

ORDER, RESERVE = "/shop/order/", "/shop/reserve/"


@pytest.fixture
def flour(alice, mill):
    return make_product(alice, "Flour", 4, sku="F", supplier=mill, pack_size=12, cost_price="1.25")


@pytest.fixture
def salt(alice, mill):
    return make_product(alice, "Salt", 30, sku="S", supplier=mill)


def list_lines():
    return sorted(OrderLine.objects.values_list("product__name", "quantity"))


# --- Write an order --------------------------------------------------------------------------------------------------


def test_the_supplier_is_chosen_first(browser, mill, flour):
    page = browser.get_page(ORDER)
    assert f'<option value="{mill.pk}">Mill</option>' in page
    assert '<form class="task' not in page


def test_the_products_of_the_supplier_are_listed_and_what_is_suggested_comes_first(browser, mill, salt, flour, kettle):
    page = browser.get_page(f"{ORDER}?supplier={mill.pk}")
    values = read_task(page)
    assert (values["product"], values["quantity"]) == (["Flour (F)", "Salt (S)"], ["12", "0"])
    assert "4 in stock, packs of 12" in page
    assert "<h1>Order from Mill</h1>" in page


def test_a_long_list_keeps_what_is_suggested(browser, alice, mill, flour, monkeypatch):
    monkeypatch.setattr(order_pages, "MAX_LINES", 1)
    make_product(alice, "Barley", 30, supplier=mill)
    assert read_task(browser.get_page(f"{ORDER}?supplier={mill.pk}"))["product"] == ["Flour (F)"]


def test_an_order_is_written_without_the_lines_of_0(browser, mill, flour, salt):
    response = browser.send_task(f"{ORDER}?supplier={mill.pk}", quantity=["12", " 0"], expected_on="2031-05-01")
    order = Order.objects.get()
    assert (order.supplier, order.state, str(order.expected_on)) == (mill, "draft", "2031-05-01")
    assert response.headers["Location"] == f"/api/purchase-orders/{order.pk}/"
    assert read_message(browser, response) == "Wrote a draft of 1 line."
    assert list_lines() == [("Flour", 12)]


def test_an_order_of_nothing_is_refused_and_keeps_its_lines(browser, mill, flour, salt):
    response = browser.send_task(f"{ORDER}?supplier={mill.pk}", quantity=["0", ""])
    assert response.status_code == 400
    assert find_refusals(response) == ["Nothing is entered."]
    assert read_task(response.text)["quantity"] == ["0", ""]
    assert not Order.objects.exists()


def test_a_refused_order_keeps_its_names_and_what_was_typed(browser, mill, flour, salt):
    response = browser.send_task(
        f"{ORDER}?supplier={mill.pk}", quantity=["0", "many"], unit_cost=["2", "3"], note="soon"
    )
    assert response.status_code == 400
    assert find_cell_errors(response, "quantity", 1)
    values = read_task(response.text)
    assert (values["quantity"], values["unit_cost"], values["note"]) == (["0", "many"], ["2", "3"], ["soon"])
    assert '<p class="line-title">Flour' in response.text
    assert "4 in stock, packs of 12" in response.text


def test_a_form_that_is_sent_twice_writes_one_draft(browser, mill, flour):
    address = f"{ORDER}?supplier={mill.pk}"
    values = browser.task_values(address)
    assert [browser.client.post(address, values).status_code for _ in range(2)] == [303, 303]
    assert Order.objects.count() == 1


def test_a_supplier_without_products_has_nothing_to_order(browser, mill):
    assert browser.client.get(f"{ORDER}?supplier={mill.pk}").status_code == 200


# --- Change a draft --------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(as_alice, mill, flour, salt):
    made = write_order(as_alice, mill, flour, salt, reference="spring")
    return f"/shop/orders/{made['id']}/"


def test_a_draft_that_somebody_else_has_changed_is_not_replaced(browser, draft, flour):
    opened = browser.task_values(draft)
    assert browser.client.post(draft, opened | {"note": ["first"], "quantity": ["9", "9", ""]}).status_code == 303
    refused = browser.client.post(draft, opened | {"_idempotency_key": ["another"], "note": ["second"]})
    assert (refused.status_code, "has been changed in the meantime" in refused.text) == (409, True)
    assert list(Order.objects.values_list("note", "lines__quantity")) == [("first", 9), ("first", 9)]


def test_a_draft_is_changed(browser, draft):
    values = browser.task_values(draft)
    assert (values["product"][:2], values["quantity"][:2]) == (["Flour (F)", "Salt (S)"], ["5", "5"])
    assert values["reference"] == ["spring"]
    response = browser.client.post(draft, values | {"quantity": ["7", "5", ""]})
    assert response.headers["Location"] == f"/api/purchase-orders/{Order.objects.get().pk}/"
    assert read_message(browser, response) == "Saved the draft."
    assert list_lines() == [("Flour", 7), ("Salt", 5)]


def test_a_line_of_0_leaves_the_draft_and_a_new_one_joins_it(browser, draft, kettle):
    browser.send_task(draft, product=["Flour (F)", "Salt (S)", "kettle"], quantity=["7", "0", "2"])
    assert list_lines() == [("Flour", 7), ("Kettle", 2)]


def test_a_draft_keeps_its_costs_with_the_sign_of_the_shop(alice, as_alice, mill, flour):
    made = write_order(as_alice, mill, flour)
    alice.csv_format = "european"
    alice.save(update_fields=["csv_format"])
    browser, address = Browser(alice), f"/shop/orders/{made['id']}/"
    values = browser.task_values(address)
    assert values["unit_cost"][0] == "1,25"
    assert browser.client.post(address, values).status_code == 303
    assert str(OrderLine.objects.get().unit_cost) == "1.25"


def test_an_emptied_note_is_empty(browser, as_alice, mill, flour):
    made = write_order(as_alice, mill, flour, note="ring first", reference="spring", expected_on="2031-05-01")
    browser.send_task(f"/shop/orders/{made['id']}/", note="", reference="", expected_on="")
    order = Order.objects.get()
    assert (order.note, order.reference, order.expected_on) == ("", "", None)


def test_a_refused_draft_keeps_what_was_typed(browser, draft):
    response = browser.send_task(draft, quantity=["many", "5", ""])
    assert response.status_code == 400
    assert find_cell_errors(response, "quantity", 0)
    assert read_task(response.text)["quantity"][:2] == ["many", "5"]


def test_a_sent_order_has_no_form_to_change_it(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    assert browser.client.get(f"/shop/orders/{made['id']}/").status_code == 404


# --- Receive an order ------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(as_alice, mill, flour, salt):
    return send_order(as_alice, mill, flour, salt)


def receive(sent):
    return f"/shop/orders/{sent['id']}/receive/"


def fill_all(browser, sent, number=2):
    """Return the values of the form with 5 of each line as arrived."""
    return browser.task_values(receive(sent)) | {"quantity": ["5"] * number}


def test_the_form_has_what_is_outstanding(browser, as_alice, sent, flour):
    post(as_alice, sent, "receive", lines=[{"product": flour.pk, "quantity": 2}])
    page = browser.get_page(receive(sent))
    values = read_task(page)
    assert (values["product"], values["quantity"]) == (["Flour (F)", "Salt (S)"], ["", ""])
    assert ['data-expected="3"' in page, "of 3" in page] == [True, True]


def test_less_is_received_and_the_order_is_shown_again(browser, as_alice, sent):
    response = browser.send_task(receive(sent), quantity=["2", "0"])
    assert response.headers["Location"] == f"/api/purchase-orders/{sent['id']}/"
    assert read_message(browser, response) == "Received 1 line."
    assert [(line["received"], line["outstanding"]) for line in read(as_alice, sent)["lines"]] == [(2, 3), (0, 5)]


def test_all_is_received(browser, sent):
    assert browser.client.post(receive(sent), fill_all(browser, sent)).status_code == 303
    assert list(Product.objects.order_by("name").values_list("name", "quantity")) == [("Flour", 9), ("Salt", 35)]


@all_cases("typed", ["0", ""])
def test_nothing_arrived_is_told(browser, sent, typed):
    response = browser.send_task(receive(sent), quantity=[typed, typed])
    assert response.status_code == 400
    assert find_refusals(response) == ["Nothing is entered."]
    assert not Operation.objects.filter(reason="purchase").exists()


def test_a_delivery_has_lots_and_places(browser, alice, sent, cellar):
    let_use(alice, "lots")
    response = browser.send_task(
        receive(sent), location=["cellar", ""], lot=["H27", ""], expires_on=["2037-01-31", ""], quantity=["5", "0"]
    )
    assert response.status_code == 303
    held = Holding.objects.get()
    assert (held.location, held.lot.code, held.quantity) == (cellar, "H27", 5)


def test_two_forms_of_the_same_delivery_book_it_once(browser, as_alice, sent):
    first, second = (fill_all(browser, sent) for _ in range(2))
    assert first["expected_deliveries"] == ["0"]
    assert browser.client.post(receive(sent), first).status_code == 303
    refused = browser.client.post(receive(sent), second)
    assert refused.status_code == 409
    assert find_refusals(refused)
    assert browser.client.post(receive(sent), read_task(refused.text)).status_code == 409
    assert Product.objects.get(name="Flour").quantity == 9


def test_control_without_the_number_both_forms_are_booked(browser, sent):
    forms = [fill_all(browser, sent) | {"expected_deliveries": ""} for _ in range(2)]
    assert [browser.client.post(receive(sent), form).status_code for form in forms] == [303, 303]
    assert Product.objects.get(name="Flour").quantity == 14


def test_a_form_that_was_opened_after_a_delivery_books_the_rest(browser, as_alice, sent, flour):
    post(as_alice, sent, "receive", lines=[{"product": flour.pk, "quantity": 2}])
    values = browser.task_values(receive(sent)) | {"quantity": ["3", "5"]}
    assert values["expected_deliveries"] == ["1"]
    assert browser.client.post(receive(sent), values).status_code == 303
    assert Product.objects.get(name="Flour").quantity == 9


def test_a_worker_receives_an_order_without_its_costs(bob, sent):
    browser = Browser(bob)
    assert not {"unit_cost", "extra_costs.freight"} & browser.task_values(receive(sent)).keys()
    assert browser.client.post(receive(sent), fill_all(browser, sent)).status_code == 303


@pytest.mark.quick
def test_a_delivery_has_what_is_damaged_and_what_it_cost_besides(browser, as_alice, sent):
    typed = {"damaged": ["2", ""], "extra_costs.freight": "4.50", "extra_costs.other": "0.50"}
    response = browser.client.post(receive(sent), fill_all(browser, sent) | typed)
    assert read_message(browser, response) == "Received 2 lines. What is damaged was written off."
    shown = read(as_alice, sent)
    assert [line["damaged"] for line in shown["lines"]] == [2, 0]
    operation = as_alice.get(f"/api/stock/operations/{shown['operations'][0]}/").json()
    costs = [(cost["name"], cost["amount"]) for cost in operation["extra_costs"]]
    assert costs == [("Freight", "4.50"), ("Other costs", "0.50")]
    page = browser.get_page(f"/api/purchase-orders/{sent['id']}/")
    assert page.count(f'href="/api/stock/operations/{operation["scrapped"]}/"') == 2
    assert "Freight: 4.50, Other costs: 0.50" in browser.get_page(f"/api/stock/operations/{operation['id']}/")


def test_what_is_damaged_without_having_arrived_is_told_at_its_line(browser, sent):
    response = browser.send_task(receive(sent), damaged=["2", ""])
    assert response.status_code == 400
    assert find_cell_errors(response, "quantity", 0)


def test_codes_of_a_line_say_what_they_stand_for(browser, as_alice, sent, flour):
    as_alice.post(f"/api/products/{flour.pk}/codes/", {"code": "CASE", "quantity": 12})
    page = browser.get_page(receive(sent))
    assert 'data-codes="F\nCASE\t12" data-counts-scans' in page


# --- Reserve and sell what is reserved -------------------------------------------------------------------------------


@all_cases(("duration", "seconds"), [("3600", 3600), ("86400", 86400), ("", None)])
def test_a_product_is_reserved_for_a_time_or_until_it_is_released(browser, kettle, duration, seconds):
    line = {"product": "kettle", "quantity": 3}
    response = browser.send_task(RESERVE, line, expires_in=duration, reference="Nora")
    made = Reservation.objects.get()
    assert response.headers["Location"] == f"/api/stock/reservations/{made.pk}/"
    assert read_message(browser, response) == "Saved the order."
    lasts = made.expires_at and (made.expires_at - made.created_at).total_seconds()
    assert (lasts, made.reference) == (seconds, "Nora")


def test_the_form_has_the_product_of_its_address(browser, kettle):
    assert browser.task_values(f"{RESERVE}?product={kettle.pk}")["product"][0] == f"Kettle (#{kettle.pk})"


def test_more_than_there_is_cannot_be_reserved(browser, kettle):
    response = browser.send_task(RESERVE, {"product": "kettle", "quantity": 99})
    assert response.status_code == 400
    assert not Reservation.objects.exists()


def test_what_is_reserved_is_sold(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    address = f"/shop/reservations/{made['id']}/fulfil/"
    assert browser.task_values(address)["quantity"] == ["3"]
    response = browser.send_task(address)
    assert response.headers["Location"] == f"/api/stock/reservations/{made['id']}/"
    assert read_message(browser, response) == "Sold 1 line."
    assert Movement.objects.latest("pk").quantity == 3


def test_a_reservation_that_has_grown_is_not_sold_as_it_was_before(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    address = f"/shop/reservations/{made['id']}/fulfil/"
    opened = browser.task_values(address)
    line = {"product": kettle.pk, "quantity": 5}
    as_alice.patch(f"/api/stock/reservations/{made['id']}/", {"lines": [line]}, format="json")
    refused = browser.client.post(address, opened)
    assert (refused.status_code, "This order has been changed meanwhile" in refused.text) == (409, True)
    assert f'<a href="{address}">Open the form again</a>' in refused.text
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["reserved"] == 5
    assert browser.send_task(address).status_code == 303
    assert Movement.objects.latest("pk").quantity == 5


def test_less_is_sold_and_the_rest_is_released(browser, as_alice, alice, kettle):
    made = reserve(as_alice, kettle, 3)
    assert browser.send_task(f"/shop/reservations/{made['id']}/fulfil/", quantity=["2"]).status_code == 303
    kettle.refresh_from_db()
    assert kettle.quantity == 8
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["reserved"] == 0


def test_the_rest_is_kept_if_the_form_says_so(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    address = f"/shop/reservations/{made['id']}/fulfil/"
    assert browser.send_task(address, quantity=["2"], keep_rest="on").status_code == 303
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["reserved"] == 1


def test_an_order_has_a_customer_a_day_and_prices(browser, alice, kettle):
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    assert browser.task_values(f"{RESERVE}?customer={ada.pk}")["customer"] == [f"Ada Fern (#{ada.pk})"]
    line = {"product": "kettle", "quantity": 2, "unit_price": "7.50"}
    assert browser.send_task(RESERVE, line, customer="Ada Fern", wanted_on="2030-12-04").status_code == 303
    made = Reservation.objects.get()
    assert (made.customer, str(made.wanted_on)) == (ada, "2030-12-04")
    assert str(made.lines.get().unit_price) == "7.50"


def test_an_open_reservation_is_changed(browser, as_alice, alice, kettle):
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    made = reserve(as_alice, kettle, 3, customer=ada.pk, wanted_on="2030-12-04", reference="Cart 7")
    address = f"/shop/reservations/{made['id']}/"
    values = browser.task_values(address)
    assert (values["customer"], values["quantity"][0]) == ([f"Ada Fern (#{ada.pk})"], "3")
    response = browser.send_task(address, quantity=["5", *values["quantity"][1:]], wanted_on="")
    assert read_message(browser, response) == "Saved the order."
    changed = as_alice.get(f"/api/stock/reservations/{made['id']}/").json()
    assert (changed["wanted_on"], changed["reference"], changed["lines"][0]["quantity"]) == (None, "Cart 7", 5)
    assert browser.client.post(address, {**values, "quantity": ["4"]}).status_code == 409
    as_alice.post(f"/api/stock/reservations/{made['id']}/release/")
    assert browser.client.get(address).status_code == 404


def test_a_quantity_of_0_removes_a_line(browser, as_alice, alice, kettle):
    lines = [{"product": product.pk, "quantity": 1} for product in (kettle, make_product(alice, "Pot", 5))]
    made = as_alice.post("/api/stock/reservations/", {"lines": lines}).json()
    address = f"/shop/reservations/{made['id']}/"
    quantities = browser.task_values(address)["quantity"]
    assert browser.send_task(address, quantity=["0", *quantities[1:]]).status_code == 303
    assert [line.product.name for line in ReservationLine.objects.all()] == ["Pot"]
    assert browser.send_task(address, quantity=["0", *quantities[1:]]).status_code == 400


def test_what_is_to_hand_out_today_is_wanted_today_or_earlier(browser, as_alice, alice, kettle):
    today = alice.shop_today()
    for days, name in ((0, "late"), (0, "now"), (1, "soon")):
        reserve(as_alice, kettle, 1, wanted_on=str(today + timedelta(days=days)), reference=name)
    Reservation.objects.filter(reference="late").update(wanted_on=today - timedelta(days=1))
    response = browser.client.get("/shop/hand-out/")
    rows = as_alice.get(response.headers["Location"]).json()["results"]
    assert [row["reference"] for row in rows] == ["now", "late"]


def test_the_page_of_a_customer_has_all_that_was_ordered_sold_and_returned(browser, as_alice, alice, kettle):
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    first, second = (reserve(as_alice, kettle, quantity, customer=ada.pk)["id"] for quantity in (4, 2))
    line = {"product": kettle.pk, "quantity": 3}
    address = "/api/stock/reservations"
    sale = as_alice.post(f"{address}/{first}/fulfil/", {"lines": [line], "keep_rest": True}).json()
    as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{**line, "quantity": 1}]})
    other = as_alice.post(f"{address}/{second}/fulfil/").json()
    as_alice.post(f"/api/stock/operations/{other['id']}/reverse/")
    [goods] = read_customer_goods(alice.pk, ada.pk)
    assert [goods[name] for name in ("ordered", "reserved", "sold", "returned")] == [6, 1, 3, 1]
    page = browser.get_page(f"/api/customers/{ada.pk}/")
    assert f'/shop/reserve/?customer={ada.pk}"' in page
    assert f"/api/stock/reservations/{sale['kept']}/" in page


def test_an_order_that_is_closed_says_why_nothing_is_received(browser, as_alice, mill, flour):
    made = send_order(as_alice, mill, flour)
    values = browser.task_values(receive(made))
    post(as_alice, made, "close")
    response = browser.client.post(receive(made), values)
    assert response.status_code in (400, 409)
    assert find_refusals(response)
