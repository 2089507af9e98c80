"""The pages of sales in a browser."""

import pytest

from testing.browser import Browser
from testing.cast import make_product
from trade.sales.tests.test_list import OPERATIONS, sell


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="3.40")


def test_the_list_has_the_sales_and_their_sums(alice, as_alice, tea):
    sell(as_alice, (tea, 3), payments=[{"kind": "card", "amount": "5.00"}])
    page = Browser(alice).get_page("/api/sales/")
    for text in ("#1", "Tea", "10.20", "5.20", "This month", 'href="/shop/sell/"'):
        assert text in page


@pytest.mark.usefixtures("tea")
def test_an_empty_list_says_so(alice):
    assert "Nothing was sold in this time." in Browser(alice).get_page("/api/sales/")


def test_the_list_shows_sums_by_kind(alice, as_alice, tea):
    sell(as_alice, (tea, 3), payments=[{"kind": "card", "amount": "5.00"}])
    page = Browser(alice).get_page("/api/sales/?by=payment")
    assert "card" in page
    assert "5.00" in page


def test_the_page_of_a_sale_has_lines_payments_and_a_link_to_the_return(alice, as_alice, tea):
    sale = sell(as_alice, (tea, 3), payments=[{"kind": "cash", "amount": "5.00", "tendered": "20.00"}])
    page = Browser(alice).get_page(f"/api/sales/{sale}/")
    for text in ("Sale #1", "Tea", "10.20", "5.20", "20.00", f'href="/shop/sales/{sale}/return/"'):
        assert text in page


def test_the_page_of_a_sale_that_was_undone_says_so(alice, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    as_alice.post(f"{OPERATIONS}{sale}/reverse/", {})
    page = Browser(alice).get_page(f"/api/sales/{sale}/")
    assert "undone" in page
    assert f'href="/shop/sales/{sale}/return/"' not in page


def test_a_worker_sees_no_margin(bob, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    for address in ("/api/sales/", f"/api/sales/{sale}/"):
        assert "Margin" not in Browser(bob).get_page(address)
