"""What people see of the feed."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.pages.columns import Column, Row
from core.pages.details import DetailPage
from core.pages.links import Link
from core.pages.parameters import Parameter
from core.pages.tables import Section
from events.models import EventType

TYPES = [("", "All"), *EventType.choices]


def add_subjects(user: Any, data: Row) -> Row:
    """Return the page with what each event is about, where the table shows it."""
    return {**data, "events": [{**event, **describe(event)} for event in data["events"]]}


def describe(event: Row) -> Row:
    """Return the subject of an event in words, and the ids of its operation and product."""
    data = event["data"]
    if event["type"] == EventType.OPERATION_BOOKED:
        return {"operation": data["id"], "subject": data["reason"]}
    levels = f"{data['quantity']:,}, low at {data['min_threshold']:,}" if "quantity" in data else ""
    return {"product": data.get("product"), "operation": data.get("operation"), "subject": levels}


def link_to_next(data: Row) -> Link | None:
    """Return the link to the events after these."""
    return Link("Later events", f"{reverse('feed')}?{urlencode({'after': data['next']})}") if data["more"] else None


FEED = DetailPage(
    sections=(
        Section(
            "events", "Events",
            (
                Column("position", "No.", kind="number"),
                Column("timestamp", "When", kind="moment"),
                Column("type", kind="text"),
                Column("operation", page="operation-detail", id_field="operation"),
                Column("product", page="product-detail", id_field="product"),
                Column("subject", "What"),
            ),
            empty="There are no events after this position.",
            more=link_to_next,
        ),
    ),
    parameters=(
        Parameter("after", "After number", is_numeric=True, hint="0 for the beginning"),
        Parameter("type", choices=TYPES),
    ),
    extend=add_subjects,
)  # fmt: skip
