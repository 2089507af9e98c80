"""Currencies: their codes, their decimals, and amounts of money as people read and type them.

A price that is probably a mistake is doubtful. Pages, tills and files share this rule; programs may book every price.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from core.money.amounts import CENT, price_of
from core.sentences import fill
from core.translation import gettext_noop as _

# The currencies and funds of ISO 4217. Metals, units of account of organisations, and codes for tests are left out.
CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(CODES.split())
# The currencies of ISO 4217 without decimals, and those with more than two. A shop can't choose one of the latter,
# because amounts have at most two decimals.
WHOLE_CODES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
WHOLE = frozenset(WHOLE_CODES.split())
TOO_FINE = {**dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3), **dict.fromkeys(("CLF", "UYW"), 4)}
FINE_REFUSED = _("Amounts have at most two decimals, but {currency} has {decimals}. Choose another currency.")
NO_DECIMALS = _("{currency} has no decimals, but {amount} has some. Enter a whole amount.")


@cache
def get_money_decimals(currency: str) -> int:
    """Return how many decimals people read and type in amounts of the currency: none or two."""
    return 0 if currency in WHOLE else 2


def refuse_too_fine(currency: str) -> None:
    """Raise ValidationError for a currency with more decimals than amounts have."""
    if currency in TOO_FINE:
        raise ValidationError(fill(FINE_REFUSED, currency=currency, decimals=TOO_FINE[currency]))


def check_decimals(amount: Decimal | None, currency: str) -> None:
    """Raise ValidationError for an amount that people have typed with decimals in a currency without them."""
    if amount is not None and get_money_decimals(currency) == 0 and amount % 1:
        raise ValidationError(fill(NO_DECIMALS, currency=currency, amount=amount))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up to the decimals of the currency."""
    return amount.quantize(Decimal(1).scaleb(-get_money_decimals(currency)), ROUND_HALF_UP)


def charge(quantity: int, price: Decimal, decimals: int, currency: str) -> Decimal:
    """Return what a quantity costs at a price of one. Goods by weight cost an amount that the currency has."""
    exact = price_of(quantity, price, decimals)
    return round_money(exact, currency).quantize(CENT) if decimals else exact


def trim_money(amount: Decimal, currency: str) -> Decimal:
    """Return the amount without decimals if its currency has none and they are zero."""
    return amount if get_money_decimals(currency) or amount % 1 else amount.to_integral_value()


def write_typed_money(amount: Any, currency: str, sign: str) -> str:
    """Return the amount as people type it. None is an empty text."""
    return "" if amount is None else str(trim_money(Decimal(str(amount)), currency)).replace(".", sign)


def find_charged_price(quantity: int, price: Decimal, decimals: int, currency: str) -> Decimal:
    """Return the price of one unit at which the quantity costs an amount that can be paid in the currency.

    If the currency has two decimals, this is `price`. Otherwise the line costs a whole amount, and the price follows
    from it: 250 g at 999 a kilogram cost 250, which is a price of 1000. chargedPrice() of the till does the same.
    """
    whole = round_money(price, currency)
    exact = price_of(quantity, whole, decimals)
    charged = round_money(exact, currency)
    return whole if exact == charged else (charged.scaleb(decimals) / quantity).quantize(CENT, ROUND_HALF_UP)


FACTOR = 10  # a price that is at least ten times the usual one has probably lost its decimal sign
# The SQL condition that a price is doubtful. `usual` is NULL for a new product.
IS_DOUBTFUL = f"({{price}} = 0 OR {{usual}} > 0 AND {{price}} >= {{usual}} * {FACTOR})"


def find_doubt(price: Decimal | None, usual: Decimal | None) -> str:
    """Return why the price is doubtful, beside the usual one if there is one. It is empty for other prices.

    isDoubtful() of the till is the same.
    """
    if price is None:
        return ""
    if price == 0:
        return gettext("The price is zero.")
    if usual and price >= usual * FACTOR:
        return fill("The price is {factor} times the usual one or more: {usual}.", factor=FACTOR, usual=usual)
    return ""
