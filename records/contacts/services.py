"""Erase a contact, or merge it into another. The services for owned rows make all other changes."""

from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import CharField, Q, TextField, Value
from django.db.models.functions import Lower
from django.utils import timezone

from core.archiving import lock_in_catalogue
from core.database.transactions import atomic
from core.model_fields import MAX_METADATA_KEYS
from core.ownership import forget_copies, save_fields
from records.contacts.errors import Merged, MergeIntoItself
from records.contacts.models import Contact, NamesContacts
from records.events.models import EventType
from records.events.services import record
from records.history.models import recorded
from users.leaving.services import blank_log_entries


@atomic
def erase(model: Any, *, owner_id: int, pk: int) -> Any:
    """Empty the personal fields of a contact and of those that were merged with it, and remove what other rows have.

    Raise DoesNotExist.
    """
    row = lock_in_catalogue(model.objects.all(), owner_id, pk)
    same = Q(pk=row.merged_into_id) | Q(merged_into=row.merged_into_id or pk)
    rows = model.objects.filter(same, owner_id=owner_id).exclude(pk=pk).order_by("id")
    for each in [row, *rows.select_for_update(no_key=True)]:
        save_fields(each, each.list_erased())
        if "name" in each.personal:
            blank_log_entries(model, each)
        forget_copies(each, owner_id)
    return row


def list_naming(model: type[Contact]) -> list[type[NamesContacts]]:
    """Return the models whose rows name such contacts, those of the highest app first. Their rows move in this order.

    A test ensures that each model with a link to contacts is among them.
    """
    return [one for one in apps.get_models()[::-1] if issubclass(one, NamesContacts) and one.find_link(model)]


def list_costs(contact: Contact, into: Contact | None = None) -> list[dict[str, Any]]:
    """Return the costs that a merge would change. A cost is a text as in all bodies, or None."""
    found = [cost for naming in list_naming(type(contact)) for cost in naming.find_costs(contact, into)]
    return [{name: str(value) if isinstance(value, Decimal) else value for name, value in one.items()} for one in found]


def refuse_merged(row: Any) -> None:
    """Raise Merged if the row was merged into another one."""
    if row.merged_into_id:
        raise Merged(into=row.merged_into_id)


def preview(model: Any, *, owner_id: int, pk: int, into_id: int) -> dict[str, Any]:
    """Return what merge() would do. Raise its errors."""
    rows = model.objects.filter(owner_id=owner_id)
    row = rows.get(pk=pk)
    into = find_other(row, rows, into_id)
    moves = {naming.moved_as: naming.count_naming(row, into) for naming in list_naming(model)}
    filled = find_filled(row, into)
    filled.pop("accepted_email", None)  # no response has it
    if costs := list_costs(row, into):
        filled["cost_prices"] = costs
    return {"into": into.pk, "moves": moves, "fields": filled}


@atomic
def merge(model: Any, *, owner_id: int, pk: int, into_id: int) -> Any:
    """Merge a contact into another one, and return that one. What names the first one names the second from then on.

    Empty fields of the second one get the values of the first one, which is archived. Raise DoesNotExist, Merged,
    MergeIntoItself, or the model's error for an archived one.
    """
    row = lock_in_catalogue(model.objects.all(), owner_id, pk)
    rows = model.objects.filter(owner_id=owner_id)
    into = find_other(row, rows.select_for_update(no_key=True), into_id)
    filled, now = find_filled(row, into), timezone.now()
    with recorded(model, owner_id, [row.pk, into.pk], is_locked=True) as changes:
        changes.note(row.pk, {"merged_into": [None, into.pk]})
        changes.note(into.pk, {"merged": [None, row.pk]})
        save_fields(row, {"archived_at": row.archived_at or now, "merged_into": into})
        save_fields(into, filled)
    rows.filter(merged_into=row.pk).update(merged_into=into, updated_at=now)
    for naming in list_naming(model):
        naming.move(row, into)
    record(owner_id=owner_id, event_type=EventType(f"{row.kind}.merged"), data={"id": row.pk, "into": into.pk})
    return into


def find_other(row: Any, rows: Any, into_id: int) -> Any:
    """Return the contact that the row is merged into: of one that was merged, the one that it was merged into."""
    refuse_merged(row)
    into = rows.get(pk=rows.follow(into_id))
    if into == row:
        raise MergeIntoItself()
    if into.archived_at:
        raise into.archived_error(**{into.kind: into.pk})
    return into


def find_filled(row: Any, into: Any) -> dict[str, Any]:
    """Return the values that the empty fields of `into` get. Of the metadata, these are the keys that it lacks.

    An external id that another live contact got while this one was archived stays there.
    """
    texts = [field.name for field in row._meta.fields if isinstance(field, CharField | TextField)]
    filled = {name: getattr(row, name) for name in texts if getattr(row, name) and not getattr(into, name)}
    live = type(row).objects.live().filter(owner_id=row.owner_id).exclude(pk=row.pk)
    if "external_id" in filled and live.filter(external_id__lower=Lower(Value(row.external_id))).exists():
        del filled["external_id"]
    metadata = {**row.metadata, **into.metadata}
    is_more = len(into.metadata) < len(metadata) <= MAX_METADATA_KEYS
    return {**filled, "metadata": metadata} if is_more else filled
