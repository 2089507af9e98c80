"""What others read of prices: the rows of goods, a list of all, and what goods would cost."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from core.money.amounts import MAX_PRICE, write_amount
from core.money.currencies import charge, round_money
from stock.booking.drafts import NOTHING, Key, OperationDraft, count_base_units
from stock.booking.locks import ReferencedProducts
from stock.hooks import PriceSourceHook
from stock.models import OperationReason
from trade.customers.models import Customer
from trade.prices.applying import PriceBook, read_book
from trade.prices.models import GOODS, PriceRow
from trade.prices.services import GoodsKey
from trade.prices.sql import MADE_BY
from trade.selling.drafts import SoldPart
from trade.selling.goods import list_kinds
from trade.selling.hooks import PriceHook
from trade.selling.money import share_total
from trade.selling.named_goods import find_asked, read_listed
from trade.selling.prices import PRODUCT
from users.models import User

ORDER = ("product_id", "kit_id", "price_group_id", "least", "starts_on", "ends_on", "id")


def select_rows(user: User) -> QuerySet:
    """Return the present rows that the user may see, of live goods. A till sees only those for everybody."""
    is_live = Q(product__archived_at=None, kit__archived_at=None)
    rows = PriceRow.objects.for_user(user).filter(is_live, until=None).select_related("product", "kit", "price_group")
    return rows.filter(price_group=None) if user.is_device else rows


def show_row(row: PriceRow) -> dict[str, Any]:
    """Return a row as a response has it, and as a client sends it."""
    return {
        "price_group": row.price_group_id,
        "from": row.least and write_amount(row.least, row.product.decimals if row.product else 0),
        "price": f"{row.price:.2f}",
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }


def list_shown(user: User, products: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the present rows of these products, by the ids of those that have any."""
    shown: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in select_rows(user).filter(product__in=products).order_by(*ORDER):
        shown[row.product_id].append(show_row(row))
    return shown


def show_listed(row: PriceRow) -> dict[str, Any]:
    goods: Any = row.product or row.kit
    named = {name: getattr(goods, name) for name in ("name", "sku")}
    return {
        "id": row.pk, "product": row.product_id, "kit": row.kit_id, **named,
        "list_price": None if goods.price is None else f"{goods.price:.2f}",
        **show_row(row), "price_group_name": row.price_group.name if row.price_group else None,
    }  # fmt: skip


def show_margins(user: User, body: Any, goods: Any, rows: Iterable[PriceRow]) -> dict[str, Any]:
    """Return the rows with their margins: what is left of a price without its VAT and without the cost of one.

    `body` has the goods as the API shows them, without costs to those who do not see them.
    """
    cost = body.get("cost_price") or body.get("cost")
    net = read_net_part(user, goods) if cost else NOTHING
    shown = [
        {
            **show_row(row), "price_group_name": row.price_group.name if row.price_group else None,
            "margin": round_money(row.price * net - Decimal(cost), user.shop_currency) if cost else None,
        }
        for row in rows
    ]  # fmt: skip
    listed = body["price"] or body["list_price"]
    return {"id": goods.pk, "name": goods.name, "list_price": listed, "cost": cost, "rows": shown}


def read_net_part(user: User, goods: Any) -> Decimal:
    """Return what part of a price of the goods is no VAT. Those with parts have the rates of these, which share it."""
    shop = user.shop_owner
    if not (shop and shop.prices_include_tax):
        return Decimal(1)
    kind = next((kind for kind in list_kinds() if isinstance(goods, kind.model)), None)
    parts: Any = kind.read_parts(user, goods) if kind else [SoldPart(goods, 1, NOTHING)]
    taxes = [part.product.tax for part in parts]
    shares = zip(share_total(MAX_PRICE, parts, 1, user.shop_currency), taxes, strict=True)
    return sum((share / (100 + (tax.rate if tax else 0)) * 100 for share, tax in shares), NOTHING) / MAX_PRICE


class PricesOfSales(PriceHook):
    def read_book(self, by: User, customer: int | None, keys: Collection[Key], at: datetime | None) -> PriceBook:
        return read_book(by, customer, keys, at)

    def read_for_forms(self, user: User, keys: Collection[Key], customer: int | None) -> dict[str, Any]:
        """Return the prices of these goods, and the group of the customer."""
        named = Q(pk=None)
        for name in GOODS:
            named |= Q(**{f"{name}__in": [pk for kind, pk in keys if kind == name]})
        rows = PriceRow.objects.for_user(user).filter(named, until=None)
        group = read_book(user, customer, ()).find_group(None) if customer else None
        return {
            "prices": show_to_scripts(rows),
            "group": group and {"id": group.group, "percent": group.percent},
        }


class KeptSources(PriceSourceHook):
    def select_made_by(self) -> str:
        return MADE_BY


def show_to_scripts(rows: QuerySet) -> list[dict[str, Any]]:
    """Return the rows as the scripts of tills and forms read them, with quantities in base units."""
    names = ("product", "kit", "price_group", "price", "starts_on", "ends_on")
    found = rows.values(*names, **{"from": F("least")})
    return [{**row, "price": f"{row['price']:.2f}"} for row in found]


def preview(*, by: User, lines: Sequence[Any], customer: Customer | None = None, at: datetime | None = None) -> Any:
    """Return what the lines would cost the customer at a time, by a fixed number of statements.

    Raise InvalidLines with the errors of all lines that name nothing, or too little.
    """
    owner_id: Any = by.account_id
    past = at if at and at < datetime.now(UTC) else None
    goods, booked, errors = find_asked(OperationDraft(by=by, reason=OperationReason.SALE), [*lines])
    products = ReferencedProducts(owner_id, [line.product for line in booked if not line.is_share])
    named: dict[int, tuple[GoodsKey, int, Any]] = {
        errors.origins[one.places[0]][0]: ((one.kind, one.goods.pk), one.quantity, one.goods) for one in goods
    }
    for place, line in errors.each(booked):
        with errors.of(place):
            if not line.is_share:
                one = products.get_live(line.product)
                quantity = count_base_units(line.quantity, one.pk, one.decimals)
                named[errors.origins[place][0] if errors.origins else place] = (PRODUCT, one.pk), quantity, one
    errors.raise_if_any()
    asked = [named[index] for index in sorted(named)]
    quantities: Counter[GoodsKey] = Counter()
    for key, quantity, _goods in asked:
        quantities[key] += quantity
    listed = read_listed(owner_id, {key: one for key, _quantity, one in asked}, past, by.shop_currency)
    book = read_book(by, customer.pk if customer else None, quantities, at if past else None)
    rows, total = [], NOTHING
    for key, quantity, goods in asked:
        decimals = goods.decimals if key[0] == PRODUCT else 0
        applied = book.find(key, quantities[key], listed[key], at)
        money = charge(quantity, applied.price, decimals, by.shop_currency)
        after = book.find_next(key, quantities[key], listed[key], at)
        total += money
        rows.append({
            key[0]: key[1], "list_price": f"{listed[key]:.2f}", "unit_price": f"{applied.price:.2f}",
            "price_from": applied.price_from, "sum": f"{money:.2f}",
            "next": after and {"from": write_amount(after[0], decimals), "price": f"{after[1]:.2f}"},
        })  # fmt: skip
    return {"lines": rows, "total": f"{total:.2f}"}
