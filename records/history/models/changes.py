"""The history of products, suppliers, customers, categories, users and settings: who changed which field, and when.

A model whose changes are recorded is a RecordedModel: its `save()` and `delete()` record.
Statements that change its rows in another way run in `recorded()`. A change is recorded in the transaction that makes
it. Its old and its new values are read from the database, under the lock of the row.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NoReturn, Self

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.utils.text import camel_case_to_spaces

from core.arranging import make_choices
from core.database.constraints import array_of_ids
from core.database.postgres.base import execute, fetch
from core.http.clients import find_actor
from core.ownership import OwnedModel, OwnedQuerySet, OwnerKey, follow_names
from core.texts.cleaning import fold_case
from records.history.models import shapes

ARCHIVED: dict[str, Any] = {"archived": "row.archived_at IS NOT NULL"}


Kind: Any = make_choices("Kind", "PUBLISHED_KINDS", settings.CHANGED_KINDS, shapes.KINDS)


class Via(models.TextChoices):
    API = "api"
    KEY = "key"
    PAGE = "page"
    IMPORT = "import"
    DESK = "desk"
    COMMAND = "command"


class ChangeQuerySet(OwnedQuerySet):
    def shown(self, *, with_costs: bool, with_users: bool) -> Self:
        """Return the changes that a user with these rights may see."""
        rows = self if with_costs else self.filter(is_cost=False)
        return rows if with_users else rows.exclude(kind=Kind.USER)


class Change(OwnedModel):
    """A change of a row: `changes` has the old and the new value of each field that differs.

    `row_id` and `by` are ids without relations, because the history outlives the rows.
    """

    is_data = False

    # PostgreSQL would look up the owner once for each of the rows of an import. An account's rows are removed with it.
    owner = OwnerKey(db_constraint=False)
    kind = models.CharField(max_length=11, choices=Kind)
    row_id = models.BigIntegerField(help_text="Id of the product, supplier, category or user; of the owner for a shop.")
    at = models.DateTimeField("when")
    by = models.BigIntegerField(null=True, help_text="Id of the user; empty for a command.")
    via = models.CharField("by", max_length=7, choices=Via)
    changes = models.JSONField("what changed")
    is_cost = models.BooleanField(help_text="Whether all changed fields are costs.")
    # An edit changes many rows. Its id is a number from the sequence of this table's ids: see as_edit().
    edit = models.BigIntegerField(null=True, help_text="Id of the edit of many products.")
    undoes = models.BigIntegerField(null=True, help_text="Id of the edit that this one undoes.")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "kind", "row_id", "id"], name="history_change_by_row"),
            models.Index(  # finds the SKU with which a movement was booked: see stock.models.sql
                fields=["owner", "row_id", "id"],
                condition=models.Q(kind=Kind.PRODUCT, changes__has_key="sku"),
                name="history_change_of_skus",
            ),
            models.Index(
                fields=["owner", "edit", "id"],
                condition=models.Q(edit__isnull=False),
                name="history_change_of_edit",
            ),
            models.Index(
                fields=["owner", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="history_change_of_undo",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Changes are recorded by history.models.recorded() alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The history is not changed.")

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Remove the values of the personal fields from the changes of the erased row."""
        model: Any = type(person)
        values = {"owner": owner_id, "kind": list_tracked(model)[0].kind.value, "row": person.pk}
        execute(shapes.FORGET, {**values, "fields": [*person.personal]})


class Tracked:
    """The values of a model's rows that the history records: those of fields, and those of SQL expressions on `row`.

    Without names, these are all fields that people edit: the model names the others in `untracked`. `beside` is SQL of
    an object with further values of a row, which other tables have, or the field `saved`.
    """

    def __init__(self, kind: Kind, *names: str, beside: str = "", saved: str = "", **further: str) -> None:
        self.kind, self.names, self.saved, self.further = kind, names, saved, further
        self.fields = f"to_jsonb(recorded) || {beside}" if beside else "to_jsonb(recorded)"

    def is_saved_by(self, model: Any, update_fields: Any) -> bool:
        """Return whether a `save()` of these fields, or of all if they are None, may change a recorded value."""
        saved = {*find_names(self, model), self.saved, *self.further, "archived_at"}
        return update_fields is None or not saved.isdisjoint(update_fields)

    def write_rows(self, model: Any, number: int) -> str:
        """Return a statement that selects the id and the values of this number of rows."""
        values, joins = {}, ""
        for field in map(model._meta.get_field, find_names(self, model)):
            if isinstance(field, models.ForeignKey):
                values[field.name] = shapes.JOINED.format(name=field.name)
                table = field.related_model._meta.db_table
                joins += shapes.JOIN.format(table=table, name=field.name, column=field.column)
            else:
                values[field.name] = write_value(field, f"row.{field.column}")
        named = ", ".join(f"{value} AS {name}" for name, value in (values | self.further).items())
        ids = array_of_ids("ids", number)
        return format_statement(shapes.SELECT_VALUES, model, joins=joins, values=named, fields=self.fields, ids=ids)


def find_kind(model: Any) -> str:
    """Return the kind of the model's rows, which is its name in words: price_group."""
    return camel_case_to_spaces(model.__name__).replace(" ", "_")


@cache
def list_tracked(model: Any) -> tuple[Tracked, ...]:
    """Return what the history records of the model's rows. The first item is that of the rows' own kind."""
    further: dict[str, Any] = ARCHIVED if hasattr(model, "archived_at") else {}
    return model.tracked or (Tracked(Kind(find_kind(model)), **further),)


@cache
def find_names(tracked: Tracked, model: Any) -> tuple[str, ...]:
    left_out = {"owner", *model.untracked, *(name for other in list_tracked(model) for name in other.names)}
    edited = (field.name for field in model._meta.concrete_fields if field.editable and not field.primary_key)
    return tracked.names or tuple(name for name in edited if name not in left_out)


def write_value(field: Any, value: str) -> str:
    """Return SQL for a value of the field in the form of changes: amounts are texts, links have the name of the row."""
    if isinstance(field, models.ForeignKey) and value != "NULL":
        return shapes.LINK.format(table=field.related_model._meta.db_table, value=value)
    if isinstance(field, models.DecimalField):
        return f"{value}::numeric({field.max_digits}, {field.decimal_places})::text"
    return value


def write_change(field: Any, row: str, new: str) -> str:
    """Return SQL for an object with the old and the new value of the field. It is empty if they do not differ."""
    old = f"{row}.{field.column}"
    pair = f"jsonb_build_array({write_value(field, old)}, {write_value(field, new)})"
    change = f"jsonb_build_object('{field.name}', {pair})"
    return f"CASE WHEN {old} IS DISTINCT FROM {new} THEN {change} ELSE '{{}}'::jsonb END"


def format_statement(statement: str, model: Any, **parts: str) -> str:
    """Return the statement for the table of the model. The table of users has no owners."""
    condition = shapes.OWNED if issubclass(model, OwnedModel) else ""
    return statement.format(table=model._meta.db_table, condition=condition, **parts)


class Recording:
    """The rows of a model that a block of statements changes, with their values before the block."""

    def __init__(self, model: Any, owner_id: int) -> None:
        self.model, self.owner_id = model, owner_id
        # The values of each row as JSON, or None for a new row. One dictionary for each item of list_tracked().
        self.before: list[dict[int, str | None]] = [{} for _ in list_tracked(model)]
        self.changed: set[int] = set()  # after the block, the ids of the rows that differ
        self.at: datetime | None = None  # the time of their changes
        self.noted: dict[int, dict[str, list[Any]]] = {}  # further changes, which the values of the rows do not show

    def watch(self, ids: Iterable[int], *, is_locked: bool = False) -> None:
        """Lock the rows, unless the caller has done so, and read their values."""
        new = [row_id for row_id in ids if row_id not in self.before[0]]
        if not new:
            return
        values = {"owner": self.owner_id, "ids": new}
        if not is_locked:
            fetch(format_statement(shapes.LOCK, self.model), values)
        for tracked, before in zip(list_tracked(self.model), self.before, strict=True):
            before |= dict(fetch(tracked.write_rows(self.model, len(new)), values))

    def add(self, *row_ids: int) -> None:
        """Add rows that the block has inserted."""
        for before in self.before:
            before |= {row_id: None for row_id in row_ids if row_id not in before}

    def note(self, row_id: int, changes: dict[str, list[Any]]) -> None:
        """Add old and new values to the change of a row of its own kind."""
        self.noted[row_id] = self.noted.get(row_id, {}) | changes

    def record(self) -> None:
        """Read the rows again, and insert a change for each row that differs."""
        for tracked, before in zip(list_tracked(self.model), self.before, strict=True):
            values = {"owner": self.owner_id, "ids": list(before)}
            after = dict(fetch(tracked.write_rows(self.model, len(before)), values)) if before else {}
            changes = {
                row_id: find_changes(fields, after.get(row_id)) | self.noted.get(row_id, {})
                for row_id, fields in before.items()
            }
            given = {row_id: json.dumps(change) for row_id, change in changes.items() if change}
            if given:
                values = {**self.describe(tracked), "at": None, "ids": list(given), "fields": list(given.values())}
                [*_, (_, self.at)] = fetch(f"{shapes.RECORD.format(changed=shapes.GIVEN)} RETURNING row_id, at", values)
                self.changed |= given.keys()
            if self.model.filters_by_name:
                self.follow_names(tracked, changes)

    def follow_names(self, tracked: Tracked, changes: dict[int, dict[str, list[Any]]]) -> None:
        """Let filters by the former names of the rows have their ids, as after a merge."""
        for row_id, change in changes.items():
            if "name" in change:
                kind, former = tracked.kind.value, fold_case(change["name"][0])
                names = kind, *self.model.further_filters
                follow_names(self.owner_id, {name: (name, {former: str(row_id)}) for name in names})

    def record_known(self, changed: str, at: datetime, **parameters: Any) -> None:
        """Insert the changes that a statement selects: ids, and the differing fields with their old and new values."""
        values = {**self.describe(list_tracked(self.model)[0]), **parameters, "at": at}
        execute(shapes.RECORD.format(changed=changed), values)

    def record_created(self, ids: Collection[int], at: datetime) -> None:
        """Insert the changes of many rows that were created, which are not read into memory."""
        rows = list_tracked(self.model)[0].write_rows(self.model, len(ids))
        self.record_known(shapes.CREATED.format(rows=rows), at, ids=list(ids))

    def record_link(self, ids: list[int], link: str, pk: int | None, at: datetime) -> None:
        """Insert the changes of many rows that are about to link to another row, or to none."""
        new = "NULL" if pk is None else "%(link)s::bigint"
        change = write_change(self.model._meta.get_field(link), "row", new)
        self.record_known(format_statement(shapes.SELECT_FIELDS, self.model, fields=change), at, ids=ids, link=pk)

    def describe(self, tracked: Tracked) -> dict[str, Any]:
        user_id, via = find_actor()
        edit, undoes = running_edit.get()
        made = {"by": user_id, "via": via, "edit": edit, "undoes": undoes}
        return {"owner": self.owner_id, "kind": tracked.kind.value, "costs": list_costs(), **made}


def find_changes(before: str | None, after: str | None) -> dict[str, list[Any]]:
    """Return the old and the new value of each field that differs between two rows in JSON. None means no row."""
    if before is None or after is None:
        name = "created" if before is None else "deleted"
        return {name: [before and json.loads(before), after and json.loads(after)]}
    old, new = json.loads(before), json.loads(after)
    # A value that lies beside the row is missing in one of the two if it is new or removed.
    return {name: [old.get(name), new.get(name)] for name in old | new if old.get(name) != new.get(name)}


running: ContextVar[dict[Any, Recording]] = ContextVar("running_recordings", default={})  # noqa: B039, never changed


@contextmanager
def recorded(model: Any, owner_id: int, ids: Iterable[int] = (), *, is_locked: bool = False) -> Iterator[Recording]:
    """Record how these rows, and those that the block adds, differ after the block. Call this in a transaction.

    `is_locked` tells that the caller has locked the rows. A block within another one of the same account records
    nothing itself: the outer one does so at its end.
    """
    key = model, owner_id
    if outer := running.get().get(key):
        outer.watch(ids, is_locked=is_locked)
        yield outer
        return
    recording = Recording(model, owner_id)
    recording.watch(ids, is_locked=is_locked)
    token = running.set({**running.get(), key: recording})
    try:
        yield recording
    finally:
        running.reset(token)
    recording.record()


running_edit: ContextVar[tuple[int | None, int | None]] = ContextVar("running_edit", default=(None, None))


@contextmanager
def as_edit(undoes: int | None = None) -> Iterator[int]:
    """Give the changes that the block records the id of a new edit, and yield it. `undoes` is the edit that it undoes.

    Call this outside of `recorded()`, in a transaction.
    """
    [(edit,)] = fetch(shapes.NEXT_ID)
    token = running_edit.set((edit, undoes))
    try:
        yield edit
    finally:
        running_edit.reset(token)


@cache
def list_recorded() -> dict[str, Any]:
    """Return the recorded models by the kind of their rows."""
    return {list_tracked(model)[0].kind: model for model in apps.get_models() if issubclass(model, RecordedModel)}


@cache
def list_costs() -> list[str]:
    """Return the names of the fields of which users who see no costs see no changes."""
    return [name for model in list_recorded().values() for name in model.costs]


class RecordedModel(models.Model):
    """A model whose changes are in the history. A new field is recorded, unless `untracked` has its name."""

    tracked: ClassVar[tuple[Tracked, ...]] = ()  # by default the fields that people edit, and whether it is archived
    untracked: ClassVar[frozenset[str]] = frozenset()
    costs: ClassVar[tuple[str, ...]] = ()  # users who see no costs see no changes of these fields
    named_by: ClassVar[str] = "name"  # the field with the row's name
    named_codes: ClassVar[Mapping[str, Callable[[], Any]]] = {}  # functions that return the names of codes, by fields
    further_filters: ClassVar[tuple[str, ...]] = ()  # the parameters that take it, beside that of its kind
    filters_by_name: ClassVar[bool] = False  # whether lists and reports take the name of a row in place of its id

    class Meta:
        abstract = True

    @classmethod
    def list_edited(cls) -> tuple[str, ...]:
        """Return the names of the fields that people edit, which are those that the history records."""
        return find_names(list_tracked(cls)[0], cls)

    @classmethod
    def list_further(cls, named: Collection[str]) -> tuple[str, ...]:
        """Return the names of the fields that people edit, except those in `named`."""
        return tuple(name for name in cls.list_edited() if name not in named)

    @property
    def history_owner_id(self) -> int | None:
        """Return the account in whose history the row is, or None if it is in none."""
        owner_id: int = self.owner_id  # type: ignore[attr-defined]
        return owner_id

    def save(self, *, update_fields: Any = None, **kwargs: Any) -> None:
        is_new, save = self._state.adding, super().save
        with self.recording(update_fields):
            save(update_fields=update_fields, **kwargs)
            if is_new and (owner_id := self.history_owner_id):
                with recorded(type(self), owner_id) as changes:
                    changes.add(self.pk)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with self.recording():
            return super().delete(*args, **kwargs)

    @contextmanager
    def recording(self, update_fields: Any = None) -> Iterator[None]:
        """Record how this row differs after the block, which saves these fields, or all, or deletes the row."""
        owner_id = None if self._state.adding else self.history_owner_id
        is_tracked = any(one.is_saved_by(type(self), update_fields) for one in list_tracked(type(self)))
        # Most callers have begun a transaction. A savepoint in it would cost two statements.
        in_transaction = nullcontext() if connection.in_atomic_block or not is_tracked else transaction.atomic()
        with in_transaction, recorded(type(self), owner_id, [self.pk]) if owner_id and is_tracked else nullcontext():
            yield
