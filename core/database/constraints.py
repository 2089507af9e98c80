"""A composite foreign key (owner, row): the database refuses links between rows of two accounts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BaseConstraint


class OwnedForeignKey(BaseConstraint):
    """`FOREIGN KEY (owner_id, x_id) REFERENCES target (owner_id, id)`, which each statement checks.

    It is immediate, not deferred: the error is raised inside the view's transaction, with the constraint's name. The
    target needs the unique constraint over (owner, id) that every OwnedModel has. `shared` names foreign keys that both
    rows have and that must be equal as well, such as the product of a lot: the target then needs a unique constraint
    over (owner, shared, id).
    """

    def __init__(self, *, field: str, name: str, shared: tuple[str, ...] = (), **kwargs: Any) -> None:
        kwargs.setdefault("violation_error_message", "This row does not exist.")
        super().__init__(name=name, **kwargs)
        self.field = field
        self.shared = tuple(shared)

    def constraint_sql(self, model: Any, schema_editor: Any) -> None:  # type: ignore[override]
        """Add the constraint at the end of the migration that creates the table, as Django does for foreign keys.

        At the end, the unique constraints of the referenced table exist.
        """
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
            raise ValidationError({self.field: self.get_violation_error_message()})

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field, **({"shared": self.shared} if self.shared else {})}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OwnedForeignKey):
            return (self.name, self.field, self.shared) == (other.name, other.field, other.shared)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.shared))
