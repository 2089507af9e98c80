"""Filters by a row. Programs send its id, and people choose or name the row on a page."""

from typing import Any

from django.core.exceptions import ValidationError
from django_filters.constants import EMPTY_VALUES

from core.fields import parse_id
from core.lists.filters import IntegerFilter, StrictIntegerField
from core.pages.look_ups import LookUp
from core.pages.view_choice import is_html_page


class RowField(StrictIntegerField):
    """The id of a row. On a page it may be a name, which `find` replaces by the id."""

    def __init__(self, *, look_up: LookUp, user: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.look_up, self.user = look_up, user

    def to_python(self, value: Any) -> int | None:
        if value in EMPTY_VALUES or value.isdigit() or self.user is None:
            return super().to_python(value)
        return self.look_up.find(self.user, value)


class RowFilter(IntegerFilter):
    """A filter by the id of a row. On a page people choose the row, or name it."""

    field_class: type[StrictIntegerField] = RowField

    def __init__(self, look_up: LookUp, **kwargs: Any) -> None:
        super().__init__(look_up=look_up, **kwargs)
        self.look_up = look_up

    @property
    def field(self) -> Any:
        """Return the form field, which accepts names on a page."""
        request = getattr(getattr(self, "parent", None), "request", None)
        self.extra["user"] = request.user if request is not None and is_html_page(request) else None
        return super().field

    def find_id(self, user: Any, text: str) -> str:
        """Return the id of the row that the text names. Return the text unchanged if it is an id or fits no row."""
        row_id = parse_id(text)
        if row_id is not None and self.look_up.has(user, row_id):
            return text
        try:
            return str(self.look_up.find(user, text))
        except ValidationError:
            return text
