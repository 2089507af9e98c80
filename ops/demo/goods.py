"""The products of the demo shop: the favourites first, then some of every range."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from ops.demo.ranges import FAVOURITES, RANGES, Favourite, Range

COST_SHARE = Decimal("0.48")  # the part of the price that the shop pays
TEN_CENTS = Decimal("0.1")
UNSOLD_SHARE = 0.02
MAX_DEMAND = 12.0
# The limits of the remaining part of the shelf life; if it is negative, the product has expired.
SHELF_LIFE_LEFT = (-0.02, 1.0)
MIN_OPENING, MAX_OPENING, LOW_SHARE = 8, 60, 0.2
IN_STORE_PREFIX = 20  # a shop assigns EANs with this prefix to its own products


@dataclass(frozen=True)
class Good:
    """A product with its opening balance. `demand` is its weight in the random choice of products to sell."""

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


def choose_goods(count: int, random: Random) -> list[Good]:
    """Return this number of goods. Raise ValueError if the ranges have fewer."""
    goods = [create_favourite(number, row) for number, row in enumerate(FAVOURITES, start=1)]
    missing = count - len(goods)
    for position, each in enumerate(RANGES):
        share = len(range(position, missing, len(RANGES)))
        chosen = random.sample([*itertools.product(each.names.split(", "), each.kinds.split(", "), each.sizes)], share)
        for number, (name, kind, size) in enumerate(chosen, start=1):
            goods.append(create_good(each, number, f"{name}, {kind}, {size}", size, len(goods) + 1, random))
    return goods


def create_favourite(number: int, row: Favourite) -> Good:
    values = row._asdict() | {"price": Decimal(row.price), "cost": Decimal(row.cost), "barcode": make_barcode(number)}
    return Good(**values)


def create_good(each: Range, number: int, name: str, size: str, number_in_shop: int, random: Random) -> Good:
    """Return the product of this number in a range, with random price, balance, shelf life and demand."""
    opening = random.randint(MIN_OPENING, MAX_OPENING)
    price = Decimal(random.uniform(each.min_price, each.max_price) * each.sizes[size]).quantize(TEN_CENTS)
    return Good(
        sku=f"{each.prefix}-{number:04}",
        barcode=make_barcode(number_in_shop),
        name=name,
        category=each.category,
        supplier=each.supplier,
        price=price,
        cost=(price * COST_SHARE).quantize(TEN_CENTS),
        opening=opening,
        threshold=round(opening * LOW_SHARE),
        expires_in=round(each.shelf_days * random.uniform(*SHELF_LIFE_LEFT)) if each.shelf_days else None,
        demand=0.0 if random.random() < UNSOLD_SHARE else min(random.paretovariate(1.1), MAX_DEMAND),
    )


def make_barcode(number: int) -> str:
    """Return an EAN-13 for use within a shop, with its check digit."""
    digits = f"{IN_STORE_PREFIX}{number:010}"
    weighted_sum = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-weighted_sum % 10}"
