"""The trace of a lot: where it came from, and where it went. Its address has the id of the lot."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

from rest_framework.serializers import ChoiceField

from core.pages.columns import Display, PageColumn, Row, moment_column
from core.pages.tables import TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from desk.reports.reading.statements import Statement
from desk.reports.toolkit.report import UNITS, Column, Report
from products.reading.details import add_units
from stock.models import MovementType, Operation
from stock.pages import CHANGE, NOTHING_BOOKED, PRODUCT, REVERSED, WHO
from stock.places.serializers import LotMovementSerializer
from stock.reading.traces import THROUGH_MAKINGS
from stock.reading.traces import TRACE as STATEMENT

FIELDS = LotMovementSerializer().fields


def of_movement(name: str, title: str = "", **options: Any) -> Column:
    """Return the column of a field that every list of movements of a lot has."""
    return Column(name, title, field_class=partial(deepcopy, FIELDS[name]), **options)


def write_title(view: Any) -> str:
    return fill("Trace of lot {code} of {product_name}", code=view.lot.code, product_name=view.lot.product.name)


MAX_THROUGH = 1000
NUMBER, TEXT = {"type": "integer"}, {"type": "string"}
NUMBERS, TEXTS = ({**kind, "nullable": True} for kind in (NUMBER, TEXT))
THROUGH_FIELDS: Row = {
    "direction": {**TEXT, "enum": ["made_into", "made_of"]},
    "lot": NUMBER, "lot_code": TEXT, "product": NUMBER, "product_name": TEXT, "movement": NUMBER, "operation": NUMBER,
    "occurred_at": {**TEXT, "format": "date-time"},
    "reason": {"$ref": "#/components/schemas/ReasonEnum"}, "reference": TEXT,
    "movement_type": {"$ref": "#/components/schemas/MovementTypeEnum"}, "quantity": NUMBER,
    "customer": NUMBERS, "customer_name": TEXTS, "supplier": NUMBERS, "supplier_name": TEXTS,
}  # fmt: skip
THROUGH_TITLES = {"made_into": _("What was made of it"), "made_of": _("What it was made of")}
THROUGH_COLUMNS = (
    moment_column("occurred_at", "When", links_to="movement"),
    PRODUCT,
    PageColumn("lot_code", "Lot", links_to="lot"),
    CHANGE,
    PageColumn("reason", "Reason", kind="words", model=Operation, links_to="operation"),
    PageColumn("reference", model=Operation, is_optional=True),
    PageColumn("customer_name", "Customer", links_to="customer", is_optional=True),
    PageColumn("supplier_name", "Supplier", links_to="supplier", is_optional=True),
)
THROUGH_SCHEMA = {
    "type": "array",
    "maxItems": MAX_THROUGH,
    "description": "The movements of the other lots to which makings lead, at any depth: of what was made of this lot"
    " (`made_into`), and of what it was made of (`made_of`). What only moved, and what was undone, is left out.",
    "items": {"type": "object", "properties": THROUGH_FIELDS, "required": [*THROUGH_FIELDS]},
}


@dataclass(frozen=True)
class TracePage(TablePage):
    """The report, with what was made of the lot and what it was made of in further tables."""

    template: str = "reports/trace.html"

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        rows = add_units(request.user, data["through_makings"])
        found = {name: [row for row in rows if row["direction"] == name] for name in THROUGH_TITLES}
        sections = [TableSection(name, title, THROUGH_COLUMNS, "") for name, title in THROUGH_TITLES.items()]
        tables = [section.table(view, found, display) for section in sections if found[section.field]]
        return {**super().context(request, view, data, display), "tables": tables}


@dataclass(frozen=True)
class Trace(Report):
    """A report with the other lots to which makings lead beside its rows."""

    def read_more(self, statement: Statement) -> Row:
        rows = Statement(THROUGH_MAKINGS, statement.parameters).fetch_rows(MAX_THROUGH)
        return {"through_makings": [{name: row[name] for name in THROUGH_FIELDS} for row in rows]}

    def describe_more(self) -> Row:
        return {"through_makings": THROUGH_SCHEMA}


TRACE = Trace(
    name="trace",
    title="Trace",
    about="Where a lot came from, and where it went.",
    description="""
        Return every movement of a lot, in the order in which they were booked.

        A row is what a movement put into one place, or took from it. `totals` are those of all pages: what came `in`,
        what went `out`, and what is `left`. What only moved between places, and what was undone, is in neither.
        `through_makings` goes on through makings, in both directions.
    """,
    component="Trace",
    row="What a movement put into one place of a lot, or took from it, and what was left of the lot then.",
    parameters=(),
    statement=STATEMENT,
    columns=(
        of_movement("movement"),
        of_movement("operation"),
        of_movement("occurred_at", "When", kind="moment", links_to="movement"),
        of_movement("timestamp"),
        of_movement("reason", kind="words", model=Operation, links_to="operation",
                    marks=(REVERSED,)),
        of_movement("reference", model=Operation, is_optional=True),
        of_movement("performed_by"),
        of_movement("performed_by_username", "Who", link=WHO.link),
        of_movement("reservation", "Order", links_to="reservation", is_optional=True),
        of_movement("customer"),
        of_movement("customer_name", "Customer", is_optional=True, links_to="customer"),
        Column("lot_code"),
        Column("product_name", about="As it was when the movement was booked."),
        Column("movement_type", field_class=partial(ChoiceField, choices=MovementType.choices)),
        Column("quantity", kind="goods"),
        Column("location", kind="number", null=True),
        Column("location_name", "Place", links_to="location", is_optional=True, null=True),
        Column("reverses", "Undoes number", page="operation-detail", id_field="reverses", is_optional=True,
               null=True, about="The operation that this one has undone."),
        Column("reversed_by", kind="number", null=True, about="The operation that has undone this one."),
        Column("returns", "Return of sale", page="operation-detail", id_field="returns", is_optional=True, null=True,
               about="The sale of a return."),
        Column("order", "Purchase order", page="purchase-order-detail", id_field="order", is_optional=True, null=True,
               about="The purchase order of a delivery."),
        Column("supplier", kind="number", null=True, about="The supplier of the order, unless it was deleted."),
        Column("supplier_name", "Supplier", links_to="supplier", is_optional=True, null=True,
               about="As it was when the order was written."),
        Column("change", "Change", "change", only="page", write=CHANGE.write),
        Column("in", "In", "goods", only="totals"),
        Column("out", "Out", "goods", only="totals"),
        Column("left", "Left", "goods", is_summed=True, about="What was left of the lot, at all places."),
        *UNITS,
    ),
    shown=(
        "occurred_at", "change", "left", "location_name", "reason", "reverses", "reference", "performed_by_username",
        "supplier_name", "order", "customer_name", "reservation", "returns",
    ),
    figures=("in", "out", "left"),
    empty=NOTHING_BOOKED,
    note=lambda _data: _("The numbers above leave out what only moved between places, and what was undone."),
    write_title=write_title,
    page_class=TracePage,
)  # fmt: skip
