"""The pages of saved views: the tabs above a list, the link that saves what is on the screen, and the form."""

import html
import re

import pytest

from core.ownership import save_fields
from desk.saved.models import SavedView
from desk.shop.tests.reading import find_refusals
from testing.cast.people import make_product
from testing.reading.browser import Browser

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
    assert browser.send_task(f"/shop/form/views/{view.pk}/", name="Lowest", columns="name\r\nsku").status_code == 303
    view.refresh_from_db()
    assert (view.name, view.columns, view.query) == ("Lowest", ["name", "sku"], "low_stock=true&ordering=-name")
    refused = browser.send_task(f"/shop/form/views/{view.pk}/", query="low=1")
    assert find_refusals(refused)[0].startswith("Low: There is no such parameter.")
    assert browser.send_task(f"/shop/delete/views/{view.pk}/").status_code == 303
    assert not SavedView.objects.exists()


def test_running_a_view_in_a_browser_opens_the_list(alice, products):
    browser = Browser(alice)
    view = save_shown(browser, "Low")
    answer = browser.client.get(f"/api/views/{view.pk}/run/")
    assert (answer.status_code, answer.headers["Location"]) == (
        303, f"/api/products/?low_stock=true&ordering=-name&columns=sku,name&_saved={view.pk}",
    )  # fmt: skip


def test_a_link_shows_or_hides_each_column(alice, products):
    page = Browser(alice).get_page(f"{LIST}?columns=name,sku")
    assert find_link(page, "SKU") == "?columns=name"
    assert find_link(page, "Price") == "?columns=name,sku,price"


def list_forms(browser, address):
    """Return the addresses of the buttons beside the tabs, with their hidden values."""
    nav = browser.get_page(address).partition('class="actions saved-views"')[2].partition("</nav>")[0]
    return re.findall(r'<form method="post" action="([^"]*)"', nav), nav


@pytest.mark.quick
def test_the_list_of_views_edits_and_deletes_ones_own_alone(alice, bob, products):
    view = save_shown(Browser(alice), "Low", shared="true")
    forms = f"/shop/form/views/{view.pk}/", f"/shop/delete/views/{view.pk}/"
    own, others = (Browser(user).get_page("/api/views/") for user in (alice, bob))
    assert [form in own for form in forms] == [True, True]
    assert ("Low" in others, [form in others for form in forms]) == (True, [False, False])


@pytest.mark.quick
def test_a_changed_list_is_saved_into_the_view_that_is_open(alice, products):
    browser = Browser(alice)
    view = save_shown(browser, "Low")
    opened = find_link(browser.get_page(LIST), "Low")
    assert opened.endswith(f"&_saved={view.pk}")
    assert list_forms(browser, opened)[0] == []
    assert f'<a href="/shop/form/views/{view.pk}/"' in list_forms(browser, opened)[1]
    assert f'name="_saved" value="{view.pk}"' in browser.get_page(opened)  # the form of the filters keeps it
    changed = f"{LIST}?low_stock=false&columns=name,sku&_saved={view.pk}"
    [keep], nav = list_forms(browser, changed)
    assert find_link(browser.get_page(changed), "Save as a new view")
    answer = browser.client.post(keep, read_inputs(nav))
    assert answer.headers["Location"] == changed
    view.refresh_from_db()
    assert (view.name, view.query, view.columns) == ("Low", "low_stock=false", ["name", "sku"])
    assert "Saved Low." in browser.get_page(changed)


def read_inputs(text):
    return {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', text)}


def test_nobody_saves_into_the_view_of_another(alice, bob, products):
    view = save_shown(Browser(alice), "Low", shared="true")
    browser = Browser(bob)
    assert list_forms(browser, f"{LIST}?low_stock=false&_saved={view.pk}")[0] == []
    token = read_inputs(browser.get_page("/shop/form/users/me/"))["csrfmiddlewaretoken"]
    answer = browser.client.post(f"/shop/views/{view.pk}/keep/", {"csrfmiddlewaretoken": token, "query": ""})
    assert (answer.status_code, SavedView.objects.get().query) == (303, view.query)
    assert Browser(alice).client.post(f"/shop/views/{view.pk}/keep/", {"query": ""}).status_code == 403


def test_the_form_of_a_view_has_a_name_who_sees_it_and_the_mail(alice, products):
    form = find_link(Browser(alice).get_page(SHOWN), "Save this view")
    page = Browser(alice).get_page(form).partition('<form class="task')[2]
    assert re.findall(r"<label[^>]*>(?:<input[^>]*>)? ?([^<]+)", page)[:4] == [
        "Name ", "For the whole shop", "Mail it every", "At",
    ]  # fmt: skip
    assert 'type="hidden" name="query" value="low_stock=true&amp;ordering=-name"' in page
