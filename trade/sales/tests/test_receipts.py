"""The receipts of sales, which people print."""

import re
from urllib.parse import quote

import pytest

from core.ownership import save_fields
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.sales.tests.test_list import OPERATIONS, SALES, sell


@pytest.fixture
def shop(alice):
    save_fields(alice, {
        "shop_name": "Tea & Kettles", "shop_address": "Mill Lane 3\nOxford", "tax_number": "GB 123",
        "receipt_note": "Come again!", "currency": "EUR", "time_zone": "Europe/Berlin",
    })  # fmt: skip
    return alice


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea <best>", 100, price="3.40")


def read(client, sale, query=""):
    """Return the text of the receipt, without its tags."""
    response = client.get(f"{SALES}{sale}/receipt/{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    article = response.text.partition("<article")[2].partition("</article>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", article).split())


@pytest.mark.quick
def test_a_receipt_says_who_has_sold_what_for_how_much_and_how_it_was_paid(as_alice, shop, tea):
    paid = [{"kind": "cash", "amount": "5.00", "tendered": "20.00"}, {"kind": "card"}]
    text = read(as_alice, sell(as_alice, (tea, 3), payments=paid))
    for part in (
        "Tea &amp; Kettles", "Mill Lane 3 Oxford", "Tax number: GB 123", "Receipt #1",
        "Tea &lt;best&gt; 3 × 3.40 10.20", "Total 10.20 EUR",
        "Cash 5.00 EUR Handed over 20.00 EUR Change given 15.00 EUR", "Card 5.20 EUR", "Come again!",
    ):  # fmt: skip
        assert part in text
    assert "Discount" not in text
    assert "Due" not in text


@pytest.mark.quick
def test_what_is_not_paid_is_due(as_alice, shop, tea):
    assert "Due 2.40 EUR" in read(as_alice, sell(as_alice, (tea, 1), payments=[{"kind": "cash", "amount": "1.00"}]))


def test_a_discount_is_a_line_before_the_total(as_alice, shop, tea):
    text = read(as_alice, sell(as_alice, (tea, 3), discount={"percent": "10"}))
    assert "Sum 10.20 EUR Discount −1.02 EUR Total 9.18 EUR" in text
    text = read(as_alice, sell(as_alice, (tea, 3, {"total": "10.00"}), discount={"amount": "1.00"}))
    assert "3 × 3.33 10.00 Sum 10.00 EUR Discount −1.00 EUR Total 9.00 EUR" in text


@all_cases(("quantity", "total"), [(3, "10.00"), (7, "20.00"), (3, "10.01")])
def test_the_total_of_a_line_is_no_discount(as_alice, shop, tea, quantity, total):
    text = read(as_alice, sell(as_alice, (tea, quantity, {"total": total})))
    assert f"Total {total} EUR" in text
    assert "Discount" not in text


@pytest.mark.quick
def test_what_came_back_and_was_given_back_is_on_the_receipt(as_alice, shop, tea):
    sale = sell(as_alice, (tea, 3), payments=[{"kind": "cash"}])
    back = {"lines": [{"product": tea.pk, "quantity": 1}], "payments": [{"kind": "cash", "amount": "3.00"}]}
    as_alice.post(f"{OPERATIONS}{sale}/return/", back)
    text = read(as_alice, sale)
    for part in ("1 returned", "Returned −3.40 EUR", "Given back: Cash −3.00 EUR", "Due −0.40 EUR"):
        assert part in text


@pytest.mark.quick
def test_a_payment_that_was_reversed_is_on_no_receipt(as_alice, shop, tea):
    sale = sell(as_alice, (tea, 1), payments=[{"kind": "card"}])
    as_alice.post(f"{OPERATIONS}{sale}/reverse/", {})
    text = read(as_alice, sale)
    assert "Card" not in text
    assert "This sale was undone." in text


@all_cases(("country", "says"), [("DE", True), ("", True), ("GB", False)])
def test_a_receipt_says_that_it_is_no_fiscal_one_where_the_country_may_ask(as_alice, shop, tea, country, says):
    save_fields(shop, {"country": country})
    assert ("This is not a fiscal receipt." in read(as_alice, sell(as_alice, (tea, 1)))) is says


@pytest.mark.quick
def test_a_receipt_is_in_the_language_of_the_shop(as_alice, shop, tea):
    save_fields(shop, {"shop_language": "de"})
    response = as_alice.get(f"{SALES}{sell(as_alice, (tea, 1))}/receipt/")
    assert '<article class="receipt paper-80" lang="de">' in response.text


@all_cases(("query", "paper"), [("", "80"), ("?paper=80&format=html", "80"), ("?paper=a4", "a4")])
def test_a_receipt_has_the_paper_that_was_chosen(as_alice, tea, query, paper):
    response = as_alice.get(f"{SALES}{sell(as_alice, (tea, 1))}/receipt/{query}")
    assert f'class="receipt paper-{paper}"' in response.text


@all_cases("query", ["?paper=a5", "?format=csv", "?size=80"])
def test_another_paper_or_format_is_refused(as_alice, tea, query):
    assert as_alice.get(f"{SALES}{sell(as_alice, (tea, 1))}/receipt/{query}").status_code == 400


def test_goods_by_weight_have_amounts_and_a_currency_without_decimals_none(as_alice, alice):
    save_fields(alice, {"currency": "JPY"})
    rice = make_product(alice, "Rice", 5000, price="400.00", unit="kg", decimals=3)
    text = read(as_alice, sell(as_alice, (rice, 1250)))
    assert "Rice 1.250 × 400 500" in text
    assert "Total 500 JPY" in text


def test_the_shop_is_in_no_element_that_is_not_printed(as_alice, shop, tea):
    """A header is that of the page, which is not printed."""
    response = as_alice.get(f"{SALES}{sell(as_alice, (tea, 1))}/receipt/")
    article = response.text.partition("<article")[2].partition("</article>")[0]
    assert shop.shop_name in article.replace("&amp;", "&")
    assert "<header" not in article


def test_a_browser_that_has_not_signed_in_is_led_to_the_sign_in(client, as_alice, tea):
    address = f"{SALES}{sell(as_alice, (tea, 1))}/receipt/?paper=a4"
    response = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["Location"]) == (302, f"/api-auth/login/?next={quote(address)}")
    for headers in ({"Accept": "application/json"}, {}, {"Accept": "text/html", "Authorization": "Bearer old"}):
        response = client.get(address, headers=headers)
        assert (response.status_code, response.headers["Content-Type"]) == (401, "application/json")
