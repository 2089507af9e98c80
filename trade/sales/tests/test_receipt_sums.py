"""A receipt adds up from top to bottom: printed, by a link in a mail, and on the page of the sale."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from core.ownership import save_fields
from stock.models import Operation
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.sales.receipt_pages import LINK
from trade.sales.tests.test_list import OPERATIONS, SALES

ROW = re.compile(r'<th scope="row">(.*?)</th><td class="number">(.*?)</td>')
LINE = re.compile(r'</span></td><td class="number">(.*?)</td>')


def read_number(text):
    return Decimal(re.sub(r"[^0-9.-]", "", text.replace("\N{MINUS SIGN}", "-")))


def read_sums(page):
    """Return the amounts of the lines, and the rows below them by their names."""
    goods = page.partition('<article class="receipt')[2].partition("</article>")[0]
    rows = {name: read_number(amount) for name, amount in ROW.findall(goods)}
    return [read_number(amount) for amount in LINE.findall(goods)], rows


def add_up(page):
    """Return the names of the rows up to the total, and check each sum."""
    lines, rows = read_sums(page)
    assert sum(lines) == rows.get("Sum", rows["Total"])
    assert sum(rows.get(name, 0) for name in ("Discount", "VAT")) + rows.get("Sum", rows["Total"]) == rows["Total"]
    paid = sum(amount for name, amount in rows.items() if name.removeprefix("Given back: ") == "Cash")
    assert rows["Total"] + rows.get("Returned", 0) - paid == rows.get("Due", 0)
    return [name for name in rows if name in ("Sum", "Discount", "VAT", "Total")]


@pytest.fixture
def sell_all(as_alice, alice):
    """Return a function that sells goods of several rates and a kit, and returns the id of the sale."""

    def sell(currency, is_net, **body):
        save_fields(alice, {"currency": currency, "prices_include_tax": not is_net})
        rates = [as_alice.post("/api/taxes/", {"name": f"T{rate}", "rate": rate}).json()["id"] for rate in ("19", "7")]
        whole = currency == "JPY"
        tea = make_product(alice, "Tea", 20, price="25" if whole else "8.33", tax_id=rates[0])
        cup = make_product(alice, "Cup", 20, price="31" if whole else "3.05", tax_id=rates[1])
        rice = make_product(alice, "Rice", 5000, price="400" if whole else "1.99", unit="kg", decimals=3)
        kit = make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, price="77" if whole else "12.49")["id"]
        goods = [
            {"product": tea.pk, "quantity": 3},
            {"product": rice.pk, "quantity": 1250},
            {"kit": kit, "quantity": 2},
            {"product": cup.pk, "quantity": 1, "total": "30" if whole else "3.00"},
        ]
        lines = [{"movement_type": "OUT", **one} for one in goods]
        answer = as_alice.post(OPERATIONS, {"reason": "sale", "lines": lines, "payments": [{"kind": "cash"}], **body})
        assert answer.status_code == 201, answer.json()
        back = {"lines": [{"product": rice.pk, "quantity": 500}], "payments": [{"kind": "cash"}]}
        assert as_alice.post(f"{OPERATIONS}{answer.json()['id']}/return/", back).status_code == 201
        return answer.json()["id"]

    return sell


def test_a_receipt_of_the_longest_sale_has_all_lines_and_all_can_come_back(as_alice, alice):
    save_fields(alice, {"prices_include_tax": False})
    rate = as_alice.post("/api/taxes/", {"name": "VAT", "rate": "19"}).json()["id"]
    wrapping = make_product(alice, "Wrapping", price="0.33", keeps_stock=False, tax_id=rate)
    lines = [{"product": wrapping.pk, "movement_type": "OUT", "quantity": 1}] * 1000
    body = {"lines": lines, "discount": {"amount": "10"}, "payments": [{"kind": "cash"}]}
    sale = as_alice.post(OPERATIONS, body).json()
    address = f"{OPERATIONS}{sale['id']}/"
    shown = as_alice.get(address).json()
    assert (shown["movements"], len(shown["movements"])) == (sale["movements"], 2000)
    back = {"lines": [{"movement": sale["movements"][-1]["id"], "quantity": 1}], "payments": [{"kind": "cash"}]}
    assert as_alice.post(f"{address}return/", back).status_code == 201
    assert len(as_alice.get(address).json()["return_lines"]) == 999
    pages = [Browser(alice).get_page(f"{SALES}{sale['id']}/{page}") for page in ("receipt/", "")]
    assert [len(read_sums(page)[0]) for page in pages] == [1000] * 2
    assert [add_up(page) for page in pages] == [["Sum", "Discount", "VAT", "Total"]] * 2


@all_cases("currency", ["EUR", "JPY"])
@all_cases(
    ("is_net", "discount", "names"),
    [
        (True, {"amount": "5"}, ["Sum", "Discount", "VAT", "Total"]), (True, None, ["Sum", "VAT", "Total"]),
        (False, {"percent": "10"}, ["Sum", "Discount", "Total"]), (False, None, ["Total"]),
    ],
)  # fmt: skip
def test_each_receipt_adds_up(client, alice, sell_all, currency, is_net, discount, names):
    sale = sell_all(currency, is_net, **({"discount": discount} if discount else {}))
    browser, link = Browser(alice), urlsplit(LINK.build(Operation.objects.get(pk=sale))).path
    pages = [browser.get_page(f"{SALES}{sale}/receipt/"), browser.get_page(f"{SALES}{sale}/"), client.get(link).text]
    assert [add_up(page) for page in pages] == [names] * 3
