"""Forms of the pages that book.

They accept a product as somebody types or scans it, times, and lead to the next scan.
"""

import html
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import ValidationError

from stock.booking_serializers import RemarksSerializer
from stock.models import Movement, Operation
from stock.pages.forms import read_values
from testing.browser import Browser
from testing.cast import client_of, make_product

MOVEMENTS, OPERATIONS, COUNTS = "/api/stock/", "/api/stock/operations/", "/api/stock/counts/"


@pytest.fixture
def browser(alice):
    return Browser(alice)


@pytest.fixture
def earl(alice):
    return make_product(alice, "Earl Grey", 9, sku="TEA-EARL", barcode="4001234567890")


@pytest.fixture
def assam(alice):
    return make_product(alice, "Assam", 9, sku="TEA-ASSAM")


def test_a_service_gets_the_user_and_the_validated_body(alice):
    request = SimpleNamespace(data={"reference": " till 7 "}, user=alice)
    view = SimpleNamespace(request=request, get_serializer=RemarksSerializer)
    assert read_values(view) == {"by": alice, "reference": "till 7"}
    request.data = {"reference": 7 * [1]}
    with pytest.raises(ValidationError):
        read_values(view)


def sell(browser, product, **fields):
    return browser.post(MOVEMENTS, product=product, movement_type="OUT", quantity="2", **fields)


def find_errors(response, name):
    """Return the errors beside a field."""
    field = response.text.partition(f'name="{name}"')[2].partition("<input")[0]
    return [html.unescape(error) for error in re.findall(r'<p class="error">([^<]*)</p>', field)]


# --- Products --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["TEA-EARL", "4001234567890", "earl", "Earl Grey (TEA-EARL)"])
def test_sells_a_product_by_a_part_of_its_name_or_a_code(browser, earl, assam, text):
    assert sell(browser, text).status_code == 303
    earl.refresh_from_db()
    assert earl.quantity == 7


def test_an_ambiguous_product_is_an_error_of_the_field_and_stays_in_it(browser, earl, assam):
    response = sell(browser, "tea")
    assert response.status_code == 400
    assert find_errors(response, "product") == [
        '"tea" could be more than one product. Write one of these: Assam (TEA-ASSAM); Earl Grey (TEA-EARL).'
    ]
    assert '<input name="product" id="field-product" value="tea"' in response.text
    assert not Movement.objects.filter(movement_type="OUT").exists()


def test_a_missing_quantity_and_an_unknown_product_are_refused_together(browser, earl):
    response = browser.post(MOVEMENTS, product="coffee", movement_type="OUT")
    assert find_errors(response, "product") == ['"coffee" is not in the name, SKU or barcode of any product.']
    assert find_errors(response, "quantity") == ["A valid integer is required."]


def test_the_errors_of_lines_are_beside_their_fields(browser, earl, assam):
    lines = {
        "lines[0]product": "earl", "lines[0]movement_type": "OUT", "lines[0]quantity": "99",
        "lines[1]product": "tea", "lines[1]movement_type": "OUT", "lines[1]quantity": "0.5",
    }  # fmt: skip
    response = browser.post(OPERATIONS, **lines)
    assert response.status_code == 400
    [ambiguous] = find_errors(response, "lines[1]product")
    assert "Assam (TEA-ASSAM); Earl Grey (TEA-EARL)" in ambiguous
    [fraction] = find_errors(response, "lines[1]quantity")
    assert "whole numbers" in fraction
    del lines["lines[1]product"], lines["lines[1]movement_type"], lines["lines[1]quantity"]
    assert "Only 9 in stock, 99 requested." in browser.post(OPERATIONS, **lines).text


def test_a_refusal_without_a_field_is_above_the_form(browser, earl):
    page = browser.post(MOVEMENTS, product="earl", movement_type="OUT", quantity="99").text
    assert "<p>Only 9 in stock, 99 requested." in page.partition('id="post-object-form"')[0]


@pytest.mark.parametrize(
    ("address", "title"),
    [
        (MOVEMENTS, "Sell or receive"),
        (f"{MOVEMENTS}?_movement_type=OUT", "Sell"),
        (f"{MOVEMENTS}?_movement_type=IN", "Receive"),
        (f"{MOVEMENTS}?_movement_type=SIDEWAYS", "Sell or receive"),
        (f"{OPERATIONS}?_movement_type=IN", "Receive a delivery"),
        (OPERATIONS, "Sell or receive several"),
    ],
)
def test_the_title_of_the_form_says_what_it_books(browser, address, title):
    assert f"<summary>{title}</summary>" in browser.client.get(address).text


def test_a_refused_sale_keeps_the_title(browser, earl):
    response = sell(browser, "nothing-like-it")
    assert response.status_code == 400
    assert "<summary>Sell</summary>" in response.text


def test_all_lines_of_a_delivery_are_in(browser):
    page = browser.client.get(f"{OPERATIONS}?_movement_type=IN").text
    assert page.count('<option value="IN" selected>') == 3
    assert browser.client.get(OPERATIONS).text.count('<option value="IN" selected>') == 0


def test_lines_with_nothing_but_the_copied_movement_type_are_ignored(browser, earl):
    lines = {"lines[0]product": "earl", "lines[0]movement_type": "IN", "lines[0]quantity": "1"}
    assert browser.post(OPERATIONS, **lines, **{"lines[1]movement_type": "IN"}).status_code == 303
    assert Operation.objects.latest("pk").movements.count() == 1


def test_the_form_has_one_field_for_the_product(browser, earl):
    form = browser.form_values(f"{MOVEMENTS}?_product={earl.pk}", "post")
    assert form["product"] == "Earl Grey (TEA-EARL)"
    assert not {"sku", "barcode", "expected_quantity"} & form.keys()


def test_the_old_fields_of_a_form_still_book(browser, earl):
    assert browser.post(MOVEMENTS, sku="tea-earl", movement_type="OUT", quantity="1").status_code == 303
    assert browser.post(MOVEMENTS, product=earl.pk, movement_type="OUT", quantity="1").status_code == 303


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_a_program_names_no_product_by_a_text(alice, earl, format_):
    body = {"product": "earl", "movement_type": "OUT", "quantity": 1}
    response = client_of(alice).post(MOVEMENTS, body, format=format_)
    assert (response.status_code, response.json()) == (400, {"product": ["A valid integer is required."]})


def test_a_program_needs_no_statement_for_the_look_up(alice, earl):
    counts = []
    for body in ({"product": earl.pk}, {"sku": "TEA-EARL"}):
        with CaptureQueriesContext(connection) as captured:
            client_of(alice).post(MOVEMENTS, {**body, "movement_type": "OUT", "quantity": 1})
        counts.append(sum("ILIKE" in query["sql"] or "key.code" in query["sql"] for query in captured))
    assert counts == [0, 0]


# --- The next scan ---------------------------------------------------------------------------------------------------


def test_after_a_sale_the_form_is_empty_for_the_next_scan(browser, earl):
    response = sell(browser, "4001234567890", reference="till 7")
    address = "/api/stock/?_movement_type=OUT&_reference=till+7"
    assert (response.status_code, response.headers["Location"]) == (303, address)
    page = browser.get_page(address)
    assert "Sold 2 of Earl Grey: 7 in stock." in page
    assert ">Undo</button>" in page
    form = browser.form_values(address, "post")
    assert (form["product"], form["movement_type"], form["reference"]) == ("", "OUT", "till 7")


def test_after_the_sale_of_one_product_comes_its_page(browser, earl):
    response = browser.post(f"{MOVEMENTS}?_product={earl.pk}&_movement_type=OUT", quantity="1")
    assert response.headers["Location"] == f"/api/products/{earl.pk}/"


def test_a_refused_form_remembers_whether_it_has_a_product(browser, earl):
    for address, expected in ((MOVEMENTS, True), (f"{MOVEMENTS}?_product={earl.pk}", False)):
        page = browser.post(address, product="earl", movement_type="OUT", quantity="99").text
        assert ('name="_again"' in page) is expected


# --- Times -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_berlin(alice):
    alice.time_zone = "Europe/Berlin"
    alice.save(update_fields=["time_zone"])
    return Browser(alice)


def test_a_picked_time_is_on_the_clock_of_the_shop(in_berlin, earl):
    sell(in_berlin, "earl", occurred_at="2026-07-01T10:30")
    assert Movement.objects.latest("pk").operation.occurred_at == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


def test_a_count_takes_a_picked_time_and_says_in_which_zone(in_berlin, earl):
    page = in_berlin.client.get(COUNTS).text
    assert re.search(r'name="lines\[0\]counted_at"[^>]* type="datetime-local"', page)
    assert "otherwise the date and time in Europe/Berlin" in page
    token = {"csrfmiddlewaretoken": in_berlin.client.cookies["csrftoken"].value}
    now = datetime.now(ZoneInfo("Europe/Berlin")).replace(second=0, microsecond=0)
    count = {"lines[0]product": "earl", "lines[0]counted": "4", "lines[0]counted_at": f"{now:%Y-%m-%dT%H:%M}"}
    assert in_berlin.client.post(COUNTS, token | count).status_code == 303
    earl.refresh_from_db()
    assert earl.last_counted_at == now


def test_a_count_without_a_difference_leads_to_the_product(browser, earl):
    counted = browser.post(COUNTS, **{"lines[0]product": "earl", "lines[0]counted": "9"})
    assert (counted.status_code, counted.headers["Location"]) == (303, f"/api/products/{earl.pk}/")


def test_the_page_of_an_operation_links_to_its_reversal_until_it_is_reversed(browser, earl):
    sell(browser, "earl")
    page = f"{OPERATIONS}{Operation.objects.latest('pk').pk}/"
    link = f'href="{page}reverse/"'
    assert link in browser.get_page(page)
    assert browser.post(f"{page}reverse/").status_code == 303
    assert link not in browser.get_page(page)


@pytest.mark.parametrize("time", ["2026-07-01T10:30Z", "2026-07-01T10:30:00+02:00"])
def test_a_time_with_an_offset_stays(in_berlin, earl, time):
    sell(in_berlin, "earl", occurred_at=time)
    assert Movement.objects.latest("pk").operation.occurred_at == datetime.fromisoformat(time)


@pytest.mark.parametrize("time", ["2026-13-01T10:30", "2026-07-01T25:30", "yesterday"])
def test_a_malformed_time_is_an_error_of_its_field(in_berlin, earl, time):
    response = sell(in_berlin, "earl", occurred_at=time)
    assert response.status_code == 400
    assert find_errors(response, "occurred_at")


def test_a_program_without_an_offset_means_utc(alice, earl):
    alice.time_zone = "Europe/Berlin"
    alice.save(update_fields=["time_zone"])
    body = {"product": earl.pk, "movement_type": "OUT", "quantity": 1, "occurred_at": "2026-07-01T10:30"}
    assert client_of(alice).post(MOVEMENTS, body, format="multipart").json()["occurred_at"] == "2026-07-01T10:30:00Z"
