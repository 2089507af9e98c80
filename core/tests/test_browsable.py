"""The browsable API: its titles, links and forms."""

import re

import pytest
from django.template.loader import render_to_string

from core.pages.parameters import LABELS
from core.sentences import find_label
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

LISTS = {
    "/api/": "Your shop",
    "/api/suppliers/": "Suppliers",
    "/api/categories/": "Categories",
    "/api/products/": "Products",
    "/api/items/": "Items",
    "/api/users/": "People",
    "/api/users/me/": "alice",
    "/api/stock/": "Movements",
    "/api/item-changes/": "Item Changes",
    "/api/dashboard/": "Overview",
    "/api/products/alerts/": "Low and expired",
}


@all_cases("address", LISTS)
def test_a_page_has_a_title_and_links_to_the_start_page_docs_and_sign_out(browser, kettle, address):
    page = browser.get_page(address)
    assert f"<h1>{LISTS[address]}</h1>" in page
    assert f"<title>{LISTS[address]} – Inventory API</title>" in page
    assert "Django REST framework" not in page
    for link in ('href="/api/"', 'href="/api/docs/"', 'action="/api-auth/logout/'):
        assert link in page
    assert 'href="/admin/"' not in page


def test_staff_see_a_link_to_the_support_desk(alice):
    alice.is_staff = True
    alice.save(update_fields=["is_staff"])
    assert 'href="/admin/"' in Browser(alice).get_page("/api/")


def test_the_page_of_a_row_is_named_after_the_row(browser, kettle):
    page = browser.get_page(f"/api/products/{kettle.pk}/")
    assert "<h1>Kettle</h1>" in page
    assert "<title>Kettle – Inventory API</title>" in page
    assert ">Products</a>" in page


def test_a_signed_out_user_gets_a_link_to_sign_in(db):
    page = Browser().get_page("/api/products/")
    assert 'href="/api-auth/login/?next=/api/products/"' in page


def test_users_sign_in_and_out_on_the_pages(alice, settings):
    browser = Browser()
    assert "Inventory API" in browser.get_page("/api-auth/login/?next=/api/products/")
    token = browser.client.cookies["csrftoken"].value
    form = {"username": "alice", "password": "correct-horse-7", "next": "/api/products/", "csrfmiddlewaretoken": token}
    response = browser.client.post("/api-auth/login/", form)
    assert (response.status_code, response.headers["Location"]) == (302, "/api/products/")
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get_page("/api/"))[1]
    assert browser.client.post("/api-auth/logout/?next=/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert browser.client.get("/api/").status_code == 401


def test_the_sign_in_page_shows_the_password_only_in_demo_mode():
    """The test renders the template, because the route is configured when the process starts."""
    assert "tea" not in render_to_string("rest_framework/login.html", {})
    assert "tea" in render_to_string("rest_framework/login.html", {"demo_password": "tea"})


def test_refuses_a_form_without_a_csrf_token(browser):
    browser.get_page("/api/categories/")
    assert browser.client.post("/api/categories/", {"name": "Acme"}).status_code == 403
    assert not Category.objects.exists()


# --- Forms -------------------------------------------------------------------------------------------------


def test_a_form_creates_and_changes_a_supplier(browser):
    assert browser.post("/api/suppliers/", name="Acme", contact_email="a@example.org").status_code == 303
    supplier = Supplier.objects.get()
    assert browser.put(f"/api/suppliers/{supplier.pk}/", name="Acme 2").status_code == 303
    supplier.refresh_from_db()
    assert (supplier.name, supplier.contact_email) == ("Acme 2", "a@example.org")


def test_a_form_creates_a_category(browser, alice):
    assert browser.post("/api/categories/", name="Kitchen").status_code == 303
    assert Category.objects.get().owner == alice


def test_a_form_creates_a_product_with_a_supplier_and_a_category(browser, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    kitchen = Category.objects.create(owner=alice, name="Kitchen")
    response = browser.send_task(
        "/shop/products/add/", name="Kettle", price="9.90", quantity="4", supplier="Acme", category="kitchen"
    )
    assert response.status_code == 303
    product = Product.objects.get()
    assert (product.quantity, product.supplier, product.category, product.min_threshold) == (4, acme, kitchen, None)


def test_a_product_needs_only_a_name_and_a_price(browser):
    assert browser.send_task("/shop/products/add/", name="Kettle", price="9.90").status_code == 303
    assert browser.post("/api/items/", name="Teapot", price="9.90").status_code == 303
    assert list(Product.objects.values_list("quantity", "supplier", "category")) == [(0, None, None)] * 2


def test_sending_an_unchanged_form_changes_nothing(browser, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    kitchen = Category.objects.create(owner=alice, name="Kitchen")
    kettle = make_product(alice, quantity=10, supplier=acme, category=kitchen, sku="K-1")
    before = Product.objects.filter(pk=kettle.pk).values().get()
    assert browser.put(f"/api/products/{kettle.pk}/").status_code == 303
    after = Product.objects.filter(pk=kettle.pk).values().get()
    assert after | {"updated_at": None} == before | {"updated_at": None}


def test_converts_the_line_ends_of_browsers(browser, alice, bob):
    assert (
        browser.send_task("/shop/products/add/", name="Kettle", price="1", description="two\r\nlines").status_code
        == 303
    )
    kettle = Product.objects.get()
    assert kettle.description == "two\nlines"
    form = {"quantity": 3, "description": "two\r\nlines"}
    assert Browser(bob).put(f"/api/products/{kettle.pk}/", **form).status_code == 303


def test_changing_the_quantity_books_a_movement(browser, kettle):
    assert browser.put(f"/api/products/{kettle.pk}/", quantity=7).status_code == 303
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (7, 2)


def test_an_outdated_form_does_not_undo_a_sale(browser, kettle, as_bob):
    form = browser.form_values(f"/api/products/{kettle.pk}/", "put")
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    response = browser.put(f"/api/products/{kettle.pk}/", **form | {"quantity": 12})
    assert response.status_code == 409
    kettle.refresh_from_db()
    assert kettle.quantity == 9


def test_a_worker_may_change_only_the_quantity(bob, kettle):
    assert Browser(bob).put(f"/api/products/{kettle.pk}/", quantity=8).status_code == 303
    assert Browser(bob).put(f"/api/products/{kettle.pk}/", name="Mine").status_code == 403


def test_a_form_creates_and_deactivates_a_worker(browser, alice):
    assert browser.post("/api/users/", username="erin", password="correct-horse-7").status_code == 303
    erin = alice.workers.get()
    assert browser.put(f"/api/users/{erin.pk}/").status_code == 303
    erin.refresh_from_db()
    assert (erin.is_active, erin.check_password("correct-horse-7")) == (True, True)
    assert browser.put(f"/api/users/{erin.pk}/", is_active="").status_code == 303
    erin.refresh_from_db()
    assert not erin.is_active


def test_a_form_shows_the_errors_of_its_fields(browser, kettle):
    response = browser.send_task("/shop/products/add/", name="", price="x")
    assert response.status_code == 400
    assert response.text.count('<p class="error">') >= 2


# --- Choices -------------------------------------------------------------------------------------------------


def test_a_form_offers_the_accounts_rows_in_alphabetical_order(browser, alice, charlie):
    for owner, name in [(alice, "Zeta"), (alice, "acme"), (charlie, "Elsewhere")]:
        Supplier.objects.create(owner=owner, name=name)
    page = browser.get_page("/shop/products/add/")
    assert page.index(">acme</option>") < page.index(">Zeta</option>")
    assert "Elsewhere" not in page


@pytest.mark.parametrize("address", ["/shop/form/products/{}/", "/shop/form/items/", "/shop/form/items/{}/"])
def test_a_form_of_a_large_account_has_a_text_field_for_the_id(browser, alice, kettle, address):
    for model in (Supplier, Category):
        model.objects.bulk_create([model(owner=alice, name=f"Number {number}") for number in range(150)])
    page = browser.get_page(address.format(kettle.pk))
    assert page.count("<option") < 30
    assert '<input name="category"' in page
    assert "A new name adds a category." in page


def test_a_form_of_a_large_account_accepts_ids_and_names(browser, alice):
    Supplier.objects.bulk_create([Supplier(owner=alice, name=f"Number {number}") for number in range(150)])
    Category.objects.bulk_create([Category(owner=alice, name=f"Number {number}") for number in range(150)])
    last = Supplier.objects.order_by("id").last()
    response = browser.send_task(
        "/shop/products/add/", name="Kettle", price="1", supplier=last.name, category="Brand new"
    )
    assert response.status_code == 303
    product = Product.objects.get()
    assert (product.supplier, product.category.name) == (last, "Brand new")
    assert browser.put(f"/api/products/{product.pk}/").status_code == 303


@all_cases("address", ["/api/products/", "/api/users/events/", "/api/stock/", "/api/item-changes/"])
def test_filters_have_the_labels_of_the_fields_with_their_names(browser, kettle, address):
    page = browser.get_page(address)
    filters = page.partition('id="filters"')[2].partition("</form>")[0]
    names = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', filters)
    assert names
    names = [name for name in names if name != "search"]  # its words are in its attributes
    assert browser.client.get(address, dict.fromkeys(names, "")).status_code == 200
    words = {name: LABELS.get(name) or find_label(None, name) for name in names}
    assert all(f'<label for="parameter-{name}">{words[name]}</label>' in filters for name in names)


# --- Example bodies and links --------------------------------------------------------------------------------


@all_cases("address", ["/api/suppliers/", "/api/products/", "/api/stock/operations/", "/api/stock/counts/"])
def test_a_json_form_contains_the_example_of_the_schema(browser, schema, address):
    examples = schema["paths"][address]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert browser.prepared_json(browser.get_page(address)) == examples["Example"]["value"]


def test_the_json_form_of_a_row_contains_the_row(browser, kettle):
    assert browser.prepared_json(browser.get_page(f"/api/products/{kettle.pk}/"))["name"] == "Kettle"


@all_cases("address", ["/api/products/", "/api/items/", "/api/stock/", "/api/stock/operations/"])
def test_a_list_links_to_its_rows(browser, kettle, address):
    [row] = set(re.findall(rf'<a href="({address}[0-9]+/)">', browser.get_page(address)))
    assert browser.client.get(row).status_code == 200


def test_a_log_whose_rows_have_no_pages_has_no_links(browser, kettle):
    assert not re.findall(r'href="/api/item-changes/[0-9]', browser.get_page("/api/item-changes/"))


def test_a_page_does_not_link_to_itself(browser, kettle):
    assert 'class="button" href="/api/products/import/"' in browser.get_page("/api/products/")
    assert 'class="button" href="/api/products/import/"' not in browser.get_page("/api/products/import/")
    assert '<li><a href="/api/products/alerts/"' in browser.get_page("/api/products/")
    assert '<li><a href="/api/products/alerts/"' not in browser.get_page("/api/products/alerts/")


def test_restore_has_an_empty_form_and_import_a_form_for_a_file(browser, kettle):
    form = browser.form_values(f"/api/products/{kettle.pk}/restore/", "post")
    assert form.keys() == {"csrfmiddlewaretoken", "_idempotency_key"}
    page = browser.get_page("/api/products/import/")
    assert re.search(r'<input name="file"[^>]* type="file"', page)
    assert "<textarea" not in page


# --- Pages that are only a form ---------------------------------------------------------------------------


@all_cases("address", ["/api/account/hand-over/", "/api/auth/password/"])
def test_a_page_that_is_only_a_form_is_no_error_for_people(browser, as_alice, address):
    assert browser.client.get(address).status_code == 200
    assert as_alice.get(address).status_code == 405


PUBLIC_PAGES = {
    "/api/auth/register/": ["/accounts/signup/"], "/api/register/": ["/accounts/signup/"],
    "/api/auth/login/": ["/api-auth/login/"], "/api/login/": ["/api-auth/login/"],
    "/api/auth/refresh/": [], "/api/token/refresh/": [],
    "/api/auth/password/reset/": ["/accounts/password/reset/"],
    "/api/auth/password/reset/confirm/": ["/accounts/password/reset/"],
    "/api/auth/email/confirm/": [], "/api/auth/passkey/": [], "/api/auth/passkey/options/": [],
}  # fmt: skip


@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.parametrize(("address", "links"), PUBLIC_PAGES.items())
def test_a_public_route_links_to_the_page_for_people_and_has_json_for_programmers(alice, address, links, is_signed_in):
    page = Browser(alice if is_signed_in else None).client.get(address)
    people, _, developers = page.text.partition("<main")[2].partition('<details class="developers"')
    assert page.status_code == 200
    assert re.findall(r'<a class="button" href="([^"]*)"', people) == links
    assert "<form" not in people
    assert f'<form action="{address}" data-method="POST">' in developers


@all_cases("address", ["/api/auth/register/", "/api/auth/password/reset/"])
def test_a_public_route_has_no_link_to_a_page_that_is_switched_off(settings, address):
    settings.SIGNUP_OPEN = settings.MAIL_ON = False
    assert '<a class="button"' not in Browser().get_page(address).partition("<main")[2]


def test_a_form_of_a_public_route_is_answered_by_a_page_that_names_what_is_wrong(db):
    refused = Browser().client.post("/api/register/", {"username": "erin"})
    assert refused.status_code == 400
    assert "<p><code>password: This field is required.</code></p>" in refused.text
    made = Browser().client.post("/api/register/", {"username": "erin", "password": "long-enough-9"})
    assert made.status_code == 201
    assert "&quot;username&quot;: &quot;erin&quot;" in made.text


def test_others_get_no_form_to_end_tokens_and_developers_have_it_as_json(alice, bob):
    bob.developer = False
    bob.save(update_fields=["developer"])
    mine, others = (Browser(user).get_page("/api/auth/logout/").partition("<main")[2] for user in (alice, bob))
    assert ("POST as JSON" in mine, "<form" in others) == (True, False)


def test_a_worker_gets_no_links_to_what_it_may_not_read(alice, bob):
    for user, number in ((alice, 1), (bob, 0)):
        page = Browser(user).get_page("/api/")
        assert page.count('href="http://testserver/api/reports/margins/"') == number
        assert "http://testserver/api/reports/margins/" in page
