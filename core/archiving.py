"""Archive rows of an account, and restore them.

Rows keep the id of an archived row instead of their link (`kept_supplier_id`), so that every link leads to a live row.
"""

from collections.abc import Callable
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.constraints import OwnedForeignKey, any_of, find_constraint, find_field
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from core.errors import NameTaken
from core.ownership import OwnedQuerySet, accept, list_automatic_fields, save_fields

TIMEOUT_SECONDS = 60  # the limit of each statement; 100,000 products can link to a row


class ArchivableQuerySet(OwnedQuerySet):
    """A queryset of rows that can be archived."""

    def live(self) -> Self:
        """Return the rows that are not archived."""
        return self.filter(archived_at=None)


@atomic
def archive(model: Any, *, owner_id: int, pk: int, check: Callable[[Any], None] = accept) -> None:
    """Archive the row, and remove the links to it. Raise DoesNotExist."""
    row = lock_in_catalogue(model.objects.live(), owner_id, pk)
    check(row)  # raises an exception to refuse the change
    save_fields(row, {"archived_at": timezone.now()})
    take_links(model, owner_id, [pk])


def archive_rows(model: Any, owner_id: int, ids: list[int]) -> None:
    """Archive these rows, which the caller has locked. The caller also records their changes."""
    mark_archived(model, owner_id, ids)
    take_links(model, owner_id, ids)


def take_links(model: Any, owner_id: int, ids: list[int]) -> None:
    """Remove the links to these rows, and keep the ids."""
    for linked, link in list_links(model) if ids else ():
        change_links(linked, owner_id, any_of(link, ids), link, None)


def mark_archived(model: Any, owner_id: int, ids: list[int]) -> None:
    """Set the time at which these rows are archived, and that of their change."""
    names = ["archived_at", *list_automatic_fields(model)]
    model.objects.filter(any_of("id", ids), owner_id=owner_id).update(**dict.fromkeys(names, timezone.now()))


@atomic
def restore(model: Any, *, owner_id: int, pk: int, check: Callable[[Any], None] = accept) -> Any:
    """Bring the row back, and return it. Raise DoesNotExist, or NameTaken."""
    row = lock_in_catalogue(model.objects.all(), owner_id, pk)
    check(row)  # raises an exception to refuse the change
    if row.archived_at is not None:
        save_restored(row)
        for linked, link in list_links(model):  # rows that have been linked to another row keep that link
            kept = f"kept_{link}"
            change_links(linked, owner_id, Q(**{kept: pk, link: None}), link, pk)
            linked.objects.filter(owner_id=owner_id, **{kept: pk}).update(**{kept: None})
    return row


def save_restored(row: Any) -> None:
    """Save the row as not archived. Raise NameTaken if another row has its name or external id."""
    try:
        with transaction.atomic():
            save_fields(row, {"archived_at": None})
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        raise NameTaken(field=find_field(constraint)) from error


def lock_in_catalogue(rows: ArchivableQuerySet, owner_id: int, pk: int) -> Any:
    """Lock the account's catalogue, then the row, and return the row. The statements have a time limit of their own."""
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.CATALOGUE)
    return rows.filter(owner_id=owner_id).get_locked(pk)


def list_links(model: Any) -> list[tuple[Any, str]]:
    """Return the models with links to this one, those of the highest app first, each with the column of its link."""
    return [(relation.related_model, relation.field.attname) for relation in reversed(model._meta.related_objects)]


def change_links(linked: Any, owner_id: int, condition: Any, link: str, pk: int | None) -> int:
    """Set the link of all rows that meet the condition, and return their number. None removes it, and keeps the id."""
    rows = linked.objects.filter(condition, owner_id=owner_id)
    # The rows are locked by ascending id: see ADR 16.
    ids = list(rows.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))
    linked.record_link(owner_id, ids, link, pk)
    kept = {f"kept_{link}": F(link) if pk is None else None} if hasattr(linked, f"kept_{link}") else {}
    changed = {"updated_at": timezone.now()} if hasattr(linked, "updated_at") else {}
    rows.update(**{link: pk}, **kept, **changed)
    return len(ids)


def require_live(**links: Any) -> dict[str, Any]:
    """Return these linked rows as they are now: one that was merged since is the one that it was merged into.

    The transaction must share the account's CATALOGUE lock, so that nobody archives them afterwards. Raise
    ValidationError (400) if one was archived after the request found it.
    """
    present: dict[str, Any] = {
        name: row and type(row)._default_manager.get(owner_id=row.owner_id, pk=row.pk) for name, row in links.items()
    }
    present |= {name: row.merged_into for name, row in present.items() if getattr(row, "merged_into_id", None)}
    for name, row in present.items():
        if row is not None and row.archived_at is not None:
            raise ValidationError({name: [gettext(OwnedForeignKey.default_violation_error_message)]})
    return present
