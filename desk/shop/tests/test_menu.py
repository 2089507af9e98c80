"""The menu and its tabs, and the pages that list the reports and the settings of the shop."""

import re
from html import unescape

import pytest

from core.pages.tabs import PROGRAMS
from desk.shop import menu
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import ON, SWITCHED, User

pytestmark = pytest.mark.needs(
    "agents", "closings", "invoices", "labels", "levels", "prices", "quotes", "saved", "sheets", "takeout", "webhooks"
)

OWNER = [
    "/shop/sell/", "/shop/receive/", "/shop/count/", "/shop/orders/", "/api/products/", "/shop/reports/", "/shop/shop/",
]  # fmt: skip
# The lists to which the pages of other lists or of the user lead, and items, which are products.
LED_TO_BY_OTHER_PAGES = {
    "refused-import-list", "item-list", "operation-list", "account-export-list", "factor-list", "sheet-list",
    "seal-list", "reservation-list", "purchase-order-list", "cash-list", "product-edit-list",
    "level-list",
}  # fmt: skip
FOR_VIEWERS = ["/api/sales/", *OWNER[2:]]
FOR_DEVELOPERS = ["/api/keys/", "/shop/agents/", "/api/webhooks/", "/api/events/"]


# Why the menu of every new shop has these pages. Those of PROGRAMS are for developers alone. All others appear when the
# shop uses something: give such a tab `is_offered=shows(…)`.
IN_EVERY_SHOP = {
    "shop-sell": "every shop sells",
    "shop-find-sale": "goods come back to every shop",
    "sale-list": "what was sold today",
    "shop-receive": "goods come into every shop",
    "shop-write-off": "goods break everywhere",
    "shop-count": "every shop counts, if only once a year",
    "product-list": "nothing can be done without products",
    "category-list": "reports and files sort by them",
    "product-import": "most shops begin with a file",
    "shop-labels": "a price has to stand on the shelf",
    "shop-reports": "what the stock is worth",
    "movement-list": "who took what",
    "shop-links": "leads to the settings",
    "account": "the name and the currency of the shop",
    "shop-uses": "switches the other pages on",
    "tax-list": "a shop that charges VAT has to find it before it sells",
    "view-list": "every list can be saved",
    "changes": "who has changed what",
    "user-list": "adds a worker",
    "user-me": "one's own password",
}


@pytest.mark.quick
def test_each_tab_in_the_menu_of_a_new_shop_has_a_reason():
    tabs = [tab for entry in menu.list_menu() for tab in entry if tab.is_offered is None and tab.group is not PROGRAMS]
    assert {tab.name for tab in tabs} == {*IN_EVERY_SHOP}, "say above why every new shop needs it, or give is_offered"


@pytest.fixture(autouse=True)
def uses_all(alice):
    """Let the shop show everything. desk/shop/tests/test_uses.py has the menu of a new shop."""
    switches = [f"{name} on" for name in SWITCHED if name != "payments"]
    User.objects.filter(pk=alice.pk).update(uses=switches, uses_payments=ON)


def list_addresses(browser, address, kind):
    found = browser.get_page(address).partition(f'<nav class="{kind}')[2].partition("</nav>")[0]
    return re.findall(r'<li[^>]*><a href="([^"]+)"', found)


def list_menu(browser, address="/shop/sell/"):
    return list_addresses(browser, address, "menu")


def list_tabs(browser, address):
    return list_addresses(browser, address, "tabs")


def list_links(browser, address):
    lists = re.findall(r'<ul class="link-list">(.*?)</ul>', browser.get_page(address))
    return re.findall(r'href="([^"]+)"', "".join(lists))


def employ(owner, role):
    return services.employ(by=Caller(owner), username=role, password="long-enough-9", role=role)


def stop_being_a_developer(user):
    user.developer = False
    user.save(update_fields=["developer"])
    return Browser(user)


@all_cases("address", ["/shop/sell/", "/shop/reports/", "/api/", "/api/products/"])
def test_every_page_of_an_owner_has_the_whole_menu(alice, address):
    assert list_menu(Browser(alice), address) == OWNER


def test_a_worker_has_the_same_menu(bob):
    assert list_menu(Browser(bob)) == OWNER


def test_a_counter_has_what_it_may_open(alice):
    assert list_menu(Browser(employ(alice, "counter")), "/api/") == ["/shop/count/", "/shop/shop/"]


@all_cases(
    ("role", "first"),
    [("worker", ["/shop/sell/", "/shop/receive/", "/shop/count/"]), ("counter", ["/shop/count/", "/shop/shop/"]),
     ("viewer", ["/api/sales/", "/shop/count/", "/shop/orders/"])],
)  # fmt: skip
def test_a_phone_has_three_entries_at_the_bottom_and_the_daily_ones_first(alice, role, first):
    page = Browser(employ(alice, role)).get_page("/api/")
    assert re.findall('<li class="daily"><a href="([^"]+)"', page) == first


@pytest.mark.quick
def test_each_entry_leads_a_viewer_to_the_first_page_that_it_may_open(alice):
    browser = Browser(employ(alice, "viewer"))
    assert list_menu(browser, "/api/") == FOR_VIEWERS


def test_each_list_is_in_the_menu_a_tab_or_on_the_pages_of_reports_and_of_the_shop(alice):
    browser = Browser(alice)
    menu = list_menu(browser)
    tabs = {tab for entry in menu for tab in list_tabs(browser, entry)}
    linked = {*menu, *tabs, *list_links(browser, "/shop/reports/"), *list_links(browser, "/shop/shop/")}
    lists = {
        route.name: route.address for route in list_api_routes() if route.name.endswith("-list") and not route.has_id
    }
    assert {name for name, address in lists.items() if address not in linked} == LED_TO_BY_OTHER_PAGES


@pytest.mark.quick
@all_cases(
    ("address", "current"),
    [
        ("/shop/return/", "/shop/return/"),
        ("/api/categories/", "/api/categories/"),
        ("/api/products/import/", "/api/products/import/"),
        ("/api/stock/verify/", "/shop/reports/"),
        ("/api/stock/seals/", "/shop/reports/"),
        ("/api/stock/reservations/", "/shop/orders/"),
        ("/api/purchase-orders/", "/shop/orders/"),
        ("/shop/reserve/", "/shop/orders/"),
        ("/api/account/hand-over/", "/api/account/"),
    ],
)
def test_each_page_of_a_family_has_its_tabs_and_marks_the_one_it_belongs_to(alice, address, current):
    tabs = Browser(alice).get_page(address).partition('<nav class="tabs"')[2].partition("</nav>")[0]
    kind = "page" if address == current else "true"
    assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', tabs) == [(current, kind)]


@all_cases("address", ["/api/", "/shop/count/"])
def test_a_page_without_a_family_of_several_pages_has_no_tabs(alice, address):
    assert list_tabs(Browser(alice), address) == []


def test_a_worker_gets_the_tabs_that_it_may_open(alice, bob):
    assert "/api/products/import/" in list_tabs(Browser(alice), "/api/products/")
    assert "/api/products/import/" not in list_tabs(Browser(bob), "/api/products/")


def test_each_link_of_the_menu_and_each_tab_opens(alice, bob):
    for user in (alice, bob):
        browser = Browser(user)
        entries = list_menu(browser)
        for address in {*entries, *(tab for entry in entries for tab in list_tabs(browser, entry))}:
            assert browser.client.get(address).status_code in ((200,) if address in entries else (200, 405)), address


@all_cases("address", ["/api/locations/", "/api/stock/", "/api/customers/", "/api/products/alerts/"])
def test_a_page_is_named_as_the_link_that_leads_to_it(alice, address):
    browser = Browser(alice)
    page = browser.get_page(address)
    links = page + browser.get_page("/shop/reports/")
    titles = re.findall(rf'<a href="{address}"[^>]*>(.*?)</a>', links)
    assert titles
    for title in titles:
        assert f"<h1>{title}</h1>" in page


def test_the_menu_marks_the_page_that_is_open(alice):
    assert 'href="/shop/sell/" aria-current="page"' in Browser(alice).get_page("/shop/sell/")


def test_who_belongs_to_no_shop_has_no_menu(dora, client):
    assert list_menu(Browser(dora), "/api/") == []
    assert 'class="menu' not in client.get("/").text


@all_cases("address", ["/shop/reports/", "/shop/shop/"])
def test_each_link_of_a_list_opens_for_who_sees_it(alice, bob, address):
    for user in (alice, bob):
        browser = Browser(user)
        for link in list_links(browser, address):
            assert browser.client.get(unescape(link), follow=True).status_code in (200, 405), (user, link)


@pytest.mark.quick
def test_developers_alone_find_what_programs_use(alice):
    before = list_links(Browser(alice), "/shop/shop/")
    other = stop_being_a_developer(alice)
    after = list_links(other, "/shop/shop/")
    assert [link for link in before if link not in after] == FOR_DEVELOPERS
    assert 'href="/api/docs/"' not in other.get_page("/shop/shop/")


def test_the_page_of_the_shop_says_what_each_link_is_for(alice):
    page = Browser(alice).get_page("/shop/shop/")
    assert [page.index(f"<h2>{group}</h2>") for group in ("Your shop", "People", "Tills", "Programs")]
    assert page.count('<span class="hint">') == len(list_links(Browser(alice), "/shop/shop/")) - 1


def test_an_owner_alone_adds_a_worker_from_the_list_of_the_shop(alice, bob):
    form = "/shop/form/users/"
    assert [form in list_links(Browser(user), "/shop/shop/") for user in (alice, bob)] == [True, False]


@pytest.mark.quick
def test_who_belongs_to_no_shop_opens_the_lists_of_links(dora):
    for address in ("/shop/reports/", "/shop/shop/"):
        assert Browser(dora).client.get(address).status_code == 200
