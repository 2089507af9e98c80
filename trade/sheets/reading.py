"""Read counting sheets: their progress, what is counted, and how it differs from what was expected."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum

from core.database.postgres.base import array, fetch
from core.errors import AmountTooFine
from core.money.amounts import scale
from core.sentences import fill
from core.texts.folding import NameKey
from products.codes.reading.scanning import Scanned, find_scanned
from products.models import Product
from stock.booking.counts import Since
from stock.booking.drafts import ProductReference, by_id
from stock.booking.locks import find_holders_then
from stock.hooks import CountHook
from stock.models import Holding
from stock.models.sql_counts import CHANGES_SINCE
from trade.sheets import sql
from trade.sheets.booking import Counted, find_lots, read_counted, read_states
from trade.sheets.errors import CodeWithoutAmount
from trade.sheets.models import Entry, LineState, Sheet, SheetLine, SheetState
from trade.sheets.services import EntryLine
from users.models import User

# Returns for each count what is in stock now, and what has changed since, in one snapshot.
DIFFERENCES = f"""
SELECT counted.line, CASE
    WHEN counted.is_placed THEN (
        SELECT coalesce(sum(quantity), 0) FROM stock_holding AS holding
        WHERE holding.owner_id = %(owner)s::bigint AND holding.product_id = counted.product_id
            AND (counted.location_id IS NULL OR holding.location_id = counted.location_id)
            AND (counted.lot_id IS NULL OR holding.lot_id = counted.lot_id)
    )
    ELSE product.quantity
END::bigint, since.change, since.found, since.is_outdated, product.name, product.sku, product.quantity,
    product.stock_value, product.cost_price, product.decimals
FROM unnest(%(lines)s::bigint[], %(products)s::bigint[], %(are_placed)s::boolean[], %(locations)s::bigint[],
    %(lots)s::bigint[]) AS counted (line, product_id, is_placed, location_id, lot_id)
JOIN ({CHANGES_SINCE}) AS since (line, change, found, is_outdated) ON since.line = counted.line
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = counted.product_id
ORDER BY counted.line
"""  # noqa: S608, constants
NOT_BOOKED = {"expected": None, "difference": None, "operation": None}


@dataclass(frozen=True)
class Difference:
    """A count, compared with what was expected when it was counted, and what has moved since."""

    counted: Counted
    name: str
    sku: str
    decimals: int
    expected: int
    moved: int
    outdated: bool  # whether a later count is booked, so that this one changes nothing
    unit_value: Decimal  # of one base unit
    tolerance: Any
    counted_by: list[str]

    @property
    def difference(self) -> int:
        return 0 if self.outdated else self.counted.quantity - self.expected

    @property
    def value(self) -> Decimal:
        return round(self.difference * self.unit_value, 2) + 0  # 0 makes -0.00 positive

    @property
    def within_tolerance(self) -> bool:
        """Return whether the difference is within the tolerance, by its units or by its percentage."""
        allowed, size = self.tolerance or {}, abs(self.difference)
        by_units = size <= allowed.get("units", 0)
        return by_units or ("percent" in allowed and size * 100 <= Decimal(allowed["percent"]) * self.expected)


def read_differences(sheet: Sheet) -> list[Difference]:
    """Return the difference of each count that is not booked.

    Those beyond the tolerance come first, then those with the greatest values.
    """
    counted = read_counted(sheet)
    users = User.objects.filter(pk__in={user for one in counted for user in one.users})
    names = dict(users.values_list("pk", "username"))
    lots = find_lots(sheet.owner_id, counted)
    values: dict[str, Any] = {
        "owner": sheet.owner_id,
        "lines": array(range(len(counted))),
        "products": array(one.product for one in counted),
        "instants": [one.counted_at for one in counted],
        "are_placed": [one.is_placed for one in counted],
        "locations": [one.location for one in counted],
        "lots": [lots.get((one.product, one.lot_key), 0) if one.lot else None for one in counted],
    }
    found = []
    for line, present, *since, name, sku, quantity, value, cost, decimals in fetch(DIFFERENCES, values):
        one, later = counted[line], Since(*since)
        moved = later.compute_moved(one.quantity, present)
        unit_value = find_unit_value(quantity, value, cost, decimals)
        counted_by = sorted({names[user] for user in one.users})
        found.append(
            Difference(
                one,
                name,
                sku,
                decimals,
                present - moved,
                moved,
                later.is_outdated,
                unit_value,
                sheet.tolerance,
                counted_by,
            )
        )
    return sorted(found, key=lambda row: (row.within_tolerance, -abs(row.value), row.counted.product))


def find_unit_value(quantity: int, value: Decimal, cost: Decimal | None, decimals: int) -> Decimal:
    """Return what one base unit of a product is worth: what those in stock are on average, or else its cost price."""
    return value / quantity if quantity else (cost or Decimal(0)).scaleb(-decimals)


class OpenSheets(CountHook):
    """What is on an open sheet of the shop is being counted."""

    def list_countable(self, user: User, products: Collection[int]) -> set[int]:
        lines = SheetLine.objects.for_user(user).filter(sheet__state=SheetState.OPEN, product__in=products)
        return set(lines.values_list("product_id", flat=True))


def name_of_product(product: Any) -> list[str]:
    """Return the names of the open sheets in which the product is still to be counted."""
    return name_open(product.owner_id, Q(lines__product_id=product.pk, lines__booked_at=None))


def name_of_place(place: Any) -> list[str]:
    return name_open(place.owner_id, Q(location_id=place.pk) | Q(entries__location_id=place.pk))


def name_open(owner_id: int, names_it: Q) -> list[str]:
    """Return the names of the open sheets that meet the condition."""
    sheets = Sheet.objects.filter(names_it, owner_id=owner_id, state=SheetState.OPEN).order_by("id").distinct()
    return [fill("Counting list {name}", name=sheet.name) for sheet in sheets]


def attach_progress(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Set `progress` of the sheets, which belong to one account: the numbers of entries, and of lines by state."""
    ids = [sheet.pk for sheet in sheets]
    rows = fetch(sql.PROGRESS, {"owner": sheets[0].owner_id, "sheets": ids}) if sheets else []
    found = {pk: numbers for pk, *numbers in rows}
    for sheet in sheets:
        entries, *counts = found.get(sheet.pk, [0] * 5)
        states = zip(LineState.values, counts, strict=True)
        sheet.progress = {"entries_total": entries, "lines_total": sum(counts), **dict(states)}
    return list(sheets)


def list_products(sheet: Sheet, state: str = "") -> list[int]:
    """Return the ids of the sheet's products, or only of those in the state."""
    return sorted(product for product, found in read_states(sheet).items() if state in ("", found))


def read_products(sheet: Sheet, ids: Sequence[int]) -> Any:
    """Return the columns of these products that a sheet shows, as dicts."""
    products = Product.objects.filter(owner_id=sheet.owner_id, pk__in=ids)
    return products.values("name", "sku", "barcode", "unit", "decimals", "quantity", product=F("pk"))


def describe_lines(sheet: Sheet, ids: Sequence[int], *, hides_quantities: bool) -> list[dict[str, Any]]:
    """Return the rows of these products of the sheet, those that are booked with what was found."""
    states, counted = read_states(sheet), Counter[int]()
    found = {} if hides_quantities else read_found(sheet, [pk for pk in ids if states[pk] == LineState.BOOKED])
    for one in [] if hides_quantities else read_counted(sheet):
        counted[one.product] += one.quantity
    rows = [
        {**NOT_BOOKED, **row, "state": states[row["product"]], "counted": counted.get(row["product"])}
        for row in read_products(sheet, ids).order_by("pk")
    ]
    return [row | found.get(row["product"], {}) for row in rows]


def read_found(sheet: Sheet, products: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what was counted of these booked products, what was expected, and what was booked, by their ids."""
    values: dict[str, Any] = {"owner": sheet.owner_id, "sheet": sheet.pk, "products": array(products)}
    rows = fetch(sql.FOUND, values) if products else []
    return {pk: dict(zip(("counted", *NOT_BOOKED), row, strict=True)) for pk, *row in rows}


def select_entries(sheet: Sheet) -> Any:
    entries = Entry.objects.filter(owner_id=sheet.owner_id, sheet=sheet).order_by("-id")
    return entries.select_related("product", "entered_by")


def mark_entries(sheet: Sheet, entries: list[Entry]) -> list[Entry]:
    """Set `replaced` and `recounted` of the entries."""
    lines = SheetLine.objects.filter(owner_id=sheet.owner_id, sheet=sheet).exclude(recounted_to=None)
    recounted = dict(lines.values_list("product_id", "recounted_to"))
    ids = [entry.pk for entry in entries]
    later = Entry.objects.filter(owner_id=sheet.owner_id, replaces_id__in=ids)
    replaced = set(later.values_list("replaces_id", flat=True))
    for entry in entries:
        entry.replaced, entry.recounted = entry.pk in replaced, entry.pk <= (recounted.get(entry.product_id) or 0)
    return entries


def list_to_print(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the products of the sheet by name. If it has a location, `quantity` is what is in stock there.

    It is an amount if the product has decimals.
    """
    rows = read_products(sheet, list_products(sheet)).order_by(NameKey("name"), "pk")
    quantities = {row["product"]: row["quantity"] for row in rows}
    if sheet.location_id is not None:
        held = Holding.objects.filter(owner_id=sheet.owner_id, location_id=sheet.location_id).values_list("product_id")
        quantities = dict(held.annotate(quantity=Sum("quantity")))
    return [{**row, "quantity": scale(quantities.get(row["product"], 0), row["decimals"])} for row in rows]


def list_found(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the products of the sheet by name, with what was found. Quantities are amounts, as in list_to_print()."""
    rows, names = list_to_print(sheet), ("counted", "expected", "difference")
    lines = describe_lines(sheet, [row["product"] for row in rows], hides_quantities=False)
    found = {line["product"]: {name: line[name] for name in names if line[name] is not None} for line in lines}
    return [
        row | {name: scale(value, row["decimals"]) for name, value in found[row["product"]].items()} for row in rows
    ]


def find_codes(user: User, lines: Sequence[EntryLine]) -> list[EntryLine]:
    """Return the lines with the products of their scanned codes, and with quantities in units instead of codes.

    An amount is that of the product, whatever the code says. A SKU or a barcode names the product that had it when it
    was counted.
    """
    found = find_scanned(user, [line.code for line in lines if line.code])
    named = [line.code and ProductReference(field, line.code.body) for field in ("barcode", "sku") for line in lines]
    then = find_holders_then(user.account_id or 0, named, [line.counted_at for line in lines] * 2)
    goods = Product.objects.for_user(user).in_bulk([*then.values()])
    resolved = []
    for n, line in enumerate(lines):
        rows = found.get(line.code.text, []) if line.code else []
        if former := goods.get(then.get(n, then.get(n + len(lines)))):
            is_unclear = former.decimals and isinstance(line.quantity, int)
            refusal = CodeWithoutAmount(product=former.pk) if is_unclear else None
            line = replace(line, product=by_id(former.pk), refusal=refusal)
        elif len(rows) == 1:
            line = replace(line, product=by_id(rows[0].product))
            line = multiply(line, rows[0]) if isinstance(line.quantity, int) else line
        resolved.append(line)
    return resolved


def multiply(line: EntryLine, scanned: Scanned) -> EntryLine:
    """Return the line with its quantity of codes in units, or with the reason why this is impossible."""
    try:
        units = scanned.quantity
    except AmountTooFine as error:
        return replace(line, refusal=error)
    if units is None:
        return replace(line, refusal=CodeWithoutAmount(product=scanned.product))
    return replace(line, quantity=line.quantity * units)
