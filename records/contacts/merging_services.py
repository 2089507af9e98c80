"""Merge a contact into another one that is the same person or company."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import CharField, Q, TextField, Value
from django.db.models.functions import Lower
from django.utils import timezone

from core.archiving import TIMEOUT_SECONDS
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from core.metadata import MAX_METADATA_KEYS
from core.ownership import list_automatic_fields, save_fields
from records.contacts.errors import Merged, MergeIntoItself
from records.contacts.models import Contact, NamesContacts
from records.events.models import EventType
from records.events.services import record
from records.history.models import recorded


def list_naming(model: type[Contact]) -> list[type[NamesContacts]]:
    """Return the models whose rows name such contacts, those of the highest app first. Their rows move in this order.

    Raise TypeError if a model links to such contacts without being NamesContacts: its rows would stay behind.
    """
    links: Any = model._meta.get_fields(include_hidden=True)
    linked = {link.related_model for link in links if link.auto_created and link.is_relation} - {model}
    naming = [one for one in apps.get_models() if issubclass(one, NamesContacts) and one.find_link(model)]
    if unknown := linked - {*naming}:
        raise TypeError(f"Rows of {unknown} link to a {model.__name__}, so they are NamesContacts.")
    return naming[::-1]


def refuse_merged(row: Any) -> None:
    """Raise Merged if the row was merged into another one."""
    if row.merged_into_id:
        raise Merged(into=row.merged_into_id)


def preview(model: Any, *, owner_id: int, pk: int, into_id: int) -> dict[str, Any]:
    """Return what merge() would do. Raise its errors."""
    row, into, _ = find_both(model.objects.filter(owner_id=owner_id), pk, into_id)
    moves = {naming.moved_as: naming.count_naming(row) for naming in list_naming(model)}
    shown = {*model.list_edited(), "metadata"}
    filled = {name: value for name, value in find_filled(row, into).items() if name in shown}
    return {"into": into.pk, "moves": moves, "fields": filled}


@atomic
def merge(model: Any, *, owner_id: int, pk: int, into_id: int) -> Any:
    """Merge a contact into another one, and return that one. What names the first one names the second from then on.

    Empty fields of the second one get the values of the first one, which is archived. Raise DoesNotExist, Merged,
    MergeIntoItself, or the model's error for an archived one.
    """
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.CATALOGUE)
    rows = model.objects.filter(owner_id=owner_id)
    row, into, earlier = find_both(rows, pk, into_id, lambda found: found.select_for_update(no_key=True))
    filled, now = find_filled(row, into), timezone.now()
    with recorded(model, owner_id, [row.pk, into.pk, *earlier], is_locked=True) as changes:
        changes.note(into.pk, {"merged": [None, row.pk]})
        changes.note(row.pk, {"merged_into": [None, into.pk]})
        for one in earlier:
            changes.note(one, {"merged_into": [row.pk, into.pk]})
        save_fields(row, {"archived_at": row.archived_at or now, "merged_into": into})
        save_fields(into, filled)
        rows.filter(pk__in=earlier).update(merged_into=into, **dict.fromkeys(list_automatic_fields(model), now))
    for naming in list_naming(model):
        naming.move(row, into)
    record(owner_id=owner_id, event_type=EventType(f"{row.kind}.merged"), data={"id": row.pk, "into": into.pk})
    return into


def find_both(
    rows: Any, pk: int, into_id: int, lock: Callable[[Any], Any] = lambda found: found
) -> tuple[Any, Any, list[int]]:
    """Return the contact, the one that it is merged into, and the ids of those that were merged into it before."""
    into_id = rows.follow(into_id)
    found = lock(rows.filter(Q(pk__in=(pk, into_id)) | Q(merged_into=pk)).order_by("id"))
    by_id = {row.pk: row for row in found}
    if not {pk, into_id} <= by_id.keys():
        raise rows.model.DoesNotExist
    row, into = by_id.pop(pk), by_id.get(into_id)
    refuse_merged(row)
    if into is None:
        raise MergeIntoItself()
    if into.archived_at:
        raise into.archived_error(**{into.kind: into.pk})
    del by_id[into_id]
    return row, into, list(by_id)


def find_filled(row: Any, into: Any) -> dict[str, Any]:
    """Return the values that the empty fields of `into` get. Of the metadata, these are the keys that it lacks."""
    texts = [field.name for field in row._meta.fields if isinstance(field, CharField | TextField)]
    filled = {name: getattr(row, name) for name in texts if getattr(row, name) and not getattr(into, name)}
    if "external_id" in filled and is_taken(row, filled["external_id"]):
        del filled["external_id"]
    metadata = {**row.metadata, **into.metadata}
    is_more = len(into.metadata) < len(metadata) <= MAX_METADATA_KEYS
    return {**filled, "metadata": metadata} if is_more else filled


def is_taken(row: Any, external_id: str) -> bool:
    """Return whether another live contact has the external id, because it got it while this one was archived."""
    live = type(row).objects.live().filter(owner_id=row.owner_id, external_id__lower=Lower(Value(external_id)))
    return bool(live.exclude(pk=row.pk).exists())
