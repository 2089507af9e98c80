"""The money of a line, in cases that somebody can compute by hand. trade/tills/tests/money_vectors.json has more."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from stock.booking.drafts import Discount
from testing.tables import all_cases
from trade.selling.drafts import SoldPart
from trade.selling.money import find_share, find_whole_amount, share_discount, share_total

pytestmark = pytest.mark.quick


def make_line(price):
    """Return a movement that sells one piece at this price."""
    fields = {"quantity": 1, "unit_price": Decimal(price), "decimals": 0, "total": None}
    return SimpleNamespace(**fields, _replace=lambda **changed: SimpleNamespace(**fields | changed))


def write(amounts):
    return " ".join(str(Decimal(amount).normalize().quantize(Decimal("0.01"))) for amount in amounts)


@all_cases(
    ("currency", "prices", "discount", "paid"),
    [
        ("EUR", ["10", "5"], {"percent": 10}, "9.00 4.50"),
        ("EUR", ["1", "1", "1"], {"amount": "0.01"}, "0.99 1.00 1.00"),  # a cent is not divided
        ("EUR", ["0.99", "0.01"], {"percent": 50}, "0.49 0.01"),  # 0.495 and 0.005 off: the larger remainder, first
        ("JPY", ["105", "100"], {"percent": 10}, "94.00 90.00"),  # 20.5 are 21 yen
    ],
)
def test_a_discount_is_shared_by_what_the_lines_cost(currency, prices, discount, paid):
    given = Discount(**{name: Decimal(number) for name, number in discount.items()})
    shared = share_discount(given, [make_line(price) for price in prices], currency)
    assert write(line.unit_price if line.total is None else line.total for line in shared) == paid


@all_cases(
    ("currency", "total", "parts", "shares"),
    [
        ("EUR", "10", [("6", 1), ("3", 2)], "5.00 5.00"),  # by what the parts cost alone: 6.00 and 2 x 3.00
        ("EUR", "10", [("1", 1), ("1", 1), ("1", 1)], "3.34 3.33 3.33"),
        ("EUR", "10", [("0", 1), ("0", 2)], "3.33 6.67"),  # parts without a price count by their number
        ("JPY", "100", [("1", 1), ("1", 1), ("1", 1)], "34.00 33.00 33.00"),
    ],
)
def test_the_price_of_goods_with_parts_is_shared_over_them(currency, total, parts, shares):
    products = [SimpleNamespace(pk=pk, decimals=0) for pk in range(len(parts))]
    sold = [SoldPart(product, each, Decimal(price)) for product, (price, each) in zip(products, parts, strict=True)]
    assert write(share_total(Decimal(total), sold, 1, currency)) == shares


@all_cases(("currency", "paid", "worth"), [("EUR", "10", "3.33 6.67 10.00"), ("JPY", "100", "33.00 67.00 100.00")])
def test_what_comes_back_in_three_is_worth_what_was_paid(currency, paid, worth):
    assert write(find_share(Decimal(paid), pieces, 3, currency) for pieces in (1, 2, 3)) == worth


@all_cases(("currency", "whole"), [("EUR", "None"), ("JPY", "62.00")])
def test_250_g_at_249_75_a_kilogram_cost_a_whole_amount_of_yen(currency, whole):
    product = SimpleNamespace(decimals=3, price=Decimal("249.75"))
    assert str(find_whole_amount(product, 250, product.price, currency)) == whole
