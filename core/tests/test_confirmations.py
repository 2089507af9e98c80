"""The forms that change much at once name what they change, and what follows, above their button."""

import pytest
from django.test import Client

from products.models import Category
from records.events.webhooks.models import Webhook
from records.events.webhooks.tests.rows import create_webhook
from suppliers.models import Supplier
from testing.cast.orders import send_order
from testing.cast.people import make_location, make_product
from testing.reading.browser import Browser, find_form

BUTTON = '<button class="button'


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


def read_panel(browser, address, form="post-object-form"):
    """Return the page's form up to its button."""
    method = form.partition("-")[0]
    page = browser.get(find_form(address, method), headers={"Accept": "text/html"}).text
    return page.split(f'id="{form}"' if f'id="{form}"' in page else '<form class="task')[1].split(BUTTON)[0]


def test_a_reversal_lists_the_lines_that_it_books(browser, as_alice, kettle):
    sale = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}).json()
    panel = read_panel(browser, f"/api/stock/operations/{sale['operation']}/reverse/")
    assert f"the opposite of number {sale['operation']}, a sale of alice" in panel
    assert "<li>Kettle: +1, from 9 to 10 in stock</li>" in panel


def test_closing_an_order_lists_what_is_outstanding(browser, as_alice, alice):
    order = send_order(as_alice, Supplier.objects.create(owner=alice, name="Mill"), make_product(alice), quantity=5)
    panel = read_panel(browser, f"/api/purchase-orders/{order['id']}/close/")
    assert f"Order {order['id']} to Mill gets no further deliveries" in panel
    assert "<li>5 of Kettle</li>" in panel


@pytest.mark.parametrize(("model", "part"), [(Supplier, "suppliers"), (Category, "categories")])
def test_archiving_says_how_many_products_show_none_afterwards(browser, alice, model, part):
    row = model.objects.create(owner=alice, name="Acme & Sons")
    make_product(alice, **{model._meta.model_name: row})
    panel = read_panel(browser, f"/api/{part}/{row.pk}/", "delete-object-form")
    assert "Acme &amp; Sons leaves the list. It has 1 product: no" in panel


def test_archiving_a_product_and_a_location_names_them(browser, alice):
    kettle, cellar = make_product(alice, quantity=3), make_location(alice)
    panels = [
        read_panel(browser, f"/api/{part}/{row.pk}/", "delete-object-form")
        for part, row in (("products", kettle), ("items", kettle), ("locations", cellar))
    ]
    assert all("Kettle leaves all lists and sums, with 3 in stock" in panel for panel in panels[:2])
    assert "Cellar leaves the list. This is refused while something lies there." in panels[2]


def test_archiving_goods_without_stock_says_nothing_of_stock(browser, alice):
    wrap = make_product(alice, "Gift wrap", keeps_stock=False)
    for part in ("products", "items"):
        panel = read_panel(browser, f"/api/{part}/{wrap.pk}/", "delete-object-form")
        assert "Gift wrap leaves all lists, and can&#x27;t be sold or received." in panel
        assert "with 0 in stock" not in panel


def test_deactivating_a_worker_says_what_follows(browser, bob):
    panel = read_panel(browser, f"/api/users/{bob.pk}/", "delete-object-form")
    assert "bob is signed out at once and can no longer sign in" in panel


def test_erasing_a_worker_names_it_and_asks_for_nothing(browser, bob):
    panel = read_panel(browser, f"/api/users/{bob.pk}/erase/")
    assert "bob can never sign in again" in panel
    assert "<label" not in panel


def test_a_page_that_is_one_form_has_no_buttons_of_other_actions(browser, bob, as_alice, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    order = send_order(as_alice, acme, make_product(alice))
    forms = (f"users/{bob.pk}/erase", f"purchase-orders/{order['id']}/close")
    pages = [browser.get(f"/shop/form/{form}/").text for form in forms]
    assert [('<form class="task' in page, '<nav class="actions"' in page) for page in pages] == [(True, False)] * 2


def test_a_test_of_a_webhook_names_its_address(browser, alice):
    webhook = create_webhook("shop", alice)[Webhook]
    assert f"a signed test event to {webhook.url}" in read_panel(browser, f"/api/webhooks/{webhook.pk}/test/")
    page = browser.get(f"/shop/delete/webhooks/{webhook.pk}/").text
    assert f"<h1>Delete: {webhook.url}</h1>" in page


def test_the_form_of_a_missing_row_says_nothing(browser, alice):
    page = browser.get("/api/stock/operations/1/reverse/", headers={"Accept": "text/html"})
    assert (page.status_code, "This books" in page.text) == (404, False)


def test_the_message_after_archiving_has_a_button_that_restores(browser, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    visitor = Browser(alice)
    assert visitor.delete(f"/api/suppliers/{acme.pk}/").status_code == 303
    page = visitor.get_page("/api/suppliers/")
    assert "Archived the supplier." in page
    assert f'action="/api/suppliers/{acme.pk}/restore/?_back=' in page.replace("http://testserver", "")
    browser.post(f"/api/suppliers/{acme.pk}/restore/", {"_idempotency_key": "k1"}, headers={"Accept": "text/html"})
    assert Supplier.objects.live().get() == acme
