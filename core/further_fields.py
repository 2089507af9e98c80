"""Fields that an app keeps beside the rows of a lower app, in a table of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django_filters import Filter
from rest_framework.serializers import Field

from core.hooks import Registry
from core.pages.columns import PageColumn, Row
from core.serializers import CleanModelSerializer


class FurtherField(ABC):
    """What the body, the list, the filters and the pages of rows have because another app keeps something beside them.

    `name` is that of the field. Its `column` is optional, and `form_field` is as in `form_fields` of a view.
    """

    name: str
    column: PageColumn
    form_field: Mapping[str, object]

    @abstractmethod
    def make_field(self) -> Field:
        """Return the field of the body, which reads what annotate() has read, or else one statement for its row."""

    def make_filters(self) -> Mapping[str, Filter]:
        """Return the filters of the list by name. They filter rows that annotate() has returned."""
        return {}

    @abstractmethod
    def annotate(self, user: Any, rows: QuerySet) -> QuerySet:
        """Return the rows of a list, or of one, with the values of the field. No further statement is executed."""

    @abstractmethod
    def add_names(self, user: Any, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows of a page with what the column shows. At most one statement is executed for all of them."""

    @abstractmethod
    def keep(self, row: Any, by: Any, value: Any) -> None:
        """Keep the value that a body has sent, in the transaction that has created or locked the row.

        A DomainError refuses the whole request. A body without the field does not call this.
        """


class FurtherFields(Registry[FurtherField]):
    """The fields beside the rows of a lower app, which it reads where it reads its own."""

    def __init__(self) -> None:
        super().__init__(FurtherField)

    def annotate(self, user: Any, rows: QuerySet) -> QuerySet:
        for one in self:
            rows = one.annotate(user, rows)
        return rows

    def add_names(self, user: Any, rows: Sequence[Row]) -> Sequence[Row]:
        for one in self:
            rows = one.add_names(user, rows)
        return rows


class Columns:
    """The columns of a page, with those of further fields in their places."""

    def __init__(self, *parts: PageColumn | FurtherFields) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[PageColumn]:
        for part in self.parts:
            yield from (one.column for one in part) if isinstance(part, FurtherFields) else (part,)


class FurtherFieldsSerializer(CleanModelSerializer):
    """Writes a row, and then what other apps keep beside it. The fields of these apps come last."""

    further: FurtherFields

    def get_fields(self) -> dict[str, Field]:
        return {**super().get_fields(), **{one.name: one.make_field() for one in self.further}}

    def create(self, validated_data: dict[str, Any]) -> Any:
        return self.keep(super().create, validated_data)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        return self.keep(partial(super().update, instance), validated_data)

    def keep(self, write: Callable[[dict[str, Any]], Any], values: dict[str, Any]) -> Any:
        kept = [(one, values.pop(one.name)) for one in self.further if one.name in values]
        row = write(values)
        for one, value in kept:
            one.keep(row, self.context["request"].user, value)
        return row
