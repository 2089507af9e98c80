"""The amounts of invoices: lines and rates add up, and invoice and credit notes are together what is left."""

from decimal import Decimal
from random import Random

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases
from trade.invoices.tests.issuing import SALES, Books

pytestmark = pytest.mark.django_db
NAMES = ("net", "tax", "gross")


def add_up(documents, sign=1):
    """Return the sums of the rates by category and rate, without those of nothing."""
    sums = {}
    for one in documents:
        for tax in one["taxes"]:
            for name in NAMES:
                key = tax["category"], tax["rate"], name
                sums[key] = sums.get(key, 0) + sign * Decimal(tax[name])
    return {key: amount for key, amount in sums.items() if amount}


def check(invoice):
    """Check that the lines of an invoice add up to its rates, its rates to its totals, and prices to lines."""
    least = 1 if invoice["currency"] == "JPY" else Decimal("0.01")
    rates = [Decimal(tax["rate"]) for tax in invoice["taxes"]]
    assert rates == sorted(rates, reverse=True)
    for tax in invoice["taxes"]:
        key = tax["category"], tax["rate"]
        nets = [one["net"] for one in invoice["lines"] if (one["category"], one["rate"]) == key]
        assert sum(map(Decimal, nets)) == Decimal(tax["net"])
        assert abs(Decimal(tax["net"]) * Decimal(tax["rate"]) / 100 - Decimal(tax["tax"])) <= least
    for name in NAMES:
        assert sum(Decimal(tax[name]) for tax in invoice["taxes"]) == Decimal(invoice["totals"][name])
    for line in invoice["lines"]:
        price, amount = Decimal(line["unit_price"]), Decimal(line["amount"])
        assert (price * amount).quantize(Decimal("0.01")) == Decimal(line["net"])
        assert -price.as_tuple().exponent <= 8


def sell_baskets(books):
    tea = books.make_product("Tea", "3.00", "10")
    cup = books.make_product("Cup", "7.00")
    parts = [{"product": tea.pk, "quantity": 2}, {"product": cup.pk, "quantity": 1}]
    basket = books.call("post", "/api/kits/", {"name": "Basket", "price": "9.99", "parts": parts})["id"]
    return books.sell({"kit": basket, "quantity": 3})


# The settings of the shop, what is sold, and the lines of the invoice by SHOWN.
SHOWN = ("name", "amount", "unit_price", "gross_price", "net")
CASES = {
    "several rates": (
        {}, lambda b: b.sell((b.make_product("Tea", "1.10", "10"), 3), (b.make_product("Cup", "9.99"), 2)),
        [("Tea", "3", "1.00", "1.10", "3.00"), ("Cup", "2", "8.325", "9.99", "16.65")],
    ),
    "a price with many decimals": (
        {}, lambda b: b.sell((b.make_product("Nail", "0.01"), 997)),
        [("Nail", "997", "0.00834", "0.01", "8.31")],
    ),
    "net prices": (
        {"prices_include_tax": False}, lambda b: b.sell((b.make_product("Tea", "10.00"), 3)),
        [("Tea", "3", "10.00", None, "30.00")],
    ),
    "a discount of the sale": (
        {}, lambda b: b.sell((b.make_product("Tea", "12.00"), 2), discount={"percent": "10"}),
        [("Tea", "2", "9.00", "10.80", "18.00")],
    ),
    "a line for a sum": (
        {}, lambda b: b.sell({"product": b.make_product("Tea", "12.00").pk, "quantity": 3, "total": "10.00"}),
        [("Tea", "3", "2.777", "3.333", "8.33")],
    ),
    "grams": (
        {}, lambda b: b.sell((b.make_product("Tea", "24.00", decimals=3, unit="kg"), 250)),
        [("Tea", "0.250", "20.00", "24.00", "5.00")],
    ),
    "yen": (
        {"currency": "JPY"}, lambda b: b.sell((b.make_product("Tea", "110", "10"), 3)),
        [("Tea", "3", "100", "110", "300.00")],
    ),
    "several lines in yen": (
        {"currency": "JPY"},
        lambda b: b.sell((b.make_product("Tea", "110", "10"), 1), (b.make_product("Cup", "105", "10"), 1)),
        [("Tea", "1", "100", "110", "100.00"), ("Cup", "1", "95", "105", "95.00")],
    ),
    "a gift": (
        {}, lambda b: b.sell((b.make_product("Tea", "12.00"), 1), (b.make_product("Bag", "0.00"), 1)),
        [("Tea", "1", "10.00", "12.00", "10.00"), ("Bag", "1", "0.00", "0.00", "0.00")],
    ),
    "without VAT beside VAT": (
        {}, lambda b: b.sell((b.make_product("Stamp", "1.00", None), 1), (b.make_product("Tea", "12.00"), 1)),
        [("Stamp", "1", "1.00", "1.00", "1.00"), ("Tea", "1", "10.00", "12.00", "10.00")],
    ),
    "for nothing": (
        {}, lambda b: b.sell((b.make_product("Tea", "0.00"), 2)), [("Tea", "2", "0.00", "0.00", "0.00")],
    ),
    "kits": ({}, sell_baskets, [
        ("Basket: Tea", "6", "2.095", "2.305", "12.57"), ("Basket: Cup", "3", "4.483", "5.38", "13.45"),
    ]),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", CASES)
def test_the_lines_of_an_invoice(alice, case):
    settings, sell, lines = CASES[case]
    books = Books(alice, **settings)
    sale = sell(books)
    invoice = books.issue(sale)
    shown = [
        tuple(one[name] for name in ("name", "amount", "unit_price", "gross_price", "net")) for one in invoice["lines"]
    ]
    assert shown == lines
    check(invoice)
    total = books.client.get(f"{SALES}{sale['id']}/").json()["total"]
    assert invoice["totals"]["gross"] == total


def test_goods_without_stock_and_what_came_in_with_the_sale(alice):
    books = Books(alice)
    tea = books.make_product("Tea", "12.00")
    wrapping = make_product(alice, "Wrapping", price="2.40", tax_id=books.find_tax("20"), keeps_stock=False)
    bottle = {"product": tea.pk, "movement_type": "IN", "quantity": 1}
    sale = books.sell((tea, 2), (wrapping, 3), bottle)
    invoice = books.issue(sale)
    assert [(one["name"], one["quantity"]) for one in invoice["lines"]] == [("Tea", 2), ("Wrapping", 3)]
    books.take_back(sale, (wrapping, 1))
    [note] = books.list_credits()
    assert [(one["name"], one["quantity"], one["net"]) for one in note["lines"]] == [("Wrapping", 1, "2.00")]


def test_the_discount_is_that_of_what_is_left(alice):
    books = Books(alice)
    tea = books.make_product("Tea", "12.00")
    sale = books.sell((tea, 4), discount={"amount": "4.00"})
    books.take_back(sale, (tea, 1))
    assert books.issue(sale)["discount"] == {"amount": "3.00"}


@pytest.mark.parametrize("seed", range(8))
def test_invoice_and_credit_notes_are_together_what_is_left(alice, seed):
    """Sell random lines, and take them back in random parts, before and after the invoice."""
    random = Random(seed)  # noqa: S311, not for secrets
    is_yen = seed == 7
    books = Books(alice, currency="JPY" if is_yen else "EUR", prices_include_tax=random.random() < 0.6)
    rates = ("20", "10", "5.5", "Z", "E", None)
    prices = [str(random.randint(1, 5000)) if is_yen else f"{random.randint(1, 5000) / 100:.2f}" for _ in range(6)]
    goods = [books.make_product(f"P{n}", price, random.choice(rates)) for n, price in enumerate(prices)]
    lines = [(random.choice(goods), random.randint(1, 7)) for _ in range(random.randint(2, 9))]
    discount = random.choice([{}, {"discount": {"percent": "7.5"}}])
    sale = books.sell(*lines, **discount, payments=[{"kind": "card", "amount": "1.00"}])

    def return_some():
        shown = books.client.get(f"/api/stock/operations/{sale['id']}/").json()["return_lines"]
        for line in random.sample(shown, min(2, len(shown))):
            body = {"movement": line["movement"], "quantity": random.randint(1, line["quantity"])}
            books.call("post", f"/api/stock/operations/{sale['id']}/return/", {"lines": [body]})

    return_some()
    invoice = books.issue(sale)
    check(invoice)
    for _ in range(3):
        return_some()
        notes = books.list_credits()
        for note in notes:
            assert sum(Decimal(one["net"]) for one in note["lines"]) == Decimal(note["totals"]["net"])
        left = books.client.get(f"{SALES}{sale['id']}/").json()
        assert books.read(invoice["id"])["due"] == left["due"]
        merged = {}
        for one in left["taxes"]:
            for name in NAMES:
                key = one["category"] or "E", one["rate"] or "0.00", name
                merged[key] = merged.get(key, 0) + Decimal(one[name])
        together = add_up([invoice])
        for key, amount in add_up(notes, -1).items():
            together[key] = together.get(key, 0) + amount
        assert {key: amount for key, amount in together.items() if amount} == {k: v for k, v in merged.items() if v}
