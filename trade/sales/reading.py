"""What responses show of sales: their lines and money, the sums of a list, and what is sold most."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.database.replicas import read
from core.fields import are_costs_shown
from core.sentences import Goods
from core.texts.folding import NameKey
from products.models import Product
from stock.booking.drafts import NOTHING
from stock.models import MovementType, Operation
from stock.models.sql_sales import SOLD, SOLD_FOR, TAX_OF, TAXED
from stock.reading.operations import attach_details
from trade.sales import sql
from trade.selling.goods import GoodsKind, list_used
from trade.selling.hooks import find_papers
from trade.selling.payments.money import SaleTotals, find_money, read_totals, sum_by_kind
from trade.selling.reading import attach_goods, attach_prices
from users.models import User


@dataclass(frozen=True, slots=True)
class Seller:
    """Under which number, by which till and to whom something was sold."""

    number: int | None = None
    till: int | None = None
    till_name: str | None = None
    customer: int | None = None
    customer_name: str | None = None
    is_undone: bool = False
    has_buyer: bool = False  # it has a customer, or is to be paid later


def attach_sales(sales: Iterable[Operation], shop: User | None = None) -> list[Any]:
    """Set what responses show of these sales, which belong to one account. Return the sales.

    With the `shop`, also set its goods with parts that were sold.
    """
    shown: list[Any] = attach_details([*sales])
    attach_goods(shown, shop)  # their places count all movements
    if not shown:
        return shown
    owner_id, ids = shown[0].owner_id, [sale.pk for sale in shown]
    values = {"owner": owner_id, "operations": ids}
    totals = read_totals(owner_id, ids)
    sellers = {pk: Seller(*seller) for pk, *seller in read(sql.SHOWN, values)}
    attach_prices(shown, shop)
    invoices = find_papers(owner_id, ids)
    costs = dict(read(sql.COSTS, values)) if are_costs_shown() else {}
    for sale in shown:
        sale.seller = sellers[sale.pk]
        sold = totals.get(sale.pk, SaleTotals())
        sale.money = find_money(sale.pk, sold, sale.payments, is_undone=sale.seller.is_undone)
        is_noted = sale.money.is_noted or sale.seller.has_buyer  # otherwise nobody notes how it is paid
        sale.due = sale.money.due if is_noted and not sale.money.is_undone else None
        invoice = invoices.get(sale.pk)
        sale.invoice = {"id": invoice.pk, "number": invoice.name} if invoice else None
        sale.margin = sum_net(sold) - costs[sale.pk] if sale.pk in costs else None
        sale.shown = [line for line in sale.shown if line.movement_type == MovementType.OUT]
        for line in sale.shown:
            line.sum, line.discount = line.sold_for, line.discount or NOTHING
            line.price_from = line.part_of.price_from if line.part_of else line.price_from
    return shown


def list_sold(sale: Any) -> list[tuple[str, Goods]]:
    """Return the names and quantities of what attach_sales() has found: goods with parts in place of their parts."""
    sold = dict.fromkeys((line.part_of or line) for line in sale.shown)
    return [(getattr(one, "product_name", None) or one.name, Goods(one.quantity, one.decimals)) for one in sold]


def sum_net(totals: SaleTotals) -> Decimal:
    """Return what is left of the sale without VAT."""
    return sum((one.net for one in totals.taxes), NOTHING)


# The money of all sales is added up at once. Of the sales of which something came back, `given` and `taxed` have the
# returns: see stock.models.sql_sales.
SUMS = f"""
WITH RECURSIVE sale (operation_id) AS MATERIALIZED ({{sales}}), asked (sale_id) AS (
    SELECT DISTINCT link.sale_id FROM sale
    JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = sale.operation_id
), {TAXED}, noted AS MATERIALIZED (
    SELECT id FROM (SELECT operation_id AS id FROM sale) AS sold WHERE {sql.IS_NOTED.format(operation="sold")}
), part AS (
    SELECT operation_id, amount + CASE WHEN is_net THEN tax ELSE 0.00 END AS total, 0.00 AS returned,
        amount - CASE WHEN is_net THEN 0.00 ELSE tax END - cost AS margin
    FROM (
        SELECT sale.operation_id, kept.rate, coalesce(kept.is_net, false) AS is_net, sum({SOLD_FOR}) AS amount,
            sum(movement.value) AS cost
        {SOLD}
        GROUP BY 1, 2, 3
    ) AS of_rate
    CROSS JOIN LATERAL (SELECT {TAX_OF.format(amount="amount")} AS tax) AS taxed
    UNION ALL
    SELECT sale_id, 0.00, gross, -net FROM taxed WHERE NOT is_sale
    UNION ALL
    SELECT sale_id, 0.00, 0.00, cost FROM given WHERE NOT is_sale
)
SELECT (SELECT count(*) FROM sale), coalesce(sum(total), 0.00), coalesce(sum(returned), 0.00),
    coalesce(sum(margin), 0.00), coalesce(sum(total - returned) FILTER (WHERE noted.id IS NOT NULL), 0.00)
FROM part LEFT JOIN noted ON noted.id = part.operation_id
"""  # noqa: S608, constants
MONEY = ("total", "returned", "revenue", "refunded", "due")


def sum_up(owner_id: int | None, sales: QuerySet) -> dict[str, Any]:
    """Return the number of these sales of the account, what they were sold for, what came back, and what was paid."""
    if owner_id is None:
        return {"sales": 0, **dict.fromkeys(MONEY, str(NOTHING)), "payments": [], "margin": None}
    text, parameters = sales.order_by().values("pk").query.sql_with_params()
    names = [f"value{place}" for place in range(len(parameters))]
    selected = text % tuple(f"%({name})s" for name in names)
    values = {"owner": owner_id, **dict(zip(names, parameters, strict=True))}
    [(number, total, returned, margin, noted)] = read(SUMS.format(sales=selected), values)
    paid = sum_by_kind(selected, values)
    refunded = sum((amount for *_, amount in paid), NOTHING)
    due = noted - sum((amount for _, amount, _ in paid), NOTHING)
    money = total, returned, total - returned, refunded, due
    return {
        "sales": number,
        **dict(zip(MONEY, map(str, money), strict=True)),
        "payments": [{"kind": kind, "amount": str(amount)} for kind, amount, _ in paid],
        "margin": str(margin) if are_costs_shown() else None,
    }


MAX_SOLD_MOST = 10
MAX_OFFERED = 60  # the most goods among which the tiles are chosen


class TileGoods(NamedTuple):
    """The goods of a tile: a `product`, or goods of another kind. `picture` is the address of the picture, or None."""

    kind: str
    id: int
    name: str
    sku: str
    barcode: str
    price: Decimal
    options: list[str] | None
    decimals: int
    unit: str
    picture: str | None

    @property
    def named(self) -> dict[str, int]:
        """Return the tile as the settings have it."""
        return {self.kind: self.id}


def read_tiles(shop: User) -> list[TileGoods]:
    """Return the live goods of the shop's tiles, in their order.

    If nobody has chosen any, these are the goods in most of the last sales.
    """
    statement = write_tiles(tuple(list_used(shop)), is_chosen=bool(shop.tiles))
    values = {"owner": shop.pk, "limit": len(shop.tiles) or MAX_SOLD_MOST, "tiles": json.dumps(shop.tiles)}
    return [TileGoods(*row) for row in read(statement, values)]


def list_offered(shop: User) -> list[TileGoods]:
    """Return the live goods that may be tiles: first what is sold most, then goods with parts and products by name."""
    kinds = tuple(list_used(shop))
    values = {"owner": shop.pk, "limit": MAX_OFFERED, "tiles": "[]"}
    found = [row[:2] for row in read(write_tiles(kinds, is_chosen=False), values)]
    for name, model in [*((kind.name, kind.model) for kind in kinds), ("product", Product)]:
        rows = model.objects.for_user(shop).live().order_by(NameKey("name"), "id")
        found += [(name, pk) for pk in rows.values_list("pk", flat=True)[:MAX_OFFERED]]
    values["tiles"] = json.dumps([{name: pk} for name, pk in dict.fromkeys(found)])
    return [TileGoods(*row) for row in read(write_tiles(kinds, is_chosen=True), values)]


@cache
def write_tiles(kinds: tuple[GoodsKind, ...], *, is_chosen: bool) -> str:
    """Return the statement of tiles that are products, or goods of these kinds."""
    tables = [{"name": kind.name, "sold": kind.sold._meta.db_table, "tile": kind.tile} for kind in kinds]
    alone, sold, tiles = (
        "".join(part.format(**one) for one in tables) for part in (sql.IS_ALONE, sql.GOODS_SOLD, sql.GOODS_OF_TILE)
    )
    lines = f"{sql.PRODUCTS_ALONE}{alone}{sold}" if kinds else sql.PRODUCTS_SOLD
    return sql.TILES.format(tiles=sql.CHOSEN if is_chosen else sql.SOLD_MOST.format(lines=lines), goods=tiles)
