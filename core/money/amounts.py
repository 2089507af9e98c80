"""Amounts of goods by weight, length or volume, and the money that a quantity costs.

A quantity is a whole number of base units, such as grams. An amount is the same in the unit of the product, such as
kilograms: 250 is 0.250 if the product has three decimals. Prices are those of one unit of the product.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, DefaultContext, getcontext

MAX_PRICE: Decimal = Decimal("9999999999.99")

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


def share(amount: int, weights: list[int], step: int = 1) -> list[int]:
    """Return the share of each weight in the amount. The shares are multiples of the step and add up to the amount.

    What is left after rounding down goes to the largest remainders.
    """
    if not amount:
        return [0] * len(weights)
    whole = sum(weights)
    units = [divmod(amount * weight // step, whole) for weight in weights]
    left = amount // step - sum(unit for unit, _ in units)
    largest = sorted(range(len(weights)), key=lambda place: -units[place][1])[:left]
    return [(unit + (place in largest)) * step for place, (unit, _) in enumerate(units)]


# What a quantity costs: see price_of(). PostgreSQL rounds halves away from zero.
MONEY_OF_PIECES = "{quantity} * {price}"
MONEY = (
    f"CASE {{decimals}} WHEN 0 THEN {MONEY_OF_PIECES}"
    " ELSE round({quantity} * {price} * (ARRAY[1, 0.1, 0.01, 0.001])[{decimals} + 1], 2) END"
)


def money_of(quantity: str, price: str, product: str = "product") -> str:
    """Return the SQL of MONEY. `product` is the table or alias that has the column `decimals`."""
    return f"({MONEY.format(quantity=quantity, price=price, decimals=f'{product}.decimals')})"


# Each line has the spellings of a unit that measures. They are compared without case, blanks, points and hyphens.
SPELLINGS = """
kg kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos kilogrammo quilo quilograma
g gr grs gm gram grams gramm gramme grammes gramo gramos grammo grama
mg milligram milligrams milligramm milligramme milligrammes miligramo miligramos
t ton tons tonne tonnes tonnen tonelada toneladas
lb lbs pound pounds
oz ounce ounces unze unzen once onces onza onzas
l lt ltr liter liters litre litres litro litros
dl deciliter decilitre decilitro
cl centiliter centilitre zentiliter centilitro
ml milliliter milliliters millilitre millilitres mililitro mililitros
gal gallon gallons gallone galón
km kilometer kilometre kilometers kilometres kilómetro kilomètre
m mtr meter meters metre metres mètre mètres metro metros lfm lm
cm centimeter centimeters centimetre centimetres zentimeter centimètre centímetro
mm millimeter millimeters millimetre millimetres millimètre milímetro
in inch inches zoll pouce pouces pulgada pulgadas
ft foot feet
yd yds yard yards
m2 m² qm sqm squaremeter squaremetre quadratmeter mètrecarré metrocuadrado
m3 m³ cbm cubicmeter cubicmetre kubikmeter mètrecube metrocúbico
h hr hrs hour hours std stunde stunden heure heures hora horas
"""
MEASURES = {spelling: number for number, line in enumerate(SPELLINGS.splitlines()) for spelling in line.split()}
# The units that count pieces. Pages do not show them beside a number.
PIECES = re.compile(r"(pcs?|pieces?|stk?|stück|pi?[eè]ces?|uds?)\.?", re.IGNORECASE)
IGNORED = re.compile(r"[\s.\-]+")


def fold_unit(unit: str) -> str | int:
    """Return what all spellings of a unit have in common: a number for one that measures."""
    folded = IGNORED.sub("", unit).casefold()
    return MEASURES.get(folded, folded)


def measures(unit: str) -> bool:
    """Return whether the unit is a measure, such as kg or "100 g". A piece and a box are none."""
    return isinstance(fold_unit(unit), int) or any(letter.isdigit() for letter in unit)


def may_rename(old: str, new: str, decimals: int) -> bool:
    """Return whether the unit of goods with these decimals means the same under its new name.

    Goods without a unit may get one, and pieces may get another name.
    """
    are_pieces = not (decimals or measures(old) or measures(new))
    return not old or fold_unit(old) == fold_unit(new) or are_pieces
