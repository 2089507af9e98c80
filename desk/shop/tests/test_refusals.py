"""A refused form keeps what was typed, and shows each error at its cell."""

import html
import re

import pytest

from desk.shop.tests.reading import (
    KEY,
    find_cell_errors,
    find_choices,
    find_field_errors,
    find_line_errors,
    find_refusals,
)
from products.models import Product
from stock.line_fields import MAX_LINES
from stock.models import Movement, Operation
from testing.cast.people import let_use, make_product
from testing.reading.browser import read_task
from testing.tables import all_cases

SELL, RECEIVE = "/shop/sell/", "/shop/receive/"
AMBIGUOUS = '"tea" could be more than one product. Write one of these: Assam (TEA-ASSAM); Earl Grey (TEA-EARL).'


def nothing_is_sold():
    return not Movement.objects.filter(movement_type="OUT").exists()


def test_the_errors_of_lines_are_at_their_cells(browser, earl, assam):
    lines = [{"product": "earl", "quantity": "99"}, {"product": "assam", "quantity": "0.5"}]
    response = browser.send_task(SELL, *lines)
    assert response.status_code == 400
    assert not find_cell_errors(response, "quantity", 0)
    assert "whole numbers" in find_cell_errors(response, "quantity", 1)[0]
    assert nothing_is_sold()


@pytest.mark.quick
def test_too_little_stock_is_an_error_of_its_line(browser, earl, assam):
    lines = [{"product": "assam", "quantity": "1"}, {"product": "earl", "quantity": "99"}]
    response = browser.send_task(SELL, *lines)
    assert response.status_code == 400
    [error] = find_line_errors(response)
    assert "Only 9 in stock, 99 requested." in error
    assert nothing_is_sold()


def test_an_empty_line_before_a_refused_one_does_not_move_its_error(browser, earl, assam):
    lines = [{"product": "assam", "quantity": 1}, {}, {"product": "earl", "quantity": "0"}]
    response = browser.send_task(SELL, *lines)
    assert not find_cell_errors(response, "quantity", 0)
    assert find_cell_errors(response, "quantity", 2)


def test_a_refused_form_keeps_everything_typed(browser, alice, earl, assam, cellar):
    let_use(alice, "lots")
    lines = [
        {"product": "earl", "quantity": "99", "unit_price": "7.5", "location": "Attic", "lot": "H26"},
        {"product": "assam", "quantity": "2", "unit_price": "", "location": "", "lot": ""},
    ]
    typed = {"occurred_at": "2026-07-01T10:30", "reference": "till 9", "note": "too <many>"}
    response = browser.send_task(SELL, *lines, **typed)
    assert response.status_code == 400
    values = read_task(response.text)
    assert [{name: values[name][number] for name in lines[0]} for number in range(2)] == lines
    assert {name: values[name][0] for name in typed} == typed
    assert "with-rare" in response.text


def test_a_field_that_is_refused_shows_its_error(browser, earl):
    response = browser.send_task(SELL, {"product": "earl"}, note="x" * 5000)
    assert response.status_code == 400
    assert find_field_errors(response, "note")
    assert read_task(response.text)["note"] == ["x" * 5000]


def test_a_form_without_lines_says_so(browser, earl):
    response = browser.send_task(SELL)
    assert response.status_code == 400
    assert find_refusals(response)


def test_a_form_with_one_line_too_many_is_refused(browser, earl):
    response = browser.send_task(RECEIVE, *[{"product": "earl", "quantity": "1"}] * (MAX_LINES + 1))
    assert (response.status_code, Product.objects.get(pk=earl.pk).quantity) == (400, 9)


def test_a_line_without_a_product_says_so_at_its_cell(browser, earl):
    response = browser.send_task(SELL, {"quantity": "3"})
    assert response.status_code == 400
    assert find_cell_errors(response, "product") or find_line_errors(response)
    assert read_task(response.text)["quantity"][0] == "3"


def test_an_unknown_product_says_so_at_its_cell(browser, earl):
    response = browser.send_task(SELL, {"product": "coffee", "quantity": "3"})
    assert response.status_code == 400
    assert find_cell_errors(response, "product") == ['"coffee" is not in the name, SKU or barcode of any product.']


# --- Products that a name can mean -----------------------------------------------------------------------------------


def test_an_ambiguous_name_offers_its_matches(browser, earl, assam):
    response = browser.send_task(SELL, {"product": "assam"}, {"product": "tea", "quantity": "2"})
    assert response.status_code == 400
    assert find_cell_errors(response, "product", 1)[0] == AMBIGUOUS
    assert find_choices(response) == ["1:Assam (TEA-ASSAM)", "1:Earl Grey (TEA-EARL)"]
    assert nothing_is_sold()


def test_a_click_puts_a_match_into_its_line_and_books_nothing(browser, earl, assam):
    lines = [{"product": "assam", "quantity": "1"}, {"product": "tea", "quantity": "2"}]
    refused = browser.send_task(SELL, *lines, note="x")
    values = read_task(refused.text)
    chosen = browser.client.post(SELL, values | {"chosen": "1:Earl Grey (TEA-EARL)"})
    assert chosen.status_code == 200
    assert nothing_is_sold()
    again = read_task(chosen.text) | {"csrfmiddlewaretoken": values["csrfmiddlewaretoken"]}
    assert again == values | {"product": ["assam", "Earl Grey (TEA-EARL)", *again["product"][2:]]}
    assert browser.client.post(SELL, again).status_code == 303


REST = re.compile(r'name="take" value="([^"]*)" data-rest="([^"]*)"')


def test_a_sale_of_more_than_there_is_offers_the_rest(browser, earl, assam):
    lines = [{"product": "assam", "quantity": "1"}, {"product": "earl", "quantity": "99"}]
    response = browser.send_task(SELL, *lines)
    assert REST.findall(response.text) == [("1:9", "9")]
    taken = browser.send_task(SELL, *lines, take="1:9")
    assert [line["quantity"] for line in list_lines(taken)][:2] == ["1", "9"]
    assert [line["product"] for line in list_lines(taken)][:2] == ["assam", "earl"]
    assert nothing_is_sold()


def list_lines(response):
    cells = {
        name: re.findall(rf'<input name="{name}" [^>]*?value="([^"]*)"', response.text)
        for name in ("product", "quantity")
    }
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def test_the_rest_of_goods_by_weight_is_an_amount(browser, alice):
    make_product(alice, "Loose tea", 1250, sku="LOOSE", unit="kg", decimals=3)
    response = browser.send_task(SELL, {"product": "LOOSE", "quantity": "2"})
    assert REST.findall(response.text) == [("0:1.250", "1.250")]


@all_cases("lines", [
    [{"product": "earl", "quantity": "5"}, {"product": "earl", "quantity": "6"}],  # either could take the rest
    [{"product": "empty", "quantity": "1"}],
])  # fmt: skip
def test_no_rest_is_offered_for_two_lines_of_a_product_or_if_there_is_nothing(browser, alice, earl, lines):
    make_product(alice, "Empty", 0)
    response = browser.send_task(SELL, *lines)
    assert response.status_code == 400
    assert not REST.findall(response.text)


def test_a_delivery_that_exceeds_the_limit_offers_nothing(browser, earl):
    response = browser.send_task(RECEIVE, {"product": "earl", "quantity": "1000000000"})
    assert response.status_code == 400
    assert not REST.findall(response.text)


def test_a_typing_error_offers_similar_products(browser, earl, assam):
    response = browser.send_task(SELL, {"product": "earl gray"}, {"product": "asam"})
    assert "is not in the name" in find_cell_errors(response, "product", 0)[0]
    assert find_choices(response) == ["0:Earl Grey (TEA-EARL)"]


def test_a_match_with_brackets_and_quotes_is_chosen_as_it_is(browser, alice):
    names = ['Cup "big" (red) & more', 'Cup "big" (blue) & more']
    for name in names:
        make_product(alice, name, 5)
    choices = find_choices(browser.send_task(SELL, {"product": "cup"}))
    response = browser.client.post(SELL, browser.task_values(SELL) | {"product": "cup", "chosen": choices[1]})
    product = read_task(response.text)["product"][0]
    assert product == choices[1].removeprefix("0:")
    assert html.escape(names[0]) in response.text


# --- Keys ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def sale(browser, earl):
    """Send the form of a sale with the same key each time."""
    values = browser.task_values(SELL) | {"product": ["earl"], "quantity": ["3"]}
    return lambda **changed: browser.client.post(SELL, values | changed)


def test_each_page_has_a_new_key(browser):
    assert len({browser.task_values(SELL)[KEY][0] for _ in range(3)}) == 3


def test_a_form_that_is_sent_twice_books_once_and_leads_to_the_same_page(sale):
    first, second = sale(), sale()
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert Movement.objects.filter(movement_type="OUT").count() == 1


def test_a_form_that_is_sent_again_says_that_nothing_was_done_again(sale, browser):
    browser.get_page(sale().headers["Location"])
    page = browser.get_page(sale().headers["Location"])
    assert "This form was sent before, so nothing was done again. The first time: Sold 3 of Earl Grey" in page


def test_a_lost_answer_leaves_one_message(sale, browser):
    sale()
    page = browser.get_page(sale().headers["Location"])
    assert page.count('class="message"') == 1
    assert "sent before" not in page


def test_a_changed_form_with_the_same_key_is_refused_says_so_and_gets_a_new_key(sale):
    sale()
    refused = sale(quantity=["4"])
    assert refused.status_code == 422
    assert find_refusals(refused)[0].startswith("This form was sent before, with other values.")
    values = read_task(refused.text)
    assert values["quantity"][0] == "4"
    assert sale(quantity=["4"], **{KEY: values[KEY]}).status_code == 303
    assert Movement.objects.filter(movement_type="OUT").count() == 2


def test_a_refused_form_keeps_its_key_and_does_not_use_it_up(sale):
    assert read_task(sale(quantity="99", **{KEY: "k-1"}).text)[KEY] == ["k-1"]
    assert sale(**{KEY: "k-1"}).status_code == 303


@all_cases("key", ["é", "x" * 256])
def test_a_form_with_a_malformed_key_is_shown_with_a_new_one(sale, key):
    refused = sale(**{KEY: key})
    assert refused.status_code == 400
    assert nothing_is_sold()
    assert sale(**{KEY: read_task(refused.text)[KEY]}).status_code == 303


def test_two_pages_with_the_same_key_are_two_forms(browser, earl):
    for address in (SELL, RECEIVE):
        values = browser.task_values(address) | {"product": ["earl"], KEY: "mine"}
        answer = browser.client.post(address, values)
    assert answer.status_code == 422
    assert Operation.objects.filter(reason="purchase").count() == 0
