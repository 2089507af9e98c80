"""Remove a shop whose time is over, in portions: all rows of its account, the ledger included, and then its users.

Each portion is a transaction, so that a worker that is killed loses one portion, and another worker goes on.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Now
from django.utils import timezone

from core.database.postgres.base import execute
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from core.ownership import OwnedModel
from users.access.roles import Role
from users.keys.models import ApiKey
from users.leaving.erasing_services import remove_person
from users.leaving.models import ClosedAccount
from users.models import User

MAX_PORTION = 5000  # the most rows that one transaction removes
# The time limit of a statement: to remove a user, PostgreSQL looks for its id in the ledgers of all shops.
TIMEOUT_SECONDS = 3600


def remove_due_portion() -> bool:
    """Remove a portion of an account whose time is over. Return whether more may be due. This is a job."""
    due = User.objects.filter(closes_at__lte=Now()).order_by("?").first()
    return due is not None and remove_portion(due.pk)


@atomic
def remove_portion(owner_id: int) -> bool:
    """Remove some rows of the account or, after its last row, its users. Return whether it is still to be removed."""
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.REMOVAL)
    # The lock makes this wait for an owner who is just undoing the closing.
    account = User.objects.select_for_update(no_key=True).filter(pk=owner_id, closes_at__lte=Now()).first()
    if account is None:
        return False
    User.objects.with_workers(account).filter(is_active=True).update(is_active=False)
    # The triggers of immutable tables read this setting.
    execute(f"SET LOCAL inventory.closing_account = '{owner_id:d}'")
    # Otherwise Citus refuses to change users after a statement that has read several servers.
    execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    started = {"due_at": account.closes_at}
    line, _ = ClosedAccount.objects.get_or_create(account_number=owner_id, closed_at=None, defaults=started)
    has_rows = any(remove_rows(line, model) for model in list_models_in_order())
    if not has_rows:
        remove_people(line, account)
        line.closed_at = timezone.now()
    line.save()
    return has_rows


@cache
def list_models_in_order() -> list[Any]:
    """Return the models with an owner, each before those to which its rows link."""
    left = [model for model in apps.get_models() if issubclass(model, OwnedModel)]
    ordered: list[Any] = []
    while left:
        linked = {field.related_model for model in left for field in model._meta.fields if field.related_model != model}
        ordered += (free := [model for model in left if model not in linked])
        left = [model for model in left if model in linked]
        if not free:
            raise TypeError(f"These models link to each other: {left}.")
    return ordered


def remove_rows(line: ClosedAccount, model: Any) -> int:
    """Remove the newest rows of the model, because a reversal links to an older operation. Return their number."""
    rows = model._base_manager.filter(owner_id=line.account_number)
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[:MAX_PORTION])
    if ids:
        model.release(line.account_number, ids)
        remove_log_entries(line, model, ids)
        count_rows(line, model, rows.filter(pk__in=ids)._raw_delete(DEFAULT_DB_ALIAS))
    return len(ids)


def remove_log_entries(line: ClosedAccount, model: Any, ids: Iterable[int]) -> None:
    """Remove what the support desk has logged about these rows, because it has their names."""
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    count_rows(line, LogEntry, about.filter(object_id__in=[str(pk) for pk in ids]).delete()[0])


def count_rows(line: ClosedAccount, model: Any, number: int) -> None:
    if number:
        table = model._meta.db_table
        line.counts[table] = line.counts.get(table, 0) + number


def remove_people(line: ClosedAccount, account: User) -> None:
    """Erase the users of the account, and remove them, unless rows of another account link to them."""
    people = list(User.objects.with_workers(account).order_by("-pk"))
    ids = [user.pk for user in people]
    User.objects.filter(pk__in=ids).update(employer=None, role=Role.WORKER, led_by=None, closes_at=None)
    for user in User.objects.filter(pk__in=ids):
        if not user.erased_at:
            remove_person(user)
    remove_log_entries(line, ApiKey, ApiKey.objects.filter(user__in=ids).values_list("pk", flat=True))
    remove_log_entries(line, User, ids)
    for model in apps.get_models(include_auto_created=True):
        for field in [] if issubclass(model, User | OwnedModel) else model._meta.local_fields:
            if field.related_model is User:
                unlink(line, model, field, ids)
    # A user that has worked in another shop stays, without its name.
    removed = User._base_manager.filter(pk__in=set(ids) - find_linked(ids))
    count_rows(line, User, removed._raw_delete(DEFAULT_DB_ALIAS))


def unlink(line: ClosedAccount, model: Any, field: Any, ids: list[int]) -> None:
    """Remove the rows of users, or the links of rows that stay without them."""
    rows = model._base_manager.filter(**{f"{field.name}__in": ids})
    if field.remote_field.on_delete is models.SET_NULL:
        rows.update(**{field.name: None})
    else:
        count_rows(line, model, rows.delete()[0])


def find_linked(ids: list[int]) -> set[int]:
    """Return the ids of the users to which rows of other accounts link. Those of their own have been removed before.

    The foreign keys alone do not tell: Citus checks them when the transaction is committed. If a request has just
    written rows of the removed account, they fail then, and the next portion has these rows.
    """
    linked: set[int] = set()
    for model in list_models_in_order():
        for field in model._meta.local_fields:
            if field.related_model is User and field.name != "owner":
                rows = model._base_manager.filter(**{f"{field.name}__in": ids})
                linked.update(rows.order_by().values_list(field.name, flat=True).distinct())
    return linked
