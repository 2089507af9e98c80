"""The report of what to move, from the places where it lies to those where it is low."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from core.lists.parameters import query_id_or_name
from core.money.amounts import write_amount
from core.pages.columns import Row
from core.pages.links import PageLink
from core.texts.folding import is_named
from desk.reports.reading.statements import CATEGORY as OF_CATEGORY
from desk.reports.reading.statements import SELECTED_PRODUCTS, Statement
from desk.reports.toolkit import parameters
from desk.reports.toolkit.parameters import Parameter
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, UNITS, Column, Report, Values, of_product
from stock.booking.drafts import NO_LOCATION
from stock.levels.look_ups import NO_PLACE, SOURCES
from stock.levels.sql import REFILL as STATEMENT
from stock.places.look_ups import LOCATIONS
from users.access.roles import Right

AMOUNTS = ("here", "low_at", "fill_to", "needed", "there", "suggested", "short")


@extend_schema_field({"nullable": True})
class SourceField(serializers.Field):
    """The id of a location, `none`, or null. The schema gives no type, because clients fail on a union of two."""


def parse_places(request: Request) -> Values:
    return {**query_id_or_name(request, "location"), **query_id_or_name(request, "from")}


LOCATION = Parameter(
    "location",
    look_up=LOCATIONS,
    hint="What is low there.",
    about="Id or name of a location, ignoring case: what is low there.",
    parse=parse_places,
)
FROM = Parameter(
    "from",
    "Refilled from",
    look_up=SOURCES,
    about="Id or name of a location, ignoring case: what is refilled from there. `none`: from what lies at no place.",
)


def make_amount(name: str, title: str, about: str, **options: Any) -> Column:
    """Return the column of amounts, which are texts in JSON."""
    make = partial(serializers.CharField, allow_null=True) if options.get("null") else serializers.CharField
    return Column(name, title, "decimal", about=about, field_class=make, is_rate=True, **options)


def write_source(row: Row) -> str | None:
    return gettext(NO_PLACE) if row["from"] == NO_LOCATION else row["from_name"]


@dataclass(frozen=True)
class Refill(Report):
    """A report whose quantities are amounts in JSON, too."""

    def complete(self, rows: list[Values], _statement: Statement) -> list[Values]:
        return [
            {
                **row,
                "from": int(row["from"]) if row["from"] not in (None, NO_LOCATION) else row["from"],
                **{name: write_amount(row[name], row["decimals"]) for name in AMOUNTS if row[name] is not None},
            }
            for row in rows
        ]


REFILL = Refill(
    name="refill",
    behind="reorder",
    title="Refill",
    switch="levels",
    beside="reorder",
    about="What is low at a place, and what may be moved there from the place that refills it.",
    description="""
        Return what is low at places, with what may be moved there, by the places that it comes from.

        Places that draw on one source are served emptiest first, so the suggestions never exceed what is there. Lots
        that have expired do not count, and reservations change nothing here.
    """,
    component="RefillRow",
    row="A product that is low at a place. Quantities are texts in the unit of the product.",
    parameters=(LOCATION, FROM, parameters.CATEGORY),
    statement=STATEMENT.format(
        category=OF_CATEGORY,
        selected=SELECTED_PRODUCTS,
        is_location=is_named("low.location_name", "%(location_name)s::text"),
        is_source=is_named("source_name", "%(from_name)s::text"),
    ),
    columns=(
        Column("location", kind="number"),
        Column("location_name", "Place", page="location-detail", id_field="location"),
        PRODUCT_ID, PRODUCT, of_product("sku", is_extra=True), Column("unit", "Unit", is_optional=True),
        make_amount("here", "Here", "What lies at the place, without lots that have expired."),
        make_amount("low_at", "Low at", "It is low if this or less lies there.", is_extra=True),
        make_amount("fill_to", "Fill to", "What is to lie there then.", is_extra=True),
        make_amount("needed", "Needed", "`fill_to` less `here`.", is_extra=True),
        Column("from", null=True, field_class=SourceField,
               about="The id of the location that it is refilled from, `none` for what lies at no place, or null."),
        Column("from_name", "Refilled from", null=True, write=write_source, about="Null without a location."),
        make_amount("there", "There", "What lies at the source, without lots that have expired, less the `low_at` that"
                    " the source has itself. It is the same in all rows of a source. Null without one.", null=True),
        make_amount("suggested", "Move", "What may be moved. Null without a source.", null=True),
        make_amount("short", "Short", "`needed` less `suggested`."),
        UNITS[1],
    ),
    shown=(
        "name", "sku", "location_name", "here", "low_at", "fill_to", "needed", "from_name", "there", "suggested",
        "short", "unit",
    ),
    empty="Nothing is low at its place.",
    more=lambda _data: PageLink("Move these", reverse("shop-refill"), right=Right.WORK),
)  # fmt: skip
