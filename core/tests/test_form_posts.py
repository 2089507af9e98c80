"""Forms of the pages: their words, their keys, and the redirect, message and undo after success."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import resolve

from core.http.renderers import JSONRenderer
from products.models import Product
from records.idempotency.models import IdempotencyKey
from testing.cast.people import client_of, make_product
from testing.laws.routes import list_api_routes
from testing.reading.browser import HTML
from testing.tables import all_cases

KEY = "_idempotency_key"
FORM_ACTIONS = {"POST": "post", "PUT": "put", "DELETE": "delete"}


@pytest.fixture
def add(browser):
    """Send the form of a new item with the same key each time."""
    form = browser.form_values("/api/items/", "post") | {"name": "Acme", "price": "1"}
    return lambda **changed: browser.client.post("/api/items/", form | changed)


def read_key(response):
    """Return the key of the form on the page."""
    return re.search(rf'name="{KEY}"[^>]* value="([^"]+)"', response.text)[1]


def find_actions(route):
    """Return the actions that forms of the route's pages send, or the methods of a view without actions."""
    view = resolve(route.address_for(1)).func
    if getattr(view, "initkwargs", {}).get("renderer_classes", route.view.renderer_classes) == [JSONRenderer]:
        return set()
    actions = getattr(view, "actions", None) or {}
    found = {actions.get(name, name) for method, name in FORM_ACTIONS.items() if method in route.methods}
    return found - set(getattr(route.view, "forms_elsewhere", ()))


# --- Words -----------------------------------------------------------------------------------------------------------


def test_developers_of_a_row_with_form_pages_send_json(browser, kettle):
    people, _, developers = browser.get_page(f"/api/products/{kettle.pk}/").partition('<details class="developers"')
    assert ">Edit</a>" in people
    assert "PUT as JSON" in developers


def test_every_form_has_its_words():
    verbs = {(route.name, action) for route in list_api_routes() for action in getattr(route.view, "verbs", {})}
    forms = {(route.name, action) for route in list_api_routes() for action in find_actions(route)}
    assert forms - verbs == set()


# --- Keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_each_button_of_a_page_sends_the_token_and_its_own_key():
    actions = [{"title": title, "address": "/", "posts": True, "values": {}} for title in ("Undo", "Send")]
    page = render_to_string("pages/actions.html", {"actions": actions, "undo_key": "k", "csrf_token": "secret"})
    keys = re.findall(f'name="{KEY}" value="([^"]+)"', page)
    assert len({*keys}) == page.count('name="csrfmiddlewaretoken" value="secret"') == 2


def test_each_page_has_a_new_key(browser):
    keys = {browser.form_values("/api/items/", "post")[KEY] for _ in range(3)}
    assert len(keys) == 3


def test_a_form_that_is_sent_twice_books_once_and_leads_to_the_same_page(add):
    first, second = add(), add()
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"] == f"/api/items/{Product.objects.get().pk}/"
    assert Product.objects.count() == 1
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_form_that_is_sent_again_says_that_nothing_was_done_again(add, browser):
    browser.get_page(add().headers["Location"])
    page = browser.get_page(add().headers["Location"])
    assert "<p>This form was sent before, so nothing was done again. The first time: Added Acme" in page


def test_another_csrf_token_is_the_same_form(add, browser):
    add()
    token = browser.form_values("/api/items/", "post")["csrfmiddlewaretoken"]
    assert add(csrfmiddlewaretoken=token).status_code == 303
    assert Product.objects.count() == 1


@pytest.mark.quick
def test_a_changed_form_with_the_same_key_says_what_happened_and_what_to_do(add):
    add()
    page = add(name="Brown").text
    assert "This form was sent before, with other values. Those were saved; these were not." in page
    assert "Send a new key" not in page.partition('<details class="developers"')[0]


def test_a_refused_form_does_not_use_up_its_key(add):
    assert add(name="").status_code == 400
    assert add().status_code == 303


@all_cases("key", ["", "x" * 256, "é"])
def test_refuses_a_malformed_key(add, key):
    assert add(**{KEY: key}).status_code == 400
    assert not Product.objects.exists()


def test_refuses_a_file_in_place_of_a_key(add):
    assert add(**{KEY: SimpleUploadedFile("key", b"x")}).status_code == 400
    assert not Product.objects.exists()


def test_the_header_comes_before_the_field(browser, kettle):
    form = browser.form_values("/api/items/", "post") | {"name": "Acme", "price": "1"}
    browser.client.post("/api/items/", form, headers={"Idempotency-Key": "mine"})
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["mine"]


def test_a_program_has_no_key_in_its_form(alice):
    for name in ("Acme", "Brown"):
        form = {"name": name, "price": "1", KEY: "k-1"}
        assert client_of(alice).post("/api/items/", form, format="multipart").status_code == 201
    assert Product.objects.count() == 2


def test_the_key_is_no_unknown_field(browser):
    form = browser.form_values("/api/items/", "post") | {"name": "Acme", "price": "1"}
    assert "Ignored-Fields" not in browser.client.post("/api/items/", form).headers


# --- After success ---------------------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.parametrize(
    ("address", "fields", "page", "message"),
    [
        ("/api/items/", {"name": "Cup", "price": "1"}, "/api/items/{}/", "Added Cup."),
    ],
)
def test_a_new_row_is_shown_with_a_message_once(browser, address, fields, page, message):
    response = browser.post(address, **fields)
    found = re.fullmatch(page.format("([0-9]+)"), response.headers["Location"])
    assert (response.status_code, response.content) == (303, b"")
    assert f"<p>{message}</p>" in html.unescape(browser.get_page(page.format(found[1])))
    assert 'class="message"' not in browser.get_page(page.format(found[1]))


def test_a_restored_product_is_shown(browser, kettle):
    Product.objects.filter(pk=kettle.pk).update(archived_at="2026-01-01T00:00:00Z")
    browser.get_page("/api/products/")
    form = {"csrfmiddlewaretoken": browser.client.cookies["csrftoken"].value}
    response = browser.client.post(f"/api/products/{kettle.pk}/restore/", form)
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/products/{kettle.pk}/")


def test_saving_and_archiving_leave_a_message(browser, kettle):
    browser.put(f"/api/products/{kettle.pk}/", name="Pot")
    assert "<p>Saved Pot.</p>" in browser.get_page("/api/products/")
    browser.delete(f"/api/products/{kettle.pk}/")
    assert "<p>Archived: the history stays" in browser.get_page("/api/products/")


# --- Programs --------------------------------------------------------------------------------------------------------


def test_a_form_that_asks_for_json_gets_the_row(browser, alice):
    form = browser.form_values("/api/items/", "post") | {"name": "Acme", "price": "1"}
    response = browser.client.post("/api/items/", form, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["name"]) == (201, "Acme")


def test_json_of_a_page_gets_the_row_on_a_page(browser):
    browser.get_page("/api/items/")
    headers = HTML | {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    response = browser.client.post("/api/items/", {"name": "Acme", "price": "1"}, "application/json", headers=headers)
    assert response.status_code == 201
    assert "&quot;name&quot;: &quot;Acme&quot;" in response.text


def test_a_form_with_a_token_gets_the_row_on_a_page(alice):
    make_product(alice, "Cup", 3)
    response = client_of(alice).post("/api/items/", {"name": "Acme", "price": "1"}, format="multipart", headers=HTML)
    assert response.status_code == 201
