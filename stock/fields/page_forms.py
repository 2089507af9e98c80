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

PRODUCT_NAME = re.compile(r"product|lines\[[0-9]{1,4}\]product", re.ASCII)
TIME_NAME = re.compile(r"occurred_at|lines\[[0-9]{1,4}\]counted_at", re.ASCII)
LINE = re.compile(r"(lines\[[0-9]{1,4}\])(\w+)", re.ASCII)
KEPT = {"movement_type", "location"}  # the page copies these fields into the next line


class ProductField(WholeNumberField):
    """The id of a product.

    A form of the pages may name the product by a text, which PRODUCTS has replaced by the id.
    """

    look_up = PRODUCTS

    def __init__(self) -> None:
        super().__init__(required=False, min_value=1, max_value=MAX_ID, help_text="Id of one of the products.")

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, ValidationError):
            raise serializers.ValidationError(data.messages)
        return super().to_internal_value(data)


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
