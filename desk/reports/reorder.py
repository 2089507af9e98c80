"""The report of what to order. Its page has an order for each supplier, and one click makes a draft of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from core.database.replicas import read
from core.fields import CostSumField
from core.lists.parameters import query_choice
from core.lists.serialization import get_row_serializer
from core.pages.columns import Display, Mark, PageColumn, Row, list_shown, make_cells, write_shown
from core.pages.mixin import make_form_key
from core.pages.tables import TablePage, plain_head
from core.sentences import fill_plural
from core.serializers import CachedFieldsSerializer
from core.translation import gettext_noop as _
from desk.reports.days_left import A_DAY, BEHIND_RATE, LEAD_DAYS, SOLD, USED
from desk.reports.reading.statements import Statement
from desk.reports.toolkit.parameters import RATE, SUPPLIER, Parameter
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, QUANTITY, UNITS, Column, Report, Values, of_product
from products.look_ups import PRODUCTS
from trade.purchasing.demand import CHOICES, OFFERS_OF_PRODUCTS, REORDER_BY
from users.access.roles import Right, may
from users.reading import shows

MAX_ROWS = 500  # the limit of the page
MAX_LINES = 90  # the limit of a form, because the owner reads it before making a draft of it
MORE = _("There are more products: make a draft of these, and this page shows the next ones.")
WITHOUT_SUPPLIER = _("Without supplier")
TO_MAKE = _("To be made")
NO_FORM = _("Give these products a supplier to order them.")

LATE = Mark("order now", lambda row: row["is_late"], "low")


class ComparedOfferSerializer(CachedFieldsSerializer):
    """What a supplier offers a product for."""

    supplier = serializers.IntegerField()
    supplier_name = serializers.CharField()
    unit_cost = CostSumField(allow_null=True)
    lead_days = serializers.IntegerField()
    pack_size = serializers.IntegerField()
    min_packs = serializers.IntegerField()


OFFERED = tuple(ComparedOfferSerializer().fields)
OffersField = partial(ComparedOfferSerializer, many=True)


@dataclass(frozen=True)
class ReorderPage(TablePage):
    """The suggested orders, one below the other."""

    template: str = "reports/reorder.html"

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        user, rows = request.user, data["results"]
        may_order = may(user, Right.MANAGE_ORDERS)
        texts = PRODUCTS.describe_all(user, [row["product"] for row in rows]) if may_order else {}
        today = user.shop_today().isoformat()
        shown = [{**row, "is_late": row["order_by"] is not None and str(row["order_by"]) <= today} for row in rows]
        orders = [
            make_order(self.columns, list(part), display, texts)
            for _, part in groupby(shown, lambda row: (row["supplier"], row["to_make"]))
        ]
        return {"orders": orders, "order_address": reverse("shop-order"), "empty": self.empty}


def make_order(
    columns: Iterable[PageColumn], rows: Sequence[Row], display: Display, texts: dict[int, str]
) -> dict[str, Any]:
    """Return the variables of the order of these rows of one supplier.

    `texts` has the texts by which a form finds the products. It is empty for a user who may not order. The order is a
    form if it has a key, which needs a supplier and a user who may order.
    """
    first, listed = rows[0], rows[:MAX_LINES] if texts else rows
    supplier, is_placed = first["supplier"], first["supplier"] or first["to_make"]
    columns = list_shown(columns, listed)
    return {
        "supplier": supplier,
        "title": gettext(TO_MAKE) if first["to_make"] else first["supplier_name"] or gettext(WITHOUT_SUPPLIER),
        "address": reverse("supplier-detail", args=[supplier]) if supplier else "",
        **describe_reorder(listed, display),
        "heads": [plain_head(column) for column in columns],
        "rows": [
            {"cells": cells, "name": row["name"], "text": texts.get(row["product"], ""), "suggested": row["suggested"]}
            for row, cells in zip(listed, make_cells(columns, listed, display), strict=True)
        ],
        "button": fill_plural("Draft {number:,} line", "Draft {number:,} lines", len(listed)),
        "key": make_form_key() if supplier and texts else "",
        "note": gettext(MORE) if len(listed) < len(rows) else gettext(NO_FORM) if texts and not is_placed else "",
    }


def describe_reorder(rows: Sequence[Row], display: Display) -> dict[str, str]:
    """Return the figure of an order, and its sentences: how much is ordered, and the time until it would arrive.

    The figure is the known part of the cost, or else the number of products.
    """
    number, days = len(rows), max(row["lead_days"] for row in rows)
    costs = [Decimal(row["cost"]) for row in rows if row["cost"] is not None]
    figure = said = fill_plural("{number:,} product", "{number:,} products", number)
    if costs:
        figure = display.money(sum(costs))
    if costs and (without := number - len(costs)):
        unknown = fill_plural("{number:,} of them without a cost", "{number:,} of them without a cost", without)
        said = f"{said}, {unknown}"
    delivery = fill_plural("A delivery takes {number:,} day.", "A delivery takes {number:,} days.", days)
    return {"figure": figure, "words": f"{said}. {delivery}" if costs else delivery}


def parse_choice(request: Request) -> Values:
    """Return how the offers are chosen."""
    return {"choose": query_choice(request, "choose", CHOICES)}


CHOOSE = Parameter(
    "choose", "Of each product",
    choices=(
        ("preferred", _("the preferred supplier")), ("cheapest", _("the cheapest supplier")),
        ("fastest", _("the fastest supplier")),
    ),
    about="The offer that is ordered: the preferred one, the cheapest one, which an offer without a cost never is, or"
    " the one that would arrive first. Of equal ones, it is the preferred one.",
    parse=parse_choice, is_offered=shows("offers"),
)  # fmt: skip


def write_offers(row: Row) -> str:
    """Return the offers of a product that has several."""
    return ", ".join(map(write_offer, row["offers"])) if len(row["offers"]) > 1 else ""


def write_offer(offer: Row) -> str:
    """Return a supplier with its cost and its days."""
    days = fill_plural("{number:,} day", "{number:,} days", offer["lead_days"])
    cost = write_shown(Decimal(offer["unit_cost"])) if offer["unit_cost"] else ""
    return f"{offer['supplier_name']}: {', '.join(filter(None, (cost, days)))}"


@dataclass(frozen=True)
class Reorder(Report):
    """A report whose rows have all offers of their products."""

    def complete(self, rows: list[Values], statement: Statement) -> list[Values]:
        products = [row["product"] for row in rows if not row["to_make"]]
        values = {"owner": statement.parameters["owner"], "products": products}
        offers: dict[int, list[Values]] = defaultdict(list)
        serialize = get_row_serializer(ComparedOfferSerializer).serialize_row
        for product, *offer in read(OFFERS_OF_PRODUCTS, values) if products else ():
            offers[product].append(serialize(dict(zip(OFFERED, offer, strict=True))))
        return [{**row, "offers": offers[row["product"]]} for row in rows]


REPORT = Reorder(
    name="reorder",
    title="Tomorrow's order",
    question="What has to be ordered, and from whom?",
    about="What to order of each supplier, by what was sold and how long its deliveries take.",
    description="""
        Return what to order of each product that is needed, by supplier, the product that runs out first at the top.

        Subtracts what is on order and in drafts. The files of workers have no costs. Supplier, number, pack, cost and
        days are those of the offer that `choose` selects.
    """,
    component="Reorder",
    row="What to order of a product, and every number that this is computed from.",
    parameters=(SUPPLIER, *RATE, CHOOSE),
    statement=lambda values: REORDER_BY[values["choose"]],
    page_class=ReorderPage,
    max_page_rows=MAX_ROWS,
    columns=(
        Column("supplier", kind="number", null=True,
               about="Null for products without a supplier and, as the last ones, for what is made."),
        Column("supplier_name", null=True),
        PRODUCT_ID,
        PRODUCT,
        of_product("sku"),
        of_product("supplier_sku", about="The supplier's own code of the product."),
        QUANTITY,
        Column("reserved", kind="goods", about="The quantity in open reservations."),
        Column("on_order", kind="goods", is_optional=True, write=lambda row: row["on_order"] or None,
               about="What is outstanding of sent orders."),
        Column("in_draft", _("In drafts"), "goods", about="What orders that are not sent yet would bring."),
        of_product("min_threshold", kind="goods"),
        SOLD,
        LEAD_DAYS,
        Column("days_left", "Days left", "number", null=True,
               about="Whole days that the quantity lasts at this rate. Null without sales."),
        Column("order_by", "Order by", "date", null=True, marks=(LATE,), about="The last day on which an order arrives"
               " in time, or today if that is past. Null without sales, and if the stock lasts longer than a hundred"
               " years."),
        Column("needed", _("Needed"), "goods",
               about="`min_threshold` + 1 + the exact `per_day` * (`lead_days` + `cover`),"
               " rounded up, - (`quantity` - `reserved` + `on_order` + `in_draft`)."),
        of_product("pack_size", kind="goods", is_optional=True,
                   write=lambda row: row["pack_size"] if row["pack_size"] > 1 else None,
                   about="Of what is made: how much one batch of the recipe makes."),
        Column("packs", kind="number", about="`needed` in packs or batches, rounded up."),
        Column("suggested", kind="goods", about="`packs` times `pack_size`."),
        Column("suggested_threshold", _("Sold until a delivery"), "goods",
               about="What is sold during `lead_days`, rounded up: a `min_threshold` that lasts until a delivery."),
        Column("unit_cost", kind="money", is_cost=True, null=True,
               about="What the supplier asks for one. Null without a cost, and for workers."),
        Column("cost", "Cost", "money", is_cost=True, null=True, is_optional=True,
               about="`suggested` times `unit_cost`. Null without one, and for workers."),
        *UNITS, *BEHIND_RATE, A_DAY, USED,
        Column("to_make", kind="flag", about="Whether it has a recipe: then it is made, and not ordered."),
        Column("min_packs", "Least packs", "number", is_optional=True,
               write=lambda row: row["min_packs"] if row["packs"] < row["min_packs"] else None,
               about="The least number of packs that the supplier sells. `packs` may be fewer."),
        Column("chosen_by", null=True,
               about="Why this supplier is suggested: `preferred`, `cheapest` or `fastest`. If no offer has"
               " a cost, the cheapest one is the preferred one, or else the fastest one. Null without a supplier."),
        Column("offers", "Offers", is_extra=True, is_optional=True, only="json", write=write_offers,
               field_class=OffersField,
               about="All offers of the product, the preferred one first. Workers see no costs in them."),
    ),
    shown=(
        "name", "quantity", "on_order", "sold", "days_left", "order_by", "pack_size", "min_packs", "cost", "offers",
    ),
    empty="Nothing has to be ordered.",
)  # fmt: skip
