"""Write levels, and from where places are refilled.

Each change locks the account's catalogue, then the products, then the location, in the order of
docs/decisions/0016-the-order-of-locks.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.database.transactions import AccountLock, atomic, lock_account
from core.money.amounts import scale
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
Wanted = Mapping[int, Amounts | None]  # by the ids of products; None removes the level


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A product with its level as amounts of its unit, which are both None if it is to have no level."""

    product: ProductReference
    low_at: Decimal | None
    fill_to: Decimal | None


@atomic
def set_levels(*, by: User, location_id: int, lines: Sequence[LevelLine]) -> list[int]:
    """Set the levels of these products at a live location, leave the others, and return the ids of the products.

    Raise Location.DoesNotExist, TooManyLevels, or NothingChanged with ProductTwice or an error of count_level().
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    locked = lock_products(owner_id, [line.product for line in lines])
    location = Location.objects.for_user(by).live().get_locked(location_id)
    wanted: dict[int, Amounts | None] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            if product.product_id in wanted:
                raise ProductTwice(product=product.product_id)
            wanted[product.product_id] = count_level(product, line)
    errors.raise_if_any(NothingChanged)
    write_levels(location, wanted)
    check_number(owner_id)
    return [*wanted]


def count_level(product: LockedProduct, line: LevelLine) -> Amounts | None:
    """Return the level in base units, or None for no level.

    Raise KeepsNoStock, AmountTooFine, StockLimitExceeded or FillBelowLow.
    """
    if line.low_at is None or line.fill_to is None:
        return None
    require_stock(product)
    amounts = [count_base_units(one, product.product_id, product.decimals) for one in (line.low_at, line.fill_to)]
    if amounts[1] <= amounts[0]:
        low_at, fill_to = (str(scale(one, product.decimals)) for one in amounts)
        raise FillBelowLow(product=product.product_id, low_at=low_at, fill_to=fill_to)
    return amounts[0], amounts[1]


def write_levels(location: Location, wanted: Wanted) -> dict[int, bool]:
    """Set the levels of locked products at a locked location.

    Return those that differ now, by the ids of products, with whether each was there before.
    """
    owner_id = location.owner_id
    rows = Level.objects.filter(owner_id=owner_id, location=location)
    found = {row.product_id: row for row in rows.filter(product__in=[*wanted]).select_related("product")}
    before = {pk: (row.low_at, row.fill_to) for pk, row in found.items()}
    changed = {pk: pk in before for pk, level in wanted.items() if before.get(pk) != level}
    if not changed:
        return {}
    with recorded(Location, owner_id, [location.pk], is_locked=True) as changes:
        rows.filter(product__in=changed.keys() & before.keys())._raw_delete(rows.db)
        new = [(pk, level) for pk in changed if (level := wanted[pk])]
        Level.objects.bulk_create(
            Level(owner_id=owner_id, location=location, product_id=pk, low_at=low, fill_to=to) for pk, (low, to) in new
        )
        after = rows.filter(product__in=[*changed]).select_related("product").order_by("product_id")
        former = [row for pk, row in sorted(found.items()) if pk in changed]
        changes.note(location.pk, {"levels": [[*map(describe, former)], [*map(describe, after)]]})
    return changed


def check_number(owner_id: int) -> None:
    number = Level.objects.filter(owner_id=owner_id).count()
    if number > MAX_LEVELS:
        raise TooManyLevels(limit=MAX_LEVELS, number=number)


def describe(row: Level) -> str:
    """Return what the history records of a level."""
    low_at, fill_to = (scale(one, row.product.decimals) for one in (row.low_at, row.fill_to))
    return f"{row.product.name}: {low_at} – {fill_to} {row.product.unit}".strip()  # noqa: RUF001, a range


# --- From where a place is refilled -----------------------------------------------------------------------


def set_source(location: Location, source: Location | str | None) -> None:
    """Let the location be refilled from another one, from NO_LOCATION, or not at all.

    The caller has created the location, or has locked it and the account's catalogue. Raise LocationArchived or
    RefillCircle.
    """
    owner_id = location.owner_id
    if isinstance(source, Location):
        check_source(location, source)
    rows = RefillSource.objects.filter(owner_id=owner_id)
    before = rows.filter(location=location).select_related("source").first()
    former: Location | str | None = (before.source or NO_LOCATION) if before else None
    location.refill_from_id = source.pk if isinstance(source, Location) else source
    if former == source:
        return
    with recorded(Location, owner_id, [location.pk], is_locked=True) as changes:
        rows.filter(location=location)._raw_delete(rows.db)
        if source is not None:
            named = source if isinstance(source, Location) else None
            RefillSource.objects.create(owner_id=owner_id, location=location, source=named)
        changes.note(location.pk, {"refill_from": [name_link(former), name_link(source)]})


def check_source(location: Location, source: Location) -> None:
    if source.archived_at is not None:
        raise LocationArchived(Place(source.pk, source.name))
    rows = RefillSource.objects.filter(owner_id=location.owner_id).exclude(source=None)
    sources: dict[int, Any] = dict(rows.values_list("location_id", "source_id"))
    path = [location.pk, source.pk]
    while path[-1] != location.pk and path[-1] in sources:
        path.append(sources[path[-1]])
    if path[-1] == location.pk:
        raise RefillCircle(path)


def name_link(source: Location | str | None) -> dict[str, Any] | str | None:
    return {"id": source.pk, "name": source.name} if isinstance(source, Location) else source
