"""Conditions of statements that Django's lookups do not offer."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.lookups import Exact

MAX_IDS_IN_SUBQUERY = 100


class ExactText(Exact):
    """The lookup of a whole text. An empty text is a part of the statement, and no parameter.

    The conditions of partial indexes say that a text is not empty. PostgreSQL knows no parameters when it makes the
    plan that it keeps for a statement, so it would use none of these indexes.
    """

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        is_empty = isinstance(self.rhs, str) and not self.rhs
        return ("''", []) if is_empty else super().process_rhs(compiler, connection)


def any_of(name: str, ids: list[int]) -> Func:
    """Return the condition that the column has one of these ids. They are one parameter of the statement.

    PostgreSQL limits the number of parameters, which `__in` would use for the ids.
    """
    array = Value(ids, ArrayField(models.BigIntegerField()))
    return Func(F(name), array, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField())


def array_of_ids(parameter: str, number: int) -> str:
    """Return SQL of an array that has this number of ids from a parameter, for `id = ANY(…)`.

    A subquery returns a few ids. PostgreSQL does not know how many, so it keeps the plan of the statement, and planning
    takes longer than executing. Many ids are the parameter itself, in which PostgreSQL finds an id by a hash. In the
    result of a subquery it compares one id after the other: an import of 100,000 products took 15 s longer.
    """
    array = f"%({parameter})s::bigint[]"
    return f"ARRAY(SELECT unnest({array}))" if number <= MAX_IDS_IN_SUBQUERY else array
