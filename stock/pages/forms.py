"""The forms of the ledger: how they are read, how they show fields, and the message and the page after each booking."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from rest_framework.reverse import reverse

from core.http.browser_forms import is_session_form
from core.pages.columns import Row, with_noun
from core.pages.links import Verb, link_to_row
from core.pages.widgets import OMITTED, WIDGETS, Widget, describe_look_up, find_widget, get_user, is_sent
from core.time_zones import add_offset
from products.look_ups import PRODUCTS
from stock.booking_serializers import (
    LineAmountField,
    LineSerializer,
    OccurredAtField,
    ProductReferenceSerializer,
    TransferLocationField,
)
from stock.line_fields import LinesField, LocationField, LotDateField, LotField, ProductField, is_blank
from stock.models import Location, Lot
from stock.places.look_ups import BOOKED_LOCATIONS

LOOK_UPS = {"product": PRODUCTS, "location": BOOKED_LOCATIONS}
LINES_IN_A_FORM = 3  # the number of lines at first; a button adds more
# With one of these parameters in its address, the form asks for places.
PLACE_PARAMETERS = {"_places", "_location", "_lot"}
PLACE_NAMES = ("location", "lot")  # the ends of the names of fields that are sent with a place
PRODUCT_NAME = re.compile(r"product|lines\[[0-9]{1,4}\]product", re.ASCII)
TIME_NAME = re.compile(r"occurred_at|lines\[[0-9]{1,4}\]counted_at", re.ASCII)
LINE = re.compile(r"(lines\[[0-9]{1,4}\])(\w+)", re.ASCII)
KEPT = {"movement_type", "location"}  # the page copies these fields into the next line


def read_form(request: Any) -> Any:
    """Return the form as a program would send it: with ids of products, times in UTC and no empty lines.

    If a product is not found, the error replaces it. The body that a program sends is returned unchanged.
    """
    form = request.data
    if not (isinstance(form, QueryDict) and is_session_form(request)):
        return form
    texts: dict[str, Any] = {name: text for name, text in form.items() if isinstance(text, str)}
    products = {name: text for name, text in texts.items() if PRODUCT_NAME.fullmatch(name) and not is_blank(text)}
    found = PRODUCTS.find_all(request.user, set(products.values()))
    read: Any = QueryDict(mutable=True)
    read.update(form)  # not copy(), which would copy files as well
    for name, text in products.items():
        read[name] = found[text]
    for name in filter(TIME_NAME.fullmatch, texts):
        read[name] = add_offset(texts[name], request.user.shop_zone)
    for name in list_unused_choices(texts):
        del read[name]
    return read


def read_values(view: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the keyword arguments of a service: the user and the validated body. Raise ValidationError."""
    serializer = view.get_serializer(data=read_form(view.request), **kwargs)
    serializer.is_valid(raise_exception=True)
    return {"by": view.request.user, **serializer.validated_data}


def list_unused_choices(texts: Mapping[str, str]) -> Iterable[str]:
    """Return the names of what was copied into lines that are empty otherwise."""
    lines: dict[str, set[str]] = {}
    for name, value in texts.items():
        if (match := LINE.fullmatch(name)) and value:
            lines.setdefault(match[1], set()).add(match[2])
    return [f"{line}{name}" for line, names in lines.items() if names <= KEPT for name in names]


def offers_places(context: Any) -> bool:
    """Return whether a form asks for locations and lots: the shop has some, or the address of the form names one.

    The context of the form's serializer remembers the answer.
    """
    if "offers_places" not in context:
        request = context["request"]
        is_named = bool(PLACE_PARAMETERS & request.query_params.keys())
        is_sent = isinstance(request.data, QueryDict) and any(name.endswith(PLACE_NAMES) for name in request.data)
        context["offers_places"] = is_named or is_sent or has_places(request.user)
    return bool(context["offers_places"])


def has_places(user: Any) -> bool:
    return Location.objects.for_user(user).live().exists() or Lot.objects.for_user(user).exists()


def describe_place(field: Any) -> dict[str, Any]:
    """Return whether the form has the field, which a shop without places does not see."""
    return {"is_offered": lambda: offers_places(field.context)}


def describe_amount(field: Any) -> dict[str, Any]:
    """Return whether the form is about a movement of the field's type, or about no particular type."""
    sent = field.root.initial_data.get("movement_type") if is_sent(field) else None
    chosen = sent or field.context["request"].query_params.get("movement_type")
    return {"is_offered": not chosen or chosen == field.movement_type}


def describe_moment(field: Any) -> dict[str, Any]:
    return {"zone": str(get_user(field).shop_zone)}


def describe_lines(field: Any, initial: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the lines with the values that were sent, or else the initial values, and what the template suggests."""
    fields, user = field.line_serializer.fields, get_user(field)
    has_locations = "location" in fields and offers_places(field.context)
    return {
        "lines": lambda: list_form_lines(field, initial),
        "address": PRODUCTS.address,
        "locations": [name for _, name in BOOKED_LOCATIONS.list_choices(user)] if has_locations else [],
        "has_times": any(find_widget(one) is MOMENT for one in fields.values()),
        **describe_moment(field),
    }


def list_form_lines(field: Any, initial: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the lines that were sent or the initial ones, and empty lines up to LINES_IN_A_FORM."""
    sent = field.get_value(field.root.initial_data) if is_sent(field) else initial or field.initial
    lines = [line for line in sent if isinstance(line, dict)] if isinstance(sent, list) else []
    copied = {name: line[name] for line in lines[-1:] for name in KEPT if name in line}
    lines += [copied] * (LINES_IN_A_FORM - len(lines))
    refused = find_line_errors(getattr(field.root, "refusal", {}))
    return [describe_line(field, index, line, refused.get(index, {})) for index, line in enumerate(lines)]


def find_line_errors(refusal: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the refused lines of a response by their index."""
    lines = refusal.get("lines", [])
    return {line["line"]: line for line in lines if isinstance(line, dict)}


def describe_line(field: Any, index: int, line: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a line with their values and errors, and the error of the line."""
    errors = refused.get("errors", {})
    omitted = (OMITTED, AMOUNT) if offers_places(field.context) else (OMITTED, AMOUNT, LOCATION, LOT)
    cells = [
        {
            "name": f"{field.name}[{index}]{name}", "label": cell.label, "value": get_form_value(field, name, line),
            "choices": getattr(cell, "choices", None), "is_product": name == "product",
            "template": widget.template if widget else "",
            "input_type": "date" if isinstance(cell, LotDateField) else "text", "errors": errors.get(name, []),
        }
        for name, cell in field.line_serializer.fields.items()
        if (widget := find_widget(cell)) not in omitted
    ]  # fmt: skip
    return {"cells": cells, "error": refused.get("detail", "")}


def get_form_value(field: Any, name: str, line: dict[str, Any]) -> Any:
    """Return the value that was sent. If the page's address has a row's id instead, return the text that finds it."""
    value, look_up = line.get(name, ""), LOOK_UPS.get(name)
    is_initial = look_up and value and not is_sent(field)
    return look_up.describe(get_user(field), str(value)) if look_up and is_initial else value


AMOUNT = Widget("amount.html", describe_amount)
MOMENT = Widget("moment.html", describe_moment)
LOT = Widget("lot.html", describe_place)
LOCATION = Widget(
    "location.html",
    lambda field: {**describe_place(field), **describe_look_up(field)},
    {"hint": "The name of one of your locations."},
)
WIDGETS |= {
    (ProductReferenceSerializer, "sku"): OMITTED,
    (ProductReferenceSerializer, "barcode"): OMITTED,
    (LineSerializer, "expected_quantity"): OMITTED,
    ProductField: Widget(
        "look_up.html", describe_look_up, {"hint": f"{PRODUCTS.hint} Enter leads to the quantity.", "is_scanned": True}
    ),
    LinesField: Widget("lines.html", describe_lines),
    LineAmountField: AMOUNT,
    OccurredAtField: MOMENT,
    LotField: LOT,
    LotDateField: LOT,
    LocationField: LOCATION,
    TransferLocationField: Widget(
        "look_up.html", describe_look_up, {"hint": "The name of a location. Empty: stock at no location."}
    ),
}


# --- After a booking -----------------------------------------------------------------------------------------------

BOOKED = {"sale": "Sold", "purchase": "Received"}  # the text for each reason


def describe_movement(row: Row) -> str:
    """Return a message that says what was booked, and the stock afterwards."""
    verb = BOOKED.get(row["reason"], "Took" if row["movement_type"] == "OUT" else "Added")
    return f"{verb} {row['quantity']:,} of {row['product_name']}: {row['new_quantity']:,} in stock."


def describe_operation(row: Row) -> str:
    return f"Booked {with_noun(len(row['movements']), 'line')}."


def describe_count(row: Row) -> str:
    return "Counted: the differences are booked." if row["operation"] else "Counted: nothing differs."


def link_to_count(row: Row) -> str:
    """Return the address of the operation or, if nothing was booked, of the first product that was counted."""
    if row["operation"]:
        return str(reverse("operation-detail", args=[row["operation"]]))
    return str(reverse("product-detail", args=[row["lines"][0]["product"]]))


BOOK = Verb(
    "Sell or receive", "Book", say=describe_movement, link=link_to_row("product-detail", "product"),
    operation="operation", again=("movement_type", "reason", "reference"),
    titles={"OUT": "Sell", "IN": "Receive"},
)  # fmt: skip
BOOK_LINES = Verb(
    "Sell or receive several", "Book", say=describe_operation, link=link_to_row("operation-detail"), operation="id",
    titles={"OUT": "Sell several", "IN": "Receive a delivery"},
)  # fmt: skip
COUNT = Verb("Count", say=describe_count, link=link_to_count, operation="operation")
TRANSFER = Verb(
    "Move", say=lambda row: f"Moved {len(row['movements']) // 2:,} line{'' if len(row['movements']) == 2 else 's'}.",
    link=link_to_row("operation-detail"), operation="id",
)  # fmt: skip
SEAL = Verb("Seal now", say=lambda row: f"Sealed: seal {row['number']} is the newest.", link=link_to_row("seal-detail"))
REVERSE = Verb(
    "Reverse", say=lambda row: f"Reversed operation {row['reverses']}.", link=link_to_row("operation-detail")
)
