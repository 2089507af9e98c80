"""Find the places that the lines of a booking name, create unknown lots, and read the holdings of locked products."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.database.postgres.base import array, fetch
from core.texts.cleaning import fold_case
from stock.booking import sql
from stock.booking.drafts import LockedProduct, OperationDraft, PlaceReference
from stock.booking.holdings import Held, Place
from stock.errors import LocationNotFound, LotDiffers, LotHasNoDate, LotNotFound
from stock.models.querysets import has_expired
from users.models import User

NamedLocation = tuple[int, str]  # the location's id and name
NamedLot = tuple[int, str, date | None, bool]  # the lot's id, code and expires_on, and whether it has expired
NoLot = tuple[None, None, None, bool]
NO_LOT: NoLot = (None, None, None, False)


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that a line names. `is_filled` means that the line may add stock there, so an unknown lot is created."""

    product_id: int
    reference: PlaceReference
    is_filled: bool


def find_or_create_places(
    draft: OperationDraft, products: Iterable[LockedProduct], named: Sequence[NamedPlace] = ()
) -> "Places":
    """Read the holdings of locked products, and return the places that lines name.

    Unknown lots that get stock are created. Locations that get stock are locked, so that nobody archives them. Any
    number of lines takes at most three statements for their places. If no product has holdings and no line names a
    place, no statement is executed.
    """
    read_holdings(draft, products)
    if not named:
        return NOWHERE
    places = Places(draft.owner_id, find_today(draft))
    located = [place for place in named if place.reference.location is not None]
    filled = any(place.is_filled for place in located)
    places.read_locations({place.reference.location for place in located}, for_share=filled)
    places.find_or_create_lots([place for place in named if place.reference.lot], draft.occurred_at)
    return places


def read_holdings(draft: OperationDraft, products: Iterable[LockedProduct]) -> None:
    """Set the holdings of the locked products. No statement is executed if they have none."""
    if placed := {product.product_id: product for product in products if product.held}:
        attach_holdings(draft.owner_id, placed, find_today(draft))


def attach_holdings(owner_id: int, placed: dict[int, LockedProduct], today: date) -> None:
    """Set the holdings of these products, which are given by id.

    Execute one statement, and another one if there are lots.
    """
    rows = fetch(sql.HOLDINGS_LOCKED, {"owner": owner_id, "products": array(placed)})
    lots: dict[int | None, NamedLot | NoLot] = {None: NO_LOT}
    if ids := {lot for *_, lot in rows if lot is not None}:
        found = fetch(sql.LOTS_BY_ID, {"owner": owner_id, "lots": array(ids)})
        lots |= {pk: name_lot(pk, code, expires_on, today) for pk, code, expires_on in found}
    for product_id, pk, quantity, location, name, lot in rows:
        place = Place(location, name, *lots[lot])
        placed[product_id].holdings[place.key] = Held(pk, place, quantity)


def name_lot(pk: int, code: str, expires_on: date | None, today: date) -> NamedLot:
    """Return the lot with whether it has expired."""
    return pk, code, expires_on, has_expired(expires_on, today)


def find_today(draft: OperationDraft) -> date:
    """Return the day of the operation in the account's time zone. Support staff have no time zone.

    A till may send a sale on the next day. Whether a lot has expired depends on the day of the sale.
    """
    by = draft.by if draft.by.account_id == draft.owner_id else User.objects.get(pk=draft.owner_id)
    return by.shop_day(draft.occurred_at)


class Places:
    """The locations and lots that the lines of an operation name."""

    def __init__(self, owner_id: int, today: date = date.min) -> None:
        self.owner_id, self.today = owner_id, today
        self.locations: dict[int | str, NamedLocation] = {}
        self.lots: dict[tuple[int, str], NamedLot] = {}

    def read_locations(self, references: Collection[int | str | None], *, for_share: bool = False) -> None:
        """Read the live locations with these ids or names. With `for_share` nobody archives them meanwhile."""
        values: dict[str, Any] = {
            "owner": self.owner_id,
            "ids": [reference for reference in references if isinstance(reference, int)],
            "names": [reference for reference in references if isinstance(reference, str)],
        }
        if values["ids"] or values["names"]:
            is_long = len(values["names"]) > sql.MAX_NAMES_IN_ARRAY
            statement = sql.MANY_LOCATIONS if is_long else sql.LOCATIONS
            for pk, name in fetch(statement + sql.FOR_SHARE if for_share else statement, values):
                self.locations[pk] = self.locations[fold_case(name)] = (pk, name)

    def find_or_create_lots(self, named: Sequence[NamedPlace], at: datetime | None) -> None:
        """Read the lots, and create the unknown ones that get stock.

        A new lot gets the first date that a line gives it. A code that was read earlier, at this time or at that of the
        line, is that of the lot which had it then.
        """
        if not named:
            return
        codes = index_by_lot(named)
        values: dict[str, Any] = {
            "owner": self.owner_id,
            "products": array({product_id for product_id, _ in codes}),
            "codes": [*{code for _, code in codes}],
        }
        is_long = len(values["codes"]) > sql.MAX_NAMES_IN_ARRAY
        self.fetch_lots(sql.MANY_LOTS if is_long else sql.LOTS, values)
        self.read_former_lots([(place, place.reference.named_at or at) for place in codes.values()])
        filled = index_by_lot(place for place in named if place.is_filled)
        dated = index_by_lot(place for place in named if place.reference.expires_on)
        new = [dated.get(key, place) for key, place in filled.items() if key not in self.lots]
        if new:
            values |= {
                "products": array(place.product_id for place in new),
                "codes": [place.reference.lot for place in new],
                "dates": [place.reference.expires_on for place in new],
            }
            self.fetch_lots(sql.CREATE_LOTS, values)

    def read_former_lots(self, named: Sequence[tuple[NamedPlace, datetime | None]]) -> None:
        """Read the lots that had another code at these times. Without times, execute no statement."""
        timed = [(place.product_id, place.reference.lot, at) for place, at in named if at]
        if timed:
            products, codes, times = map(list, zip(*timed, strict=True))
            values = {"owner": self.owner_id, "products": products, "codes": codes, "times": times}
            for product_id, former, pk, code, expires_on in fetch(sql.LOTS_THEN, values):
                self.lots[product_id, fold_case(former)] = name_lot(pk, code, expires_on, self.today)

    def fetch_lots(self, statement: str, values: dict[str, Any]) -> None:
        for product_id, pk, code, expires_on in fetch(statement, values):
            self.lots[product_id, fold_case(code)] = name_lot(pk, code, expires_on, self.today)

    def resolve(self, product_id: int, reference: PlaceReference) -> Place | None:
        """Return the place of a product that a line names, or None if the line names neither location nor lot.

        Raise LocationNotFound, LotNotFound, or LotDiffers if the line gives another date than the lot has.
        """
        location, lot = self.find_location(reference.location), self.find_lot(product_id, reference)
        if location is None and lot is None:
            return None
        return Place(*(location or (None, None)), *(lot or NO_LOT))

    def find_location(self, reference: int | str | None) -> NamedLocation | None:
        if reference is None:
            return None
        found = self.locations.get(fold_case(reference) if isinstance(reference, str) else reference)
        if found is None:
            raise LocationNotFound(location=reference)
        return found

    def find_lot(self, product_id: int, reference: PlaceReference) -> NamedLot | None:
        if reference.lot is None:
            return None
        found = self.lots.get((product_id, fold_case(reference.lot)))
        if found is None:
            raise LotNotFound(lot=reference.lot)
        known, given = found[2], reference.expires_on
        if given is not None and given != known:
            if known is None:
                raise LotHasNoDate(lot=reference.lot, expires_on=given.isoformat(), known=None)
            raise LotDiffers(lot=reference.lot, expires_on=given.isoformat(), known=known.isoformat())
        return found


NOWHERE = Places(0)  # for lines that name no place


def index_by_lot(named: Iterable[NamedPlace]) -> dict[tuple[int, str], NamedPlace]:
    """Return the first place that names each lot, by product and code."""
    places: dict[tuple[int, str], NamedPlace] = {}
    for place in named:
        places.setdefault((place.product_id, fold_case(place.reference.lot or "")), place)
    return places
