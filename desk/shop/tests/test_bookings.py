"""Sell, receive and move by the pages of the tasks."""

from datetime import UTC, datetime

import pytest

from desk.shop.tests.reading import find_cell_errors, find_field_errors, read_message
from products.models import Product
from stock.models import Holding, Lot, Movement, Operation
from testing.cast.orders import make_supplier
from testing.cast.people import let_use, make_location
from testing.cast.places import put_away
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from users.models import CSVFormat, User

SELL, RECEIVE, WRITE_OFF, MOVE = "/shop/sell/", "/shop/receive/", "/shop/write-off/", "/shop/move/"


def list_quantities():
    return dict(Product.objects.order_by("name").values_list("name", "quantity"))


def list_names(browser, address):
    return list(browser.task_values(address))


# --- Sell ------------------------------------------------------------------------------------------------------------


@all_cases("text", ["TEA-EARL", "4001234567890", "earl", "Earl Grey (TEA-EARL)"])
def test_sells_a_product_by_a_part_of_its_name_or_a_code(browser, earl, assam, text):
    response = browser.send_task(SELL, {"product": text, "quantity": 2})
    assert response.headers["Location"] == SELL
    assert read_message(browser, response) == "Sold 2 of Earl Grey: 7 in stock."
    assert list_quantities() == {"Assam": 9, "Earl Grey": 7}


def test_sells_several_lines_in_one_operation_and_ignores_empty_ones(browser, earl, assam):
    lines = [{"product": "earl", "quantity": 2}, {"quantity": 1}, {"product": "assam", "quantity": 1}, {}]
    assert read_message(browser, browser.send_task(SELL, *lines, reference="till 9")) == "Sold 2 lines."
    operation = Operation.objects.get(reference="till 9")
    assert operation.reason == "sale"
    booked = operation.movements.order_by("id").values_list("product_name", "movement_type", "quantity")
    assert list(booked) == [("Earl Grey", "OUT", 2), ("Assam", "OUT", 1)]


@all_cases(("csv", "typed"), [("european", "1.000"), ("standard", "1,000")])
def test_a_quantity_has_the_separators_that_the_pages_of_the_shop_write(browser, alice, earl, csv, typed):
    User.objects.filter(pk=alice.pk).update(csv_format=csv)
    assert browser.send_task(RECEIVE, {"product": "earl", "quantity": typed}).status_code == 303
    assert list_quantities() == {"Earl Grey": 1009}
    browser.put(f"/api/products/{earl.pk}/", quantity=typed)
    assert list_quantities() == {"Earl Grey": 1000}


@all_cases(
    ("csv", "typed"),
    [("european", "1,000"), ("european", "1.50"), ("european", "0.500"), ("standard", "0,500"), ("standard", "1,00")],
)
def test_a_quantity_with_other_separators_is_refused(browser, alice, earl, csv, typed):
    User.objects.filter(pk=alice.pk).update(csv_format=csv)
    assert browser.send_task(RECEIVE, {"product": "earl", "quantity": typed}).status_code == 400
    assert list_quantities() == {"Earl Grey": 9}


def test_programs_send_quantities_without_separators(as_alice, alice, earl):
    User.objects.filter(pk=alice.pk).update(csv_format="european")
    body = {"product": earl.pk, "movement_type": "IN", "quantity": "1.000"}
    assert as_alice.post("/api/stock/", body).status_code == 201
    assert list_quantities() == {"Earl Grey": 10}


@all_cases("page", [SELL, RECEIVE, WRITE_OFF, MOVE, "/shop/reserve/"])
def test_an_emptied_quantity_is_refused_and_not_read_as_one(browser, earl, cellar, page):
    refused = browser.send_task(page, {"product": "earl", "quantity": ""}, reason="damage", to="Cellar")
    assert refused.status_code == 400
    assert find_cell_errors(refused, "quantity") == ["This field is required."]
    assert list_quantities() == {"Earl Grey": 9}


def test_a_sale_offers_to_undo_it_and_the_sale_of_a_worker_does_not(browser, bob, earl):
    page = browser.get_page(browser.send_task(SELL, {"product": "earl"}).headers["Location"])
    assert f"/api/stock/operations/{Operation.objects.latest('pk').pk}/reverse/" in page
    assert ">Undo</button>" in page
    worker = Browser(bob)
    assert ">Undo</button>" not in worker.get_page(worker.send_task(SELL, {"product": "earl"}).headers["Location"])


def test_messages_belong_to_the_browser_that_booked(browser, alice, bob, earl):
    browsers = [browser, Browser(alice), Browser(bob)]
    answers = [one.send_task(SELL, {"product": "earl", "quantity": n}) for n, one in enumerate(browsers, start=1)]
    for number, (one, answer) in enumerate(zip(browsers, answers, strict=True), start=1):
        assert read_message(one, answer).startswith(f"Sold {number} of Earl Grey")
        assert 'class="message"' not in one.get_page(SELL)


def test_a_form_that_was_opened_for_a_product_leads_back_to_its_page(browser, earl):
    address = f"{SELL}?product={earl.pk}&back={earl.pk}"
    assert browser.task_values(address)["product"][0] == "Earl Grey (TEA-EARL)"
    response = browser.client.post(address, browser.task_values(address))
    assert response.headers["Location"] == f"/api/products/{earl.pk}/"
    assert list_quantities() == {"Earl Grey": 8}


@all_cases("price", ["9,90", "9.90"])
def test_a_shop_that_writes_a_comma_may_type_a_price_with_a_comma_or_a_point(alice, bob, earl, price):
    alice.csv_format = CSVFormat.EUROPEAN
    alice.save(update_fields=["csv_format"])
    bob.refresh_from_db()
    for user in (alice, bob):
        assert Browser(user).send_task(SELL, {"product": "earl", "unit_price": price}).status_code == 303
    assert [str(one) for one in Movement.objects.filter(movement_type="OUT").values_list("unit_price", flat=True)] == [
        "9.90",
        "9.90",
    ]


@all_cases("price", ["1.234", "1,234", "cheap", "9,90,1", "-1"])
@all_cases("form", CSVFormat.values)
def test_a_price_that_can_be_read_in_two_ways_or_in_none_is_refused_at_its_cell(alice, earl, price, form):
    alice.csv_format = form
    alice.save(update_fields=["csv_format"])
    response = Browser(alice).send_task(SELL, {"product": "earl", "unit_price": price})
    assert response.status_code == 400
    assert find_cell_errors(response, "unit_price")
    assert read_task(response.text)["unit_price"][0] == price


@all_cases("quantity", ["2 kg", "2x", "0.5", "0,5", "-1"])
def test_a_quantity_that_is_no_whole_number_is_refused_at_its_cell(browser, earl, quantity):
    response = browser.send_task(SELL, {"product": "earl", "quantity": quantity})
    assert response.status_code == 400
    assert find_cell_errors(response, "quantity")
    assert list_quantities() == {"Earl Grey": 9}


# --- Times -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_berlin(alice):
    alice.time_zone = "Europe/Berlin"
    alice.save(update_fields=["time_zone"])
    return Browser(alice)


def test_a_picked_time_is_on_the_clock_of_the_shop(in_berlin, earl):
    in_berlin.send_task(SELL, {"product": "earl"}, occurred_at="2026-07-01T10:30")
    assert Operation.objects.latest("pk").occurred_at == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


@all_cases("time", ["2026-07-01T10:30Z", "2026-07-01T10:30:00+02:00"])
def test_a_time_with_an_offset_stays(in_berlin, earl, time):
    in_berlin.send_task(SELL, {"product": "earl"}, occurred_at=time)
    assert Operation.objects.latest("pk").occurred_at == datetime.fromisoformat(time)


@all_cases("time", ["2026-13-01T10:30", "2026-07-01T25:30", "yesterday"])
def test_a_malformed_time_is_an_error_of_its_field_which_is_opened(in_berlin, earl, time):
    response = in_berlin.send_task(SELL, {"product": "earl"}, occurred_at=time)
    assert response.status_code == 400
    assert find_field_errors(response, "occurred_at")
    assert '<details class="panel" open>' in response.text


# --- Receive ---------------------------------------------------------------------------------------------------------


def test_receives_at_a_cost(browser, earl):
    response = browser.send_task(RECEIVE, {"product": "earl", "quantity": 4, "unit_cost": "1.25"})
    assert read_message(browser, response) == "Received 4 of Earl Grey: 13 in stock."
    movement = Movement.objects.latest("pk")
    assert (movement.movement_type, movement.operation.reason, str(movement.value)) == ("IN", "purchase", "5.00")


def test_receives_several_lines(browser, earl, assam):
    lines = [{"product": "earl", "quantity": 2}, {"product": "assam", "quantity": 3}]
    assert read_message(browser, browser.send_task(RECEIVE, *lines)) == "Received 2 lines."
    assert list_quantities() == {"Assam": 12, "Earl Grey": 11}


@pytest.mark.quick
def test_a_worker_has_no_cells_for_costs_and_books_none(bob, alice, earl):
    assert "unit_cost" in list_names(Browser(alice), RECEIVE)
    worker = Browser(bob)
    assert "unit_cost" not in list_names(worker, RECEIVE)
    assert worker.send_task(RECEIVE, {"product": "earl", "unit_cost": "99"}).status_code == 303
    assert Movement.objects.latest("pk").value == 0


def test_a_shop_without_places_is_not_asked_for_them(browser, earl):
    assert not {"location", "lot", "expires_on"} & set(list_names(browser, RECEIVE))
    assert {"location", "lot", "expires_on"} <= set(list_names(browser, f"{RECEIVE}?places=yes"))


def test_a_shop_with_places_receives_a_lot_at_a_place(browser, alice, earl, cellar):
    let_use(alice, "lots")
    line = {"product": "earl", "quantity": 4, "location": "cellar", "lot": "H27", "expires_on": "2037-01-31"}
    assert browser.send_task(RECEIVE, line).status_code == 303
    held = Holding.objects.get()
    assert (held.location, held.lot.code, str(held.lot.expires_on), held.quantity) == (cellar, "H27", "2037-01-31", 4)


def test_the_first_lot_can_be_received_by_a_link_of_the_empty_list(browser, earl):
    assert 'href="/shop/receive/?places=yes"' in browser.get_page("/api/lots/")
    line = {"product": "earl", "quantity": 4, "lot": "H27"}
    assert browser.send_task("/shop/receive/?places=yes", line).status_code == 303
    assert Holding.objects.get().lot.code == "H27"


def test_the_places_of_the_address_are_in_the_first_line(browser, earl, cellar):
    assert browser.task_values(f"{RECEIVE}?location={cellar.pk}")["location"][0] == "Cellar"


def test_a_delivery_names_its_supplier_and_what_it_cost_besides(browser, as_alice, alice, earl):
    let_use(alice, "purchasing")
    mill = make_supplier(alice)
    line = {"product": "earl", "quantity": 4, "unit_cost": "2.00"}
    costs = {"extra_costs.freight": "3.00", "extra_costs.customs": "1.00"}
    assert browser.send_task(RECEIVE, line, supplier=str(mill.pk), **costs).status_code == 303
    booked = as_alice.get("/api/stock/operations/?reason=purchase").json()["results"][0]
    assert (booked["supplier_name"], booked["movements"][0]["value"]) == ("Mill", "12.00")
    assert [(cost["name"], cost["amount"]) for cost in booked["extra_costs"]] == [
        ("Freight", "3.00"), ("Customs", "1.00"),
    ]  # fmt: skip


def test_a_shop_without_suppliers_names_none_for_a_delivery(browser):
    assert "supplier" not in list_names(browser, RECEIVE)


# --- Move ------------------------------------------------------------------------------------------------------------


def test_a_move_says_from_where_to_where(browser, earl, shelf, cellar):
    put_away(earl, 5, location=shelf)
    response = browser.send_task(MOVE, {"product": "earl", "quantity": 2}, **{"from": "Shelf", "to": "Cellar"})
    assert read_message(browser, response) == "Moved 2 of Earl Grey: Shelf → Cellar."
    assert dict(Holding.objects.values_list("location__name", "quantity")) == {"Shelf": 3, "Cellar": 2}


def test_the_next_move_has_the_same_places(browser, earl, shelf, cellar):
    put_away(earl, 5, location=shelf)
    response = browser.send_task(MOVE, {"product": "earl", "quantity": 2}, **{"from": "Shelf", "to": "Cellar"})
    values = browser.task_values(response.headers["Location"])
    assert (values["from"], values["to"]) == (["Shelf"], ["Cellar"])


def test_the_page_of_a_move_says_from_where_to_where_and_which_lot(browser, alice, earl, shelf, cellar):
    put_away(earl, 5, location=shelf, lot=Lot.objects.create(owner=alice, product=earl, code="H26"))
    browser.send_task(MOVE, {"product": "earl", "quantity": 2}, **{"from": "Shelf", "to": "Cellar"})
    page = browser.get_page(f"/api/stock/operations/{Operation.objects.latest('pk').pk}/")
    assert ("<dt>From</dt><dd><span>Shelf</span>" in page, "<dt>To</dt><dd><span>Cellar</span>" in page) == (True, True)
    for place in ("Shelf / H26: 2", "Cellar / H26: 2"):
        assert place in page


def test_the_page_of_a_move_to_no_place_says_so(browser, earl, shelf):
    put_away(earl, 5, location=shelf)
    browser.send_task(MOVE, {"product": "earl", "quantity": 2}, **{"from": "Shelf", "to": ""})
    page = browser.get_page(f"/api/stock/operations/{Operation.objects.latest('pk').pk}/")
    assert "<dt>To</dt><dd><span>no place</span>" in page


def test_the_page_of_a_sale_has_no_from_and_to(browser, earl):
    browser.send_task(SELL, {"product": "earl", "quantity": 2})
    page = browser.get_page(f"/api/stock/operations/{Operation.objects.latest('pk').pk}/")
    assert ("<dt>From</dt>" in page, "<dt>To</dt>" in page, ">Where<" in page) == (False, False, False)


def test_stock_without_a_place_is_moved_to_one(browser, earl, assam, cellar):
    lines = [{"product": "earl", "quantity": 2}, {"product": "assam", "quantity": 1}]
    response = browser.send_task(MOVE, *lines, **{"from": "", "to": "Cellar"})
    assert read_message(browser, response) == "Moved 2 lines: no place → Cellar."
    assert Operation.objects.latest("pk").reason == "transfer"


def test_a_move_to_the_same_place_is_refused(browser, earl, cellar):
    response = browser.send_task(MOVE, {"product": "earl"}, **{"from": "Cellar", "to": "Cellar"})
    assert response.status_code == 400
    assert browser.task_values(MOVE)["to"] == [""]


def test_the_buttons_of_a_place_fill_the_move_even_if_its_name_is_a_number(browser, alice, earl):
    shelf = make_location(alice, "7")
    assert browser.task_values(f"{MOVE}?to={shelf.pk}")["to"] == ["7"]
    assert browser.task_values(f"{MOVE}?from={shelf.pk}")["from"] == ["7"]


def test_a_shelf_is_found_by_its_number_before_that_of_an_id(browser, alice, earl, cellar):
    shelf = make_location(alice, str(cellar.pk))
    assert browser.send_task(RECEIVE, {"product": "earl", "location": shelf.name}).status_code == 303
    assert browser.send_task(MOVE, {"product": "earl"}, **{"from": "", "to": shelf.name}).status_code == 303
    assert Holding.objects.values_list("location", "quantity").get() == (shelf.pk, 2)


def test_a_move_of_stock_that_is_not_there_says_so_at_its_line(browser, earl, shelf, cellar):
    response = browser.send_task(MOVE, {"product": "earl"}, **{"from": "Shelf", "to": "Cellar"})
    assert response.status_code == 400
    assert not Holding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_sale_is_booked_without_a_surrounding_transaction(browser, earl):
    response = browser.send_task(SELL, {"product": "earl", "quantity": 2})
    assert read_message(browser, response) == "Sold 2 of Earl Grey: 7 in stock."
    assert browser.send_task(SELL, {"product": "earl", "quantity": 99}).status_code == 400
    assert list_quantities() == {"Earl Grey": 7}


def test_a_wrong_quantity_says_what_to_enter(browser, kettle):
    response = browser.send_task("/shop/sell/", {"product": "Kettle", "quantity": "many"})
    assert find_cell_errors(response, "quantity") == ["Enter a whole number."]
