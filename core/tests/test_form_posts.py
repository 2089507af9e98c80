"""Forms of the pages: their words, their keys, and the redirect, message and undo after success."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

from idempotency.models import IdempotencyKey
from products.models import Product
from stock.models import Movement, Operation
from suppliers.models import Supplier
from testing.browser import HTML, Browser
from testing.cast import client_of, make_product
from testing.routes import list_api_routes

KEY = "_idempotency_key"
FORM_ACTIONS = {"POST": "post", "PUT": "put", "DELETE": "delete"}
BUTTONS = {
    "/api/suppliers/": "Add supplier",
    "/api/categories/": "Add category",
    "/api/users/": "Add worker",
}


@pytest.fixture
def browser(alice):
    return Browser(alice)


@pytest.fixture
def sale(browser, kettle):
    """Send the form of a sale at most twice, with the same key."""
    address = f"/api/stock/?_product={kettle.pk}&_movement_type=OUT"
    form = browser.form_values(address, "post") | {"quantity": 3}
    return lambda **changed: browser.client.post("/api/stock/", form | changed)


def read_key(response):
    """Return the key of the form on the page."""
    return re.search(rf'name="{KEY}"[^>]* value="([^"]+)"', response.text)[1]


def find_actions(route):
    """Return the actions that forms of the route's pages send, or the methods of a view without actions."""
    actions = getattr(resolve(route.address_for(1)).func, "actions", None) or {}
    return {actions.get(name, name) for method, name in FORM_ACTIONS.items() if method in route.methods}


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", BUTTONS)
def test_buttons_name_what_they_do_and_methods_are_for_developers(browser, address):
    people, _, developers = browser.client.get(address).text.partition('<details class="developers"')
    form = people.partition('id="post-object-form"')[2].partition("</form>")[0]
    assert f">{BUTTONS[address]}</button>" in form
    assert "POST</b>" not in people
    assert "POST as JSON" in developers


def test_a_row_is_saved_and_archived(browser, kettle):
    people, _, developers = browser.get_page(f"/api/products/{kettle.pk}/").partition('<details class="developers"')
    assert ">Save</button>" in people
    assert ">Archive</button>" in people
    assert "PUT as JSON" in developers


def test_every_form_has_its_words():
    verbs = {(route.name, action) for route in list_api_routes() for action in getattr(route.view, "verbs", {})}
    forms = {(route.name, action) for route in list_api_routes() for action in find_actions(route)}
    assert forms - verbs == set()


# --- Keys ------------------------------------------------------------------------------------------------------------


def test_each_page_has_a_new_key(browser):
    keys = {browser.form_values("/api/stock/", "post")[KEY] for _ in range(3)}
    assert len(keys) == 3


def test_a_form_that_is_sent_twice_books_once_and_leads_to_the_same_page(sale, kettle):
    first, second = sale(), sale()
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"] == f"/api/products/{kettle.pk}/"
    assert Movement.objects.filter(movement_type="OUT").count() == 1
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_form_that_is_sent_again_says_that_nothing_was_done_again(sale, browser):
    browser.get_page(sale().headers["Location"])
    page = browser.get_page(sale().headers["Location"])
    assert "<p>This form was sent before, so nothing was done again. The first time: Sold 3 of Kettle" in page


def test_another_csrf_token_is_the_same_form(sale, browser):
    sale()
    token = browser.form_values("/api/stock/", "post")["csrfmiddlewaretoken"]
    assert sale(csrfmiddlewaretoken=token).status_code == 303
    assert Movement.objects.filter(movement_type="OUT").count() == 1


def test_a_changed_form_with_the_same_key_is_refused_and_gets_a_new_key(sale):
    sale()
    refused = sale(quantity=4)
    assert refused.status_code == 422
    assert re.search(r'<input name="quantity"[^>]* value="4"', refused.text)
    assert sale(quantity=4, **{KEY: read_key(refused)}).status_code == 303


def test_a_changed_form_with_the_same_key_says_what_happened_and_what_to_do(sale):
    sale()
    page = sale(quantity=4).text
    assert "This form was sent before, with other values. Those were saved; these were not." in page
    assert "Send a new key" not in page.partition('<details class="developers"')[0]


def test_a_refused_form_does_not_use_up_its_key(sale):
    assert sale(quantity=99).status_code == 400
    assert sale().status_code == 303


def test_a_refused_form_is_shown_with_its_key(sale):
    assert read_key(sale(quantity=99, **{KEY: "k-1"})) == "k-1"


@pytest.mark.parametrize("key", ["é", "x" * 256])
def test_a_form_with_a_malformed_key_is_shown_with_a_new_one(sale, key):
    assert sale(**{KEY: read_key(sale(**{KEY: key}))}).status_code == 303


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_refuses_a_malformed_key(sale, key):
    assert sale(**{KEY: key}).status_code == 400
    assert not Movement.objects.filter(movement_type="OUT").exists()


def test_refuses_a_file_in_place_of_a_key(sale):
    assert sale(**{KEY: SimpleUploadedFile("key", b"x")}).status_code == 400
    assert not Movement.objects.filter(movement_type="OUT").exists()


def test_the_header_comes_before_the_field(browser, kettle):
    form = browser.form_values("/api/suppliers/", "post") | {"name": "Acme"}
    browser.client.post("/api/suppliers/", form, headers={"Idempotency-Key": "mine"})
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["mine"]


def test_a_program_has_no_key_in_its_form(alice):
    for name in ("Acme", "Brown"):
        form = {"name": name, KEY: "k-1"}
        assert client_of(alice).post("/api/suppliers/", form, format="multipart").status_code == 201
    assert Supplier.objects.count() == 2


def test_the_key_is_no_unknown_field(browser):
    form = browser.form_values("/api/suppliers/", "post") | {"name": "Acme"}
    assert "Ignored-Fields" not in browser.client.post("/api/suppliers/", form).headers


# --- After success ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "fields", "page", "message"),
    [
        ("/api/suppliers/", {"name": "Acme & Sons"}, "/api/suppliers/{}/", "Added Acme & Sons."),
        ("/api/categories/", {"name": "Tea"}, "/api/categories/{}/", "Added Tea."),
        ("/api/products/", {"name": "Cup", "price": "1"}, "/api/products/{}/", "Added Cup."),
        ("/api/items/", {"name": "Cup", "price": "1"}, "/api/items/{}/", "Added Cup."),
        ("/api/users/", {"username": "erin", "password": "correct-horse-7"}, "/api/users/{}/", "Added erin."),
    ],
)
def test_a_new_row_is_shown_with_a_message_once(browser, address, fields, page, message):
    response = browser.post(address, **fields)
    found = re.fullmatch(page.format("([0-9]+)"), response.headers["Location"])
    assert (response.status_code, response.content) == (303, b"")
    assert f"<p>{message}</p>" in html.unescape(browser.get_page(page.format(found[1])))
    assert 'class="message"' not in browser.get_page(page.format(found[1]))


def test_a_sale_offers_to_undo_it(sale, browser, kettle):
    page = browser.get_page(sale().headers["Location"])
    assert "Sold 3 of Kettle: 7 in stock." in page
    form = page.partition('<div class="message">')[2].partition("</form>")[0]
    address = re.search(r'action="([^"]+)"', form)[1]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', form))
    assert fields.keys() == {"csrfmiddlewaretoken", KEY}
    answers = [browser.client.post(address, fields) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {
        f"/api/stock/operations/{Operation.objects.last().pk}/"
    }
    kettle.refresh_from_db()
    assert kettle.quantity == 10
    assert "Reversed operation" in browser.get_page(answers[0].headers["Location"])


def test_messages_belong_to_the_browser_that_booked(alice, bob, kettle):
    first, second, worker = Browser(alice), Browser(alice), Browser(bob)
    sold = {"product": kettle.pk, "movement_type": "OUT"}
    addresses = [
        one.post("/api/stock/", **sold, quantity=number).headers["Location"]
        for number, one in enumerate((first, second, worker), start=1)
    ]
    for number, (one, address) in enumerate(zip((first, second, worker), addresses, strict=True), start=1):
        page = one.get_page(address)
        assert page.count('class="message"') == 1
        assert f"Sold {number} of Kettle" in page
        assert (">Undo</button>" in page) is (one is not worker)
        assert 'class="message"' not in one.get_page(address)


def test_a_worker_is_not_offered_to_undo(bob, kettle):
    browser = Browser(bob)
    response = browser.post("/api/stock/", product=kettle.pk, movement_type="OUT", quantity=3)
    page = browser.get_page(response.headers["Location"])
    assert "Sold 3 of Kettle" in page
    assert ">Undo</button>" not in page


def test_a_count_leads_to_its_operation_or_to_the_product(browser, kettle):
    counted = {"lines[0]product": kettle.pk, "lines[0]counted": 9}
    booked = browser.client.post("/api/stock/counts/", count_form(browser) | counted)
    assert booked.headers["Location"] == f"/api/stock/operations/{Operation.objects.latest('pk').pk}/"
    unchanged = browser.client.post("/api/stock/counts/", count_form(browser) | counted)
    assert unchanged.headers["Location"] == f"/api/products/{kettle.pk}/"
    assert "Counted: nothing differs." in browser.get_page(unchanged.headers["Location"])


def count_form(browser):
    page = browser.client.get("/api/stock/counts/").text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_a_restored_product_is_shown(browser, kettle):
    Product.objects.filter(pk=kettle.pk).update(archived_at="2026-01-01T00:00:00Z")
    browser.get_page("/api/products/")
    form = {"csrfmiddlewaretoken": browser.client.cookies["csrftoken"].value}
    response = browser.client.post(f"/api/products/{kettle.pk}/restore/", form)
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/products/{kettle.pk}/")


def test_saving_and_archiving_leave_a_message(browser, kettle):
    browser.put(f"/api/products/{kettle.pk}/", name="Pot")
    assert "<p>Saved Pot.</p>" in browser.get_page("/api/products/")
    token = browser.client.cookies["csrftoken"].value
    browser.client.delete(f"/api/products/{kettle.pk}/", headers=HTML | {"X-CSRFToken": token})
    assert "<p>Archived: the history stays" in browser.get_page("/api/products/")


# --- Programs --------------------------------------------------------------------------------------------------------


def test_a_form_that_asks_for_json_gets_the_row(browser, alice):
    form = browser.form_values("/api/suppliers/", "post") | {"name": "Acme"}
    response = browser.client.post("/api/suppliers/", form, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["name"]) == (201, "Acme")


def test_json_of_a_page_gets_the_row_on_a_page(browser):
    browser.get_page("/api/suppliers/")
    headers = HTML | {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    response = browser.client.post("/api/suppliers/", {"name": "Acme"}, "application/json", headers=headers)
    assert response.status_code == 201
    assert "&quot;name&quot;: &quot;Acme&quot;" in response.text


def test_a_form_with_a_token_gets_the_row_on_a_page(alice):
    make_product(alice, "Cup", 3)
    response = client_of(alice).post("/api/suppliers/", {"name": "Acme"}, format="multipart", headers=HTML)
    assert response.status_code == 201
