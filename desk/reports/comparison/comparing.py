"""Compare a list of another system with the stock, and say which bookings explain each difference.

theirs + since + unexplained = ours, in every row. Nothing is written.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.database.replicas import read, reading
from core.database.transactions import atomic_reads, set_time_limit
from core.errors import DomainError
from core.fields import MAX_QUOTED_LENGTH
from desk.reports.comparison import sql
from desk.reports.reading.statements import MAX_ROWS, TIMEOUT_SECONDS, fetch_all
from products.models import Product
from records.events.errors import PositionUnknown
from stock.booking.drafts import ProductReference, Units, count_base_units
from stock.booking.locks import ReferencedProducts
from stock.errors import ProductArchived, ProductNotFound, SeveralProducts

MAX_LISTED = 1000  # the most rows of each list of an answer; its numbers count all of them
MAX_CHANGES = 20  # the most changes that a row lists; `since_change` is the sum of all of them
MAX_MOVEMENTS = 200  # suspects are among the last movements of a product
MAX_SUSPECTS = 5  # the most of each kind for one product
# Two equal bookings are a suspect if they have the same reference and this little time between them, ...
TWICE_WITHIN = timedelta(days=1)
# ... or if they have no reference and the same performer: customers also buy the same thing one after the other.
TWICE_WITHOUT_REFERENCE_WITHIN = timedelta(minutes=10)
# Kinds of suspects.
BOOKED_TWICE, NOT_APPLIED, APPLIED_TWICE = "booked_twice", "not_applied", "applied_twice"
KINDS = (BOOKED_TWICE, NOT_APPLIED, APPLIED_TWICE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TheirLine:
    """A line of the list. The references name the same product. Without a quantity, it only says that it is there."""

    number: int  # the line of the request, counted from 0, or of the file, counted from 1
    references: Sequence[ProductReference]
    quantity: Units | None

    @property
    def quoted(self) -> str:
        """Return what the response quotes of a line that can't be compared."""
        return str(self.references[0].value)[:MAX_QUOTED_LENGTH] if self.references else ""


@dataclass(frozen=True)
class Asked:
    """What is compared: the name of the other system, the quantity that it has, and up to where it knows ours.

    `position` is the last event of the feed that it has read. `as_of` is when the list was made.
    """

    source: str
    of: str = sql.AVAILABLE
    position: int | None = None
    as_of: datetime | None = None

    @property
    def parameters(self) -> Row:
        return {"source": self.source, "position": self.position, "as_of": self.as_of}

    @property
    def booked(self) -> str:
        """Return the statement of the operations that the other system may not have seen."""
        if self.position is not None:
            return sql.BOOKED_AFTER_POSITION
        return sql.BOOKED_NEVER if self.as_of is None else sql.BOOKED_AFTER_INSTANT

    @property
    def reserved(self) -> str:
        """Return the part of the statement with the reservations that the other system may not have seen."""
        if self.of != sql.AVAILABLE or (self.position is None and self.as_of is None):
            return ""
        is_made, is_closed, moved, instant = sql.AFTER_INSTANT if self.position is None else sql.AFTER_POSITION
        return "UNION ALL" + sql.RESERVED.format(is_made=is_made, is_closed=is_closed, moved=moved, instant=instant)

    @property
    def reserved_now(self) -> str:
        return sql.RESERVED_NOW if self.of == sql.AVAILABLE else sql.NOTHING_RESERVED


@dataclass
class TheirList:
    """The list by product. Lines of one product add up. `unknown` has the lines that can't be compared."""

    quantities: dict[int, int] = field(default_factory=dict)
    uncounted: set[int] = field(default_factory=set)  # products of lines without a quantity
    unknown: list[Row] = field(default_factory=list)

    @property
    def products(self) -> list[int]:
        return [*self.quantities, *(self.uncounted - self.quantities.keys())]

    def add(self, line: TheirLine, products: ReferencedProducts) -> None:
        """Add a line, or the reason why it can't be compared."""
        try:
            product = find_product(line, products)
            if line.quantity is None:
                self.uncounted.add(product.pk)
                return
            quantity = count_base_units(line.quantity, product.pk, product.decimals)
        except DomainError as error:
            name = line.references[0].field if line.references else "product"
            said = {"code": error.code, "detail": str(error.detail)}
            self.unknown.append({"line": line.number, "field": name, "value": line.quoted, **said})
            return
        self.quantities[product.pk] = self.quantities.get(product.pk, 0) + quantity


def find_product(line: TheirLine, products: ReferencedProducts) -> Product:
    """Return the product that the references name. Raise ProductNotFound, ProductArchived or SeveralProducts."""
    found: dict[int, Product] = {}
    errors: list[DomainError] = []
    for reference in line.references:
        try:
            product = products.get_live(reference)
        except (ProductNotFound, ProductArchived) as error:
            errors.append(error)
        else:
            found[product.pk] = product
    if len(found) > 1:
        raise SeveralProducts(products=sorted(found))
    if not found:
        raise errors[0] if errors else ProductNotFound(field="product")
    return next(iter(found.values()))


@atomic_reads
def compare(owner_id: int, asked: Asked, lines: Sequence[TheirLine], wrong: Iterable[Row] = ()) -> Row:
    """Return the comparison in the form of the response, with at most MAX_LISTED rows in each list.

    `wrong` has the lines that could not be read, in the form of `unknown`. The number of statements does not depend on
    the number of lines. Raise PositionUnknown.
    """
    theirs = find_products(owner_id, asked, lines)
    unknown = sorted([*wrong, *theirs.unknown], key=lambda row: row["line"])
    differ = find_differences(owner_id, asked, theirs, MAX_LISTED)
    missing = fetch(
        sql.MISSING.format(reserved_now=asked.reserved_now),
        {"owner": owner_id, "products": theirs.products, "limit": MAX_LISTED},
    )
    in_all, unexplained = (differ[0]["in_all"], differ[0]["in_all_unexplained"]) if differ else (0, 0)
    totals = {
        "products": len(theirs.quantities),
        "differ": in_all,
        "explained": in_all - unexplained,
        "unexplained": unexplained,
        "unknown": len(unknown),
        "missing": missing[0]["in_all"] if missing else 0,
        "without_quantity": len(theirs.uncounted - theirs.quantities.keys()),
    }
    return {
        "source": asked.source,
        "of": asked.of,
        "position": asked.position,
        "as_of": asked.as_of,
        "agree": len(theirs.quantities) - in_all,
        "differ": [write_difference(row) for row in differ],
        "unknown": unknown[:MAX_LISTED],
        "missing": missing,
        "suspects": find_suspects(owner_id, asked, differ),
        "totals": totals,
    }


@atomic_reads
def list_differences(owner_id: int, asked: Asked, lines: Sequence[TheirLine], wrong: Iterable[Row] = ()) -> list[Row]:
    """Return all products that differ, of at most MAX_ROWS. Lines that can't be compared are left out."""
    theirs = find_products(owner_id, asked, lines)
    return [write_difference(row) for row in find_differences(owner_id, asked, theirs, MAX_ROWS)]


def find_products(owner_id: int, asked: Asked, lines: Sequence[TheirLine]) -> TheirList:
    """Return the list by product. Raise PositionUnknown."""
    set_time_limit(TIMEOUT_SECONDS, reads=True)
    check_position(owner_id, asked)
    products = ReferencedProducts(owner_id, [reference for line in lines for reference in line.references])
    theirs = TheirList()
    for line in lines:
        theirs.add(line, products)
    return theirs


def check_position(owner_id: int, asked: Asked) -> None:
    """Raise PositionUnknown if the feed ends before the position."""
    if asked.position:
        last = next((position for (position,) in read(sql.HEAD, {"owner": owner_id})), 0)
        if asked.position > last:
            raise PositionUnknown(last=last)


def find_differences(owner_id: int, asked: Asked, theirs: TheirList, limit: int) -> list[Row]:
    """Return the products that differ, or agree although bookings say that they should not."""
    if not theirs.quantities:
        return []
    values = {"products": [*theirs.quantities], "theirs": [*theirs.quantities.values()], "limit": limit}
    parts = {"booked": asked.booked, "reserved": asked.reserved, "reserved_now": asked.reserved_now}
    statement = sql.DIFFER.format(**parts)
    return fetch(statement, {"owner": owner_id, **asked.parameters, **values, "most_changes": MAX_CHANGES})


def write_difference(row: Row) -> Row:
    """Return the row of the response."""
    shown = {name: value for name, value in row.items() if not name.startswith("in_all")}
    newest, since = json.loads(shown.pop("newest") or "[]"), shown.pop("since")
    shown.pop("stock_sequence")
    return {**shown, "since": newest, "since_change": since, "since_count": row["since_count"]}


def find_suspects(owner_id: int, asked: Asked, differ: list[Row]) -> list[Row]:
    """Return the bookings that may be the reason of what is unexplained."""
    doubtful = [row for row in differ if row["unexplained"]]
    if not doubtful:
        return []
    values = {
        "products": [row["product"] for row in doubtful],
        "unexplained": [row["unexplained"] for row in doubtful],
        "sequences": [row["stock_sequence"] for row in doubtful],
        "most_movements": MAX_MOVEMENTS,
    }
    rows = fetch(sql.SUSPECTS.format(booked=asked.booked), {"owner": owner_id, **asked.parameters, **values})
    by_product: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_product[row["product"]].append(row)
    return [suspect for row in doubtful for suspect in judge(by_product[row["product"]])]


def judge(operations: list[Row]) -> list[Row]:
    """Return the suspects among the operations of one product, which are the newest first: a few of each kind."""
    same = [row for row in operations if row["change"] == row["unexplained"]]
    counted = [row for row in same if not row["is_reversed"]]
    twins = {
        row["operation"]: first["operation"]
        for place, row in enumerate(counted)
        if (first := next((one for one in counted[place + 1 :] if is_booked_twice(row, one)), None))
    }
    twice = [row for row in same if row["operation"] in twins]
    lost = [row for row in same if row["operation"] not in twins and not row["is_known"] and not row["is_since"]]
    opposite = [row for row in operations if row["change"] == -row["unexplained"]]
    found = {BOOKED_TWICE: twice, NOT_APPLIED: lost, APPLIED_TWICE: opposite}
    return [
        make_suspect(kind, row, twins.get(row["operation"]))
        for kind, rows in found.items()
        for row in rows[:MAX_SUSPECTS]
    ]


def is_booked_twice(row: Row, first: Row) -> bool:
    """Return whether an operation repeats another one with the same change."""
    apart: timedelta = row["created_at"] - first["created_at"]
    has_reference = bool(row["reference"] or first["reference"])
    same, within = ("reference", TWICE_WITHIN) if has_reference else ("performer", TWICE_WITHOUT_REFERENCE_WITHIN)
    return bool(row[same] == first[same] and apart <= within)


def make_suspect(kind: str, row: Row, twin: int | None = None) -> Row:
    shown = ("product", "operation", "reason", "reference", "change", "unexplained")
    return {"kind": kind, **{name: row[name] for name in shown}, "timestamp": row["created_at"], "twin": twin}


def fetch(statement: str, parameters: Row) -> list[Row]:
    """Return the rows as dictionaries by column name."""
    with reading().cursor() as cursor:
        cursor.execute(statement, parameters)
        return fetch_all(cursor)
