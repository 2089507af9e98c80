"""The VAT of sales and of their returns, to the cent: it is rounded once for each rate in a sale."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils import timezone

from products.models import Tax
from stock.models import Movement
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from trade.selling.payments.money import read_totals
from trade.selling.tests.test_returns import returned, sell, undo
from trade.selling.tests.test_sold import make_tax, set_tax
from users.models import User


@pytest.fixture
def sell_at(alice, as_alice):
    """Return a function that sells lines (rate, total) and returns the sale with its products."""

    def find_tax(rate):
        known = Tax.objects.filter(owner=alice, rate=rate).first()
        return known.pk if known else make_tax(as_alice, rate)

    def sell_lines(*lines, **fields):
        products = []
        for rate, total in lines:
            named = f"P{Movement.objects.count()}-{len(products)}"
            product = make_product(alice, named, 1, price=total, tax_id=find_tax(rate) if rate else None)
            products.append(product)
        client = client_of(type(alice).find(alice.pk))
        return sell(client, *((product, 1) for product in products), **fields), products

    return sell_lines


def list_taxes(user, sale, of="sold"):
    return [tuple(map(str, row[:4])) for row in getattr(read_totals(user.pk, [sale["id"]])[sale["id"]], of)]


def set_shop(client, **settings):
    assert client.patch("/api/account/", settings, format="json").status_code == 200


# Whether prices are gross, the lines with rate and price, and the sums by rate: rate, net, tax and gross.
CASES = {
    "19 % of 119": (True, [("19", "119.00")], [("19.00", "100.00", "19.00", "119.00")]),
    "half a cent down": (True, [("7", "0.07")], [("7.00", "0.07", "0.00", "0.07")]),
    "half a cent up": (True, [("7", "0.08")], [("7.00", "0.07", "0.01", "0.08")]),
    "one cent": (True, [("20", "0.01")], [("20.00", "0.01", "0.00", "0.01")]),
    "once per rate, not per line": (
        True, [("19", "0.99"), ("19", "0.99"), ("19", "0.99")], [("19.00", "2.50", "0.47", "2.97")],
    ),
    "two rates": (
        True, [("7", "10.70"), ("19", "11.90")],
        [("19.00", "10.00", "1.90", "11.90"), ("7.00", "10.00", "0.70", "10.70")],
    ),
    "a line without VAT": (
        True, [("19", "1.19"), ("", "5.00")], [("19.00", "1.00", "0.19", "1.19"), ("None", "5.00", "0.00", "5.00")],
    ),
    "a rate of nothing": (True, [("0", "5.00")], [("0.00", "5.00", "0.00", "5.00")]),
    "a rate of all": (True, [("100", "5.00")], [("100.00", "2.50", "2.50", "5.00")]),
    "a rate with cents": (True, [("8.10", "10.81")], [("8.10", "10.00", "0.81", "10.81")]),
    "for nothing": (True, [("19", "0.00")], [("19.00", "0.00", "0.00", "0.00")]),
    "net": (False, [("19", "100.00")], [("19.00", "100.00", "19.00", "119.00")]),
    "net, half up": (False, [("5", "0.10")], [("5.00", "0.10", "0.01", "0.11")]),
    "net, once per rate": (False, [("19", "0.33")] * 3, [("19.00", "0.99", "0.19", "1.18")]),
    "net, without VAT": (False, [("", "5.00")], [("None", "5.00", "0.00", "5.00")]),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", CASES)
def test_vat_is_rounded_once_for_each_rate(alice, as_alice, sell_at, case):
    is_gross, lines, taxes = CASES[case]
    set_shop(as_alice, prices_include_tax=is_gross)
    sale, _ = sell_at(*lines)
    assert list_taxes(alice, sale) == taxes
    totals = read_totals(alice.pk, [sale["id"]])[sale["id"]]
    assert totals.total == sum(Decimal(gross) for *_, gross in taxes)
    returned(as_alice, sale)
    assert list_taxes(alice, sale, "back") == taxes
    assert [row[1:] for row in list_taxes(alice, sale, "taxes")] == [("0.00",) * 3] * len(taxes)


def test_a_discount_lowers_the_vat(alice, as_alice, sell_at):
    sale, _ = sell_at(("19", "11.90"), ("7", "10.70"), discount={"percent": "10"})
    assert list_taxes(alice, sale) == [("19.00", "9.00", "1.71", "10.71"), ("7.00", "9.00", "0.63", "9.63")]


def test_returns_in_parts_give_back_exactly_the_vat_of_the_sale(alice, as_alice, sell_at):
    sale, products = sell_at(*[("19", "0.99")] * 3)
    given = []
    for product in products:
        returned(as_alice, sale, (product, 1))
        given.append(list_taxes(alice, sale, "back"))
    assert given == [
        [("19.00", "0.83", "0.16", "0.99")], [("19.00", "1.66", "0.32", "1.98")], [("19.00", "2.50", "0.47", "2.97")],
    ]  # fmt: skip


def test_a_return_that_is_undone_gives_back_no_vat(alice, as_alice, sell_at):
    sale, [first, second] = sell_at(("19", "1.19"), ("19", "2.38"))
    back = returned(as_alice, sale, (first, 1))
    returned(as_alice, sale, (second, 1))
    assert undo(as_alice, back).status_code == 201
    assert list_taxes(alice, sale, "back") == [("19.00", "2.00", "0.38", "2.38")]
    assert list_taxes(alice, sale, "taxes") == [("19.00", "1.00", "0.19", "1.19")]


def test_a_changed_rate_changes_no_sale(alice, as_alice, sell_at):
    sale, [product] = sell_at(("19", "11.90"))
    set_tax(as_alice, product, make_tax(as_alice, "16"))
    assert list_taxes(alice, sale) == [("19.00", "10.00", "1.90", "11.90")]
    returned(as_alice, sale)
    assert list_taxes(alice, sale, "back") == [("19.00", "10.00", "1.90", "11.90")]


@all_cases(("is_gross", "taxes"), [(True, ("909.00", "91.00", "1000.00")), (False, ("1000.00", "100.00", "1100.00"))])
def test_a_currency_without_decimals_has_whole_vat(alice, as_alice, sell_at, is_gross, taxes):
    set_shop(as_alice, currency="JPY", prices_include_tax=is_gross)
    sale, _ = sell_at(("10", "1000"))
    assert list_taxes(alice, sale) == [("10.00", *taxes)]


def test_a_price_with_decimals_has_vat_to_the_cent_in_every_currency(alice, as_alice, sell_at):
    sale, _ = sell_at(("0", "0.96"), ("19", "9.99"))
    for currency in ("EUR", "JPY"):
        User.objects.filter(pk=alice.pk).update(currency=currency)  # no route changes it after a sale
        assert list_taxes(alice, sale) == [("19.00", "8.39", "1.60", "9.99"), ("0.00", "0.96", "0.00", "0.96")]
        assert as_alice.get("/api/reports/margins/").json()["totals"]["revenue"] == "9.35"


@all_cases("is_gross", [True, False])
def test_random_sales_and_returns_add_up(alice, as_alice, sell_at, is_gross):
    random = Random(7)  # noqa: S311, not for secrets
    set_shop(as_alice, prices_include_tax=is_gross)
    for _ in range(5):
        lines = [(random.choice(["7", "19", "5.5", ""]), f"{random.randint(1, 999) / 100:.2f}") for _ in range(6)]
        sale, products = sell_at(*lines)
        totals = read_totals(alice.pk, [sale["id"]])[sale["id"]]
        for one in totals.sold:
            assert one.net + one.tax == one.gross
        random.shuffle(products)
        for product in products:
            returned(as_alice, sale, (product, 1))
            for one in (totals := read_totals(alice.pk, [sale["id"]])[sale["id"]]).taxes:
                assert one.net + one.tax == one.gross >= 0
        assert totals.sold == totals.back
        assert totals.total == totals.returned


def test_the_condition_on_the_total_has_the_vat(as_alice, sell_at):
    set_shop(as_alice, prices_include_tax=False)
    sell_at(("19", "0.33"), ("19", "0.33"), ("7", "1.00"))
    for least, number in (("1.86", 1), ("1.87", 0)):
        assert len(as_alice.get(f"/api/sales/?total__gte={least}").json()["results"]) == number


def test_a_sale_at_net_prices_is_paid_with_its_vat(as_alice, sell_at):
    set_shop(as_alice, prices_include_tax=False)
    sale, _ = sell_at(("19", "12.00"), payments=[{"kind": "cash", "tendered": "20.00"}])
    assert [(one["amount"], one["change"]) for one in sale["payments"]] == [("14.28", "5.72")]


def test_a_late_sale_is_net_as_prices_were_then(alice, as_alice, sell_at):
    set_shop(as_alice, prices_include_tax=False)
    sale, _ = sell_at(("19", "100.00"), occurred_at=(timezone.now() - timedelta(minutes=1)).isoformat())
    late, _ = sell_at(("19", "100.00"), occurred_at=timezone.now().isoformat())
    totals = read_totals(alice.pk, [sale["id"], late["id"]])
    assert [str(totals[one["id"]].total) for one in (sale, late)] == ["100.00", "119.00"]
