"""The decimals of currencies: what is offered, shown, typed and charged."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.money.currencies import (
    CURRENCIES,
    TOO_FINE,
    WHOLE,
    check_decimals,
    find_charged_price,
    refuse_too_fine,
    write_typed_money,
)
from core.pages.columns import Display
from testing.tables import all_cases


def test_the_decimals_are_those_of_listed_currencies():
    assert set(CURRENCIES) >= WHOLE | set(TOO_FINE)
    assert not WHOLE & set(TOO_FINE)


@all_cases(
    ("currency", "amount", "shown", "typed"),
    [
        ("EUR", "1234.50", "1,234.50 EUR", "1234.50"), ("", "1234.50", "1,234.50", "1234.50"),
        ("JPY", "1234.00", "1,234 JPY", "1234"), ("JPY", "2.50", "3 JPY", "2.50"), ("JPY", "-2.50", "−3 JPY", "-2.50"),
        ("KWD", "1234.50", "1,234.50 KWD", "1234.50"),
    ],
)  # fmt: skip
def test_money_is_shown_and_typed_with_the_decimals_of_its_currency(currency, amount, shown, typed):
    assert Display(currency=currency).money(amount) == shown.replace("−", "\N{MINUS SIGN}")
    assert write_typed_money(Decimal(amount), currency, ".") == typed


@pytest.mark.quick
@all_cases("currency", TOO_FINE)
def test_currencies_with_more_than_two_decimals_are_refused(currency):
    with pytest.raises(ValidationError, match=f"{currency} has [34]"):
        refuse_too_fine(currency)


def test_typed_decimals_are_refused_where_the_currency_has_none():
    with pytest.raises(ValidationError, match=r"JPY has no decimals, but 2\.50 has some"):
        check_decimals(Decimal("2.50"), "JPY")
    for amount, currency in (("2.00", "JPY"), ("2.50", "EUR")):
        check_decimals(Decimal(amount), currency)


@all_cases(
    ("quantity", "price", "decimals", "currency", "charged"),
    [
        (3, "999.00", 0, "JPY", "999"), (3, "999.50", 0, "JPY", "1000"), (250, "999.00", 3, "JPY", "1000.00"),
        (250, "1000.00", 3, "JPY", "1000"), (3333, "999.00", 3, "JPY", "999.10"), (250, "9.99", 3, "EUR", "9.99"),
    ],
)  # fmt: skip
def test_a_line_is_charged_at_a_whole_amount(quantity, price, decimals, currency, charged):
    assert str(find_charged_price(quantity, Decimal(price), decimals, currency)) == charged
