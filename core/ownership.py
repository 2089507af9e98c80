"""Owners of rows: views read rows only through them. A person's data is erased in all tables of the owner."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.expressions import Expression
from django.db.models.lookups import Exact

from core.database.constraints import OwnedForeignKey


class OwnedQuerySet(models.QuerySet):
    """A queryset of rows that have owners. Views read rows only by `for_user`."""

    def for_user(self, user: Any) -> Self:
        """Return the rows of the user's account. Return no rows for an anonymous user or a user without an account."""
        if isinstance(user, AnonymousUser) or user.account_id is None:
            return self.none()
        return self.filter(owner_id=user.account_id)

    def get_locked(self, pk: int) -> Any:
        """Return the row, locked until the transaction ends. Raise DoesNotExist if it has been deleted."""
        # An annotated row is locked first, and read by a second statement. In a single statement, which Citus refuses,
        # a subquery would read data that is older than the lock if the statement has to wait for it.
        if not self.query.annotations:
            return self.select_for_update(no_key=True, of=("self",)).get(pk=pk)
        self.values_list("pk").select_for_update(no_key=True).get(pk=pk)
        return self.get(pk=pk)


def save_fields(row: models.Model, fields: dict[str, Any]) -> None:
    """Set and save only these fields. Saving the whole row would undo concurrent changes of other fields."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=[*fields, *list_automatic_fields(type(row))])


def list_automatic_fields(model: type[models.Model]) -> list[str]:
    """Return the names of the fields that Django sets to the time of each save."""
    return [field.name for field in model._meta.fields if getattr(field, "auto_now", False)]


def declare(model: Any, constraint: models.BaseConstraint) -> None:
    """Add the constraint to the model, as its Meta would. Models in migrations have a list of all constraints."""
    if not model._meta.abstract and model.__module__ != "__fake__":
        model._meta.constraints.append(constraint)
        model._meta.original_attrs["constraints"] = model._meta.constraints  # makemigrations reads these names


class UserKey(models.ForeignKey):
    """A foreign key to a user, who stays while rows link to them. Migrations write it as a ForeignKey."""

    FIXED: ClassVar[dict[str, Any]] = {
        "to": settings.AUTH_USER_MODEL,
        "on_delete": models.PROTECT,
        "related_name": "+",
        "db_index": False,  # each index of an owned model begins with the owner
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, **self.FIXED})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs


class OwnerKey(UserKey):
    """The foreign key of each owned row to its owner. Migrations write it without the options, which are FIXED.

    Without `db_constraint`, something else ensures that the owner exists, so that the database need not look it up for
    each row: for instance an OwnedKey that is never null.
    """

    FIXED: ClassVar[dict[str, Any]] = {**UserKey.FIXED, "editable": False}

    def contribute_to_class(self, cls: Any, *args: Any, **kwargs: Any) -> None:
        """Make owner and id a key of the model, to which an OwnedForeignKey can refer."""
        super().contribute_to_class(cls, *args, **kwargs)
        declare(cls, models.UniqueConstraint(fields=["owner", "id"], name=f"{cls._meta.db_table}_owner_row"))

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        kept = {key: value for key, value in kwargs.items() if key not in self.FIXED}
        return name, "core.ownership.OwnerKey", args, kept


class OwnedKey(models.ForeignKey):
    """A foreign key to a row of the same owner. The ORM's joins compare the owners as well.

    The database constraint is an OwnedForeignKey, which the model's Meta declares if it has options. Meta also has the
    indexes. By default, a row can't be deleted while other rows link to it, and has no name for these rows.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **{"related_name": "+", **kwargs, "db_constraint": False, "db_index": False})

    def contribute_to_class(self, cls: Any, *args: Any, **kwargs: Any) -> None:
        super().contribute_to_class(cls, *args, **kwargs)
        if self.name not in {getattr(constraint, "field", None) for constraint in cls._meta.constraints}:
            declare(cls, OwnedForeignKey(self.name, name=f"{cls._meta.db_table}_{self.name}"))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["db_constraint"], kwargs["db_index"]
        if kwargs["on_delete"] is models.PROTECT:
            del kwargs["on_delete"]
        return name, path, args, kwargs

    def get_extra_restriction(self, alias: str, related_alias: str) -> Expression:  # type: ignore[override]
        own_owner: Any = self.model._meta.get_field("owner")
        related_owner: Any = self.related_model._meta.get_field("owner")
        return Exact(related_owner.get_col(alias), own_owner.get_col(related_alias))


unlink = models.PROTECT  # released migrations import this name


def accept(row: models.Model) -> None:
    """Do nothing. This is the `check` of callers that accept any row."""


def delete_rows(model: type[models.Model], owner_id: int, rows: list[Any]) -> int:
    """Delete those of these rows that belong to the owner. Return their number."""
    chosen = [row.pk for row in rows if row.owner_id == owner_id]
    owned: Any = model._default_manager.filter(owner_id=owner_id, pk__in=chosen)
    return int(owned._raw_delete(owned.db) or 0)  # Django's delete() would not name the owner in its statement


class OwnedModel(models.Model):
    """A row that belongs to one account. Saving never moves a row to another account."""

    is_data: ClassVar[bool] = True  # True for data of the shop, False for the service's own records about the account

    owner = OwnerKey()

    class Meta:
        abstract = True

    @classmethod
    def record_link(cls, owner_id: int, ids: list[int], link: str, pk: int | None) -> None:
        """Record that core.archiving is about to change a link of these rows. Models can override this hook."""

    @classmethod
    def release(cls, owner_id: int, ids: list[int]) -> None:
        """Delete the files of these rows, before they are removed with their account. Models can override this hook."""

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Replace the name that rows of the account have beside a link to this erased user: `made_by_username`.

        Models with other copies of personal data override this, for persons (core.ownership).
        """
        names, kind = {field.name for field in cls._meta.fields}, type(person)
        for field in cls._meta.fields:
            if field.related_model is kind and (name := f"{field.name}_username") in names:
                rows = cls._default_manager.filter(owner_id=owner_id, **{field.name: person.pk})
                rows.update(**{name: person.username})

    @classmethod
    def rename(cls, owner_id: int, renamed: "Renamed") -> None:
        """Let rows that keep filters of lists follow renamed values. Models can override this hook."""

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, *options: Any) -> Any:
        values = [value for value in values if value[0].name != "owner"]
        base_qs = base_qs.filter(owner_id=self.owner_id)
        return super()._do_update(base_qs, using, pk_val, values, *options)


# What lists are filtered by from now on: for a parameter, its new name, and the new values by the folded former ones.
Renamed = Mapping[str, tuple[str, Mapping[Any, str]]]


def list_owned() -> list[type[OwnedModel]]:
    """Return all models with an owner, in the order of the apps."""
    return [model for model in apps.get_models() if issubclass(model, OwnedModel)]


def has_data(owner_id: int) -> bool:
    """Return whether the account has rows of any model with `is_data`."""
    return any(one._default_manager.filter(owner_id=owner_id).exists() for one in list_owned() if one.is_data)


def list_owned_tables() -> list[str]:
    """Return the tables of all models with an owner, in the order of the apps."""
    return [model._meta.db_table for model in list_owned()]


def follow_names(owner_id: int, renamed: Renamed) -> None:
    """Let each model of the account follow renamed values in the filters that its rows keep."""
    for model in list_owned():
        model.rename(owner_id, renamed)


JSON_TEXT = r'"(?:[^"\\]|\\.)*"'  # matches a text in JSON


class Person(models.Model):
    """A model with personal data. It names the fields to erase, and finds their copies in stored responses."""

    personal: ClassVar[tuple[str, ...]]

    # Returns regular expressions that match copies in stored responses, each with its replacement. They find the row by
    # its id, so that they also match its former names and addresses.
    list_stored_copies: Callable[[], dict[str, str]]

    class Meta:
        abstract = True


def forget_copies(person: Person, owner_id: int) -> None:
    """Let each model of the account remove what its rows have copied from the erased row."""
    for model in list_owned():
        model.forget(owner_id, person)
