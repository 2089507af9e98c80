"""Write levels, and where places are refilled from.

Each change locks the account's catalogue, then the products, then the location, in the order of
docs/decisions/0016-the-order-of-locks.md.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.database.transactions import AccountLock, atomic, lock_account
from core.money.amounts import scale
from products.models import Product
from records.history.models import recorded
from stock.booking.drafts import NO_LOCATION, LockedProduct, ProductReference, count_base_units, require_stock
from stock.booking.holdings import LineErrors, Place
from stock.booking.locks import lock_products
from stock.errors import LocationArchived, NothingChanged
from stock.levels.errors import FillBelowLow, ProductTwice, RefillCircle, TooManyLevels
from stock.levels.models import Level, RefillSource
from stock.models import Location
from users.models import User

MAX_LEVELS = 100_000  # the most levels of a shop
Amounts = tuple[int, int]  # `low_at` and `fill_to`, in base units
LevelKey = tuple[int, int]  # the ids of a location and of a product


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A product with its level as amounts of its unit, which are both None if it is to have no level."""

    product: ProductReference
    low_at: Decimal | None
    fill_to: Decimal | None


@atomic
def set_levels(*, by: User, location_id: int, lines: Sequence[LevelLine]) -> None:
    """Set the levels of these products at a live location, and leave the others.

    Raise Location.DoesNotExist, TooManyLevels, or NothingChanged with ProductTwice or an error of count_level().
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    locked = lock_products(owner_id, [line.product for line in lines])
    location = Location.objects.for_user(by).live().get_locked(location_id)
    wanted: dict[LevelKey, Amounts | None] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            if (key := (location.pk, product.product_id)) in wanted:
                raise ProductTwice(product=product.product_id)
            wanted[key] = count_level(product, line)
    errors.raise_if_any(NothingChanged)
    write_levels(owner_id, wanted)
    check_number(owner_id)


def count_level(product: LockedProduct, line: LevelLine) -> Amounts | None:
    """Return the level in base units, or None for no level.

    Raise KeepsNoStock, AmountTooFine, StockLimitExceeded or FillBelowLow.
    """
    if line.low_at is None or line.fill_to is None:
        return None
    require_stock(product)
    amounts = [count_base_units(one, product.product_id, product.decimals) for one in (line.low_at, line.fill_to)]
    if amounts[1] <= amounts[0]:
        raise FillBelowLow(product=product.product_id)
    return amounts[0], amounts[1]


def write_levels(owner_id: int, wanted: Mapping[LevelKey, Amounts | None]) -> dict[LevelKey, bool]:
    """Set the levels of locked products at locked locations. The number of statements does not depend on theirs.

    None removes a level. Return those that differ now, with whether each was there before.
    """
    products = Product.objects.filter(owner_id=owner_id).in_bulk([pk for _place, pk in wanted])
    rows = Level.objects.filter(owner_id=owner_id, location__in={place for place, _pk in wanted}, product__in=products)
    present = {(row.location_id, row.product_id): row for row in rows}
    former = {key: row.amounts for key, row in present.items()}
    changed = {key: key in former for key, level in wanted.items() if former.get(key) != level}
    if changed:
        noted: dict[int, Any] = defaultdict(lambda: ([], []))
        for place, pk in sorted(changed):
            for side, level in zip(noted[place], (former.get((place, pk)), wanted[place, pk]), strict=True):
                side += [describe(products[pk], level)] if level else []
        with recorded(Location, owner_id, noted, is_locked=True) as changes:
            rows.filter(pk__in=[row.pk for key, row in present.items() if key in changed])._raw_delete(rows.db)
            Level.objects.bulk_create(
                Level(owner_id=owner_id, location_id=place, product_id=pk, low_at=level[0], fill_to=level[1])
                for place, pk in changed
                if (level := wanted[place, pk])
            )
            for place, sides in noted.items():
                changes.note(place, {"levels": [*sides]})
    return changed


def check_number(owner_id: int) -> None:
    if Level.objects.filter(owner_id=owner_id).count() > MAX_LEVELS:
        raise TooManyLevels(limit=MAX_LEVELS)


def describe(product: Product, level: Amounts) -> str:
    """Return what the history records of a level."""
    low_at, fill_to = (scale(one, product.decimals) for one in level)
    return f"{product.name}: {low_at} \N{EN DASH} {fill_to} {product.unit}".strip()


# --- Where a place is refilled from -----------------------------------------------------------------------


def set_source(location: Location, _by: User, source: Location | str | None) -> None:
    """Let the location be refilled from another one, from NO_LOCATION, or not at all.

    The caller has created the location, or has locked it and the account's catalogue. Raise LocationArchived or
    RefillCircle.
    """
    owner_id, named = location.owner_id, source if isinstance(source, Location) else None
    if named:
        check_source(location, named)
    location.refill_from_id = named.pk if named else source
    rows = RefillSource.objects.filter(owner_id=owner_id, location=location)
    before = rows.select_related("refill_from").first()
    pair = [name_link((before.refill_from or NO_LOCATION) if before else None), name_link(source)]
    if pair[0] != pair[1]:
        with recorded(Location, owner_id, [location.pk], is_locked=True) as changes:
            rows._raw_delete(rows.db)
            if source is not None:
                RefillSource.objects.create(owner_id=owner_id, location=location, refill_from=named)
            changes.note(location.pk, {"refill_from": pair})


def check_source(location: Location, source: Location) -> None:
    if source.archived_at is not None:
        raise LocationArchived(Place(source.pk, source.name))
    rows = RefillSource.objects.filter(owner_id=location.owner_id).exclude(refill_from=None)
    sources: dict[int, Any] = dict(rows.values_list("location_id", "refill_from_id"))
    path = [location.pk, source.pk]
    while path[-1] in sources and path[-1] not in path[:-1]:  # an imported shop may have a circle
        path.append(sources[path[-1]])
    if path[-1] == location.pk:
        raise RefillCircle(path)


def name_link(source: Location | str | None) -> dict[str, Any] | str | None:
    return {"id": source.pk, "name": source.name} if isinstance(source, Location) else source
