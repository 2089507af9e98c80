"""The pages of the feed."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.lists.serialization import format_utc
from core.pages.columns import PageColumn, Row
from core.pages.links import Action, PageLink
from core.pages.parameters import Parameter
from core.pages.tables import DetailPage, TableSection
from core.sentences import Goods, fill, list_first, say_code
from core.translation import gettext_noop as _
from products.models import Product
from records.events.feed.bodies import DEFAULT_EVENTS
from records.events.models import EventType
from records.events.services import has_form
from records.history.models import Kind
from records.history.pages import write_changes
from records.history.reading import describe_changes, select_changes


def name_type(event_type: str) -> str:
    """Return the type of an event in words, which the pages translate."""
    return event_type.replace(".", " ").replace("_", " ").capitalize()


LOW, NEVER_LOW = _("{quantity:,}, low at {min_threshold:,}"), _("{quantity:,}, never low")
UNREADABLE = _("This event can't be shown.")
TYPES = [("", _("All")), *((kind.value, name_type(kind)) for kind in EventType)]


def add_subjects(user: Any, data: Row) -> Row:
    """Return the page of the feed with the newest event first, and with a description of each event."""
    events = [{**event, **describe_event(event)} for event in reversed(data["events"])]
    ids = {event["product"] for event in events if event.get("product")}
    products: Any = Product.objects.for_user(user).only("name", "decimals", "unit").in_bulk(ids)
    times = [event["timestamp"] for event in events]
    changes = select_changes(user).filter(kind=Kind.PRODUCT, row_id__in=ids, at__in=times)
    people = {(row["row"], format_utc(row["at"])): row["by_username"] for row in describe_changes(changes)}
    for event in events:
        product = products.get(event.get("product"))
        moment = event.get("product"), event["timestamp"]
        event["who"] = event["data"].get("performed_by_username") or people.get(moment)
        event["product_name"] = product.name if product else event.get("products")
        if product and (level := event.pop("level", None)):
            event["details"] = write_level(
                {name: number and Goods(number, product.decimals, product.unit) for name, number in level.items()}
            )
    first = data["events"][0]["position"] if data["events"] else 1
    return {**data, "events": events, "earlier": max(first - 1 - DEFAULT_EVENTS, 0) if first > 1 else None}


def describe_event(event: Row) -> Row:
    data, what = event["data"], gettext(name_type(event["type"]))
    is_booked = event["type"] == EventType.OPERATION_BOOKED
    if is_booked and data:
        names = list_first(list(dict.fromkeys(line["product_name"] for line in data["movements"])))
        details = fill("operation {number}", number=data["id"])
        return {
            "what": say_code(data["reason"]).capitalize(),
            "operation": data["id"],
            "details": details,
            "products": names,
        }
    if is_booked or not has_form(event["type"], {name: data[name] for name in data.keys() - {"changes"}}):
        return {"what": what, "operation": None, "details": gettext(UNREADABLE)}
    ids = {name: data.get(name) for name in ("product", "operation", "reservation", "order")}
    nouns = {"reservation": _("reservation {number}"), "order": _("order {number}")}
    details = next((fill(said, number=data[noun]) for noun, said in nouns.items() if noun in data), "")
    if "min_threshold" in data:
        level = {name: data[name] for name in ("quantity", "min_threshold")}
        return {"what": what, **ids, "details": write_level(level), "level": level}
    if "changes" in data:
        details = write_changes(data)
    return {"what": what, **ids, "details": details}


def write_level(level: Row) -> str:
    return fill(NEVER_LOW if level["min_threshold"] is None else LOW, **level)


def link_to_subject(event: Row) -> str:
    """Return the address of the reservation, the order or the operation of the event, or an empty text."""
    pages = {
        "reservation": "reservation-detail",
        "order": "purchase-order-detail",
        "operation": "operation-detail",
    }
    return next((reverse(page, args=[event[noun]]) for noun, page in pages.items() if event.get(noun)), "")


def link_to_earlier(data: Row) -> PageLink | None:
    """Return the link to the events before the first of this page, or None if it begins with the first of all."""
    return None if data["earlier"] is None else PageLink("Earlier events", f"{reverse('feed')}?after={data['earlier']}")


FEED = DetailPage(
    sections=(
        TableSection(
            "events",
            "Events",
            (
                PageColumn("timestamp", "When", kind="moment"),
                PageColumn("what", "What"),
                PageColumn("product_name", "Product", links_to="product"),
                PageColumn("details", "Details", link=link_to_subject),
                PageColumn("who", "Who"),
            ),
            empty="There are no events after this position.",
            more=link_to_earlier,
        ),
    ),
    actions=(
        Action("Newest events", lambda data: reverse("feed") if data["more"] else ""),
        Action("Later events", lambda data: f"{reverse('feed')}?after={data['next']}" if data["more"] else ""),
    ),
    parameters=(
        Parameter("after", "After number", is_numeric=True, hint="0 for the beginning"),
        Parameter("type", choices=TYPES),
    ),
    extend=add_subjects,
)
