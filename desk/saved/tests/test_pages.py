"""The pages of saved views: the tabs above a list, the link that saves what is on the screen, and the form."""

import html
import re

import pytest

from core.ownership import save_fields
from desk.saved.models import SavedView
from desk.shop.tests.reading import find_refusals
from testing.browser import Browser
from testing.cast import make_product

LIST = "/api/products/"
SHOWN = f"{LIST}?low_stock=true&ordering=-name&columns=sku,name&page=1&search="


@pytest.fixture
def products(alice):
    return [make_product(alice, name, quantity=2, min_threshold=5) for name in ("Kettle", "Teapot")]


def find_link(page, title):
    found = re.search(rf'<a class="button[^"]*" href="([^"]*)"[^>]*>{title}</a>', page)
    return html.unescape(found[1]) if found else None


def save_shown(browser, name, **typed):
    answer = browser.send_task(find_link(browser.get_page(SHOWN), "Save this view"), name=name, **typed)
    assert answer.status_code == 303, answer.text
    return SavedView.objects.get(name=name)


def test_one_click_keeps_filters_order_and_columns_of_the_screen(alice, products):
    view = save_shown(Browser(alice), "Low")
    assert (view.route, view.query, view.columns) == ("products", "low_stock=true&ordering=-name", ["sku", "name"])
    assert (view.user, view.shared) == (alice, False)


def test_a_list_has_its_views_as_tabs_and_marks_the_present_one(alice, products):
    browser = Browser(alice)
    save_shown(browser, "Low")
    page = browser.get_page(LIST)
    assert '<a class="button current" href="/api/products/" aria-current="page">All</a>' in page
    shown = browser.get_page(find_link(page, "Low"))
    assert re.search(r'<a class="button current" [^>]*aria-current="page">Low</a>', shown)
    assert find_link(shown, "Save this view") is None
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', shown)
    assert heads[:2] == ["SKU", "Product"]
    assert "Low" not in browser.get_page("/api/suppliers/").partition("<main")[2]


def test_others_see_a_view_that_is_shared_with_whose_it_is(alice, bob, products):
    view = save_shown(Browser(alice), "Low", shared="on")
    assert view.shared
    page = Browser(bob).get_page(LIST)
    assert find_link(page, r"Low \(alice\)")
    own = Browser(bob).get_page(f"/api/views/{view.pk}/")
    assert "/shop/delete/" not in own
    save_fields(view, {"shared": False})
    assert find_link(Browser(bob).get_page(LIST), r"Low \(alice\)") is None


def test_a_form_changes_and_another_deletes_a_view(alice, products):
    browser = Browser(alice)
    view = save_shown(browser, "Low")
    assert browser.send_task(f"/shop/form/views/{view.pk}/", name="Lowest", columns="name\nsku").status_code == 303
    view.refresh_from_db()
    assert (view.name, view.columns, view.query) == ("Lowest", ["name", "sku"], "low_stock=true&ordering=-name")
    refused = browser.send_task(f"/shop/form/views/{view.pk}/", query="low=1")
    assert find_refusals(refused)[0].startswith("There is no such parameter.")
    assert browser.send_task(f"/shop/delete/views/{view.pk}/").status_code == 303
    assert not SavedView.objects.exists()


def test_running_a_view_in_a_browser_opens_the_list(alice, products):
    browser = Browser(alice)
    view = save_shown(browser, "Low")
    answer = browser.client.get(f"/api/views/{view.pk}/run/")
    assert (answer.status_code, answer.headers["Location"]) == (
        303, "/api/products/?low_stock=true&ordering=-name&columns=sku,name",
    )  # fmt: skip


def test_a_link_shows_or_hides_each_column(alice, products):
    page = Browser(alice).get_page(f"{LIST}?columns=name,sku")
    assert find_link(page, "SKU") == "?columns=name"
    assert find_link(page, "Price") == "?columns=name,sku,price"
