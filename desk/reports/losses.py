"""The report of the losses: what counts have found missing, and what happened since the count before.

A row is a window: the time from the last count of the same goods to a count that differed. Its units are what was
missing, or less than 0 if there was more than expected. They and the value are those of the movement that the count has
booked, so all windows add up to what the counts have booked.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from rest_framework import serializers

from core.fields import TWO_PLACES
from core.money.sums import BY_UNIT, describe_units
from core.pages.columns import Display, Row, list_shown, mark_goods, money_column, write_shown
from core.pages.tables import TablePage, TableSection, make_totals
from core.sentences import fill, say_code
from core.serializers import CachedFieldsSerializer
from core.translation import gettext_noop as _
from desk.reports.reading.statements import IN_ALL, Statement
from desk.reports.toolkit.parameters import PERIOD, PRODUCTS, group_by
from desk.reports.toolkit.report import SKU, UNITS, Column, Report, by_unit
from desk.reports.write_offs import WRITE_OFFS, build_losses, build_written_off
from stock.models import OperationReason
from users.access.permissions import grant
from users.access.roles import Right

# The kinds of rows, with the words for them on the page.
BY = {
    "window": _("nothing: each count"), "product": _("product"), "location": _("place"), "month": _("month"),
    "reason": _("reason"),
}  # fmt: skip
# Files omit these columns, because they are empty or have no single number.
INSIDE = ("delivered", "sold", "moved_in", "moved_out", "otherwise")
OF_WINDOWS = {*INSIDE, "count", "operation", "previous", "lot", "lot_code", "from", "to"}
OF_PRODUCTS, OF_LOCATIONS = {"product", "name", "sku", "unit"}, {"location", "location_name"}
EMPTY = {
    "window": frozenset({"by_unit", "month", "reason", "number", "lost", "found"}),
    "product": OF_WINDOWS | OF_LOCATIONS | {"by_unit", "month", "reason"},
    "location": OF_WINDOWS | OF_PRODUCTS | {"month", "reason"},
    "month": OF_WINDOWS | OF_PRODUCTS | OF_LOCATIONS | {"reason"},
    "reason": OF_WINDOWS | OF_PRODUCTS | OF_LOCATIONS | {"month"},
}

# --- What happened inside a window ----------------------------------------------------------------


class LossDeliveriesSerializer(CachedFieldsSerializer):
    number = serializers.IntegerField(help_text="Of operations with the reason `purchase`.")
    units = serializers.IntegerField(help_text="What came in.")


class LossSalesSerializer(CachedFieldsSerializer):
    """What a user has sold, at one till or without one."""

    till = serializers.IntegerField(allow_null=True, help_text="Null if it was not sold by the device of a till.")
    till_name = serializers.CharField(allow_null=True)
    user = serializers.IntegerField()
    username = serializers.CharField(help_text="As the history names it: with the name of the key that was used.")
    number = serializers.IntegerField(help_text="Of sales.")
    units = serializers.IntegerField(help_text="What went out.")


class LossTransfersSerializer(CachedFieldsSerializer):
    number = serializers.IntegerField(help_text="Of transfers.")
    units_in = serializers.IntegerField(help_text="What came to the place. Of a whole product, what was moved at all.")
    units_out = serializers.IntegerField(help_text="What left the place. Of a whole product, what was moved at all.")


class LossOtherSerializer(CachedFieldsSerializer):
    """What has changed the quantity with another reason, such as damage, a return or the reversal of a sale."""

    reason = serializers.ChoiceField(choices=OperationReason.choices)
    number = serializers.IntegerField(help_text="Of operations.")
    units = serializers.IntegerField(help_text="The change of the quantity: below 0 if it went out.")


def write_sales(row: Row) -> str:
    """Return the quantity that each till and user has sold in a window, the most first."""
    return "; ".join(
        f"{one['till_name'] or one['username']}: {write_shown(mark_goods(row, one['units']), ',')}"
        for one in row["sales"]
    )


def write_others(row: Row) -> str:
    return "; ".join(
        f"{say_code(one['reason'])}: {write_shown(mark_goods(row, one['units']), '+,')}" for one in row["others"]
    )


def write_moved(row: Row) -> str | None:
    """Return what transfers have brought and taken in a window, or None without any."""
    moved = row["transfers"]
    if not moved or not moved["number"]:
        return None
    came, left = (mark_goods(row, moved[name]) for name in ("units_in", "units_out"))
    return fill("{came:,} in, {left:,} out", came=came, left=left)


# --- What was written off -------------------------------------------------------------------------

MAX_WRITTEN_OFF = 1000
TEXTS = {"type": "string", "nullable": True}
NUMBERS = {"type": "integer", "nullable": True}
WRITTEN_OFF_FIELDS = {
    "product": NUMBERS, "name": {"type": "string"}, "sku": {"type": "string"}, "location": NUMBERS,
    "location_name": TEXTS, "month": TEXTS, "reason": {"type": "string", "enum": [*WRITE_OFFS]},
    "number": {"type": "integer", "description": "Of movements."}, "units": {"type": "integer"},
    "value": {**TWO_PLACES}, "unit": {"type": "string"}, "decimals": {"type": "integer"},
    BY_UNIT: {"type": "array", "items": describe_units("units", "lost", "found")},
}  # fmt: skip
WRITTEN_OFF_SCHEMA = {
    "type": "object",
    "description": "What was written off in the period, by reason, whatever `by` is, the highest value first. Except"
    " with `by=reason`, it is in no row and no total of the report.",
    "properties": {
        "value": {**TWO_PLACES, "description": "The sum of all rows."},
        "results": {
            "type": "array",
            "maxItems": MAX_WRITTEN_OFF,
            "items": {"type": "object", "properties": WRITTEN_OFF_FIELDS, "required": [*WRITTEN_OFF_FIELDS]},
        },
    },
    "required": ["value", "results"],
}


@dataclass(frozen=True)
class Losses(Report):
    """A report with `written_off` beside its rows."""

    def read_more(self, statement: Statement) -> Row:
        written_off = Statement(build_written_off(statement.parameters["by"]), statement.parameters)
        rows = written_off.fetch_rows(MAX_WRITTEN_OFF)
        value = rows[0][f"{IN_ALL}_value"] if rows else Decimal("0.00")
        shown = [{name: row[name] for name in WRITTEN_OFF_FIELDS} | {"value": str(row["value"])} for row in rows]
        return {"written_off": {"value": str(value), "results": shown}}

    def describe_more(self) -> Row:
        return {"written_off": WRITTEN_OFF_SCHEMA}


@dataclass(frozen=True)
class LossesPage(TablePage):
    """The report, with what was written off in a second table."""

    template: str = "reports/losses.html"

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        by, written_off = view.values["by"], data["written_off"]
        found, lost = Decimal(data["totals"]["value"]), Decimal(written_off["value"])
        counted = found - lost if by == "reason" else found
        values = {"all": counted + lost, "counted": counted, "value": lost}
        section = TableSection("results", "Written off", WRITTEN_OFF_COLUMNS, NOTHING_WRITTEN_OFF)
        table = section.table(view, written_off, display)
        columns = list_shown(WRITTEN_OFF_COLUMNS, written_off["results"])
        totals = make_totals(columns, {"value": lost}, display) if table.rows else []
        return {
            **super().context(request, view, data, display),
            "figures": [column.cell(values, display) for column in FIGURES],
            "written_off": None if by == "reason" else replace(table, totals=totals),
        }


# --- The report -----------------------------------------------------------------------------------

BESIDE = _(
    "Deliveries, sales and transfers are shown because they happened in the same time as the loss. That does not mean"
    " that they have caused it, or that those who sold have taken anything."
)

FIGURES = (
    money_column("all", "Losses in all"),
    money_column("counted", "Missing in counts"),
    money_column("value", "Written off"),
)
NOTHING_WRITTEN_OFF = _("Nothing was written off in this time.")
REPORT = Losses(
    name="losses",
    title="Losses",
    question="Where was something lost?",
    more_pages=("counts",),
    rights=grant(Right.SEE_COSTS, "get"),
    about="Where it was lost: what counts have found missing, and what happened since the count before.",
    description="""
        Return what the counts of a period have found missing or too much, the highest value first.

        A row is a window: the time since the last count of the same goods, with what was delivered, sold and moved in
        it. All of them add up to the differences that the counts have booked. Counts that are reversed or outdated are
        left out. `by` returns sums instead, without what happened.
    """,
    component="Loss",
    row="A window between two counts of the same goods, with what the later one has found missing; or sums of windows.",
    parameters=(*PERIOD, group_by("What a row is about. By default a window.", BY), *PRODUCTS),
    statement=lambda values: build_losses(values["by"]),
    left_out=EMPTY,
    columns=(
        Column("count", kind="number", null=True, about="The count that has found it. Null unless `by=window`."),
        Column("operation", kind="number", null=True, about="The operation that booked the difference."),
        Column("previous", kind="number", null=True,
               about="The count with which the window begins. Null if the goods were not counted before."),
        Column("product", links_to="product", is_optional=True, null=True,
               write=lambda row: row["product"] and row["name"],
               about="Null unless `by` is `window` or `product`."),
        Column("name", about="Of the product; otherwise empty."),
        replace(SKU, is_optional=True, about="Of the product; otherwise empty."),
        Column("location", kind="number", null=True,
               about="The location that was counted. Null for counts of a whole product, and of what lies nowhere."),
        Column("location_name", "Place", links_to="location", is_optional=True, null=True),
        Column("lot", kind="number", null=True, about="The lot that was counted, if only this was."),
        Column("lot_code", "Lot", links_to="lot", is_optional=True, null=True),
        Column("month", "Month", is_optional=True, null=True,
               about="Of the shop, such as 2026-11. Null unless `by=month`. That of the count."),
        Column("reason", "Reason", "words", codes=("count", *WRITE_OFFS), is_optional=True, null=True,
               about="Null unless `by=reason`: `count` for what counts have found, or the reason of what was written"
               " off."),
        Column("from", "Since", "moment", is_optional=True, null=True,
               about="The last count of these goods, or the first movement of the product."),
        Column("to", "Counted", "moment", links_to="operation", is_optional=True, null=True,
               about="When it was counted. Null unless `by=window`."),
        Column("number", kind="number", is_summed=True,
               about="Of windows. Of a reason other than `count`, of its movements."),
        Column("units", "Missing", "goods", is_summed=True, losses="above",
               about="`lost` minus `found`: below 0 if there was more than expected."),
        Column("lost", kind="goods", is_summed=True, about="What was missing."),
        Column("found", kind="goods", is_summed=True, about="What was there beyond the expected quantity."),
        Column("value", "Value", "money", is_summed=True, losses="above",
               about="What `units` have cost: the `value` of the movements. Below 0 for what was found."),
        *(Column(name, kind="goods", only="files") for name in INSIDE),
        Column("deliveries", "Delivered", "goods", only="json", is_optional=True, null=True,
               write=lambda row: (row["deliveries"] or {}).get("units") or None,
               field_class=LossDeliveriesSerializer, about="Null unless `by=window`."),
        Column("sales", "Sold by", only="json", is_optional=True, write=write_sales,
               field_class=partial(LossSalesSerializer, many=True),
               about="By till and user. Empty unless `by=window`."),
        Column("transfers", "Moved", only="json", is_optional=True, null=True, write=write_moved,
               field_class=LossTransfersSerializer, about="Null unless `by=window`."),
        Column("others", "Other changes", only="json", is_optional=True, write=write_others,
               field_class=partial(LossOtherSerializer, many=True), about="Everything else but counts, by reason."),
        *UNITS,
        by_unit("LossByUnit", "units", "lost", "found"),
    ),
    shown=(
        "product", "sku", "location_name", "lot_code", "month", "reason", "from", "to", "units", "value", "deliveries",
        "sales", "transfers", "others",
    ),
    page_class=LossesPage,
    empty="No count of this time has found a difference.",
    note=lambda data: BESIDE if any(row["deliveries"] for row in data["results"]) else "",
)  # fmt: skip
# The columns of the second table. Its rows have the fields of the report's rows.
WRITTEN_OFF_COLUMNS = tuple(
    replace(column, title="Quantity") if column.name == "units" else column
    for column in REPORT.find_columns("product", "sku", "location_name", "month", "reason", "units", "value")
)
