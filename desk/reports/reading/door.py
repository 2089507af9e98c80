"""What others read: parts of the statements of reports, and what is still open of a row."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from core.database.replicas import get_alias, reading
from core.database.transactions import atomic_reads, set_time_limit
from core.money.amounts import money_of, scale
from core.money.sums import BY_UNIT, write_by_unit
from core.sentences import Goods, fill, write_number
from core.shop_apps import find_provided
from core.texts.folding import is_named
from core.translation import gettext_noop as _
from products.filing.reading.door import ROWS_AT_A_TIME
from products.models import Product
from stock.errors import ReportTooLong
from stock.models import Location
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.purchasing.lines import compute_outstanding, list_outstanding_orders, read_received
from trade.purchasing.models import Order, OrderLine, OrderState
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState

# The movements of the account with their operations.
LEDGER = """stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
    WHERE operation.owner_id = %(owner)s::bigint AND movement.owner_id = %(owner)s::bigint"""
CATEGORY = """LEFT JOIN products_category AS category
    ON category.owner_id = %(owner)s::bigint AND category.id = product.category_id"""
# Selects all products of the account, one product, or those of a category by its id or name.
SELECTED_PRODUCTS = f"""product.owner_id = %(owner)s::bigint
    AND (%(product)s::bigint IS NULL OR product.id = %(product)s::bigint)
    AND (%(category)s::bigint IS NULL OR product.category_id = %(category)s::bigint)
    AND (%(category_name)s::text IS NULL OR {is_named("category.name", "%(category_name)s::text")})"""

VALUE_AT_PRICE = money_of("product.quantity", "product.price")


# The limit of a file; it is one result set, and the worker holds its 20 to 50 MB until the file is sent.
MAX_ROWS = 100_000
IN_ALL = "in_all"
DECIMALS = "decimals"
TIMEOUT_SECONDS = 60  # twice the time for a year with five million movements


@dataclass(frozen=True)
class Statement:
    """An SQL statement and its parameters."""

    text: str
    parameters: dict[str, Any]

    @atomic_reads
    def open_cursor(self, limit: int, offset: int = 0) -> Any:
        """Execute the statement and return its cursor. The caller closes the cursor."""
        return self.execute(limit, offset)

    def execute(self, limit: int, offset: int = 0) -> Any:
        """Do what open_cursor() does, in the caller's transaction."""
        set_time_limit(TIMEOUT_SECONDS, get_alias())
        cursor = reading().cursor()
        cursor.execute(self.text, {**self.parameters, "limit": limit, "offset": offset})
        return cursor

    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Return up to `limit` rows from the offset on, as dictionaries by column name."""
        return fetch_all(self.open_cursor(limit, offset))

    def read_table(self, shown: Set[str], quantities: Set[str], offset: int = 0) -> Iterator[Any]:
        """Yield the header, then each row from the offset on, with the columns `shown` in the order of the statement.

        The `quantities` of products with decimals are written as amounts. Raise ReportTooLong before the header.
        """
        with closing(self.open_cursor(MAX_ROWS + 1, offset)) as cursor:
            if cursor.rowcount > MAX_ROWS:
                raise ReportTooLong(limit=MAX_ROWS)
            names = get_column_names(cursor)
            get_shown = itemgetter(*(place for place, name in enumerate(names) if name in shown))
            yield get_shown(names)
            while rows := cursor.fetchmany(ROWS_AT_A_TIME):
                written = write_amounts(names, rows, quantities) if DECIMALS in names else rows
                yield from map(get_shown, write_units(names, written) if BY_UNIT in names else written)


def fetch_all(cursor: Any) -> list[dict[str, Any]]:
    """Return all rows as dictionaries by column name, and close the cursor."""
    with closing(cursor):
        columns = get_column_names(cursor)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def write_amounts(names: list[str], rows: list[tuple[Any, ...]], quantities: Set[str]) -> Iterator[list[Any]]:
    """Yield the rows with the quantities of products that have decimals as amounts."""
    at, positions = names.index(DECIMALS), [place for place, name in enumerate(names) if name in quantities]
    for row in rows:
        values = [*row]
        for place in positions if row[at] else ():
            values[place] = None if row[place] is None else scale(row[place], row[at])
        yield values


def write_units(names: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the rows with the sums by unit as a text."""
    at = names.index(BY_UNIT)
    for row in rows:
        yield [*row[:at], row[at] and write_by_unit(row[at]), *row[at + 1 :]]


def get_column_names(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]


MAX_NAMED = 10  # the most reservations, orders and sheets of each kind


def add_open(what: str, row: Any) -> list[str]:
    """Return what will happen to the row, and a line for each open reservation, order and sheet that names it."""
    lines = [line for lines in READERS[type(row)](row) for line in name_first(lines)]
    said = gettext("These stay open:")
    return [f"{what} {said}", *lines] if lines else [what]


def list_reserved(owner_id: int, product_id: int) -> Any:
    """Return the open lines of reservations of the product, the first to end first."""
    lines: Any = ReservationLine.objects.filter(owner_id=owner_id, product_id=product_id, reserved_until__gt=Now())
    return lines.select_related("reservation__customer", "product").order_by("reserved_until", "id")


def list_ordered(owner_id: int, product_id: int, state: OrderState = OrderState.SENT) -> list[Any]:
    """Return the product's lines of sent orders with an `outstanding` quantity, or of drafts, the first expected first.

    Sent orders that have arrived completely are read as well, so call this for products that are on order only.
    """
    rows = OrderLine.objects.filter(owner_id=owner_id, product_id=product_id, order__state=state)
    lines = list(rows.select_related("order", "product").order_by("order__expected_on", "order_id"))
    if state == OrderState.DRAFT:
        return lines
    received = read_received(owner_id, [line.order_id for line in lines])
    for line in lines:
        line.outstanding = compute_outstanding(line.order, line, received)
    return [line for line in lines if line.outstanding]


def list_of_product(product: Any) -> list[list[str]]:
    """Return what is open of the product, which has its `on_order` as in a response."""
    owner_id, pk = product.owner_id, product.pk
    sent = list_ordered(owner_id, pk) if product.on_order else []
    drafts = list_ordered(owner_id, pk, OrderState.DRAFT)
    return [
        [name_reservation(line.reservation, write_goods(line, line.quantity)) for line in list_reserved(owner_id, pk)],
        [name_order(line.order, write_goods(line, line.outstanding)) for line in sent],
        [name_order(line.order, write_goods(line, line.quantity)) for line in drafts],
        list_sheets(owner_id, Q(lines__product_id=pk, lines__booked_at=None)),
    ]


def list_of_supplier(supplier: Supplier) -> list[list[str]]:
    is_open = Q(state=OrderState.DRAFT) | Q(pk__in=list_outstanding_orders(supplier.owner_id))
    orders = Order.objects.filter(is_open, owner_id=supplier.owner_id, supplier_id=supplier.pk)
    return [[name_order(order) for order in orders.order_by("-id")]]


def list_of_customer(customer: Customer) -> list[list[str]]:
    is_open = CONDITIONS[ReservationState.OPEN]
    rows = Reservation.objects.filter(is_open, owner_id=customer.owner_id, customer_id=customer.pk).order_by("id")
    return [[name_reservation(row) for row in rows.select_related("customer")]]


def list_sheets(owner_id: int, names_it: Q) -> list[str]:
    """Return the open counting sheets that meet the condition."""
    name_open = find_provided("open_sheets")
    return name_open(owner_id, names_it) if name_open else []


READERS: dict[type, Callable[[Any], list[list[str]]]] = {
    Product: list_of_product, Supplier: list_of_supplier, Customer: list_of_customer,
    Location: lambda one: [list_sheets(one.owner_id, Q(location_id=one.pk) | Q(entries__location_id=one.pk))],
}  # fmt: skip


def name_reservation(row: Reservation, *details: str) -> str:
    wanted = fill("wanted on {day}", day=row.wanted_on) if row.wanted_on else ""
    return join([fill("Reservation {number}", number=row.number), row.customer_name, row.reference, wanted, *details])


def name_order(order: Order, *details: str) -> str:
    text = _("Draft of order {number}") if order.state == OrderState.DRAFT else _("Order {number}")
    return join([fill(text, number=order.pk), order.supplier_name, *details])


def write_goods(line: Any, quantity: int) -> str:
    return write_number(Goods(quantity, line.product.decimals, line.product.unit))


def join(parts: Sequence[str | None]) -> str:
    return ", ".join(filter(None, parts))


def name_first(lines: list[str]) -> list[str]:
    """Return the first lines, and the number of the others."""
    rest = len(lines) - MAX_NAMED
    return [*lines[:MAX_NAMED], *([fill("and {number:,} more", number=rest)] if rest > 0 else [])]
