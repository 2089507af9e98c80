"""Pages of lists of any length. A page near the end or of a search takes hardly longer than the first one.

Django's paginator counts the rows, and reads a page by OFFSET. In a large list PostgreSQL then joins all rows that it
skips. It also reads a search twice: for the page, it reads the list in its order, because it expects more rows to
match.
"""

from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Case, Count, QuerySet, When
from django.db.models.expressions import RawSQL
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import cached_property

MAX_FEW = 100  # a list with at most this number of rows is read by the ids that the count has found
MIN_SKIPPED = 1000  # a page after more rows is read from the nearer end of the list, and by the ids of its rows


class JoinedRows(NamedTuple):
    """The rows of a list, without and with the columns of other tables that a page shows.

    In a statement without these tables, PostgreSQL counts and skips rows by reading only an index.
    """

    rows: QuerySet
    joined: QuerySet


class ListPaginator(Paginator):
    """Returns the pages of Django's paginator. The order of the list must be total: it ends with a unique column."""

    few: list[int] | None = None  # the ids of all rows if there are few

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, JoinedRows):
            return int(super().count)
        number = Count("pk")
        ids = Case(When(LessThanOrEqual(number, MAX_FEW), then=ArrayAgg("pk", default=[])))
        found = rows.rows.order_by().values("pk").aggregate(number=number, ids=ids)
        self.few = found["ids"]
        return int(found["number"])

    def page(self, number: Any) -> Page[Any]:
        """Return the page. Raise InvalidPage for a page past the end."""
        start = (self.validate_number(number) - 1) * self.per_page
        return Page(self.read(start, min(start + self.per_page, self.count)), number, self)

    def read(self, start: int, stop: int) -> Any:
        """Return the rows from the first position up to, but not including, the second one."""
        rows: Any = self.object_list
        if not isinstance(rows, JoinedRows):
            return rows[start:stop] if start < MIN_SKIPPED else self.read_slice(rows, start, stop)
        if self.few is not None:
            return filter_by_ids(rows.joined, self.few)[start:stop]
        if start < MIN_SKIPPED:
            return rows.joined[start:stop]
        return filter_by_ids(rows.joined, self.read_slice(rows.rows.values_list("pk", flat=True), start, stop))

    def read_slice(self, rows: Any, start: int, stop: int) -> list[Any]:
        """Return the rows of the slice, read from the nearer end."""
        if start <= self.count // 2 or not hasattr(rows, "reverse"):
            return list(rows[start:stop])
        return list(rows.reverse()[self.count - stop : self.count - start])[::-1]


def filter_by_ids(rows: QuerySet, ids: list[int]) -> QuerySet:
    """Return the rows with these ids, which are one parameter of the statement."""
    condition = f'"{rows.model._meta.db_table}"."id" = ANY(%s::bigint[])'
    array = f"{{{','.join(map(str, ids))}}}"
    return rows.filter(RawSQL(condition, [array], output_field=BooleanField()))  # noqa: S611, the ids are integers
