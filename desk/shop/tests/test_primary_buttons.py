"""Each page has one primary button at most, for what most people came for."""

import re

from django.urls import resolve

from inventory_api.urls import shop_pages
from testing.cast.people import let_use
from testing.cast.sheets import OpenSheet
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser
from users.models import SWITCHED

TASKS = [f"/shop/{pattern.pattern}" for pattern in shop_pages if "<" not in str(pattern.pattern)]
LISTS = [route.address for route in list_api_routes() if not route.has_id and "GET" in route.methods]
LINK = re.compile(r'<a [^>]*href="(/(?:api|shop)/(?:(?!/file/|format=)[^"#])*)"')  # a link to a page, not to a file
NOT_SHOWN = re.compile(r"<(dialog|template)\b.*?</\1>", re.DOTALL)
PRIMARY = re.compile(r'<(?:a|button)[^>]* class="[^"]*\bprimary\b[^>]*>[^<]*')


def walk(browser):
    """Yield the address and the HTML of one page of each kind that tasks, lists and links lead to."""
    waiting, seen = [*TASKS, *LISTS], set()
    while waiting:
        address = waiting.pop(0)
        path, _, query = address.partition("?")
        kind = (resolve(path).route, bool(query))
        if kind in seen:
            continue
        seen.add(kind)
        response = browser.client.get(address, headers={"Accept": "text/html"}, follow=True)
        if response.headers["Content-Type"].startswith("text/html"):
            yield address, NOT_SHOWN.sub("", response.text)
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(response.text)]


def find_crowded(pages):
    """Return the primary buttons of the pages that have several."""
    found = {address: PRIMARY.findall(page) for address, page in pages}
    assert any(found.values())
    return {address: buttons for address, buttons in found.items() if len(buttons) > 1}


def use_all(user):
    let_use(user, *(name for name in SWITCHED if name != "payments"))


def test_each_page_of_an_empty_shop_has_one_primary_button_at_most(alice):
    use_all(alice)
    assert find_crowded(walk(Browser(alice))) == {}


def test_the_page_of_counts_has_the_button_of_its_form(alice, as_alice, earl):
    OpenSheet(as_alice, earl)
    OpenSheet(as_alice, earl)
    [button] = PRIMARY.findall(Browser(alice).get_page("/shop/count/"))
    assert button.startswith("<button ")


def test_a_closing_is_offered_once(alice):
    use_all(alice)
    page = Browser(alice).get_page("/api/closings/").partition('class="developers"')[0]
    assert re.findall(r'href="([^"]*)">Close the drawer<', page) == ["/api/closings/preview/"]
