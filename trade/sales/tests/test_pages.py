"""The pages of sales in a browser."""

import pytest

from testing.cast.people import make_product, make_user
from testing.cast.tills import Device
from testing.reading.browser import Browser
from trade.sales.tests.test_list import OPERATIONS, sell


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="3.40")


def test_the_list_has_the_sales_and_their_sums(alice, as_alice, tea):
    sell(as_alice, (tea, 3), payments=[{"kind": "card", "amount": "5.00"}])
    page = Browser(alice).get_page("/api/sales/")
    for text in ("#1", "Tea", "10.20", "5.20", "This month", 'href="/shop/sell/"'):
        assert text in page
    assert 'class="button current" href="?period=last_30_days"' in page
    assert "Given back" not in page


def test_the_list_says_below_the_takings_what_came_back(alice, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    as_alice.post(f"{OPERATIONS}{sale}/return/", {"lines": [{"product": tea.pk, "quantity": 1}]})
    assert '<dd class="hint">Sold for: 10.20 · Returned: 3.40</dd>' in Browser(alice).get_page("/api/sales/")


@pytest.mark.usefixtures("tea")
def test_the_number_of_a_till_is_no_document_number_beside_it(alice, as_alice, tea):
    sell(as_alice, (tea, 1), reference="web 9")
    Device(alice, "bar275").book(1, tea)
    page = Browser(alice).get_page("/api/sales/")
    assert ("bar275 #1" in page, "web 9" in page, ">till " in page) == (True, True, False)


def test_who_may_read_filters_by_each_user_of_the_shop(alice, bob, as_alice, tea):
    viewer = make_user("vera", role="viewer", employer=alice)
    page = Browser(viewer).get_page("/api/sales/")
    assert all(f">{name}</option>" in page for name in ("alice", "bob", "vera"))


def test_an_empty_list_says_so(alice):
    assert "Nothing was sold in this time." in Browser(alice).get_page("/api/sales/")


def test_the_list_shows_sums_by_kind(alice, as_alice, tea):
    sell(as_alice, (tea, 3), payments=[{"kind": "card", "amount": "5.00"}])
    page = Browser(alice).get_page("/api/sales/?by=payment")
    assert "card" in page
    assert "5.00" in page


def test_the_page_of_a_sale_is_its_receipt_with_links_to_the_return_and_the_print(alice, as_alice, tea):
    payments = [{"kind": "cash", "amount": "5.00", "tendered": "20.00"}]
    sale = sell(as_alice, (tea, 3), payments=payments, discount={"amount": "0.20"})
    page = Browser(alice).get_page(f"/api/sales/{sale}/")
    receipt, side = page.split('<div class="sale-side">')
    for text in (
        "Sale #1",
        "3 × 3.40",
        "10.20",
        "Discount",
        "\N{MINUS SIGN}0.20",
        "10.00",
        "5.00",
        "20.00",
        "15.00",
    ):
        assert text in receipt, text
    assert f'href="/api/products/{tea.pk}/"' in receipt
    assert f'class="button primary" href="/shop/sales/{sale}/return/"' in receipt
    assert f'href="/api/sales/{sale}/receipt/"' in receipt
    assert "Margin" not in receipt
    beside, _start, folded = side.partition('<details class="panel sale-figures">')
    for text in ("alice", "Margin", "<h2>Payments</h2>", f'href="{OPERATIONS}{sale}/"'):
        assert text in beside, text
    assert "List price" in folded


def test_the_page_of_a_sale_that_was_undone_says_so(alice, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    as_alice.post(f"{OPERATIONS}{sale}/reverse/", {})
    page = Browser(alice).get_page(f"/api/sales/{sale}/")
    assert "This sale was undone." in page
    assert f'href="/shop/sales/{sale}/return/"' not in page


def test_the_page_of_a_sale_that_came_back_offers_no_return(alice, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    as_alice.post(f"{OPERATIONS}{sale}/return/", {"lines": [{"product": tea.pk, "quantity": 2}]})
    assert f'href="/shop/sales/{sale}/return/"' in Browser(alice).get_page(f"/api/sales/{sale}/")
    as_alice.post(f"{OPERATIONS}{sale}/return/", {})
    assert f'href="/shop/sales/{sale}/return/"' not in Browser(alice).get_page(f"/api/sales/{sale}/")


def test_a_worker_sees_no_margin(bob, as_alice, tea):
    sale = sell(as_alice, (tea, 3))
    for address in ("/api/sales/", f"/api/sales/{sale}/"):
        assert "Margin" not in Browser(bob).get_page(address)
