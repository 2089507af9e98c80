"""The report of the sales: what was taken in a period, and what was given back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from rest_framework.request import Request
from rest_framework.serializers import IntegerField

from core.database.transactions import atomic_snapshot
from core.lists.filters import StrictIntegerField, StrictTextField
from core.lists.parameters import Follow, query_value
from core.pages.columns import Display
from core.pages.plots import Plot
from core.pages.tables import TablePage
from core.time_zones import list_changes
from core.translation import gettext_noop as _
from desk.reports.margins import IN_PERIOD
from desk.reports.reading.statements import IN_ALL, Statement
from desk.reports.toolkit.days import DayStatement
from desk.reports.toolkit.parameters import PERIOD, Parameter, group_by
from desk.reports.toolkit.plots import plot_columns, read_days, read_days_before
from desk.reports.toolkit.report import Column, Report, Values
from stock.models import MAX_REFERENCE_LENGTH, Operation, PaymentKind
from stock.models.sql import BY_ID, OWNER
from stock.models.sql_sales import BACK, SALES, SOLD, SOLD_FOR, TAX_OF, TAXED
from trade.customers.look_ups import CUSTOMERS
from trade.sales.sql import WHO
from trade.tills.models import Till
from users.models import User

# --- The statement --------------------------------------------------------------------------------

DAY = "%(first_day)s::date + width_bucket(portion.at, %(midnights)s::timestamptz[]) - 1"
# `offsets` has those of the zone from UTC, each from the instant in `changes` on: PostgreSQL may have other rules.
HOUR = """extract(hour FROM portion.at AT TIME ZONE 'UTC'
    + (%(offsets)s::interval[])[width_bucket(portion.at, %(changes)s::timestamptz[])])::int"""
# The columns that identify a row, by the parameter `by`, and the columns by which parts of sales are grouped.
COLUMNS = (
    "day", "hour", "operation", "occurred_at", "reference", "products", "till", "till_name", "user", "username",
    "customer", "customer_name", "payment",
)  # fmt: skip
OF_SALE = {
    "operation": "portion.sale_id", "occurred_at": "sale.occurred_at", "reference": "sale.reference",
    "till": "till.id", "till_name": "till.name", "user": "sale.performed_by_id", "username": "performer.name",
    "customer": "customer.id", "customer_name": "customer.name",
}  # fmt: skip
KEYS: dict[str, dict[str, str]] = {
    "sale": OF_SALE,
    "day": {"day": DAY},
    "hour": {"hour": HOUR},
    "till": {name: OF_SALE[name] for name in ("till", "till_name")},
    "user": {"user": OF_SALE["user"], "username": "split_part(performer.name, '/', 1)"},
    "customer": {name: OF_SALE[name] for name in ("customer", "customer_name")},
    "payment": {"payment": "portion.kind"},
}
ORDERS = {
    "sale": "operation DESC", "day": "day", "hour": "hour", "till": "total DESC, till", "user": 'total DESC, "user"',
    "customer": "total DESC, customer", "payment": "payment",
}  # fmt: skip
# Files omit these columns, because they are empty.
EMPTY = {by: frozenset({*COLUMNS} - {*keys}) for by, keys in KEYS.items() if by != "sale"}
TYPES = {"day": "date", "hour": "int", "occurred_at": "timestamptz"} | dict.fromkeys(
    ("operation", "till", "user", "customer"), "bigint"
)
# The products of the sale `{operation}`, in the order of its lines.
PRODUCTS = """(
    SELECT string_agg(product_name, ', ' ORDER BY id) FROM (
        SELECT id, product_name FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = {operation} AND movement_type = 'OUT' OFFSET 0
    ) AS movement
)"""
OF_OPERATION = BY_ID.format(
    columns="id, occurred_at, reference, performed_by_id, performer_id", owner=OWNER, operation="portion.sale_id"
)
# `counted` has the sales of the period that are not undone, and the returns of sales in it, of which `sign` is -1.
# `taxed` and `given` have these operations, among others: see stock.models.sql_sales. The placeholders are conditions.
COUNTED = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD + "{only_sales}")}, {
    BACK.format(period=IN_PERIOD + "{only_back}")
}, counted AS (
    SELECT operation_id, operation_id AS sale_id, at, 1 AS sign FROM sale
    UNION ALL
    SELECT operation_id, sale_id, at, -1 FROM back
), asked AS (
    SELECT DISTINCT sale_id FROM counted
), {TAXED}"""  # noqa: S608, constants
# `portion` is what was sold by a sale of the period, or what came back of a sale by a return of the period. It has the
# user, the till and the customer of the sale.
# They are added up together, and not joined: PostgreSQL could compare each with all others. A sale whose lines all came
# in, such as an IN with the reason `sale`, has no amounts, and counts as a sale for 0.
OF_GOODS = f"""{COUNTED}, portion AS (
    SELECT max(sale_id) AS sale_id, max(at) AS at, coalesce(bool_or(is_sale), max(sign) > 0) AS is_sale,
        CASE WHEN count(is_sale) > 0 THEN max(sign) * sum(gross) ELSE 0.00 END AS revenue,
        CASE WHEN count(is_sale) > 0 THEN max(sign) * (sum(net) - sum(cost)) ELSE 0.00 END AS margin
    FROM (
        SELECT operation_id, sale_id, at, sign, NULL::boolean AS is_sale, NULL::numeric AS gross, NULL::numeric AS net,
            NULL::numeric AS cost
        FROM counted
        UNION ALL
        SELECT operation_id, NULL, NULL, NULL, is_sale, gross, net, NULL FROM taxed
        UNION ALL
        SELECT operation_id, NULL, NULL, NULL, NULL, NULL, NULL, cost FROM given
    ) AS part
    GROUP BY operation_id HAVING count(sign) > 0
)"""  # noqa: S608, constants
# What was taken in the parts of a period: `sales` and `revenue` are those of the report by day. It reads no costs.
# It adds up the movements of all sales at once, and reads returns only for the sales of which something came back.
TAKINGS = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD)}, {BACK.format(period=IN_PERIOD)}, asked AS (
    SELECT DISTINCT sale_id FROM back
), {TAXED}, portion AS (
    SELECT at, 1 AS sales, 0.00 AS revenue FROM sale
    UNION ALL
    SELECT at, 0, amount + CASE WHEN is_net THEN {TAX_OF.format(amount="amount")} ELSE 0.00 END
    FROM (
        SELECT sale.at, kept.rate, kept.is_net, sum({SOLD_FOR}) AS amount
        {SOLD}
        GROUP BY sale.operation_id, sale.at, kept.rate, kept.is_net
    ) AS of_rate
    UNION ALL
    SELECT back.at, 0, -taxed.gross FROM back JOIN taxed ON taxed.operation_id = back.operation_id
)
SELECT {DAY} AS day, sum(sales) AS sales, sum(revenue) AS revenue
FROM portion
GROUP BY 1
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
# The same of the payments of the period. A reversal of a payment is subtracted from what was received, or given back.
OF_PAYMENTS = """
WITH portion AS (
    SELECT operation_id AS sale_id, created_at AS at, (amount > 0) = (reverses_id IS NULL) AS is_sale,
        amount AS revenue, NULL::numeric AS margin, kind
    FROM stock_payment
    WHERE owner_id = %(owner)s::bigint AND created_at >= %(start)s::timestamptz AND created_at < %(end)s::timestamptz
)"""
# The rows of a sale that the filters of the report need.
OF_WHOM = f"""CROSS JOIN LATERAL (
        {OF_OPERATION}
    ) AS sale
    {WHO.format(operation="sale")}
    WHERE (%(till)s::bigint IS NULL OR till.id = %(till)s::bigint)
        AND (%(user)s::bigint IS NULL OR sale.performed_by_id = %(user)s::bigint)
        AND (%(customer)s::bigint IS NULL OR customer.id = %(customer)s::bigint)
        AND (%(reference)s::text IS NULL OR sale.reference = %(reference)s::text)
        AND (%(product)s::bigint IS NULL OR EXISTS (
            SELECT FROM stock_movement AS movement
            WHERE movement.owner_id = %(owner)s::bigint AND movement.operation_id = portion.sale_id
                AND movement.product_id = %(product)s::bigint
        ))"""
PARTS = """, listed AS (
    SELECT {keys},
        count({counted}) FILTER (WHERE is_sale) AS sales,
        coalesce(sum(revenue) FILTER (WHERE is_sale), 0.00) AS total,
        coalesce(-sum(revenue) FILTER (WHERE NOT is_sale), 0.00) AS returned,
        sum(revenue) AS revenue, sum(margin) AS margin
    FROM portion
    {of_whom}
    GROUP BY {group}
)
SELECT {columns}, sales, total, returned, revenue, margin, count(*) OVER () AS in_all,
    sum(sales) OVER ()::bigint AS in_all_sales, sum(total) OVER () AS in_all_total,
    sum(returned) OVER () AS in_all_returned, sum(revenue) OVER () AS in_all_revenue
FROM listed
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s
"""
# The ids of the sales of which the report has a row, the newest first.
SALES_SHOWN = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD)}, {BACK.format(period=IN_PERIOD)}
SELECT sale_id, count(*) OVER () AS in_all
FROM (
    SELECT operation_id AS sale_id FROM sale
    UNION
    SELECT sale_id FROM back
) AS shown
ORDER BY sale_id DESC
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
# The conditions that let COUNTED read the sales of a page only.
ID_OF_SALE = {"only_sales": "id", "only_back": "link.sale_id"}
OF_PAGE = {name: f" AND {column} = ANY(%(sales)s::bigint[])" for name, column in ID_OF_SALE.items()}
ALL_OF_PERIOD = dict.fromkeys(OF_PAGE, "")
FILTERS = ("till", "user", "customer", "reference", "product")
SUMMED = ("sales", "total", "returned", "revenue", "margin")


def build_sales(by: str, only: Mapping[str, str] = ALL_OF_PERIOD) -> str:
    """Return the statement with a row for each sale, day, hour of the day, till, user, customer or kind of payment."""
    keys = KEYS[by]
    is_paid = by == "payment"
    columns = {name: f'"{name}"' if name in keys else f"NULL::{TYPES.get(name, 'text')}" for name in COLUMNS}
    if by == "sale":
        columns["products"] = PRODUCTS.format(operation="listed.operation")
    return ((OF_PAYMENTS if is_paid else OF_GOODS) + PARTS).format(
        keys=", ".join(f'{value} AS "{name}"' for name, value in keys.items()),
        group=", ".join(map(str, range(1, len(keys) + 1))),
        of_whom=OF_WHOM,
        columns=", ".join(f'{value} AS "{name}"' for name, value in columns.items()),
        counted="DISTINCT portion.sale_id" if is_paid else "*",
        order=ORDERS[by],
        **only,
    )


BY_DAY = build_sales("day")


@dataclass(frozen=True)
class DaysOfSales(DayStatement):
    """The report by day."""

    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        return [{**dict.fromkeys(COLUMNS), **row} for row in super().fetch_rows(limit, offset)]


@dataclass(frozen=True)
class PageOfSales(Statement):
    """The report by sale. It reads the amounts of the sales of a page, and adds up those of the days for the totals."""

    @atomic_snapshot
    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        shown = Statement(SALES_SHOWN, self.parameters).fetch_rows(limit, offset)
        if not shown:
            return []
        sales = {**self.parameters, "sales": [row["sale_id"] for row in shown]}
        totals = {**make_sales_by_day(self.parameters).fetch_rows(1)[0], IN_ALL: shown[0][IN_ALL]}
        in_all = {name: value for name, value in totals.items() if name.startswith(IN_ALL)}
        return [{**row, **in_all} for row in Statement(build_sales("sale", OF_PAGE), sales).fetch_rows(limit)]


def is_filtered(values: Values) -> bool:
    return any(values[name] is not None for name in FILTERS)


def make_sales_by_day(values: Values) -> Statement:
    """Return the statement of the report by day. With a filter, it reads no kept days."""
    return Statement(BY_DAY, values) if is_filtered(values) else DaysOfSales(BY_DAY, values, "sales", "day", SUMMED)


def make_takings_by_day(values: Values) -> DayStatement:
    """Return the statement with the number of sales and the revenue of each day."""
    return DayStatement(TAKINGS, values, "sales", "day", ("sales", "revenue"))


def make_sales(values: Values) -> Statement:
    """Return the statement of the report. Without a filter, its sums may be those of kept days."""
    by = values["by"]
    if by == "day":
        return make_sales_by_day(values)
    if by == "hour":
        changes = list_changes(values["start"], values["end"], values["zone"])
        values = {**values, "changes": changes, "offsets": [change.utcoffset() for change in changes]}
    make = Statement if by != "sale" or is_filtered(values) else PageOfSales
    return make(build_sales(by), values)


# --- The report -----------------------------------------------------------------------------------


def draw(user: User, values: Values) -> Plot | None:
    """Draw the revenue of each day or week."""
    statement = make_sales_by_day(values)
    (days, _rows), (before, _more) = (read(statement, "total", "returned") for read in (read_days, read_days_before))
    unit = Display.of(user).currency
    return plot_columns(gettext("Sold and returned"), ("sold", _("returned")), days, before, unit=unit)


def parse_reference(request: Request) -> Values:
    """Return the reference, and the shop's time zone, in which the hours are."""
    user: Any = request.user
    reference = query_value(request, "reference", StrictTextField(max_length=MAX_REFERENCE_LENGTH))
    return {"reference": reference, "zone": user.shop_zone}


def filter_by(name: str, about: str, follow: Follow = lambda _user, row_id: row_id) -> Parameter:
    """Return the parameter with the id of a row. An id of another account matches nothing, as an unknown id."""
    return Parameter(
        name, schema={"type": "integer", "minimum": 0}, about=about, is_shown=False,
        parse=lambda request: {name: follow(request.user, query_value(request, name, StrictIntegerField()))},
    )  # fmt: skip


BY = {
    "sale": "sale",
    "day": "day",
    "hour": _("hour of the day"),
    "till": _("till"),
    "user": "user",
    "customer": "customer",
    "payment": _("kind of payment"),
}


@dataclass(frozen=True)
class SalesPage(TablePage):
    """The report, whose tills lead to their pages for those who may open them."""

    extend: Any = Till.objects.link_kept


REPORT = Report(
    name="sales",
    title="Sales",
    question="What was taken, and what was earned?",
    about="What was sold, for how much, and what came back.",
    description="""
        Return the sales of a period, the newest first, with what was sold and what came back in the period.

        Reversed sales do not count. A return counts on its own day, for the user, the till and the customer of its
        sale. `by` returns sums instead.
    """,
    component="Sale",
    row="A sale, with what came back of it in the period, or the sums of a day, an hour, a till, a user, a customer or"
    " a kind of payment.",
    parameters=(
        *PERIOD,
        group_by("What a row is about. By default a sale.", BY),
        Parameter(
            "reference", "Document no.", about="The whole reference of the sale.",
            parse=parse_reference,
        ),
        filter_by("product", "Id of a product: the sales that have it."),
        filter_by("till", "Id of a till."),
        filter_by("user", "Id of the user who has sold."),
        filter_by("customer", "Id of the customer of the order.", CUSTOMERS.follow),
    ),
    statement=make_sales,
    left_out=EMPTY,
    columns=(
        Column("day", "Day", "date", is_optional=True, null=True,
               about="In the shop's time zone. Null unless `by=day`."),
        Column("hour", "Hour", "number", is_optional=True, null=True,
               about="Of the day, from 0 to 23, in the shop's time zone. Null unless `by=hour`."),
        Column("operation", kind="number", null=True, about="The sale. Null unless `by=sale`."),
        Column("occurred_at", "When", "moment", links_to="operation", is_optional=True,
               null=True, about="When it was sold. Null unless `by=sale`."),
        Column("reference", model=Operation, is_optional=True, null=True, about="Null unless `by=sale`."),
        Column("products", "Products", is_optional=True, null=True, about="Their names. Null unless `by=sale`."),
        Column("till", field_class=IntegerField, null=True,
               about="Null if it was not sold by the device of a till, and unless `by` is `sale` or `till`."),
        Column("till_name", "Till", page="till-detail", id_field="kept_till", is_optional=True, null=True),
        Column("user", field_class=IntegerField, null=True, about="Null unless `by` is `sale` or `user`."),
        Column("username", "Who", is_optional=True, null=True,
               about="As the history names the user: of a sale with the name of the key that was used."),
        Column("customer", field_class=IntegerField, null=True,
               about="Null if no order was sold, and unless `by` is `sale` or `customer`."),
        Column("customer_name", "Customer", links_to="customer", is_optional=True, null=True),
        Column("payment", "Payment", "words", is_optional=True, null=True, codes=PaymentKind.values,
               about="`cash`, `card`, `transfer`, `voucher` or `other`. Null unless `by=payment`: then `total` is what"
               " was received in this way, and `returned` what was given back."),
        Column("sales", "Sales", "number", is_summed=True,
               about="How many there were. 0 for a sale before the period of which something came back in it."),
        Column("total", "Sold for", "money", is_summed=True,
               about="What was sold, at the prices of the sales, with VAT."),
        Column("returned", "Returned", "money", is_optional=True, is_summed=True,
               write=lambda row: row["returned"] if float(row["returned"]) else None,
               about="What came back in the period, at the prices of the sales."),
        Column("revenue", "Takings", "money", is_summed=True, about="`total` minus `returned`."),
        Column("margin", "Margin", "money", is_optional=True, is_cost=True, null=True,
               about="`revenue` without VAT, minus the cost of the goods. Null for workers."),
    ),
    shown=(
        "day", "hour", "occurred_at", "products", "till_name", "username", "customer_name", "payment", "reference",
        "sales", "total", "returned", "revenue", "margin",
    ),
    figures=("revenue", "sales", "total", "returned"),
    empty="Nothing was sold in this time.",
    draw=draw,
    page_class=SalesPage,
)  # fmt: skip
