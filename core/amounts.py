"""Amounts of goods by weight, length or volume, and the money that a quantity costs.

A quantity is a whole number of base units, such as grams. An amount is the same in the unit of the product, such as
kilograms: 250 is 0.250 if the product has three decimals. Prices are those of one unit of the product.
"""

from decimal import ROUND_HALF_UP, Decimal, DefaultContext, getcontext

MAX_DECIMALS = 3
CENT = Decimal("0.01")
# A sum of values has up to 40 digits. With the 28 of Python's default, it could not be rounded to cents. Threads that
# start later copy the default.
DefaultContext.prec = getcontext().prec = 60


def write_amount(quantity: int, decimals: int) -> str:
    """Return the quantity as an amount with exactly this number of decimals."""
    return str(Decimal(quantity).scaleb(-decimals))


def scale(quantity: int | Decimal, decimals: int) -> int | Decimal:
    """Return the quantity as the number that files and papers have: an amount if the product has decimals."""
    return Decimal(quantity).scaleb(-decimals) if decimals else quantity


def count_units(amount: Decimal, decimals: int) -> int | None:
    """Return the amount as a quantity of base units, or None if it has more decimals than the product."""
    units = amount.scaleb(decimals)
    return int(units) if units == units.to_integral_value() else None


def price_of(quantity: int, price: Decimal, decimals: int) -> Decimal:
    """Return what a quantity of base units costs at the price of one unit, rounded half up to cents.

    Without decimals nothing is rounded. MONEY is the same in SQL. Nothing else multiplies a quantity with a price.
    """
    money = quantity * price
    return money.scaleb(-decimals).quantize(CENT, ROUND_HALF_UP) if decimals else money


# What a quantity costs: see price_of(). PostgreSQL rounds halves away from zero.
MONEY_OF_PIECES = "{quantity} * {price}"
MONEY = (
    f"CASE {{decimals}} WHEN 0 THEN {MONEY_OF_PIECES}"
    " ELSE round({quantity} * {price} * (ARRAY[1, 0.1, 0.01, 0.001])[{decimals} + 1], 2) END"
)


def money_of(quantity: str, price: str, product: str = "product") -> str:
    """Return the SQL of MONEY. `product` is the table or alias that has the column `decimals`."""
    return f"({MONEY.format(quantity=quantity, price=price, decimals=f'{product}.decimals')})"
