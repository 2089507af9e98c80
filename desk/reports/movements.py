"""The report of the movements: what came in and went out on each day."""

from django.utils.translation import gettext

from core.money.sums import BY_UNIT, collect_all_units, count_decimals, make_goods, name_unit, sum_amounts
from core.pages.plots import Plot
from core.sentences import fill
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS, Statement, ledger_of
from desk.reports.toolkit.parameters import CLOCK, PERIOD, PRODUCTS
from desk.reports.toolkit.plots import plot_columns, read_days, read_days_before
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, SKU, UNITS, Column, Report, Values
from users.models import User

IN_PERIOD = "operation.{clock} >= %(start)s::timestamptz AND operation.{clock} < %(end)s::timestamptz"
# Returns the quantities in and out, with a row for each day and product. Transfers are neither. By occurred_at, it
# reads the operations of the period from the index (owner, occurred_at), so the cost depends on the period, not on the
# whole history. By created_at, which has no index, it reads all operations of the account, and so does VALUATION.
# %(midnights)s has the beginning of each of the shop's days from %(first_day)s on: unlike AT TIME ZONE, this does not
# depend on the server's time zones, which may be older.
PRODUCT_MOVEMENTS = f"""
WITH report AS (
SELECT moved.day, product.id AS product, product.name, product.sku, moved.quantity_in, moved.quantity_out,
    moved.quantity_in - moved.quantity_out AS net, moved.movements, product.unit, product.decimals
FROM (
    SELECT %(first_day)s::date + width_bucket(operation.{{clock}}, %(midnights)s::timestamptz[]) - 1 AS day,
        movement.product_id,
        coalesce(sum(movement.quantity) FILTER (WHERE movement.movement_type = 'IN'), 0)::bigint AS quantity_in,
        coalesce(sum(movement.quantity) FILTER (WHERE movement.movement_type = 'OUT'), 0)::bigint AS quantity_out,
        count(*) AS movements
    FROM {ledger_of(IN_PERIOD)} AND operation.reason <> 'transfer'
    GROUP BY 1, 2
) AS moved
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = moved.product_id
{CATEGORY}
WHERE {SELECTED_PRODUCTS}
), part AS (
    SELECT day, unit AS of_unit, sum(movements) AS movements,
        {sum_amounts("quantity_in", "report")} AS quantity_in_amount,
        {sum_amounts("quantity_out", "report")} AS quantity_out_amount, {sum_amounts("net", "report")} AS net_amount
    FROM report GROUP BY day, unit
)
"""  # noqa: S608, constants
MOVEMENTS = (
    PRODUCT_MOVEMENTS
    + f"""
SELECT report.*, count(*) OVER () AS in_all,
    sum(quantity_in) OVER ()::bigint AS in_all_quantity_in, sum(quantity_out) OVER ()::bigint AS in_all_quantity_out,
    sum(net) OVER ()::bigint AS in_all_net, sum(movements) OVER ()::bigint AS in_all_movements,
    {collect_all_units("part", "quantity_in", "quantity_out", "net")} AS in_all_by_unit
FROM report ORDER BY day, product LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
)
# Returns the sums of the unit that has moved most for the plot, with a row for each day with such movements. `units` is
# the number of all units that have moved.
MOVEMENTS_PER_DAY = (
    PRODUCT_MOVEMENTS  # noqa: S608, constants
    + """
SELECT day, quantity_in_amount AS quantity_in, quantity_out_amount AS quantity_out, of_unit AS unit,
    (SELECT count(DISTINCT of_unit) FROM part) AS units
FROM part
WHERE of_unit = (SELECT of_unit FROM part GROUP BY of_unit ORDER BY sum(movements) DESC, of_unit LIMIT 1)
ORDER BY day LIMIT %(limit)s OFFSET %(offset)s
"""
)


def draw(_user: User, values: Values) -> Plot | None:
    """Draw the quantities in and out on each day of the period, or in each week of a long period.

    Only quantities in the unit that has moved most are drawn.
    """
    statement = Statement(MOVEMENTS_PER_DAY.format(**values), values)
    days, rows = read_days(statement, "quantity_in", "quantity_out")
    before, earlier = read_days_before(statement, "quantity_in", "quantity_out")
    unit, is_partial = (rows[0]["unit"], rows[0]["units"] > 1) if rows else ("", False)
    if earlier and earlier[0]["unit"] != unit:
        before = []
    what = gettext("Quantities in and out")
    if is_partial:
        what = fill("Quantities in and out of products counted in {unit}", unit=name_unit(unit))
    decimals = count_decimals(number for _day, *numbers in (*days, *before) for number in numbers)
    return plot_columns(what, ("in", "out"), days, before, mark=lambda one: make_goods(one, decimals, unit))


REPORT = Report(
    name="movements",
    title="Movements by period",
    question="What came in and went out on each day?",
    about="The movements per product and day.",
    description="Return the quantities in and out per day and product, the earliest day first. Includes archived"
    " products.",
    component="Moved",
    row="The quantities of a product that came in and went out on one day.",
    parameters=(*PERIOD, CLOCK, *PRODUCTS),
    statement=lambda values: MOVEMENTS.format(**values),
    columns=(
        Column("day", "Day", "date", about="In the shop's time zone."),
        PRODUCT_ID, PRODUCT, SKU,
        Column("quantity_in", "In", "goods", is_summed=True),
        Column("quantity_out", "Out", "goods", is_summed=True),
        Column("net", "Change", "change", is_summed=True, about="In minus out."),
        Column("movements", "Movements", "number", is_extra=True, is_summed=True, about="Number of movements."),
        *UNITS,
        Column(BY_UNIT, only="totals"),
    ),
    shown=("day", "name", "sku", "quantity_in", "quantity_out", "net", "movements"),
    empty="Nothing has moved in this time.",
    draw=draw,
)  # fmt: skip
