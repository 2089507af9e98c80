"""Conditions of statements that Django's lookups do not offer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value

MAX_IDS_IN_SUBQUERY = 100


def any_of(name: str, ids: list[int]) -> Func:
    """Return the condition that the column has one of these ids. They are one parameter of the statement.

    PostgreSQL limits the number of parameters, which `__in` would use for the ids.
    """
    array = Value(ids, ArrayField(models.BigIntegerField()))
    return Func(F(name), array, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField())


def array_of_ids(parameter: str, number: int) -> str:
    """Return SQL of an array with the ids of a parameter, of which there are this number, for `id = ANY(…)`.

    A few ids are in a subquery: PostgreSQL does not know their number, so it can keep the plan of the statement, which
    takes longer to make than to execute. Many are not: if PostgreSQL reads all rows of an account, as before it has
    statistics of them, it compares each row with one id of a subquery after the other, but finds it by a hash in a
    parameter.
    """
    array = f"%({parameter})s::bigint[]"
    return f"ARRAY(SELECT unnest({array}))" if number <= MAX_IDS_IN_SUBQUERY else array
