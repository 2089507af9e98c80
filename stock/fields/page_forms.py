"""The forms of the pages that book. They accept products as people type or scan them, and times on the shop's clock."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from rest_framework import serializers

from core.fields import MAX_ID, WholeNumberField
from core.http.browser_forms import is_session_form
from core.time_zones import add_offset
from products.look_ups import PRODUCTS
from stock.models import Location, Lot

PRODUCT_NAME = re.compile(r"product|lines\[[0-9]{1,4}\]product", re.ASCII)
TIME_NAME = re.compile(r"occurred_at|lines\[[0-9]{1,4}\]counted_at", re.ASCII)
PLACE_NAME = re.compile(r"(location|lot)$", re.ASCII)
LINE = re.compile(r"(lines\[[0-9]{1,4}\])(\w+)", re.ASCII)
KEPT = {"movement_type", "location"}  # the page copies these fields into the next line
# With one of these parameters in its address, the form asks for places.
PLACE_PARAMETERS = {"_places", "_location", "_lot"}
OMITTED = {"base_template": "omitted.html"}  # this template is for fields that only programs use
AMOUNT = {"base_template": "amount.html"}  # this template is for the form of one movement
# The template sets the type, because the value may be malformed.
PICKER = {"base_template": "moment.html", "input_type": "text"}
HINT = f"{PRODUCTS.hint} Enter leads to the quantity."


class ProductField(WholeNumberField):
    """The id of a product.

    A form of the pages may name the product by a text, which PRODUCTS has replaced by the id.
    """

    look_up = PRODUCTS

    def __init__(self) -> None:
        style = {"base_template": "look_up.html", "hint": HINT, "is_scanned": True}
        super().__init__(
            required=False, min_value=1, max_value=MAX_ID, help_text="Id of one of the products.", style=style
        )

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, ValidationError):
            raise serializers.ValidationError(data.messages)
        return super().to_internal_value(data)

    def get_form_text(self) -> str:
        """Return the value that was sent.

        If the page's address has a product's id instead, return a text that finds the product.
        """
        sent = getattr(self.root, "initial_data", {}).get(self.field_name)
        if sent is not None:
            return str(sent)
        return self.look_up.describe(self.context["request"].user, str(self.initial or ""))


class PageFormMixin:
    """A mixin for serializers of bookings.

    It also reads the forms of the pages, not only the bodies that programs send.
    """

    context: Any

    def to_internal_value(self, data: Any) -> Any:
        read = read_page_form(data, self.context.get("request")) if isinstance(data, QueryDict) else data
        return super().to_internal_value(read)  # type: ignore[misc]


def read_page_form(form: QueryDict, request: Any) -> QueryDict:
    """Return the form as a program would send it: with ids of products, times in UTC and no empty lines.

    If a product is not found, the error replaces it. A program's form is returned unchanged.
    """
    if request is None or not is_session_form(request):
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
    return read  # type: ignore[no-any-return]


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


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
        is_sent = isinstance(request.data, QueryDict) and any(PLACE_NAME.search(name) for name in request.data)
        context["offers_places"] = is_named or is_sent or has_places(request.user)
    return bool(context["offers_places"])


def has_places(user: Any) -> bool:
    return Location.objects.for_user(user).live().exists() or Lot.objects.for_user(user).exists()
