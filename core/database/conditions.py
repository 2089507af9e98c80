"""Conditions of statements that Django's lookups do not offer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value


def any_of(name: str, ids: list[int]) -> Func:
    """Return the condition that the column has one of these ids. They are one parameter of the statement.

    PostgreSQL limits the number of parameters, which `__in` would use for the ids.
    """
    array = Value(ids, ArrayField(models.BigIntegerField()))
    return Func(F(name), array, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField())
