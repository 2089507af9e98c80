"""A refusal that a form can answer has the field for the answer on the page that meets it."""

import pytest

from testing.cast.people import make_product
from testing.laws.offered import sign
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases

ACCOUNT = "/api/account/"
LINE = {"product": "earl", "quantity": "2"}
# What is typed on the pages that ask for it.
NOT_ACKNOWLEDGED = {
    "/shop/form/account/": {"country": "AT"},
    "/shop/form/account/?field=country": {"country": "AT"},
    "/shop/uses/": {"payments": "true"},
}
OTHER_SUM = ("/shop/sell/", "/shop/quote/", "/shop/return/without-receipt/")
DOUBTFUL_PRICE = ("/shop/sell/", "/shop/quote/", "/shop/reserve/")


@pytest.fixture
def shop(as_alice, alice):
    make_product(alice, "Earl Grey", sku="earl", price="9.00", quantity=9)
    as_alice.patch(ACCOUNT, {"country": "CH", "uses": {"payments": "on"}}, format="json")
    return Browser(alice)


@all_cases("page", NOT_ACKNOWLEDGED)
def test_a_register_that_is_asked_for_is_acknowledged_where_it_is_asked(shop, as_alice, page):
    if page == "/shop/uses/":
        as_alice.patch(ACCOUNT, {"country": "AT", "uses": {"payments": "off"}, "acknowledged": True}, format="json")
    asked = shop.send_task(page, **NOT_ACKNOWLEDGED[page])
    assert (asked.status_code, 'name="acknowledged"' in asked.text) == (400, True)
    answer = read_task(asked.text) | {"acknowledged": "true"}
    assert shop.client.post(page, answer).status_code == 303


@all_cases("page", OTHER_SUM)
def test_another_sum_is_confirmed_where_it_is_asked(shop, page):
    asked = shop.send_task(page, LINE, _said="1.00")
    assert (asked.status_code, read_task(asked.text)["_sum"]) == (400, ["18.00"])
    assert shop.client.post(page, read_task(asked.text) | {"_said": "1.00"}).status_code == 303


@all_cases("page", DOUBTFUL_PRICE)
def test_a_doubtful_price_is_confirmed_where_it_is_asked(shop, page):
    asked = shop.send_task(page, LINE | {"unit_price": "900"})
    assert (asked.status_code, read_task(asked.text)["_prices"] != [""]) == (400, True)
    assert shop.client.post(page, read_task(asked.text)).status_code == 303


@all_cases("form", ["products/{}", "customers/{}", "account"])
def test_a_form_of_a_row_that_is_sent_as_it_is_offered_writes_nothing(shop, as_alice, form):
    made = as_alice.get("/api/products/").json()["results"] + [as_alice.post("/api/customers/", {"name": "Ada"}).json()]
    address = f"/shop/form/{form.format(made[form.startswith('customers')]['id'])}/"
    before = sign()
    assert shop.send_task(address).status_code == 303
    assert sign() == before
