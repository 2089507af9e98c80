"""The products on the demo shop's shelf: the favourites first, then some of every range."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from demo.ranges import FAVOURITES, RANGES, Favourite, Range

MARGIN = Decimal("0.48")  # of the price, what the shop pays itself
TEN_CENTS = Decimal("0.1")
UNSOLD_SHARE = 0.02
MAX_DEMAND = 12.0
SHELF_LIFE_LEFT = (-0.02, 1.0)  # as a part of the whole: some of it has expired
MIN_OPENING, MAX_OPENING, LOW_SHARE = 8, 60, 0.2
IN_STORE_BARCODE = 20  # where a number begins that a shop gives its own goods, by the rules of the EAN


@dataclass(frozen=True)
class Good:
    """A product as it comes to the shelf, and how much it is asked for."""

    sku: str
    barcode: str
    name: str
    category: str
    supplier: str
    price: Decimal
    cost: Decimal
    opening: int
    threshold: int
    expires_in: int | None
    demand: float


def shelf(products: int, random: Random) -> list[Good]:
    """So many goods. Raises ValueError if the ranges don't hold as many."""
    rows = [favourite(number, row) for number, row in enumerate(FAVOURITES, start=1)]
    missing = products - len(rows)
    for place, each in enumerate(RANGES):
        share = len(range(place, missing, len(RANGES)))
        chosen = random.sample([*itertools.product(each.names.split(", "), each.kinds.split(", "), each.sizes)], share)
        for number, (name, kind, size) in enumerate(chosen, start=1):
            rows.append(good(each, number, f"{name}, {kind}, {size}", size, len(rows) + 1, random))
    return rows


def favourite(number: int, row: Favourite) -> Good:
    values = row._asdict() | {"price": Decimal(row.price), "cost": Decimal(row.cost), "barcode": barcode(number)}
    return Good(**values)


def good(of: Range, number: int, name: str, size: str, in_shop: int, random: Random) -> Good:
    opening = random.randint(MIN_OPENING, MAX_OPENING)
    price = Decimal(random.uniform(of.least_price, of.most_price) * of.sizes[size]).quantize(TEN_CENTS)
    return Good(
        sku=f"{of.prefix}-{number:04}",
        barcode=barcode(in_shop),
        name=name,
        category=of.category,
        supplier=of.supplier,
        price=price,
        cost=(price * MARGIN).quantize(TEN_CENTS),
        opening=opening,
        threshold=round(opening * LOW_SHARE),
        expires_in=round(of.shelf_days * random.uniform(*SHELF_LIFE_LEFT)) if of.shelf_days else None,
        demand=0.0 if random.random() < UNSOLD_SHARE else min(random.paretovariate(1.1), MAX_DEMAND),
    )


def barcode(number: int) -> str:
    """An EAN-13 for use within a shop, with its check digit."""
    digits = f"{IN_STORE_BARCODE}{number:010}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"
