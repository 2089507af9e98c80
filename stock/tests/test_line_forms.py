"""Operations and counts in the forms of programs, which have several lines."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from stock.models import Movement, Operation
from testing.cast.people import make_product
from testing.tables import all_cases

OPERATIONS, COUNTS = "/api/stock/operations/", "/api/stock/counts/"


@pytest.fixture
def teapot(alice):
    return make_product(alice, "Teapot", quantity=5, sku="POT-X")


def make_line(number, **fields):
    return {f"lines[{number}]{name}": value for name, value in fields.items()}


def test_books_two_lines_and_ignores_empty_ones(as_alice, kettle, teapot):
    sale = make_line(0, product=kettle.pk, movement_type="OUT", quantity="2")
    sale |= make_line(2, sku="pot-x", movement_type="OUT", quantity="1")
    assert as_alice.post(OPERATIONS, {"reference": "till 9", **sale}, format="multipart").status_code == 201
    operation = Operation.objects.get(reference="till 9")
    booked = Movement.objects.filter(operation=operation).order_by("id").values_list("product_name", "quantity")
    assert list(booked) == [("Kettle", 2), ("Teapot", 1)]


def test_books_a_count(as_alice, kettle, teapot):
    form = make_line(1, sku="POT-X", counted="4")
    assert as_alice.post(COUNTS, form, format="multipart").status_code == 201
    teapot.refresh_from_db()
    assert teapot.quantity == 4


def test_refuses_a_form_without_lines(as_alice, kettle):
    response = as_alice.post(OPERATIONS, {}, format="multipart")
    assert response.status_code == 400
    assert response.json()["lines"] == ["This field is required."]


def test_refused_json_stays_in_the_form(browser, kettle):
    body = {"product": kettle.pk, "movement_type": "OUT", "quantity": 99}
    browser.get_page("/api/stock/")
    headers = {"Accept": "text/html", "X-CSRFToken": browser.client.cookies["csrftoken"].value}
    response = browser.client.post("/api/stock/", json.dumps(body), content_type="application/json", headers=headers)
    assert (response.status_code, browser.prepared_json(response.text)) == (400, body)


@all_cases(
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
def test_refuses_form_fields_with_malformed_names(as_alice, kettle, name):
    assert as_alice.post(OPERATIONS, {name: "x"}, format="multipart").status_code == 400


def test_refuses_a_file_instead_of_a_number(as_alice, kettle):
    form = make_line(0, product=kettle.pk, movement_type="OUT") | {"lines[0]quantity": SimpleUploadedFile("1", b"1")}
    assert as_alice.post(OPERATIONS, form, format="multipart").status_code == 400
