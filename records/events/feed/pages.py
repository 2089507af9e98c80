"""The pages of the feed."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, PageLink
from core.pages.parameters import Parameter
from core.pages.tables import DetailPage, TableSection
from core.pages.view_choice import PAGE_SIZE_FOR_PEOPLE
from core.sentences import fill
from core.translation import gettext_noop as _
from products.models import Product
from records.events.columns import has_form
from records.events.models import EventType
from records.events.services import find_head
from records.history.pages import write_changes


def name_type(event_type: str) -> str:
    """Return the type of an event in words, which the pages translate."""
    return event_type.replace(".", " ").replace("_", " ").capitalize()


UNREADABLE = _("This event can't be shown.")
TYPES = [("", _("All")), *((kind.value, name_type(kind)) for kind in EventType)]


def add_subjects(user: Any, data: Row) -> Row:
    """Return the page of the feed with a description of each event, and with the address of the newest events."""
    events = [{**event, **describe_event(event)} for event in data["events"]]
    ids = {event["product"] for event in events if event.get("product")}
    names = dict(Product.objects.for_user(user).filter(pk__in=ids).values_list("id", "name"))
    shown = [{**event, "product_name": names.get(event.get("product") or 0)} for event in events]
    newest = max(find_head(user.account_id) - PAGE_SIZE_FOR_PEOPLE, 0) if data["more"] else None
    return {**data, "events": shown, "newest": newest}


def describe_event(event: Row) -> Row:
    data, what = event["data"], gettext(name_type(event["type"]))
    is_booked = event["type"] == EventType.OPERATION_BOOKED
    if is_booked and data:
        return {"what": what, "operation": data["id"], "details": gettext(data["reason"])}
    if is_booked or not has_form(event["type"], {name: data[name] for name in data.keys() - {"changes"}}):
        return {"what": what, "operation": None, "details": gettext(UNREADABLE)}
    ids = {name: data.get(name) for name in ("product", "operation", "reservation", "order")}
    nouns = {"reservation": _("reservation {number}"), "order": _("order {number}")}
    details = next((fill(said, number=data[noun]) for noun, said in nouns.items() if noun in data), "")
    if "min_threshold" in data:
        details = fill("{quantity:,}, low at {min_threshold:,}", **data)
    if "changes" in data:
        details = write_changes(data)
    return {"what": what, **ids, "details": details}


def link_to_subject(event: Row) -> str:
    """Return the address of the reservation or the order of the event, or an empty text if it has neither."""
    pages = {"reservation": "reservation-detail", "order": "purchase-order-detail"}
    return next((reverse(page, args=[event[noun]]) for noun, page in pages.items() if event.get(noun)), "")


def link_after(position: int | None) -> str:
    """Return the address of the events after the position. It is empty for None."""
    return "" if position is None else f"{reverse('feed')}?after={position}"


FEED = DetailPage(
    sections=(
        TableSection(
            "events", "Events",
            (
                PageColumn("position", "No.", kind="number"),
                PageColumn("timestamp", "When", kind="moment"),
                PageColumn("what", "What"),
                PageColumn("operation", "Operation", page="operation-detail", id_field="operation"),
                PageColumn("product_name", "Product", page="product-detail", id_field="product"),
                PageColumn("details", "Details", link=link_to_subject),
            ),
            empty=_("There are no events after this position."),
            more=lambda data: PageLink("Later events", link_after(data["next"])) if data["more"] else None,
        ),
    ),
    actions=(Action("Newest events", lambda data: link_after(data["newest"])),),
    parameters=(
        Parameter("after", _("After number"), is_numeric=True, hint=_("0 for the beginning")),
        Parameter("type", choices=TYPES),
    ),
    extend=add_subjects,
)  # fmt: skip
