"""What a report is: its columns, its parameters and its SQL, declared once.

Each report has a module in this folder, with a `REPORT`. Its field of JSON, its column of files, its page, its totals,
its description in the schema and its address follow from this.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.fields import TWO_PLACES, CostCountField, CostSumField, SumField
from core.http.downloads import Words
from core.lists.serialization import get_row_serializer
from core.money.sums import BY_UNIT, describe_units
from core.pages.columns import GOODS, Display, PageColumn, Row
from core.pages.links import PageLink, link_to_list
from core.pages.periods import title_at, write_period
from core.pages.plots import Plot
from core.pages.tables import TablePage
from core.serializers import CachedFieldsSerializer, make_units_field
from core.translation import gettext_noop as _
from desk.reports.reading.statements import DECIMALS, Statement
from desk.reports.toolkit.parameters import DEFAULT_PERIOD, PERIOD, Parameter
from products.models import Product
from users.access.permissions import READ
from users.models import User

Values = dict[str, Any]  # the parameters of a statement
# The field of JSON for each kind of column.
FIELDS: Mapping[str, Any] = {
    "text": serializers.CharField, "words": serializers.CharField, "flag": serializers.BooleanField,
    "date": serializers.DateField, "moment": serializers.DateTimeField,
    "money": SumField, "decimal": SumField,
    **dict.fromkeys(("number", *GOODS), serializers.IntegerField),
}  # fmt: skip
COST_FIELDS = {"money": CostSumField, "number": CostCountField}


@dataclass(frozen=True)
class Column(PageColumn):
    """A column of a report. The attributes of a PageColumn are about the page, and `kind` is about JSON, too.

    In JSON, a column that links by its own value is a number: an id.
    """

    about: str = ""  # its description in the schema
    null: bool = False
    is_cost: bool = False  # whether it is null for users who may not see costs, and missing in their files
    is_summed: bool = False  # whether the totals have it, too
    only: Literal["", "json", "files", "page", "totals"] = ""  # the only place that has it; by default all have it
    is_rate: bool = False  # whether it has the decimals of the row's product, as quantities do
    field_class: Any = None  # replaces the field of JSON that its kind has

    def make_field(self) -> Any:
        kind = "number" if self.name == self.id_field else self.kind
        make = self.field_class or (COST_FIELDS if self.is_cost else FIELDS)[kind]
        return make(**{"allow_null": True} if self.null else {}, **{"help_text": self.about} if self.about else {})

    @property
    def is_quantity(self) -> bool:
        return self.kind in GOODS or self.is_rate

    @property
    def empty_sum(self) -> Any:
        """Return the total of a report without rows. An average of nothing is null."""
        return [] if self.name == BY_UNIT else {"money": Decimal("0.00"), "decimal": None}.get(self.kind, 0)


class ReportRowSerializer(CachedFieldsSerializer):
    """The base of the rows of reports: the fields of the columns, in their order."""

    columns: ClassVar[tuple[Column, ...]] = ()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {column.name: column.make_field() for column in self.columns}


def make_row_serializer(component: str, about: str, columns: tuple[Column, ...]) -> Any:
    """Return the serializer of rows with these columns. `component` is its name in the schema."""
    shown = tuple(column for column in columns if column.only in ("", "json"))
    return type(f"{component}Serializer", (ReportRowSerializer,), {"__doc__": about, "columns": shown})


@dataclass(frozen=True)
class Report:
    """A report. The texts that pages show are translated there."""

    name: str  # the end of its address, and the name of its file
    title: str
    about: str  # the sentence below the title of its page
    description: str  # the description of its route in the schema
    component: str  # the name of its rows in the schema
    row: str  # the description of a row in the schema
    columns: tuple[Column, ...]
    parameters: tuple[Parameter, ...]
    statement: str | Callable[[Values], str | Statement]
    shown: tuple[str, ...]  # the columns of the page, in the order of the page
    empty: str  # the sentence for a page without rows
    rights: Mapping[str, str] = field(default_factory=lambda: READ)
    question: str = ""  # the question that it answers; the page of the reports shows it
    switch: str = ""  # the thing of `uses` without which the page of the reports leaves it out
    beside: str = ""  # the report with the question that leads to this one, too
    behind: str = ""  # the report behind which the page of the reports lists it, if ORDER does not have it
    more_pages: tuple[str, ...] = ()  # the routes of the pages with more about it
    left_out: Mapping[str, Set[str]] = field(default_factory=dict)  # the columns that files omit, by `by`
    figures: tuple[str, ...] = ()  # the totals that the page shows large, instead of a last row
    draw: Callable[[User, Values], Plot | None] | None = None  # reads and draws the plot of the page
    note: Callable[[Any], str] = lambda _data: ""
    more: Callable[[Any], PageLink | None] = lambda _data: None
    page_class: type[TablePage] = TablePage
    write_title: Callable[[Any], str] | None = None  # returns a title of the page for the view's request
    max_page_rows: int | None = None  # the limit of the page for people, if this page has all rows
    has_pdf: bool = False  # whether it is also a PDF, with the rows of the page
    has_pages: ClassVar[bool] = True
    has_cursor: ClassVar[bool] = False  # whether its pages have cursors, and no numbers
    rows_before: ClassVar[int] = 0  # the first rows of the statement that files leave out

    def read_parameters(self, request: Request) -> Values:
        """Return the values that the request has for the statement. Raise ValidationError."""
        return {name: value for one in self.parameters for name, value in one.parse(request).items()}

    def make_statement(self, values: Values) -> Statement:
        made = self.statement if isinstance(self.statement, str) else self.statement(values)
        return Statement(made, values) if isinstance(made, str) else made

    @property
    def has_period(self) -> bool:
        return PERIOD[0] in self.parameters

    @cached_property
    def serializer(self) -> Any:
        return make_row_serializer(self.component, self.row, self.columns)

    def describe_body(self) -> Any:
        """Return the serializer of the response, for the schema."""
        return self.serializer(many=True)

    def respond(self, view: Any, statement: Statement) -> Response:
        """Return the response as JSON: a page of the rows."""
        serialize = get_row_serializer(self.serializer).serialize_row
        rows = [serialize(row) for row in self.complete(view.paginate_queryset(statement), statement)]
        return view.get_paginated_response(rows)  # type: ignore[no-any-return]

    def complete(self, rows: list[Values], _statement: Statement) -> list[Values]:
        """Return the rows of a page with what the statement does not return. The base class adds nothing."""
        return rows

    def read_more(self, _statement: Statement) -> Row:
        """Return what JSON has beside the rows and the totals. The base class has nothing."""
        return {}

    def describe_more(self) -> Row:
        """Return the schema of what read_more() returns, by name."""
        return {}

    # --- Files ------------------------------------------------------------------------------------

    def read_file(self, statement: Statement, *, with_costs: bool) -> Iterator[Any]:
        """Return the header and the rows of a file."""
        left_out = self.left_out.get(statement.parameters.get("by", ""), set())
        in_files = [column for column in self.columns if column.only in ("", "files") and column.name not in left_out]
        shown = {column.name for column in in_files if with_costs or not column.is_cost}
        quantities = {column.name for column in in_files if column.is_quantity}
        return statement.read_table(shown, quantities, self.rows_before)

    @cached_property
    def money(self) -> set[str]:
        return {column.name for column in self.columns if column.kind == "money"}

    @cached_property
    def words(self) -> Words:
        summed = {column.name for column in self.columns if column.is_summed and column.kind in ("money", "number")}
        return Words({column.name: column.label for column in self.columns}, summed=summed)

    def write_words(self, user: Any, values: Values) -> Words:
        """Return the words of a file with these values of the parameters."""
        display = Display.of(user, is_kept=True)

        def write_titles() -> list[str]:
            period = {"from": values.get("start"), "to": values.get("end")}
            title = gettext(self.title)
            return [
                title_at(title, values["at"], display) if values.get("at") else title,
                write_period(period, display),
            ]

        return replace(self.words, write_titles=write_titles)

    # --- Totals -----------------------------------------------------------------------------------

    @cached_property
    def totals(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_summed or column.only == "totals")

    def describe_totals(self) -> dict[str, Any]:
        """Return the schema of the totals. Those of quantities are also by unit."""
        units = [column.name for column in self.totals if column.is_quantity]
        kinds = {"money": {**TWO_PLACES}, "decimal": {**TWO_PLACES, "nullable": True}}
        sums: dict[str, Any] = {one.name: kinds.get(one.kind, {"type": "integer"}) for one in self.totals}
        sums |= {one.name: {**sums[one.name], "nullable": True} for one in self.totals if one.is_cost}
        if BY_UNIT in sums:
            sums[BY_UNIT] = {"type": "array", "items": describe_units(*units)}
        return {"type": "object", "properties": sums, "required": list(sums)}

    # --- The page ---------------------------------------------------------------------------------

    def find_columns(self, *names: str) -> tuple[Column, ...]:
        columns = {column.name: column for column in self.columns}
        return tuple(columns[name] for name in names)

    @property
    def fields(self) -> tuple[Parameter, ...]:
        """Return the parameters that the form of the page has."""
        return tuple(parameter for parameter in self.parameters if parameter.is_shown)

    @cached_property
    def page(self) -> Any:
        return self.page_class(
            self.find_columns(*self.shown),
            empty=self.empty,
            parameters=self.fields,
            figures=tuple(
                replace(column, is_extra=False, has_bar=False) for column in self.find_columns(*self.figures)
            ),
            note=self.note,
            more=self.more,
            plot=(lambda view: view.plot) if self.draw else None,
            has_csv=True,
            has_pdf=self.has_pdf,
            has_periods=self.has_period,
            default_period=DEFAULT_PERIOD,
        )


# --- Columns of several reports -----------------------------------------------------------------------

PRODUCT_ID = Column("product", kind="number")
PRODUCT = Column("name", "Product", links_to="product")
of_product = partial(Column, model=Product)
SKU = of_product("sku", is_extra=True)
QUANTITY = of_product("quantity", kind="goods")
VALUE = Column("value_at_price", "Value", kind="money", about="Quantity times price.")
UNITS = (
    Column("unit"),
    Column(
        DECIMALS, kind="number", only="json", about="Quantities are amounts times 10 to this power: 3 for kilograms."
    ),
)


def by_unit(component: str, *names: str) -> Column:
    """Return the column `by_unit` of rows that sum up several products. `component` is its name in the schema."""
    return Column(BY_UNIT, field_class=partial(make_units_field, component, *names), is_summed=True)


def link_to_category(data: Row) -> str:
    return "" if data["category"] is None else link_to_list("product-list", category="category")(data)


NO_PRODUCTS = _("No products yet.")
