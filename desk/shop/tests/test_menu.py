"""The menu, and the pages that list the reports and what belongs to the shop."""

import re
from html import unescape

import pytest

from testing.browser import Browser
from testing.routes import list_api_routes

OWNER = [
    "/shop/sell/", "/shop/return/", "/shop/receive/", "/shop/count/", "/api/stock/sheets/", "/shop/move/",
    "/shop/order/", "/api/products/", "/api/suppliers/", "/api/customers/", "/api/locations/", "/api/stock/",
    "/shop/reports/", "/shop/shop/",
]  # fmt: skip
# The lists to which the pages of another list or of the user lead, and items, which are products.
LED_TO_BY_OTHER_PAGES = {"refused-import-list", "item-list", "operation-list", "account-export-list", "factor-list"}


def list_menu(browser, address="/shop/sell/"):
    menu = browser.get_page(address).partition('<nav class="menu"')[2].partition("</nav>")[0]
    return re.findall(r'<li><a href="([^"]+)"', menu)


def list_links(browser, address):
    lists = re.findall(r'<ul class="link-list">(.*?)</ul>', browser.get_page(address))
    return re.findall(r'href="([^"]+)"', "".join(lists))


@pytest.mark.parametrize("address", ["/shop/sell/", "/shop/reports/", "/api/", "/api/products/"])
def test_every_page_of_an_owner_has_the_whole_menu(alice, address):
    assert list_menu(Browser(alice), address) == OWNER


def test_a_worker_has_no_order_in_its_menu(bob):
    assert list_menu(Browser(bob)) == [address for address in OWNER if address != "/shop/order/"]


def test_each_list_is_in_the_menu_or_on_the_pages_of_reports_and_of_the_shop(alice):
    browser = Browser(alice)
    linked = {*list_menu(browser), *list_links(browser, "/shop/reports/"), *list_links(browser, "/shop/shop/")}
    lists = {
        route.name: route.address for route in list_api_routes() if route.name.endswith("-list") and not route.has_id
    }
    assert {name for name, address in lists.items() if address not in linked} == LED_TO_BY_OTHER_PAGES


def test_each_link_of_the_menu_opens(bob, alice):
    for user in (alice, bob):
        browser = Browser(user)
        for address in list_menu(browser):
            assert browser.client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "address", ["/api/locations/", "/api/stock/", "/api/purchase-orders/", "/api/products/alerts/"]
)
def test_a_page_is_named_as_the_link_that_leads_to_it(alice, address):
    browser = Browser(alice)
    pages = "".join(map(browser.get_page, ("/shop/reports/", "/shop/shop/")))
    titles = re.findall(rf'<a href="{address}"[^>]*>(.*?)</a>', pages)
    assert titles
    for title in titles:
        assert f"<h1>{title}</h1>" in browser.get_page(address)


def test_the_menu_marks_the_page_that_is_open(alice):
    assert 'href="/shop/sell/" aria-current="page"' in Browser(alice).get_page("/shop/sell/")


def test_who_belongs_to_no_shop_has_no_menu(dora, client):
    assert list_menu(Browser(dora), "/api/") == []
    assert 'class="menu"' not in client.get("/").text


@pytest.mark.parametrize("address", ["/shop/reports/", "/shop/shop/"])
def test_each_link_of_a_list_opens_for_who_sees_it(alice, bob, address):
    for user in (alice, bob):
        browser = Browser(user)
        for link in list_links(browser, address):
            assert browser.client.get(unescape(link), follow=True).status_code in (200, 405), (user, link)


def test_an_owner_alone_adds_a_worker_from_the_list_of_the_shop(alice, bob):
    form = "/api/users/#post-object-form"
    assert [form in list_links(Browser(user), "/shop/shop/") for user in (alice, bob)] == [True, False]


def test_who_belongs_to_no_shop_opens_the_lists_of_links(dora):
    for address in ("/shop/reports/", "/shop/shop/"):
        assert Browser(dora).client.get(address).status_code == 200
