"""The report of the value of the stock at an instant: in total, and by category."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.response import Response

from core.lists.serialization import get_row_serializer
from core.money.amounts import money_of
from core.money.sums import collect_all_units, collect_units, sum_amounts
from core.pages.browsable import get_view_name
from core.pages.columns import Display
from core.pages.periods import title_at
from core.pages.tables import DetailPage, TableSection
from core.serializers import CachedFieldsSerializer
from core.translation import gettext_noop as _
from desk.reports.reading.overview import UNCATEGORIZED, name_category
from desk.reports.reading.statements import IN_ALL, Statement, ledger_of
from desk.reports.toolkit.parameters import AS_OF, CLOCK
from desk.reports.toolkit.report import (
    NO_PRODUCTS,
    QUANTITY,
    VALUE,
    Column,
    Report,
    by_unit,
    link_to_category,
    make_row_serializer,
)

MAX_CATEGORIES = 1000  # the limit in JSON; files have all categories

# Returns the value of the stock at an instant, at current prices and at its cost: first the total, then a row for each
# category, the highest value first. Like LEVELS_MINUS in desk/reports/overview/levels.py, it subtracts from the current
# stock what has happened since. It omits products that were archived by then, so that the current value agrees with
# the dashboard. A late booking may leave a value without a quantity, which counts as in the account of the stock.
VALUATION = f"""
WITH since AS (
    SELECT movement.product_id, sum(movement.new_quantity - movement.old_quantity)::bigint AS change,
        sum(CASE movement.movement_type WHEN 'IN' THEN movement.value ELSE -movement.value END) AS change_of_value
    FROM {ledger_of("operation.{clock} > %(at)s::timestamptz")}
    GROUP BY movement.product_id
), level AS (
    SELECT product.category_id, product.price, product.decimals, product.unit,
        product.quantity - coalesce(since.change, 0) AS quantity,
        product.stock_value - coalesce(since.change_of_value, 0) AS value_at_cost
    FROM products_product AS product
    LEFT JOIN since ON since.product_id = product.id
    WHERE product.owner_id = %(owner)s::bigint
        AND (product.archived_at IS NULL OR product.archived_at > %(at)s::timestamptz)
), part AS (
    SELECT level.category_id, level.unit AS of_unit, count(nullif(level.quantity, 0)) AS products,
        sum(level.quantity) AS quantity,
        {sum_amounts("level.quantity", "level")} AS quantity_amount,
        sum({money_of("level.quantity", "level.price", "level")}) AS value_at_price,
        sum(level.value_at_cost) AS value_at_cost,
        count(*) FILTER (WHERE level.value_at_cost = 0) AS products_without_cost
    FROM level
    WHERE level.quantity <> 0 OR level.value_at_cost <> 0
    GROUP BY level.category_id, level.unit
)
SELECT category.id AS category, coalesce(category.name, '{UNCATEGORIZED}') AS category_name,
    coalesce(sum(products), 0)::bigint AS products, coalesce(sum(quantity), 0)::bigint AS quantity,
    coalesce(sum(value_at_price), 0.00) AS value_at_price, coalesce(sum(value_at_cost), 0.00) AS value_at_cost,
    coalesce(sum(products_without_cost), 0)::bigint AS products_without_cost,
    CASE grouping(category.id) WHEN 1 THEN {collect_all_units("part", "quantity")}
        ELSE {collect_units("quantity")} END AS by_unit,
    count(*) OVER () AS in_all
FROM part
LEFT JOIN products_category AS category ON category.owner_id = %(owner)s::bigint AND category.id = part.category_id
GROUP BY GROUPING SETS ((), (category.id, category.name))
ORDER BY grouping(category.id) DESC, value_at_price DESC, category_name, category.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

WORTH = (
    Column("products", "Products in stock", "number", is_summed=True,
           about="Number of products whose quantity was not 0."),
    QUANTITY,
    replace(VALUE, has_bar=True, is_summed=True),
    Column("value_at_cost", "Value at cost", "money", is_optional=True, is_cost=True, null=True,
           is_summed=True, about="What the stock has cost, by the moving average. Null for workers."),
    Column("products_without_cost", "Without a cost", "number", is_optional=True, is_cost=True, null=True,
           is_summed=True, about="Number of products whose stock has cost nothing. Null for workers."),
    by_unit("QuantityByUnit", "quantity"),
)  # fmt: skip
OF_CATEGORY = ("products", "products_without_cost")  # these need no description there
COLUMNS = (
    Column("category", kind="number", null=True, about="Null for products without a category."),
    Column("category_name", "Category", link=link_to_category, write=lambda row: name_category(row["category_name"])),
    *(replace(column, about="") if column.name in OF_CATEGORY else column for column in WORTH),
)  # fmt: skip
CategoryValueSerializer = make_row_serializer("CategoryWorth", "The value of the stock of one category.", COLUMNS)
StockValueSerializer = make_row_serializer(
    "Worth", "The value of the stock at current prices, and what it has cost.", WORTH
)


class ValuationSerializer(CachedFieldsSerializer):
    """The value of the account's stock in total, and by category, the highest value first."""

    total = StockValueSerializer()
    categories = CategoryValueSerializer(many=True)
    categories_truncated = serializers.BooleanField(help_text="Whether categories are left out. The CSV has all.")


@dataclass(frozen=True)
class Valuation(Report):
    """A report without pages. The first row of its statement is the total, the others are those of the categories."""

    has_pages: ClassVar[bool] = False
    rows_before: ClassVar[int] = 1  # the total, so that the sum of a column is correct

    def describe_body(self) -> Any:
        return ValuationSerializer

    def respond(self, view: Any, statement: Statement) -> Response:
        total, *categories = statement.fetch_rows(1 + MAX_CATEGORIES)
        rows = get_row_serializer(CategoryValueSerializer)
        return Response(
            {
                "total": get_row_serializer(StockValueSerializer).serialize_row(total),
                "categories": [rows.serialize_row(row) for row in categories],
                "categories_truncated": total[IN_ALL] > 1 + MAX_CATEGORIES,
            }
        )

    @cached_property
    def page(self) -> DetailPage:
        name, *figures = self.find_columns(*self.shown)
        return DetailPage(
            figures=tuple(figures),
            extend=lambda _user, data: {**data, **data["total"]},
            sections=(
                TableSection(
                    "categories",
                    "By category",
                    (name, *figures),
                    NO_PRODUCTS,
                    note=lambda data: data["categories_truncated"] and _("There are more categories: the CSV has all."),
                ),
            ),
            parameters=self.fields,
            has_csv=True,
        )


def write_title(view: Any) -> str:
    """Return the title of the page, with the instant."""
    return title_at(get_view_name(view), view.values["at"], Display.of(view.user))


REPORT = Valuation(
    name="valuation",
    title="Value of the stock",
    question="What is the stock worth?",
    more_pages=("dashboard", "stock-levels"),
    about="The value of the stock.",
    description="Return the value of the stock at an instant, at current prices and at cost, in total and per"
    " category.",
    component="CategoryWorth",
    row="The value of the stock of one category.",
    parameters=(AS_OF, CLOCK),
    statement=lambda values: VALUATION.format(**values),
    columns=COLUMNS,
    shown=("category_name", "products", "quantity", "value_at_price", "value_at_cost", "products_without_cost"),
    empty=NO_PRODUCTS,
    write_title=write_title,
)
