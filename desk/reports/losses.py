"""The report of the losses: what counts have found missing, and what happened since the count before.

A row is a window: the time from the last count of the same goods to a count that differed. Its units are what was
missing, or less than 0 if there was more than expected. They and the value are those of the movement that the count has
booked, so all windows add up to what the counts have booked.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import TWO_PLACES
from core.pages.columns import Display, PageColumn, Row, list_shown, mark_goods, write_shown
from core.pages.tables import TablePage, TableSection, make_totals
from core.sentences import fill
from core.serializers import CachedFieldsSerializer
from core.sums import BY_UNIT, amount_of, collect_all_units, collect_grouped, describe_units
from core.translation import gettext_noop as _
from desk.reports.parameters import PERIOD, PRODUCTS, group_by
from desk.reports.reading.statement import IN_ALL as IN_ALL_OF
from desk.reports.reading.statement import Statement
from desk.reports.report import SKU, UNITS, Column, Report, by_unit
from desk.reports.sql import CATEGORY, LEDGER, SELECTED_PRODUCTS
from stock.booking.sql_counts import CHANGE, COVERS
from stock.models import OperationReason
from stock.sql import FIRST_REASON, IS_UNDONE
from users.access.permissions import grant
from users.access.roles import Right

# --- The statement --------------------------------------------------------------------------------

# The kinds of rows, with the words for them on the page.
BY = {
    "window": _("nothing: each count"), "product": _("product"), "location": _("place"), "month": _("month"),
    "reason": _("reason"),
}  # fmt: skip
# The reasons with which people write goods off. They are rows of `by=reason`, beside what counts have found.
WRITE_OFFS = ("damage", "theft", "expiry", "correction", "other")
# A window has what was booked at most this number of days after its end: as long as a till may send its sales late.
MAX_DAYS_LATE = 30

# The rows of `lost` that the filters select, with their products.
SELECTED = f""", selected AS (
    SELECT lost.*, product.name, product.sku, product.unit, product.decimals, product.stock_sequence
    FROM lost
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lost.product_id
    {CATEGORY}
    WHERE {SELECTED_PRODUCTS}
)"""  # noqa: S608, constants
# `counted` has the lines of the period that differed, and `standing` their operations that are not undone. A count
# books a movement for each line that differed, in the order of the lines. So the second such line of a product in an
# operation has booked the second movement of the product there.
LOST = f"""
WITH RECURSIVE counted AS MATERIALIZED (
    SELECT kept.* FROM stock_stockcount AS kept
    WHERE kept.owner_id = %(owner)s::bigint AND NOT kept.outdated AND kept.counted <> kept.expected
        AND kept.counted_at >= %(start)s::timestamptz AND kept.counted_at < %(end)s::timestamptz
), standing AS MATERIALIZED (
    SELECT operation_id FROM (SELECT DISTINCT operation_id FROM counted) AS operation
    WHERE NOT {IS_UNDONE.format(operation="operation_id")}
), line AS MATERIALIZED (
    SELECT kept.id, pair.operation_id, pair.product_id,
        row_number() OVER (PARTITION BY pair.operation_id, pair.product_id ORDER BY kept.id) AS number
    FROM (SELECT DISTINCT operation_id, product_id FROM counted JOIN standing USING (operation_id)) AS pair
    CROSS JOIN LATERAL (
        SELECT id FROM stock_stockcount
        WHERE owner_id = %(owner)s::bigint AND product_id = pair.product_id AND operation_id = pair.operation_id
            AND NOT outdated AND counted <> expected
        OFFSET 0
    ) AS kept
), booked AS MATERIALIZED (
    SELECT standing.operation_id, movement.product_id, movement.signed_value,
        row_number() OVER (PARTITION BY standing.operation_id, movement.product_id ORDER BY sequence) AS number
    FROM standing
    CROSS JOIN LATERAL (
        SELECT product_id, sequence, CASE movement_type WHEN 'OUT' THEN value ELSE -value END AS signed_value
        FROM stock_movement WHERE owner_id = %(owner)s::bigint AND operation_id = standing.operation_id
        OFFSET 0
    ) AS movement
), lost AS MATERIALIZED (
    SELECT counted.id AS count_id, counted.product_id, counted.location_id, counted.lot_id, counted.nowhere,
        counted.counted_at, counted.operation_id, 'count' AS reason, counted.expected - counted.counted AS units,
        booked.signed_value AS value
    FROM counted
    JOIN line USING (id, operation_id, product_id)
    JOIN booked USING (operation_id, product_id, number)
{{written_off}}){SELECTED}"""  # noqa: S608, constants
# What was written off in the period, if it was not undone. It has a location if all of it came from there.
WRITTEN_OFF = f"""
    SELECT NULL::bigint AS count_id, movement.product_id, {{location}} AS location_id, NULL::bigint AS lot_id,
        false AS nowhere, operation.occurred_at AS counted_at, operation.id AS operation_id, operation.reason,
        movement.old_quantity - movement.new_quantity AS units,
        CASE movement.movement_type WHEN 'OUT' THEN movement.value ELSE -movement.value END AS value
    FROM {LEDGER}
        AND operation.occurred_at >= %(start)s::timestamptz AND operation.occurred_at < %(end)s::timestamptz
        AND operation.reason IN {WRITE_OFFS} AND NOT {IS_UNDONE.format(operation="operation.id")}
"""  # noqa: S608, constants
ONE_LOCATION = """(
        SELECT min(location_id) FROM stock_portion
        WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
        HAVING count(DISTINCT coalesce(location_id, 0)) = 1
    )"""
SUMS = """count(*) AS number, sum(units)::bigint AS units,
    coalesce(sum(units) FILTER (WHERE units > 0), 0)::bigint AS lost,
    coalesce(-sum(units) FILTER (WHERE units < 0), 0)::bigint AS found, sum(value) AS value"""
IN_ALL = """count(*) OVER () AS in_all, sum(number) OVER ()::bigint AS in_all_number,
    sum(units) OVER ()::bigint AS in_all_units, sum(lost) OVER ()::bigint AS in_all_lost,
    sum(found) OVER ()::bigint AS in_all_found, sum(value) OVER () AS in_all_value"""
AMOUNTS = {
    "units": amount_of("selected.units", "selected"), "lost": amount_of("greatest(selected.units, 0)", "selected"),
    "found": amount_of("greatest(-selected.units, 0)", "selected"),
}  # fmt: skip
OF_LOSSES = ", ".join(f"{amount} AS {name}_amount" for name, amount in AMOUNTS.items())
LOSSES = f"(SELECT unit AS of_unit, {OF_LOSSES} FROM selected) AS selected"  # noqa: S608, constants
IN_ALL += f", {collect_all_units(LOSSES, *AMOUNTS)} AS in_all_by_unit"
SUMS += f", {collect_grouped('selected.unit', **AMOUNTS)} AS by_unit"

# The sequence of the last movement of the product `bound` that was recorded until the instant: a binary search as in
# stock/booking/sql_counts.py.
RECORDED_UNTIL = """(
    WITH RECURSIVE search AS (
        SELECT 0::bigint AS low, bound.stock_sequence AS high
        UNION ALL
        SELECT CASE WHEN is_recorded THEN middle ELSE low END, CASE WHEN is_recorded THEN high ELSE middle - 1 END
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
        CROSS JOIN LATERAL (
            SELECT (
                SELECT created_at <= {instant} FROM stock_operation
                WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
            ) AS is_recorded
            FROM stock_movement AS movement
            WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id AND sequence = middle
        ) AS movement
    )
    SELECT low FROM search WHERE low = high
)"""
LATEST = f"bound.counted_at + make_interval(days => {MAX_DAYS_LATE})"
# For each window of the page, `previous` is the last count before that covers it, and `log` has the movements that were
# recorded from its beginning until MAX_DAYS_LATE after its end: no others are read. Counts, and what undoes them, are
# left out. OFFSET 0 is an optimization fence, as in stock/booking/sql_counts.py.
WINDOWS = f"""{LOST.replace("{written_off}", "")}, page AS MATERIALIZED (
    SELECT selected.*, {IN_ALL}
    FROM (
        SELECT *, 1 AS number, greatest(units, 0) AS lost, greatest(-units, 0) AS found FROM selected
    ) AS selected
    ORDER BY value DESC, units DESC, counted_at DESC, count_id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT bound.count_id AS count, bound.operation_id AS operation, previous.id AS previous,
    bound.product_id AS product, bound.name, bound.sku, bound.location_id AS location,
    location.name AS location_name, bound.lot_id AS lot, lot.code AS lot_code,
    NULL::text AS month, NULL::text AS reason,
    coalesce(previous.counted_at, least(first.occurred_at, bound.counted_at)) AS "from", bound.counted_at AS "to",
    bound.number, bound.units, bound.lost, bound.found, bound.value,
    inside.delivered, inside.sold, inside.moved_in, inside.moved_out, inside.otherwise,
    inside.deliveries, inside.sales, inside.transfers, inside.others, bound.unit, bound.decimals,
    NULL::json AS by_unit, bound.in_all, bound.in_all_number, bound.in_all_units, bound.in_all_lost, bound.in_all_found,
    bound.in_all_value, bound.in_all_by_unit
FROM (SELECT *, location_id IS NOT NULL OR lot_id IS NOT NULL OR nowhere AS is_placed FROM page) AS bound
LEFT JOIN LATERAL (
    SELECT kept.id, kept.counted_at FROM stock_stockcount AS kept
    WHERE {COVERS} AND kept.counted_at <= bound.counted_at
        AND (kept.counted_at < bound.counted_at OR kept.id < bound.count_id)
    ORDER BY kept.counted_at DESC, kept.id DESC LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN previous.id IS NULL THEN 0 ELSE {RECORDED_UNTIL.format(instant="previous.counted_at")} END AS low,
        {RECORDED_UNTIL.format(instant=LATEST)} AS high
    OFFSET 0
) AS log
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = bound.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = bound.lot_id
LEFT JOIN LATERAL (
    SELECT operation.occurred_at FROM stock_movement AS movement
    JOIN stock_operation AS operation
        ON operation.owner_id = %(owner)s::bigint AND operation.id = movement.operation_id
    WHERE movement.owner_id = %(owner)s::bigint AND movement.product_id = bound.product_id AND movement.sequence = 1
) AS first ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(change) FILTER (WHERE reason = 'purchase'), 0)::bigint AS delivered,
        coalesce(-sum(change) FILTER (WHERE reason = 'sale'), 0)::bigint AS sold,
        coalesce(sum(came_in) FILTER (WHERE reason = 'transfer'), 0)::bigint AS moved_in,
        coalesce(sum(went_out) FILTER (WHERE reason = 'transfer'), 0)::bigint AS moved_out,
        coalesce(sum(change) FILTER (WHERE reason NOT IN ('purchase', 'sale', 'transfer')), 0)::bigint AS otherwise,
        json_build_object(
            'number', coalesce(sum(number) FILTER (WHERE reason = 'purchase'), 0),
            'units', coalesce(sum(change) FILTER (WHERE reason = 'purchase'), 0)
        ) AS deliveries,
        coalesce(json_agg(json_build_object(
            'till', till.id, 'till_name', till.name, 'user', performed_by_id, 'username', done.name,
            'number', number, 'units', -change
        ) ORDER BY change, done.name) FILTER (WHERE reason = 'sale'), '[]') AS sales,
        json_build_object(
            'number', coalesce(sum(number) FILTER (WHERE reason = 'transfer'), 0),
            'units_in', coalesce(sum(came_in) FILTER (WHERE reason = 'transfer'), 0),
            'units_out', coalesce(sum(went_out) FILTER (WHERE reason = 'transfer'), 0)
        ) AS transfers,
        coalesce(json_agg(json_build_object('reason', reason, 'number', number, 'units', change) ORDER BY reason)
            FILTER (WHERE reason NOT IN ('purchase', 'sale', 'transfer')), '[]') AS others
    FROM (
        SELECT reason, performed_by_id, name, count(DISTINCT operation_id) AS number, sum(change)::bigint AS change,
            sum(greatest(change, 0))::bigint AS came_in, sum(greatest(-change, 0))::bigint AS went_out
        FROM (
            SELECT operation.id AS operation_id, operation.reason, {CHANGE} AS change, performer.performed_by_id,
                performer.name
            FROM (
                SELECT id, operation_id, new_quantity - old_quantity AS change FROM stock_movement
                WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id
                    AND sequence > log.low AND sequence <= log.high
                OFFSET 0
            ) AS movement
            CROSS JOIN LATERAL (
                SELECT id, reason, occurred_at, performed_by_id, performer_id FROM stock_operation
                WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
                OFFSET 0
            ) AS operation
            LEFT JOIN LATERAL (
                SELECT operation.performed_by_id, name FROM stock_performer
                WHERE owner_id = %(owner)s::bigint AND id = operation.performer_id AND operation.reason = 'sale'
            ) AS performer ON true
            WHERE operation.occurred_at <= bound.counted_at
                AND (previous.id IS NULL OR operation.occurred_at > previous.counted_at)
                AND CASE operation.reason WHEN 'count' THEN false
                    WHEN 'reversal' THEN {FIRST_REASON.format(operation="operation.id")} <> 'count' ELSE true END
        ) AS movement
        WHERE change <> 0
        GROUP BY reason, performed_by_id, name
    ) AS done
    LEFT JOIN tills_till AS till ON till.owner_id = %(owner)s::bigint
        AND till.id = substring(done.name FROM '/till ([0-9]{{1,18}})$')::bigint
) AS inside
ORDER BY bound.value DESC, bound.units DESC, bound.counted_at DESC, bound.count_id
"""  # noqa: S608, constants

# The columns that identify a row, with what they are grouped and ordered by.
MONTH = "to_char(%(first_day)s::date + width_bucket(selected.counted_at, %(midnights)s::timestamptz[]) - 1, 'YYYY-MM')"
KEYS = {
    "product": "selected.product_id AS product, selected.name, selected.sku, NULL::bigint AS location,"
    " NULL::text AS location_name, NULL::text AS month, NULL::text AS reason, selected.unit, selected.decimals",
    "location": "NULL::bigint AS product, '' AS name, '' AS sku, location.id AS location,"
    " location.name AS location_name, NULL::text AS month, NULL::text AS reason, '' AS unit, 0 AS decimals",
    "month": "NULL::bigint AS product, '' AS name, '' AS sku, NULL::bigint AS location, NULL::text AS location_name,"
    f" {MONTH} AS month, NULL::text AS reason, '' AS unit, 0 AS decimals",
    "reason": "NULL::bigint AS product, '' AS name, '' AS sku, NULL::bigint AS location, NULL::text AS location_name,"
    " NULL::text AS month, selected.reason, '' AS unit, 0 AS decimals",
}
GROUPS = {
    "product": "selected.product_id, selected.name, selected.sku, selected.unit, selected.decimals",
    "location": "location.id, location.name", "month": MONTH, "reason": "selected.reason",
}  # fmt: skip
ORDERS = {
    "product": "value DESC, product", "location": "value DESC, location", "month": "month",
    "reason": "value DESC, reason",
}  # fmt: skip
GROUPED = """
SELECT NULL::bigint AS count, NULL::bigint AS operation, NULL::bigint AS previous, product, name, sku, location,
    location_name, NULL::bigint AS lot, NULL::text AS lot_code, month, reason,
    NULL::timestamptz AS "from", NULL::timestamptz AS "to", number, units, lost, found, value,
    NULL::json AS deliveries, NULL::json AS sales, NULL::json AS transfers, NULL::json AS others, unit, decimals,
    by_unit, {in_all}
FROM (
    SELECT {keys}, {sums}
    FROM selected
    LEFT JOIN stock_location AS location
        ON location.owner_id = %(owner)s::bigint AND location.id = selected.location_id
    GROUP BY {group}
) AS report
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s
"""
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


def build_losses(by: str) -> str:
    """Return the statement with a row for each window, product, location, month or reason."""
    if by == "window":
        return WINDOWS
    written_off = f"    UNION ALL {WRITTEN_OFF.format(location='NULL::bigint')}" if by == "reason" else ""
    lost = LOST.replace("{written_off}", written_off)
    return lost + GROUPED.format(in_all=IN_ALL, keys=KEYS[by], sums=SUMS, group=GROUPS[by], order=ORDERS[by])


def build_written_off(by: str) -> str:
    """Return the statement with a row for each reason of what was written off and, by `by`, each product and so on."""
    by = "reason" if by == "window" else by
    lost = WRITTEN_OFF.format(location=ONE_LOCATION if by == "location" else "NULL::bigint")
    keys = KEYS[by].replace("NULL::text AS reason", "selected.reason")
    group = GROUPS[by] if by == "reason" else f"{GROUPS[by]}, selected.reason"
    grouped = GROUPED.format(in_all=IN_ALL, keys=keys, sums=SUMS, group=group, order="value DESC, reason, product")
    return f"WITH lost AS MATERIALIZED ({lost}){SELECTED}{grouped}"


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
        f"{gettext(one['reason'])}: {write_shown(mark_goods(row, one['units']), '+,')}" for one in row["others"]
    )


def write_moved(row: Row) -> str | None:
    """Return what transfers have brought and taken in a window, or None without any."""
    moved = row["transfers"]
    if not moved or not moved["number"]:
        return None
    came, left = (mark_goods(row, moved[name]) for name in ("units_in", "units_out"))
    return fill("{came:,} in, {left:,} out", came=came, left=left)


def write_delivered(row: Row) -> Any:
    return (row["deliveries"] or {}).get("units") or None


# --- What was written off -------------------------------------------------------------------------

MAX_WRITTEN_OFF = 1000
OF_WRITTEN_OFF = ("product", "name", "sku", "location", "location_name", "month", "reason", "number", "units", "value",
                  "unit", "decimals")  # fmt: skip
TEXTS = {"type": "string", "nullable": True}
NUMBERS = {"type": "integer", "nullable": True}
WRITTEN_OFF_SCHEMA = {
    "type": "object",
    "description": "What was written off in the period, by reason, whatever `by` is, the highest value first. Except"
    " with `by=reason`, it is in no row and no total of the report.",
    "properties": {
        "value": {**TWO_PLACES, "description": "The sum of all rows."},
        "results": {
            "type": "array",
            "maxItems": MAX_WRITTEN_OFF,
            "items": {
                "type": "object",
                "properties": {
                    "product": NUMBERS, "name": {"type": "string"}, "sku": {"type": "string"}, "location": NUMBERS,
                    "location_name": TEXTS, "month": TEXTS, "reason": {"type": "string", "enum": [*WRITE_OFFS]},
                    "number": {"type": "integer", "description": "Of movements."}, "units": {"type": "integer"},
                    "value": {**TWO_PLACES}, "unit": {"type": "string"}, "decimals": {"type": "integer"},
                    BY_UNIT: {"type": "array", "items": describe_units("units", "lost", "found")},
                },
                "required": [*OF_WRITTEN_OFF, BY_UNIT],
            },
        },
    },
    "required": ["value", "results"],
}  # fmt: skip


@dataclass(frozen=True)
class Losses(Report):
    """A report with `written_off` beside its rows."""

    def read_more(self, statement: Statement) -> Row:
        written_off = Statement(build_written_off(statement.parameters["by"]), statement.parameters)
        rows = written_off.fetch_rows(MAX_WRITTEN_OFF)
        value = rows[0][f"{IN_ALL_OF}_value"] if rows else Decimal("0.00")
        shown = [
            {name: row[name] for name in (*OF_WRITTEN_OFF, BY_UNIT)} | {"value": str(row["value"])} for row in rows
        ]
        return {"written_off": {"value": str(value), "results": shown}}

    def describe_more(self) -> Row:
        return {"written_off": WRITTEN_OFF_SCHEMA}


@dataclass(frozen=True)
class LossesPage(TablePage):
    """The report, with what was written off in a second table."""

    template: str = "reports/losses.html"

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        by, written_off = view.values["by"], data["written_off"]
        found, rows = Decimal(data["totals"]["value"]), written_off["results"]
        counted = found - Decimal(written_off["value"]) if by == "reason" else found
        values = {"all": counted + Decimal(written_off["value"]), "counted": counted, "value": written_off["value"]}
        section = TableSection("results", "Written off", WRITTEN_OFF_COLUMNS, NOTHING_WRITTEN_OFF)
        table = section.table(view, written_off, display)
        columns = list_shown(WRITTEN_OFF_COLUMNS, rows)
        totals = make_totals(columns, {"value": written_off["value"]}, display) if rows else []
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
    PageColumn("all", "Losses in all", kind="money"),
    PageColumn("counted", "Missing in counts", kind="money"),
    PageColumn("value", "Written off", kind="money"),
)
NOTHING_WRITTEN_OFF = _("Nothing was written off in this time.")
REPORT = Losses(
    name="losses",
    title="Losses",
    after="days-left",
    question=_("Where was something lost?"),
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
        Column("product", page="product-detail", id_field="product", is_optional=True, null=True,
               field_class=serializers.IntegerField, write=lambda row: row["product"] and row["name"],
               about="Null unless `by` is `window` or `product`."),
        Column("name", about="Of the product; otherwise empty."),
        replace(SKU, is_optional=True, about="Of the product; otherwise empty."),
        Column("location", kind="number", null=True,
               about="The location that was counted. Null for counts of a whole product, and of what lies nowhere."),
        Column("location_name", "Place", page="location-detail", id_field="location", is_optional=True, null=True),
        Column("lot", kind="number", null=True, about="The lot that was counted, if only this was."),
        Column("lot_code", "Lot", page="lot-detail", id_field="lot", is_optional=True, null=True),
        Column("month", "Month", is_optional=True, null=True,
               about="Of the shop, such as 2026-11. Null unless `by=month`. That of the count."),
        Column("reason", "Reason", "words", codes=("count", *WRITE_OFFS), is_optional=True, null=True,
               about="Null unless `by=reason`: `count` for what counts have found, or the reason of what was written"
               " off."),
        Column("from", "Since", "moment", is_optional=True, null=True,
               about="The last count of these goods, or the first movement of the product."),
        Column("to", "Counted", "moment", page="operation-detail", id_field="operation", is_optional=True, null=True,
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
        Column("deliveries", "Delivered", "goods", only="json", is_optional=True, null=True, write=write_delivered,
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
    empty=_("No count of this time has found a difference."),
    note=lambda data: BESIDE if any(row["deliveries"] for row in data["results"]) else "",
)  # fmt: skip
# The columns of the second table. Its rows have the fields of the report's rows.
WRITTEN_OFF_COLUMNS = tuple(
    replace(column, title="Quantity") if column.name == "units" else column
    for column in REPORT.find_columns("product", "sku", "location_name", "month", "reason", "units", "value")
)
