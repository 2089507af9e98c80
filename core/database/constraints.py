"""Composite foreign keys (owner, row), the constraint behind an error, and conditions that Django lacks."""

import re
from functools import cache
from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models
from django.db.models import BaseConstraint, CheckConstraint, F, Func, Model, UniqueConstraint, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext

from core.translation import gettext_noop


class OwnedForeignKey(BaseConstraint):
    """`FOREIGN KEY (owner_id, x_id) REFERENCES target (owner_id, id)`, checked at the end of each statement.

    It is immediate, not deferred: the error is raised inside the view's transaction, with the constraint's name. The
    target needs the unique constraint over (owner, id) that every OwnedModel has. `shared` names foreign keys of both
    rows that must be equal as well, such as the product of a lot. The target's constraint is then (owner, shared, id).
    By default its name is that of the table and the field.
    """

    default_violation_error_message = gettext_noop("This row does not exist.")

    def __init__(self, field: str, *, name: str = "", shared: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(name=name or f"%(app_label)s_%(class)s_{field}", **kwargs)
        self.field = field
        self.shared = tuple(shared)

    def constraint_sql(self, model: Any, schema_editor: Any) -> None:  # type: ignore[override]
        """Add the constraint at the end of the migration, when the unique constraints of the referenced table exist."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        key = model._meta.get_field(self.field)
        target = key.related_model._meta
        common = ["owner_id", *(model._meta.get_field(name).column for name in self.shared)]
        columns = ", ".join(quote(column) for column in [*common, key.column])
        referenced = ", ".join(quote(column) for column in [*common, target.pk.column])
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns})"
            f" REFERENCES {quote(target.db_table)} ({referenced}) DEFERRABLE INITIALLY IMMEDIATE"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._delete_constraint_sql(schema_editor.sql_delete_fk, model, self.name)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = DEFAULT_DB_ALIAS) -> None:
        """Raise ValidationError if the linked row has another owner. Forms and the admin call this."""
        if exclude and (self.field in exclude or "owner" in exclude):
            return
        row = getattr(instance, self.field, None)
        if row is not None and row.owner_id != instance.owner_id:
            raise ValidationError({self.field: gettext(str(self.get_violation_error_message()))})

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field, **({"shared": self.shared} if self.shared else {})}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OwnedForeignKey):
            return (self.name, self.field, self.shared) == (other.name, other.field, other.shared)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.shared))


def checks(**conditions: Any) -> list[BaseConstraint]:
    """Return a constraint for each condition. Its name is that of the table and of the condition."""
    return [
        CheckConstraint(condition=condition, name=f"%(app_label)s_%(class)s_{name}")
        for name, condition in conditions.items()
    ]


class TriggeredCheck(CheckConstraint):
    """A check of a table whose rows are often written, but rarely these columns: a trigger of the columns runs it.

    PostgreSQL parses all checks of a table for each statement that writes to it. The function of the app's migrations
    raises the error of a check: docs/decisions/0075-checks-as-triggers.md.
    """

    @classmethod
    def of(cls, check: Any) -> Self:
        """Return this check as one with a trigger."""
        return cls(condition=check.condition, name=check.name)

    def constraint_sql(self, model: Any, schema_editor: Any) -> None:  # type: ignore[override]
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        condition = self._get_check_sql(model, schema_editor)  # type: ignore[attr-defined] # missing in the stubs
        columns = ", ".join(sorted({*re.findall(r'"\w+"', condition)}))
        of_row = re.sub(r'("\w+")', r"NEW.\1", condition)
        return (
            f"CREATE TRIGGER {self.name} AFTER INSERT OR UPDATE OF {columns} ON {model._meta.db_table} FOR EACH ROW"
            f" WHEN (NOT ({of_row})) EXECUTE FUNCTION {model._meta.app_label}_refuse_value('{self.name}')"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return f"DROP TRIGGER {self.name} ON {model._meta.db_table}"


def find_constraint(error: IntegrityError) -> BaseConstraint | None:
    """Return the violated constraint, or None if no model declares it."""
    return next((c for c in get_all_constraints() if is_violated(error, c.name)), None)


def get_all_constraints() -> list[BaseConstraint]:
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
    if named := getattr(getattr(error.__cause__, "diag", None), "constraint_name", None):
        return bool(named == constraint_name)
    return re.search(rf"\b{re.escape(constraint_name)}(_\d+)?\b", str(error)) is not None


def find_field(constraint: BaseConstraint) -> str:
    """Return the field that a client should correct: the field that the constraint declares, or else its last field."""
    if field := getattr(constraint, "field", None):
        return str(field)
    fields = [*getattr(constraint, "fields", ())]
    for expression in getattr(constraint, "expressions", ()):
        parts: list[Any] = [expression] if isinstance(expression, F) else list(expression.flatten())
        fields += [part.name for part in parts if isinstance(part, F)]  # type: ignore[attr-defined]
    return fields[-1] if fields else "non_field_errors"  # the last is the most specific one: the code of a product


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


@cache
def array_of_ids(parameter: str, number: int) -> str:
    """Return SQL of an array that has this number of ids from a parameter, for `id = ANY(…)`.

    A subquery returns a few ids. PostgreSQL does not know how many, so it keeps the plan of the statement, and planning
    takes longer than executing. Many ids are the parameter itself, in which PostgreSQL finds an id by a hash. In the
    result of a subquery it compares one id after the other: an import of 100,000 products took 15 s longer.
    """
    array = f"%({parameter})s::bigint[]"
    return f"ARRAY(SELECT unnest({array}))" if number <= MAX_IDS_IN_SUBQUERY else array
