"""What others read of sales: the goods with parts that were sold, and what can still come back."""

from decimal import Decimal
from typing import Any

from core.database.replicas import read
from core.fields import are_costs_shown
from core.money.amounts import price_of
from core.money.currencies import round_money
from core.pages.columns import PageColumn, Row
from stock.booking.drafts import NOTHING
from stock.booking.locks import read_movements
from stock.models import RETURNED_TYPES, Operation, OperationReason, PriceSource
from stock.models.sql_sales import PRICED, find_made_by
from trade.selling.errors import SaleReversed
from trade.selling.goods import list_kinds, list_used
from trade.selling.money import costs_each
from trade.selling.sold import Sold, read_sold
from trade.selling.sql import WHOLES_LISTED
from users.models import User

# The goods of which a line is a part, by their kinds.
WHOLES = tuple(
    PageColumn(f"{kind.name}_name", kind.title, page=f"{kind.name}-detail", id_field=kind.name, is_optional=True)
    for kind in list_kinds()
)


def name_whole(kind: str, pk: int, name: str) -> Row:
    """Return the cells of WHOLES in the row of a line that is a part of these goods."""
    return {kind: pk, f"{kind}_name": name}


def attach_goods(operations: list[Operation], shop: User | None) -> list[Operation]:
    """Set the `goods` of these operations of the shop that have parts, and `part_of` of their movements. Return them.

    They have their movements, with how much of each came back. No statement is executed if none of them is a sale, or
    if the shop has never had such goods.
    """
    by_id = {one.pk: one for one in operations if one.reason == OperationReason.SALE and not one.goods}
    for kind in list_used(shop) if by_id else ():
        rows = kind.sold.objects.filter(owner_id=operations[0].owner_id, operation_id__in=by_id)
        for row in rows.order_by("id"):
            sale = by_id[row.operation_id]
            row.entry = sum(one.kind == row.kind for one in sale.goods)
            sale.goods = [*sale.goods, row]
            row.parts = [sale.shown[place] for place in row.movements if place < len(sale.shown)]
            row.returned = min(((part.returned or 0) * row.quantity // part.quantity for part in row.parts), default=0)
            for part in row.parts:
                part.part_of = row
    return operations


def attach_prices(operations: list[Operation], shop: User | None) -> list[Operation]:
    """Set the list price and what made the price of the movements and goods of these sales. Return all operations.

    They have their goods. Parts of goods have no `price_from` of their own. No statement is executed if none of them is
    a sale, or if the service that sells has told it.
    """
    sales = [one for one in operations if one.reason == OperationReason.SALE]
    if not sales:
        return operations
    values = {"owner": sales[0].owner_id, "operations": [one.pk for one in sales]}
    priced = {pk: row for pk, *row in read(PRICED.format(made_by=find_made_by()), values)}
    for movement in (one for sale in sales for one in sale.shown if one.pk in priced):
        movement.list_price, made_by, is_listed = priced[movement.pk]
        movement.price_from = made_by or name_source(is_listed)
    wholes = [one for sale in sales for one in sale.goods]
    for kind in list_used(shop) if wholes else ():
        statement = WHOLES_LISTED.format(name=kind.name, sold=kind.sold._meta.db_table, goods=kind.model._meta.db_table)
        listed = dict(read(statement, values))
        for row in (one for one in wholes if one.kind == kind.name):
            kept = priced[row.parts[0].pk][1] if row.parts else None
            row.price_from = kept or name_source(costs_list_price(row, listed[row.pk], shop.currency if shop else ""))
    for part in (part for row in wholes for part in row.parts):
        part.price_from = None
    return operations


def name_source(is_listed: bool) -> str:
    return (PriceSource.LIST if is_listed else PriceSource.TYPED).value


def costs_list_price(row: Any, price: Decimal | None, currency: str) -> bool:
    """Return whether goods of a sale cost their list price of then: without one, what their parts did."""
    if price is None:
        each = [price_of(one.quantity // row.quantity, one.list_price, one.decimals) for one in row.parts]
        price = round_money(sum(each, NOTHING), currency)
    return costs_each(row.total, price, row.quantity, currency)


def read_returnable(operation: Operation, by: User) -> Sold:
    """Return what a sale or a delivery has sold, with what was returned of it. An undone one has sold nothing."""
    try:
        return read_sold(operation, read_movements(operation.owner_id, [operation.pk]), by)
    except SaleReversed:
        return Sold({}, {})


def list_return_lines(operation: Any, by: User) -> list[dict[str, Any]] | None:
    """Return the movements of which something is left, or None if the operation is neither a sale nor a delivery.

    The operation has its movements and its goods.
    """
    if operation.reason not in RETURNED_TYPES:
        return None
    sold = read_returnable(operation, by).movements if operation.returned or operation.scrapped else {}
    nothing = dict.fromkeys([*(kind.name for kind in list_kinds()), "entry"])
    entries = {part.pk: one.named | {"entry": one.entry} for one in operation.goods for part in one.parts}
    is_sale, lines = operation.reason == OperationReason.SALE, []
    for movement in operation.shown:
        if not movement.returnable:
            continue
        one = sold.get(movement.pk)
        whole = one.rest if one else (movement.value, movement.sold_for)
        left = max(whole[is_sale], NOTHING) if is_sale or are_costs_shown() else None
        lines.append({
            **nothing, **entries.get(movement.pk, {}), "movement": movement.pk, "product": movement.product_id,
            "product_name": movement.product_name, "quantity": movement.returnable, "unit_price": movement.unit_price,
            "total_left": left,
        })  # fmt: skip
    return lines
