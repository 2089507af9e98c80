"""Find a sale, and take back what comes back of it."""

import re
from functools import partial

import pytest

from desk.shop.tests.reading import find_refusals, read_message
from products.models import Product
from stock.models import Operation
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import client_of, make_product
from testing.cast.reservations import reserve
from testing.cast.tills import Device
from testing.races import run_concurrently
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.customers.models import Customer

FIND = "/shop/return/"


def read_expected(page):
    """Return the quantities of a form that its buttons take."""
    return re.findall(r'data-expected="(.*?)"', page)


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 10, sku="POT", price="5.00")


def sell(client, *lines, **fields):
    sold = [{"product": product.pk, "movement_type": "OUT", "quantity": quantity} for product, quantity in lines]
    response = client.post("/api/stock/operations/", {"lines": sold, **fields})
    assert response.status_code == 201
    return response.json()["id"]


def get_form(sale):
    return f"/shop/sales/{sale}/return/"


@all_cases("text", ["till 7 #413", "till-7-000413", "7 #413", " TILL 7 #0413"])
def test_the_receipt_of_a_till_leads_to_its_sale(browser, as_alice, kettle, text):
    sale = sell(as_alice, (kettle, 1), reference="till 7 #413")
    sell(as_alice, (kettle, 1), reference="till 7 #414")
    response = browser.client.get(FIND, {"sale": text})
    assert (response.status_code, response.headers["Location"]) == (302, get_form(sale))


@all_cases("text", ["bar275 #1", "BAR275 #1", "bar275 #000001", "till {id} #1"])
def test_a_receipt_is_found_by_the_name_of_its_till(browser, alice, kettle, text):
    device = Device(alice, "bar275")
    sale = device.book(1, kettle).json()["id"]
    found = browser.client.get(FIND, {"sale": text.format(id=device.till.pk)})
    assert (found.status_code, found.headers["Location"]) == (302, get_form(sale))


def test_a_till_that_is_named_like_the_number_of_another_one_hides_no_receipt(browser, as_alice, alice, kettle):
    Device(alice, "till 7")
    sale = sell(as_alice, (kettle, 1), reference="till 7 #413")
    assert browser.client.get(FIND, {"sale": "till 7 #413"}).headers["Location"] == get_form(sale)


def test_the_sales_to_choose_have_one_name_of_their_till(browser, alice, kettle):
    Device(alice, "bar275").book(1, kettle)
    page = browser.get_page(FIND)
    assert ("bar275 #1" in page, '<span class="soft">till' in page) == (True, False)


def test_a_reference_or_a_product_lists_its_sales_the_newest_first(browser, as_alice, kettle, pot):
    sales = [sell(as_alice, (pot, quantity), reference="counter") for quantity in (1, 2)]
    other = sell(as_alice, (kettle, 1))
    for query in ({"sale": "counter"}, {"sale": "pot"}, {"product": pot.pk}):
        page = browser.client.get(FIND, query).text
        assert page.index(get_form(sales[1])) < page.index(get_form(sales[0]))
        assert "2 × Pot" in page
        assert get_form(other) not in page


@pytest.mark.quick
def test_the_search_finds_no_sale_that_was_undone(browser, as_alice, pot):
    undone, _ = (sell(as_alice, (pot, quantity)) for quantity in (1, 2))
    assert as_alice.post(f"/api/stock/operations/{undone}/reverse/").status_code == 201
    page = browser.client.get(FIND, {"product": pot.pk}).text
    assert ["1 × Pot" in page, "2 × Pot" in page] == [False, True]


@all_cases("text", ["2", "#2", " 2 "])
def test_the_number_of_a_sale_of_the_shop_leads_to_it(browser, as_alice, kettle, text):
    sell(as_alice, (kettle, 1))
    sale = sell(as_alice, (kettle, 1))
    assert browser.client.get(FIND, {"sale": text}).headers["Location"] == get_form(sale)


@pytest.mark.quick
def test_a_part_of_a_name_lists_the_sales_of_all_its_products(browser, as_alice, alice, kettle, pot):
    jug = make_product(alice, "Hotpot", 5)
    sales = [sell(as_alice, (product, 1)) for product in (pot, jug)]
    other = sell(as_alice, (kettle, 1))
    page = browser.client.get(FIND, {"sale": "po"}).text
    assert [get_form(sale) in page for sale in (*sales, other)] == [True, True, False]


def test_the_newest_sales_are_listed_with_all_that_tells_them_apart(browser, as_alice, bob, kettle, pot):
    assert "Nothing was sold yet." in browser.get_page(FIND)
    sale = sell(as_alice, (pot, 3), reference="counter")
    undone = sell(as_alice, (kettle, 1))
    as_alice.post(f"/api/stock/operations/{undone}/reverse/", {})
    page = browser.get_page(FIND)
    for text in (get_form(sale), "#1", "counter", "alice", "3 × Pot", "15.00"):
        assert text in page, text
    assert get_form(undone) not in page


def test_a_customer_lists_the_sales_of_the_orders_and_at_the_counter(browser, as_alice, alice, pot):
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    order = reserve(as_alice, pot, 2, customer=ada.pk)["id"]
    sale = as_alice.post(f"/api/stock/reservations/{order}/fulfil/").json()["id"]
    at_counter = sell(as_alice, (pot, 1), customer=ada.pk)
    page = browser.client.get(FIND, {"sale": "fern"}).text
    assert get_form(sale) in page
    assert get_form(at_counter) in page


def test_a_sale_of_which_nothing_is_left_leads_to_the_sale(browser, as_alice, pot):
    sale = sell(as_alice, (pot, 1), reference="counter")
    as_alice.post(f"/api/stock/operations/{sale}/return/", {})
    page = browser.client.get(FIND, {"sale": "counter"}).text
    assert f"/api/sales/{sale}/" in page
    assert "all came back" in page
    assert browser.client.get(get_form(sale)).headers["Location"] == f"/api/sales/{sale}/"


def test_what_is_not_found_is_said(browser, as_charlie, charlie):
    assert "No sale was found." in browser.client.get(FIND, {"sale": "counter"}).text
    theirs = sell(as_charlie, (make_product(charlie, "Cup", 5), 1), reference="counter")
    assert "No sale was found." in browser.client.get(FIND, {"sale": "counter"}).text
    assert browser.client.get(get_form(theirs)).status_code == 404
    assert "No sale" not in browser.client.get(FIND).text
    assert "No sale was found." in browser.client.get(FIND, {"sale": "no one " * 3000}).text


def test_the_form_has_what_is_left_and_books_it(browser, as_alice, kettle, pot):
    sale = sell(as_alice, (kettle, 3), (pot, 2), (kettle, 1))
    lines = [{"product": kettle.pk, "quantity": 1, "condition": "scrap"}]
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": lines})
    values = read_task(browser.get_page(get_form(sale)))
    assert values["product"] == [f"Kettle (#{kettle.pk})", "Pot (POT)"]
    assert (values["quantity"], values["expected_returns"]) == (["", ""], ["1"])
    response = browser.send_task(get_form(sale), quantity=["", "2"], condition=["resell", "scrap"], note="Cracked")
    assert response.headers["Location"] == f"/api/sales/{sale}/"
    assert read_message(browser, response) == "Took back 1 line. Give back 10.00."
    damage, back = Operation.objects.order_by("-pk")[:2]
    assert (damage.reason, back.reason, back.note) == ("damage", "return", "Cracked")
    assert Product.objects.get(pk=pot.pk).quantity == 8


def test_a_product_that_was_sold_at_several_prices_has_a_line_for_each(browser, as_alice, kettle, pot):
    line = {"product": pot.pk, "movement_type": "OUT"}
    lines = [{**line, "quantity": quantity, "unit_price": price} for quantity, price in ((2, "10.00"), (1, "5.00"))]
    lines += [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}] * 2
    sale = as_alice.post("/api/stock/operations/", {"lines": lines}).json()
    page = browser.get_page(get_form(sale["id"]))
    values = read_task(page)
    assert values["movement"] == ["", *(str(movement["id"]) for movement in sale["movements"][:2])]
    assert (read_expected(page), "at 10.00" in page) == (["2", "2", "1"], True)
    response = browser.send_task(get_form(sale["id"]), quantity=["0", "1", "0"])
    assert read_message(browser, response) == "Took back 1 line. Give back 10.00."
    refused = browser.send_task(get_form(sale["id"]), quantity=["0", "2", "1"])
    assert (refused.status_code, "2 sold and 1 returned already" in refused.text) == (400, True)


def test_goods_of_a_delivery_at_several_costs_have_a_line_for_each_for_who_sees_costs(
    client, as_alice, alice, bob, pot
):
    line = {"product": pot.pk, "movement_type": "IN", "quantity": 1}
    body = {"lines": [{**line, "unit_cost": cost} for cost in ("10.00", "5.00")]}
    delivery = as_alice.post("/api/stock/operations/", body).json()["id"]
    for user, lines in ((alice, 2), (bob, 1)):
        client.force_login(user)
        assert len(read_task(client.get(f"/shop/deliveries/{delivery}/return/").text)["product"]) == lines


def test_archived_products_of_the_sale_are_named_and_come_back_once_they_are_restored(browser, as_alice, kettle, pot):
    sale = sell(as_alice, (kettle, 1), (pot, 2))
    as_alice.delete(f"/api/products/{pot.pk}/")
    page = browser.get_page(get_form(sale))
    assert "Restore these archived products first if they come back, too: Pot." in page
    assert read_task(page)["product"] == [f"Kettle (#{kettle.pk})"]
    refused = browser.send_task(get_form(sale), {"product": f"Kettle (#{kettle.pk})", "quantity": "2"})
    assert (refused.status_code, "products first if they come back, too: Pot." in refused.text) == (400, True)
    as_alice.post(f"/api/products/{pot.pk}/restore/")
    page = browser.get_page(get_form(sale))
    assert ("archived products" in page, len(read_task(page)["product"])) == (False, 2)


def test_too_much_and_nothing_are_refused_and_kept(browser, as_alice, pot):
    sale = sell(as_alice, (pot, 2))
    response = browser.send_task(get_form(sale), quantity=["3"])
    assert response.status_code == 400
    assert "2 sold" in response.text
    assert read_task(response.text)["quantity"] == ["3"]
    for quantity in ("0", ""):
        assert find_refusals(browser.send_task(get_form(sale), quantity=[quantity])) == ["Nothing is entered."]


def test_a_form_that_was_opened_before_another_return_is_refused(browser, as_alice, pot):
    sale = sell(as_alice, (pot, 2))
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": [{"product": pot.pk, "quantity": 1}]})
    response = browser.send_task(get_form(sale), expected_returns="0", quantity=["1"])
    assert (response.status_code, "1 now, not 0" in response.text) == (409, True)


def test_a_form_of_which_all_came_back_meanwhile_is_refused_and_kept(browser, as_alice, pot):
    sale = sell(as_alice, (pot, 2))
    values = browser.task_values(get_form(sale))
    as_alice.post(f"/api/stock/operations/{sale}/return/", {})
    response = browser.client.post(get_form(sale), values | {"quantity": "2", "note": "Cracked"})
    assert (response.status_code, "1 now, not 0" in response.text, "Cracked" in response.text) == (409, True, True)


def test_the_pages_of_the_sale_and_of_its_return_lead_on(browser, as_alice, pot):
    sale = sell(as_alice, (pot, 2))
    assert get_form(sale) in browser.get_page(f"/api/stock/operations/{sale}/")
    lines = [{"product": pot.pk, "quantity": 2, "condition": "scrap"}]
    back = as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": lines}).json()
    page = browser.get_page(f"/api/stock/operations/{sale}/")
    assert get_form(sale) not in page
    assert "Returned by numbers" in page
    page = browser.get_page(f"/api/stock/operations/{back['id']}/")
    assert f"/api/stock/operations/{sale}/" in page
    assert f"/api/stock/operations/{back['scrapped']}/" in page
    assert f"{FIND}?product={pot.pk}" in browser.get_page(f"/api/products/{pot.pk}/").replace("&amp;", "&")


def test_a_worker_may_open_the_pages(bob, as_alice, kettle):
    sale = sell(as_alice, (kettle, 2))
    worker = Browser(bob)
    assert "Return" in worker.get_page(FIND)
    assert worker.send_task(get_form(sale), quantity=["1"]).status_code == 303


def buy(client, product, quantity):
    line = {"product": product.pk, "movement_type": "IN", "quantity": quantity, "unit_cost": "1.00"}
    return client.post("/api/stock/operations/", {"lines": [line]}).json()["id"]


def get_supplier_form(delivery):
    return f"/shop/deliveries/{delivery}/return/"


def test_the_page_of_a_delivery_leads_to_the_form_that_sends_back(browser, as_alice, pot):
    delivery = buy(as_alice, pot, 3)
    assert get_supplier_form(delivery) in browser.get_page(f"/api/stock/operations/{delivery}/")
    response = browser.send_task(get_supplier_form(delivery), quantity=["2"], note="Cracked")
    assert response.headers["Location"] == f"/api/stock/operations/{delivery}/"
    assert read_message(browser, response) == "Sent back 1 line."
    back = Operation.objects.latest("pk")
    assert (back.reason, back.note, Product.objects.get(pk=pot.pk).quantity) == ("return", "Cracked", 11)
    assert read_expected(browser.get_page(get_supplier_form(delivery))) == ["1"]
    as_alice.post(f"/api/stock/operations/{delivery}/return/", {})
    assert get_supplier_form(delivery) not in browser.get_page(f"/api/stock/operations/{delivery}/")
    assert browser.client.get(get_supplier_form(delivery)).headers["Location"] == response.headers["Location"]


def test_the_page_of_an_order_leads_to_the_form_of_each_delivery(browser, as_alice, alice, pot):
    order = send_order(as_alice, make_supplier(alice), pot)
    delivery = post(as_alice, order, "receive").json()["id"]
    assert get_supplier_form(delivery) in browser.get_page(f"/api/purchase-orders/{order['id']}/")
    as_alice.post(f"/api/stock/operations/{delivery}/return/", {})
    assert get_supplier_form(delivery) not in browser.get_page(f"/api/purchase-orders/{order['id']}/")


def read_refund(page):
    """Return what the page says to give back if all of it comes back."""
    return re.search(r"<output>(.*?)</output>", page)[1]


@pytest.mark.quick
def test_each_line_has_two_choices_and_the_radio_buttons_of_a_browser_are_read(browser, as_alice, kettle, pot):
    sale = sell(as_alice, (kettle, 3), (pot, 2))
    values = read_task(browser.get_page(get_form(sale)))
    assert (values["condition-0"], values["condition-1"]) == (["resell"], ["resell"])
    response = browser.send_task(get_form(sale), quantity=["3", "2"], **{"condition-1": "scrap"})
    assert response.status_code == 303
    damage, back = Operation.objects.order_by("-pk")[:2]
    assert (damage.reason, back.reason) == ("damage", "return")
    assert [one.product_id for one in damage.movements.all()] == [pot.pk]


def test_the_form_says_what_to_give_back_for_the_rest(browser, as_alice, kettle, pot):
    sale = sell(as_alice, (pot, 3))
    page = browser.get_page(get_form(sale))
    assert read_refund(page) == "15.00"
    assert 'data-worth="15.00/3/0/0.00/15.00/"' in page
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": [{"product": pot.pk, "quantity": 1}]})
    page = browser.get_page(get_form(sale))
    assert read_refund(page) == "10.00"
    assert 'data-worth="15.00/3/1/5.00/10.00/"' in page
    assert read_refund(browser.send_task(get_form(sale), quantity=["9"]).text) == "10.00"


def test_the_form_has_net_prices_with_the_rates_and_what_came_back_of_each(browser, as_alice, alice, kettle, pot):
    as_alice.patch("/api/account/", {"prices_include_tax": False})
    tax = as_alice.post("/api/taxes/", {"name": "Standard", "rate": "20.00"}).json()["id"]
    as_alice.patch(f"/api/products/{pot.pk}/", {"tax": tax, "price": "0.33"})
    sale = sell(client_of(type(alice).find(alice.pk)), (pot, 3))
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": [{"product": pot.pk, "quantity": 1}]})
    page = browser.get_page(get_form(sale))
    assert 'data-worth="0.99/3/1/0.33/0.66/20.00"' in page
    assert 'data-before="20.00/0.33"' in page


@pytest.mark.django_db(transaction=True)
def test_two_forms_at_once_never_take_back_more_than_was_sold(alice, as_alice, pot):
    sale = sell(as_alice, (pot, 3))
    browsers = [Browser(alice), Browser(alice)]
    values = [one.task_values(get_form(sale)) | {"expected_returns": [""], "quantity": ["2"]} for one in browsers]
    send = [partial(one.client.post, get_form(sale), sent) for one, sent in zip(browsers, values, strict=True)]
    responses = run_concurrently(*send)
    assert sorted(response.status_code for response in responses) == [303, 400]
    assert Product.objects.get(pk=pot.pk).quantity == 9
