"""The pages of refusals: a sentence, the code with a link to its description, and links to other pages."""

import re

import pytest

from inventory_api.error_codes import read_error_codes
from testing.cast.people import make_product, make_user
from testing.reading.browser import HTML, Browser
from testing.tables import all_cases
from users.access.roles import Role

CODE = re.compile(r'<a class="error-code" href="/docs/errors/#(\w+)"')


def read_codes(page):
    """Return the linked codes of a page. The function checks that each has a description."""
    codes = CODE.findall(page)
    assert set(codes) <= {row.code for row in read_error_codes()}
    return codes


def read_refusal(page):
    """Return the sentences of the refusal, without the codes."""
    box = page.partition('role="alert">')[2].partition("</div>")[0]
    return [re.sub(r" <a.*?</a>|<[^>]+>", "", text).strip() for text in re.findall(r"<p>.*?</p>", box, re.DOTALL)]


@all_cases(
    "address", ["/api/products/999999/", "/api/stock/999999/", "/api/nowhere/", "/api/products/?page=99", "/nowhere/"]
)
def test_a_page_that_is_not_there_says_so_without_a_code_and_leads_on(browser, address):
    page = browser.get_page(address)
    assert read_codes(page) == []
    assert 'href="/api/"' in page or address == "/nowhere/"


def test_a_page_says_why_a_user_without_a_shop_is_refused_and_what_to_do(db):
    page = Browser(make_user("dan", role=Role.WORKER)).get_page("/api/account/")
    assert read_refusal(page) == ["Only the users of a shop may do this, and you belong to none."]
    assert read_codes(page) == ["permission_denied"]
    assert 'href="/api/">Start</a>' in page


def test_a_page_for_users_asks_to_sign_in_and_shows_no_json(db):
    page = Browser().get_page("/api/products/")
    assert read_codes(page) == ["not_authenticated"]
    assert 'href="/api-auth/login/?next=/api/products/"' in page
    assert 'type="search"' not in page
    assert 'class="json"' not in page


def test_a_conflict_links_its_code(browser, alice):
    make_product(alice, "Kettle", 3)
    address = f"/api/stock/operations/{find_operation(browser)}/reverse/"
    assert browser.post(address).status_code == 303
    token = browser.client.cookies["csrftoken"].value
    page = browser.client.post(address, {"csrfmiddlewaretoken": token}, headers=HTML).text
    assert read_codes(page) == ["already_reversed"]


def find_operation(browser):
    """Return the id of the newest operation."""
    page = browser.get_page("/api/stock/operations/")
    return int(re.search(r'href="/api/stock/operations/(\d+)/"', page)[1])


def test_too_many_requests_are_a_page_with_a_code(browser, settings):
    settings.REQUESTS_PER_MINUTE = 1
    pages = [browser.client.get("/api/suppliers/") for _ in range(3)]  # a minute may end between two of them
    refused = next(page for page in pages if page.status_code == 429)
    assert read_codes(refused.text) == ["throttled"]
    assert 'href="/api/"' in refused.text


@pytest.mark.parametrize("address", ["/api/products/", "/api/suppliers/", "/api/stock/", "/api/item-changes/"])
def test_an_empty_list_does_not_offer_what_the_user_may_not_do(alice, bob, db, address):
    page = Browser(bob).get_page(address)
    assert "Add the first one" not in page
    assert "import the file" not in page
    page = Browser(make_user("dan", role=Role.WORKER)).get_page(address)
    assert "You belong to no shop, so there is nothing to see here." in page


def test_the_own_page_leads_to_password_and_events(alice, bob):
    own = Browser(alice).get_page("/api/users/me/")
    assert 'href="/shop/form/auth/password/">Change password</a>' in own
    assert 'href="/api/users/events/">Security events</a>' in own
    assert "Change password" not in Browser(alice).get_page(f"/api/users/{bob.pk}/")


def test_visitors_and_workers_are_not_offered_to_add_a_worker(bob, browser):
    assert "Add worker" in browser.get_page("/api/users/")
    for page in (Browser().get_page("/api/users/"), Browser(bob).get_page("/api/users/")):
        assert "Add worker" not in page
        assert "/shop/form/" not in page


@pytest.mark.quick
def test_a_refused_form_keeps_the_name_but_not_the_password(browser):
    refused = browser.post("/api/users/", username="not a name!", password="Zebra-secret-9", role="worker")
    assert refused.status_code == 400
    assert 'value="not a name!"' in refused.text
    assert "Zebra-secret-9" not in refused.text


def test_the_page_of_a_refusal_leads_to_no_page_that_is_closed_to_the_user(bob):
    page = Browser(bob).get_page("/api/products/import/progress/")
    above = re.findall(r'href="(/api/[^"]*)"', page[page.index('class="crumbs"') :])
    assert read_codes(page) == ["permission_denied"]
    assert "/api/products/" in above
    assert "/api/products/import/" not in above
