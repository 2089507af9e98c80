"""Count by place, by category or product by product: differences are shown before they are booked."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.shop.tests.reading import find_cell_errors, find_refusals, read_message
from products.models import Category, Code, Product
from stock.models import Holding, Lot, Movement, Operation
from testing.cast.people import make_location, make_product
from testing.cast.places import put_away
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from users.models import User

pytestmark = pytest.mark.needs("sheets")

COUNT = "/shop/count/"


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


@pytest.fixture
def teas(tea, earl, assam):
    Product.objects.filter(pk__in=[earl.pk, assam.pk]).update(category=tea)
    return f"{COUNT}?category={tea.pk}"


def list_quantities():
    return dict(Product.objects.order_by("name").values_list("name", "quantity"))


def nothing_is_counted():
    return not Operation.objects.filter(reason="count").exists()


def read_differences(response):
    """Return the cells of the table of differences."""
    rows = re.findall(r"<tr>(.*?)</tr>", response.text.partition("<tbody>")[2].partition("</tbody>")[0])
    return [tuple(re.findall(r"<td[^>]*>(.*?)</td>", row))[:4] for row in rows]


def test_the_products_of_a_category_are_listed_with_what_is_expected(browser, teas, kettle):
    page = browser.get_page(teas)
    values = read_task(page)
    assert values["product"] == ["Assam (TEA-ASSAM)", "Earl Grey (TEA-EARL)"]
    assert values["counted"] == ["", ""]
    assert page.count('<span class="beside">9</span>') == 2
    assert "<h1>Count: Tea</h1>" in page


@pytest.mark.quick
def test_the_products_of_a_place_are_listed_with_what_is_expected(browser, earl, assam, shelf):
    put_away(earl, 4, location=shelf)
    page = browser.get_page(f"{COUNT}?place={shelf.pk}")
    values = read_task(page)
    assert (values["product"], values["location"]) == (["Earl Grey (TEA-EARL)"], ["Shelf"])
    assert '<span class="beside">4</span>' in page
    assert "<h1>Count: Shelf</h1>" in page


def test_a_line_has_all_codes_that_a_scanner_may_read(browser, alice, teas, earl):
    Product.objects.filter(pk=earl.pk).update(barcode="4006381333931")
    Code.objects.create(owner=alice, product=earl, code="EARL-CASE", quantity=6)
    for page in (browser.get_page(teas), browser.send_task(teas, counted=["many", "3"]).text):
        assert 'data-codes="TEA-EARL\n4006381333931\nEARL-CASE\t6"' in page


def test_what_can_not_be_counted_is_not_listed(browser, alice, tea, teas, earl, assam, shelf):
    make_product(alice, "Tasting", keeps_stock=False, min_threshold=None, category=tea)
    put_away(earl, 4, location=shelf)
    put_away(assam, 4, location=shelf)
    Product.objects.filter(pk=assam.pk).update(archived_at=datetime.now(UTC))
    assert browser.task_values(teas)["product"] == ["Earl Grey (TEA-EARL)"]
    assert browser.task_values(f"{COUNT}?place={shelf.pk}")["product"] == ["Earl Grey (TEA-EARL)"]


def test_a_line_whose_product_was_archived_meanwhile_says_so(browser, teas, assam):
    values = browser.task_values(teas)
    Product.objects.filter(pk=assam.pk).update(archived_at=datetime.now(UTC))
    response = browser.client.post(teas, values | {"counted": ["9", "9"]})
    assert response.status_code == 400
    said = re.findall(r'<p class="error" id="error-0">(.*?)</p>', unescape(response.text))
    assert said == ['"Assam (TEA-ASSAM)" is not in the name, SKU or barcode of any product.']


@all_cases(("counted", "left"), [("6", {"": 1, "L1": 5}), ("5", {"L1": 5}), ("3", {"L1": 3}), ("9", {"": 4, "L1": 5})])
def test_goods_in_a_lot_and_without_one_at_a_place_are_one_line(browser, alice, earl, shelf, counted, left):
    put_away(earl, 5, location=shelf, lot=Lot.objects.create(owner=alice, product=earl, code="L1"))
    put_away(earl, 3, location=shelf)
    address = f"{COUNT}?place={shelf.pk}"
    page = browser.get_page(address)
    assert (read_task(page)["lot"], '<span class="beside">8</span>' in page) == ([""], True)
    review = browser.send_task(address, counted=[counted])
    assert browser.client.post(address, read_task(review.text)).status_code == 303
    assert {held.lot.code if held.lot else "": held.quantity for held in Holding.objects.select_related("lot")} == left


def test_a_blind_count_hides_what_is_expected(browser, teas):
    page = browser.get_page(f"{teas}&blind=on")
    assert '<span class="beside">' not in page
    assert 'name="blind" checked' in page


def test_the_differences_are_shown_before_anything_is_booked(browser, teas):
    response = browser.send_task(teas, counted=["9", "12"])
    assert response.status_code == 200
    assert "2 products counted." in response.text
    assert read_differences(response) == [("Earl Grey", "9", "12", "+3")]
    assert nothing_is_counted()


def test_the_button_below_the_differences_books_them(browser, teas):
    review = read_task(browser.send_task(teas, counted=["7", "12"], note="autumn").text)
    assert (review["counted"], review["note"], review["book"]) == (["7", "12"], ["autumn"], ["yes"])
    response = browser.client.post(teas, review)
    assert list_quantities() == {"Assam": 7, "Earl Grey": 12}
    booked = Operation.objects.latest("pk")
    assert (booked.reason, booked.note) == ("count", "autumn")
    assert response.headers["Location"] == f"/api/stock/operations/{booked.pk}/"
    assert read_message(browser, response) == "Counted: 2 differences are saved."


def test_what_is_not_counted_stays_as_it_is(browser, teas):
    review = read_task(browser.send_task(teas, counted=["", "12"]).text)
    assert review["product"] == ["Earl Grey (TEA-EARL)"]
    assert browser.client.post(teas, review).status_code == 303
    assert list_quantities() == {"Assam": 9, "Earl Grey": 12}


def test_nothing_counted_is_told(browser, teas):
    response = browser.send_task(teas)
    assert response.status_code == 400
    assert find_refusals(response) == ["Nothing is counted yet."]


@pytest.mark.quick
def test_a_count_without_differences_says_so_and_writes_down_that_it_was_counted(browser, earl):
    review = browser.send_task(f"{COUNT}?back={earl.pk}", {"product": "earl", "counted": "9"})
    assert "Nothing differs." in review.text
    response = browser.client.post(f"{COUNT}?back={earl.pk}", read_task(review.text))
    assert response.headers["Location"] == f"/api/products/{earl.pk}/"
    assert read_message(browser, response) == "Counted: nothing differs."
    earl.refresh_from_db()
    assert earl.last_counted_at is not None


def test_a_place_is_counted_apart_from_the_rest_of_the_stock(browser, earl, shelf):
    put_away(earl, 4, location=shelf)
    address = f"{COUNT}?place={shelf.pk}"
    review = browser.send_task(address, counted=["3"])
    assert read_differences(review) == [("Earl Grey", "4", "3", "−1")]
    assert browser.client.post(address, read_task(review.text)).status_code == 303
    assert Holding.objects.get().quantity == 3
    assert list_quantities() == {"Earl Grey": 8}


@all_cases(("named", "expected"), [("Nothing", "5"), ("None", "0")])
def test_what_is_at_no_place_is_compared_unless_a_place_is_named_none(browser, alice, earl, shelf, named, expected):
    make_location(alice, named)
    put_away(earl, 4, location=shelf)
    review = browser.send_task(COUNT, {"product": "earl", "counted": "7", "location": "none"})
    assert read_differences(review) == [("Earl Grey", expected, "7", f"+{7 - int(expected)}")]


def test_the_time_of_each_number_is_kept(browser, earl):
    line = {"product": "earl", "counted": "4", "counted_at": "2026-11-01T10:00:00Z"}
    review = browser.send_task(COUNT, line)
    assert read_task(review.text)["counted_at"][0] == "2026-11-01T10:00:00Z"


def test_a_count_that_a_later_one_has_overtaken_is_told(browser, as_alice, earl):
    as_alice.post("/api/stock/counts/", {"lines": [{"product": earl.pk, "counted": 8}]})
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    review = browser.send_task(COUNT, {"product": "earl", "counted": "4", "counted_at": an_hour_ago})
    response = browser.client.post(COUNT, read_task(review.text))
    assert read_message(browser, response) == (
        "1 count changed nothing, because a later count of the same goods is saved already."
    )
    assert list_quantities() == {"Earl Grey": 8}


def test_a_count_with_a_difference_tells_of_an_overtaken_line_too(browser, as_alice, teas):
    earl = Product.objects.get(name="Earl Grey")
    as_alice.post("/api/stock/counts/", {"lines": [{"product": earl.pk, "counted": 9}]})
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    review = browser.send_task(teas, counted=["7", "4"], counted_at=[an_hour_ago, an_hour_ago])
    response = browser.client.post(teas, read_task(review.text))
    assert read_message(browser, response) == (
        "Counted: 1 difference is saved."
        " 1 count changed nothing, because a later count of the same goods is saved already."
    )


def test_what_was_sold_after_the_review_is_not_lost(browser, as_alice, earl):
    review = read_task(browser.send_task(COUNT, {"product": "earl", "counted": "9"}).text)
    as_alice.post("/api/stock/", {"product": earl.pk, "movement_type": "OUT", "quantity": 2})
    assert browser.client.post(COUNT, review).status_code == 303
    assert Movement.objects.filter(product=earl, operation__reason="count").count() <= 1


def test_a_number_without_a_product_is_refused_at_its_line(browser, earl):
    response = browser.send_task(COUNT, {"counted": "4"})
    assert response.status_code == 400
    assert find_cell_errors(response, "product")
    assert nothing_is_counted()


def test_a_product_without_a_number_is_refused_at_its_cell(browser, earl, assam):
    response = browser.send_task(COUNT, {"product": "earl", "counted": "4"}, {"product": "assam"})
    assert response.status_code == 400
    assert find_cell_errors(response, "counted", 1) == ["Enter a whole number."]


@all_cases("text", ["many", "−1", "0.5", "9" * 400])
def test_a_text_that_is_no_number_is_refused_at_its_cell(browser, earl, text):
    response = browser.send_task(COUNT, {"product": "earl", "counted": text}, book="yes")
    assert response.status_code == 400
    assert find_cell_errors(response, "counted")
    assert nothing_is_counted()


def test_a_refused_count_of_a_category_keeps_its_products_and_numbers(browser, teas):
    response = browser.send_task(teas, counted=["many", "12"], book="yes")
    assert response.status_code == 400
    values = read_task(response.text)
    assert (values["product"], values["counted"]) == (["Assam (TEA-ASSAM)", "Earl Grey (TEA-EARL)"], ["many", "12"])
    assert '<p class="line-title">Assam' in response.text


def test_an_ambiguous_name_offers_its_matches_before_the_review(browser, earl, assam):
    response = browser.send_task(COUNT, {"product": "tea", "counted": "4"})
    assert response.status_code == 400
    assert "data-choose" in response.text


def test_the_page_of_a_place_and_that_of_a_product_lead_to_their_counts(browser, earl, shelf):
    put_away(earl, 4, location=shelf)
    assert f'href="{COUNT}?place={shelf.pk}"' in browser.get_page(f"/api/locations/{shelf.pk}/")
    values = browser.task_values(f"{COUNT}?product={earl.pk}")
    assert values["product"][0] == "Earl Grey (TEA-EARL)"


def test_the_choice_of_what_to_count_names_places_and_categories(browser, tea, shelf):
    page = browser.get_page(COUNT)
    assert f'<option value="{shelf.pk}">Shelf</option>' in page
    assert f'<option value="{tea.pk}">Tea</option>' in page


def test_a_product_whose_name_has_markup_is_shown_as_text(browser, alice):
    make_product(alice, "<b>Cup", 3)
    response = browser.send_task(COUNT, {"product": "cup", "counted": "4"})
    assert read_differences(response) == [("&lt;b&gt;Cup", "3", "4", "+1")]


def test_a_place_with_a_number_as_its_name_is_counted(browser, alice, earl, shelf):
    number = make_location(alice, str(shelf.pk))
    put_away(earl, 4, location=number)
    address = f"{COUNT}?place={number.pk}"
    assert browser.task_values(address)["location"] == [number.name]
    review = browser.send_task(address, counted=["3"])
    assert read_differences(review) == [("Earl Grey", "4", "3", "−1")]


def test_a_lot_is_compared_with_what_is_held_of_it(browser, alice, earl, shelf):
    lot = Lot.objects.create(owner=alice, product=earl, code="H20")
    put_away(earl, 4, location=shelf)
    put_away(earl, 2, location=shelf, lot=lot)
    review = browser.send_task(COUNT, {"product": "earl", "counted": "3", "lot": "h20"})
    assert read_differences(review) == [("Earl Grey", "2", "3", "+1")]


def test_a_count_takes_as_many_statements_for_many_products_as_for_one(browser, alice, shelf):
    counts, address = [], f"{COUNT}?place={shelf.pk}"
    for number in (1, 20):
        for n in range(number):
            put_away(make_product(alice, f"P{number} {n}", 5), 2, location=shelf)
        with CaptureQueriesContext(connection) as captured:
            values = browser.task_values(address)
            response = browser.client.post(address, values | {"counted": ["3"] * len(values["counted"])})
        assert len(read_differences(response)) == len(values["counted"])
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_differences_have_their_value_for_who_sees_costs(browser, alice, bob, earl):
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    make_product(alice, "Pot", 8, sku="POT", cost_price="1.50")
    lines = [{"product": "POT", "counted": "5"}, {"product": "earl", "counted": "8"}]
    page = browser.send_task(COUNT, *lines).text
    assert re.findall(r'data-title="Value">(.*?)</td>', page) == ["−4.50 EUR", "0.00 EUR"]
    assert "−4.50 EUR</td></tr></tfoot>" in page
    assert 'data-title="Value"' not in Browser(bob).send_task(COUNT, *lines).text
