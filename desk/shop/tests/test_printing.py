"""Labels: the page answers the sheet."""

import pytest

from desk.shop.tests.reading import find_cell_errors
from testing.cast.people import make_product
from testing.reading.browser import Browser, read_task

pytestmark = pytest.mark.needs("labels")

LABELS = "/shop/labels/"


def test_the_page_answers_the_sheet_each_time_that_the_form_is_sent(browser, earl, assam):
    values = browser.task_values(LABELS) | {"product": ["earl", "assam"], "copies": ["2", "1"]}
    for _ in range(2):
        response = browser.client.post(LABELS, values)
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.text.count("<use") == 3
        assert '<form class="task' not in response.text


def test_the_products_that_a_list_sends_are_filled_in(browser, earl, assam):
    values = browser.task_values(f"{LABELS}?product={earl.pk}&product={assam.pk}")
    assert values["product"][:2] == ["Earl Grey (TEA-EARL)", "Assam (TEA-ASSAM)"]


@pytest.mark.quick
def test_a_refused_sheet_keeps_what_was_typed(browser, earl):
    response = browser.send_task(LABELS, {"product": "earl", "copies": "many"}, code="barcode")
    assert response.status_code == 400
    assert find_cell_errors(response, "copies")
    values = read_task(response.text)
    assert (values["product"][0], values["copies"][0], values["code"]) == ("earl", "many", ["barcode"])


def test_the_code_of_an_error_is_not_an_error_of_the_field_code(browser, earl):
    response = browser.send_task(LABELS, {"product": "earl", "copies": "999999999"})
    assert response.status_code == 400
    page = response.text.partition('id="field-code"')[2].partition("</form>")[0]
    assert page.count('<p class="error">') <= 1


def test_the_labels_of_goods_by_weight_are_counted_by_the_piece(browser, alice):
    make_product(alice, "Cheese", sku="CHEESE", unit="kg", decimals=3)
    assert browser.send_task(LABELS, {"product": "CHEESE", "copies": "2"}).text.count("<use") == 2


def test_a_worker_prints_labels(bob, earl):
    assert Browser(bob).send_task(LABELS, {"product": "earl"}).status_code == 200


def test_what_the_owner_chooses_is_the_choice_of_the_shop(browser, bob, earl):
    assert [browser.task_values(LABELS)[name] for name in ("size", "code")] == [["57x32"], ["auto"]]
    browser.send_task(LABELS, {"product": "earl"}, size="38x25", code="qr")
    worker = Browser(bob)
    assert [worker.task_values(LABELS)[name] for name in ("size", "code")] == [["38x25"], ["qr"]]
    worker.send_task(LABELS, {"product": "earl"}, size="70x36", code="qr")
    assert browser.task_values(LABELS)["size"] == ["38x25"]


def test_the_choice_of_the_owner_is_in_the_history(browser, as_alice, earl):
    browser.send_task(LABELS, {"product": "earl"}, size="38x25", code="auto")
    browser.send_task(LABELS, {"product": "earl"}, size="38x25", code="auto")
    changes = as_alice.get("/api/changes/", {"kind": "shop"}).json()["results"]
    assert [change["changes"] for change in changes if "label_size" in change["changes"]] == [
        {"label_size": ["57x32", "38x25"]}
    ]
