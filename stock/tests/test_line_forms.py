"""Operations and counts by the forms of the browsable API: several lines, and what was typed is not lost."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from stock.models import Movement, Operation
from testing.browser import Browser
from testing.cast import make_product

OPERATIONS, COUNTS = "/api/stock/operations/", "/api/stock/counts/"


@pytest.fixture
def browser(alice):
    return Browser(alice)


@pytest.fixture
def teapot(alice):
    return make_product(alice, "Teapot", quantity=5, sku="POT-1")


def line(number, **fields):
    return {f"lines[{number}]{name}": value for name, value in fields.items()}


def test_an_operation_of_two_lines_is_booked_and_empty_lines_are_left_out(browser, kettle, teapot):
    sale = line(0, product=kettle.pk, movement_type="OUT", quantity="2")
    sale |= line(2, sku="pot-1", movement_type="OUT", quantity="1")
    assert browser.post(OPERATIONS, reference="till 9", **sale).status_code == 201
    operation = Operation.objects.get(reference="till 9")
    booked = Movement.objects.filter(operation=operation).order_by("id").values_list("product_name", "quantity")
    assert list(booked) == [("Kettle", 2), ("Teapot", 1)]


def test_a_count_is_taken(browser, kettle, teapot):
    assert browser.post(COUNTS, **line(1, sku="POT-1", counted="4")).status_code == 201
    teapot.refresh_from_db()
    assert teapot.quantity == 4


def test_a_form_without_any_line_is_told_so(browser, kettle):
    answer = browser.post(OPERATIONS)
    assert answer.status_code == 400
    assert "This field is required." in answer.text


def test_a_refused_form_comes_back_as_it_was_sent(browser, kettle):
    answer = browser.post(OPERATIONS, note="too many", **line(0, product=kettle.pk, movement_type="OUT", quantity="99"))
    assert answer.status_code == 400
    assert "insufficient_stock" in answer.text
    assert 'name="lines[0]quantity" id="field-lines[0]quantity" value="99"' in answer.text
    assert re.search(r'<option value="OUT" selected>', answer.text)
    assert 'value="too many"' in answer.text


def test_a_refused_movement_comes_back_as_it_was_sent(browser, kettle):
    answer = browser.post("/api/stock/", product=kettle.pk, movement_type="OUT", quantity=99)
    assert answer.status_code == 400
    assert re.search(r'<input name="quantity"[^>]* value="99"', answer.text)


def test_json_that_was_refused_comes_back_too(browser, kettle):
    body = {"product": kettle.pk, "movement_type": "OUT", "quantity": 99}
    browser.get_page("/api/stock/")
    headers = {"Accept": "text/html", "X-CSRFToken": browser.client.cookies["csrftoken"].value}
    answer = browser.client.post("/api/stock/", json.dumps(body), content_type="application/json", headers=headers)
    assert (answer.status_code, browser.prepared_json(answer.text)) == (400, body)


@pytest.mark.parametrize(
    "name",
    [
        "lines[0]",
        "lines[]sku",
        "lines[99999]sku",
        f"lines[{'9' * 5000}]sku",
        "lines[-1]sku",
        "lines[٣]sku",
        "lines[0]x",
    ],
)
def test_a_line_by_a_strange_name_is_refused_and_no_bug(browser, kettle, name):
    assert browser.post(OPERATIONS, **{name: "x"}).status_code == 400


def test_a_file_in_the_place_of_a_number_is_refused(as_alice, kettle):
    form = line(0, product=kettle.pk, movement_type="OUT") | {"lines[0]quantity": SimpleUploadedFile("1", b"1")}
    assert as_alice.post(OPERATIONS, form, format="multipart").status_code == 400
