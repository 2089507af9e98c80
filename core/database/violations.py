"""Find the constraint that an IntegrityError violates, and the field that a client should correct."""

import re
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import BaseConstraint, F, Model, UniqueConstraint


def find_constraint(error: IntegrityError) -> BaseConstraint | None:
    """Return the violated constraint, or None if no model declares it."""
    return next((c for c in get_all_constraints() if is_violated(error, c.name)), None)


def get_all_constraints() -> list[BaseConstraint]:
    """Return the constraints of all models."""
    models: list[type[Model]] = apps.get_models()
    return [constraint for model in models for constraint in (*model._meta.constraints, *get_unique_fields(model))]


def get_unique_fields(model: type[Model]) -> list[UniqueConstraint]:
    """Return the constraints that `unique=True` creates, by the names that PostgreSQL gives them."""
    return [
        UniqueConstraint(
            fields=[field.name],
            name=f"{model._meta.db_table}_{field.column}_key",
            violation_error_message=field.error_messages["unique"],
        )
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    ]


def is_violated(error: IntegrityError, constraint_name: str) -> bool:
    """Return whether the error names this constraint. A distributed database appends the number of the shard."""
    diagnosis = getattr(error.__cause__, "diag", None)
    named = getattr(diagnosis, "constraint_name", None)
    if named:
        return bool(named == constraint_name)
    return re.search(rf"\b{re.escape(constraint_name)}(_\d+)?\b", str(error)) is not None


def find_field(constraint: BaseConstraint) -> str:
    """Return the field that a client should correct: the field that the constraint declares, or else its last field.

    The last field is the most specific one: for a code that is unique in a product, it is the code.
    """
    if field := getattr(constraint, "field", None):
        return str(field)
    fields = [*getattr(constraint, "fields", ())]
    for expression in getattr(constraint, "expressions", ()):
        parts: list[Any] = [expression] if isinstance(expression, F) else list(expression.flatten())
        fields += [part.name for part in parts if isinstance(part, F)]  # type: ignore[attr-defined]
    return fields[-1] if fields else "non_field_errors"
