"""Forms take the quantity of a case, and the weight or the price of the label of a scale, from its code."""

import pytest

from desk.shop.tests.reading import find_cell_errors, read_message
from products.codes.services import replace_codes
from stock.models import Movement
from testing.cast.people import make_product, make_user
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from users.access.roles import Role
from users.models import CSVFormat, User

SELL, RECEIVE, WRITE_OFF, COUNT = "/shop/sell/", "/shop/receive/", "/shop/write-off/", "/shop/count/"
WEIGHED, PRICED, CASE = "2100042002548", "2800042003476", "5400141000016"  # 0.254 kg, 3.47 EUR, 6 pieces
SCALES = [
    {"prefix": "21", "digits": 5, "places": 3, "holds": "weight"},
    {"prefix": "28", "digits": 5, "places": 2, "holds": "price"},
]


@pytest.fixture
def comte(alice):
    User.objects.filter(pk=alice.pk).update(scale_codes=SCALES)
    alice.refresh_from_db()
    return make_product(alice, "Comté", 12_500, sku="00042", unit="kg", decimals=3, price="25.00")


@pytest.fixture
def browser(alice, comte):
    return Browser(alice)


def read_last():
    return Movement.objects.order_by("-id").values_list("quantity", "unit_price", "total")[0]


def test_a_sale_takes_the_weight_of_the_label(browser):
    response = browser.send_task(SELL, {"product": WEIGHED})
    assert read_message(browser, response) == "Sold 0.254 kg of Comté: 12.246 kg in stock."


def test_a_sale_takes_the_price_of_the_label_and_the_weight_that_it_buys(browser):
    response = browser.send_task(SELL, {"product": PRICED})
    assert read_message(browser, response) == "Sold 0.139 kg of Comté: 12.361 kg in stock."
    assert [str(part) for part in read_last()] == ["139", "24.96", "3.47"]


def test_another_weight_is_sold_at_the_price_of_the_label(browser):
    assert browser.send_task(SELL, {"product": PRICED, "quantity": "0.145"}).status_code == 303
    assert [str(part) for part in read_last()] == ["145", "23.93", "3.47"]


@pytest.mark.quick
def test_a_price_that_was_typed_replaces_that_of_the_label(browser):
    assert browser.send_task(SELL, {"product": PRICED, "unit_price": "20.00"}).status_code == 303
    assert [str(part) for part in read_last()] == ["139", "20.00", "None"]


def test_who_sells_at_the_price_of_the_list_sells_labels(browser, alice, comte):
    User.objects.filter(pk=alice.pk).update(workers_sell_at_list_price=True)
    alice.refresh_from_db()
    worker = Browser(make_user("wilma", employer=alice, role=Role.WORKER))
    assert worker.send_task(SELL, {"product": PRICED}).status_code == 303
    assert str(read_last()[2]) == "3.47"


def test_pieces_with_a_price_are_one(browser, alice):
    make_product(alice, "Wrap", 9, sku="00047", price="2.00")
    response = browser.send_task(SELL, {"product": "2800047001996"})
    assert read_message(browser, response) == "Sold 1 of Wrap: 8 in stock."
    assert str(read_last()[2]) == "1.99"


def test_a_price_without_a_weight_asks_for_it_where_nothing_is_sold(browser):
    refused = f'"{PRICED}" has a price and no weight. Write the SKU of the product, and enter the quantity.'
    assert find_cell_errors(browser.send_task(RECEIVE, {"product": PRICED}), "product") == [refused]
    response = browser.send_task(RECEIVE, {"product": PRICED, "quantity": "0.2"})
    assert read_message(browser, response) == "Received 0.200 kg of Comté: 12.700 kg in stock."


def test_a_label_without_a_weight_asks_for_it(browser):
    """The initial quantity of the form would be a whole kilogram."""
    label = "2100042000001"
    refused = f'"{label}" has no weight. Write the SKU of the product, and enter the quantity.'
    assert find_cell_errors(browser.send_task(SELL, {"product": label}), "product") == [refused]
    assert browser.send_task(SELL, {"product": label, "quantity": "0.3"}).status_code == 303
    assert read_last()[0] == 300


@all_cases(
    ("page", "fields", "said"),
    [(RECEIVE, {}, "Received 0.254 kg of Comté"), (WRITE_OFF, {"reason": "damage"}, "Wrote off 0.254 kg of Comté")],
)
def test_stock_takes_the_weight_of_the_label(browser, page, fields, said):
    assert said in read_message(browser, browser.send_task(page, {"product": WEIGHED}, **fields))


def test_a_count_takes_the_weight_of_the_label(browser):
    review = browser.send_task(COUNT, {"product": WEIGHED})
    assert "0.254 kg" in review.text
    assert read_task(review.text)["counted"] == ["0.254"]


def test_a_delivery_takes_the_pieces_of_a_case(browser, alice):
    replace_codes(make_product(alice, "Cup", 0, sku="CUP"), [{"code": CASE, "quantity": 6}])
    response = browser.send_task(RECEIVE, {"product": CASE}, {"product": CASE, "quantity": "6"})
    assert read_message(browser, response) == "Received 2 lines."
    assert read_last()[0] == 6


@all_cases("typed", ["2", "5", "12", "x"])
def test_another_quantity_than_that_of_the_code_is_refused(browser, alice, typed):
    """Somebody who types 2 after a case may mean two cases or two pieces."""
    replace_codes(make_product(alice, "Cup", 60, sku="CUP"), [{"code": CASE, "quantity": 6}])
    response = browser.send_task(SELL, {"product": CASE, "quantity": typed})
    assert "stands for 6 units" in find_cell_errors(response, "product")[0]
    assert read_task(response.text)["quantity"][0] == typed


def test_a_refused_form_shows_the_quantity_of_the_code_with_the_sign_of_the_shop(browser, alice, comte):
    User.objects.filter(pk=alice.pk).update(csv_format=CSVFormat.EUROPEAN)
    alice.refresh_from_db()
    european = Browser(alice)
    response = european.send_task(SELL, {"product": WEIGHED}, {"product": "coffee"})
    assert read_task(response.text)["quantity"][0] == "0,254"
    assert european.send_task(SELL, {"product": WEIGHED, "quantity": "0,254"}).status_code == 303


@pytest.mark.quick
@all_cases(
    ("query", "found"), [({}, (["0.254", None], ["", None])), ({"sells": "yes"}, (["0.254", None], ["0.139", "3.47"]))]
)
def test_the_script_gets_what_the_form_takes(browser, query, found):
    answer = browser.client.get("/shop/line-products/", {"text": [WEIGHED, PRICED, "comté"], **query}).json()[
        "products"
    ]
    assert tuple([answer[code]["typed"], answer[code]["total"]] for code in (WEIGHED, PRICED)) == found
    assert "typed" not in answer["comté"]
