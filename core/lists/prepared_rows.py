"""Rows of a log. The ORM composes their SQL only once for each form of the statement."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from core.database.replicas import reading

MAX_FORMS = 1000  # the limit in each process; a log has at most five forms for each page size


@dataclass(frozen=True)
class PreparedRows:
    """The parts of a queryset of dicts that LogPagination needs. Composing the SQL took a quarter of a page's time (ADR
    10).

    `build` returns the queryset for the numbers, such as the owner's id. It must pass all of them to the database.
    `make_row` returns the dict of a row, from the values of its columns.
    """

    build: Callable[..., QuerySet]
    columns: tuple[str, ...]
    make_row: Callable[[tuple[Any, ...]], dict[str, Any]]
    numbers: dict[str, int]
    ordering: str = ""
    position_lookup: str = ""

    def order_by(self, name: str) -> "PreparedRows":
        return replace(self, ordering=name)

    def filter(self, **position: int) -> "PreparedRows":
        """Return only the rows before or after a position."""
        [(lookup, number)] = position.items()
        return replace(self, position_lookup=lookup, numbers={**self.numbers, "position": number})

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        form = self.build, self.columns, tuple(self.numbers), self.ordering, self.position_lookup
        statement, names = compose(*form, part.start, part.stop)
        with reading().cursor() as cursor:
            cursor.execute(statement, [self.numbers[name] for name in names])
            return [self.make_row(values) for values in cursor.fetchall()]


@lru_cache(MAX_FORMS)
def compose(
    build: Callable[..., QuerySet],
    columns: tuple[str, ...],
    names: tuple[str, ...],
    ordering: str,
    position_lookup: str,
    start: int,
    stop: int,
) -> tuple[str, list[str]]:
    """Return the statement, and the names of the numbers that are its parameters.

    The ORM composes it for other numbers that are unique, so that they can be found among the parameters.
    """
    name_by_number = {-1 - place: name for place, name in enumerate(names)}
    numbers = {name: number for number, name in name_by_number.items()}
    position = {position_lookup: numbers.pop("position")} if position_lookup else {}
    queryset = build(**numbers).order_by(ordering).filter(**position).values(*columns)[start:stop]
    statement, parameters = queryset.query.sql_with_params()
    return statement, [name_by_number[number] for number in parameters]
