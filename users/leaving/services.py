"""The services that erase people, and those that remove shops whose time is over.

What an erased person has booked stays, under a name without meaning. A shop is removed in portions: all rows of its
account, the ledger included, and then its users. Each portion is a transaction, so that a worker that is killed loses
one portion, and another worker goes on.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import DurationField, ExpressionWrapper, F, Model, Q
from django.db.models.functions import Now
from django.utils import timezone

from core.database.postgres.base import execute
from core.database.transactions import atomic, set_time_limit
from core.errors import DomainError
from core.ownership import OwnedModel, forget_copies, list_owned
from users.access.permissions import Caller
from users.access.roles import Role
from users.access.services import refuse_after_hand_over
from users.errors import Erased, LeadsShop
from users.events import services as events
from users.models import ApiKey, Challenge, ClosedAccount, EventKind, Factor, KnownNetwork, Notices, SecurityEvent, User
from users.sign_in import throttling, tokens

TIMEOUT_SECONDS = 60  # the limit of each statement; an account can have millions of stored responses
REPEAT_SECONDS = 5  # the time from an erasure to its first repetition
REPEATED_FOR = timedelta(hours=2)  # erasing is repeated for this time


@atomic
def erase(*, by: Caller, user: User) -> User:
    """Give the user another name, remove everything else that tells who it is, and end its sign-in for ever.

    Raise LeadsShop or Erased (409), or PermissionDenied if the shop was handed over after the user was read.
    """
    set_time_limit(TIMEOUT_SECONDS)
    refuse_after_hand_over(user)
    row = User.objects.select_for_update(no_key=True, of=("self",)).select_related("employer").get(pk=user.pk)
    if row.leads_shop:
        raise LeadsShop()
    if row.erased_at:
        raise Erased()
    throttling.clear_name(row.get_username())
    events.record_security_event(by=by, user=row, kind=EventKind.PERSON_ERASED)
    remove_person(row)
    user.refresh_from_db()
    return user


def erase_if_possible(*, by: Caller, user: User) -> bool:
    """Erase the user. Return False if erase() refuses this."""
    try:
        erase(by=by, user=user)
    except (DomainError, PermissionDenied):
        return False
    return True


def remove_person(user: User) -> None:
    """Empty the user's row, and remove the copies."""
    fields = dict.fromkeys(("email", "phone", "confirmed_email", "first_name", "last_name"), "")
    # The row of a first owner stays active, because that says that its shop is open.
    closed = {"is_barred": True} if user.owns_shop else {"is_active": False}
    rights = {"is_staff": False, "is_superuser": False, "notices": Notices.OFF}
    changed = {**fields, **closed, **rights, "username": find_free_name(f"user-{user.pk}"), "erased_at": Now()}
    for name, value in changed.items():
        setattr(user, name, value)
    user.set_unusable_password()  # ends all tokens, sessions and links
    user.save(update_fields=[*changed, "password"])
    user.refresh_from_db()
    blank_log_entries(User, user)
    blank_log_entries(ApiKey, *ApiKey.objects.filter(user=user))
    forget_person(user)


def find_free_name(name: str, is_taken: Callable[[str], bool] = User.objects.is_taken) -> str:
    """Return the user name, or the first of name-2, name-3 … that is not taken."""
    names = (f"{name}{suffix}" for suffix in ("", *(f"-{number}" for number in range(2, 1000))))
    return next(name for name in names if not is_taken(name))


def blank_log_entries(model: type[Model], *rows: Model) -> None:
    """Remove names and reasons from the entries of the support desk about these rows. Time, staff and kind stay."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    for row in rows:
        entries.filter(object_id=str(row.pk)).update(
            object_repr=f"{model._meta.verbose_name} {row.pk}", change_message=""
        )


def forget_person(user: User) -> None:
    """Remove what other tables have copied from the user, in each account where it has been."""
    tokens.end_all_sign_ins(user)
    for model in (KnownNetwork, Factor, Challenge):
        model.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).exclude(second_factor_since=None).update(second_factor_since=None)
    keys = ApiKey.objects.filter(user=user)
    keys.update(name=F("prefix"), networks=[])
    keys.filter(revoked_at=None).update(revoked_at=Now())
    about = SecurityEvent.objects.filter(Q(user=user) | Q(actor=user))
    accounts: Any = {user.history_owner_id, *about.filter(user=user).values_list("account_id", flat=True)}
    about.exclude(address="").update(address="")
    for owner_id in sorted(accounts - {None}):
        forget_copies(user, owner_id)


class Repetitions:
    """Remove what requests that ran while a user was erased may have written afterwards.

    An erasure is repeated after 5 seconds, and again each time that its age has doubled: most requests end within a
    second, and repeating it reads all stored responses of the account.
    """

    def __init__(self) -> None:
        self.ages: dict[int, timedelta] = {}  # the age of each user's erasure when it was last repeated

    def repeat_due(self) -> None:
        """Repeat the erasures that are due. This is a job."""
        age: Any = ExpressionWrapper(Now() - F("erased_at"), output_field=DurationField())
        erased = list(User.objects.filter(erased_at__gt=Now() - REPEATED_FOR).annotate(age=age))
        self.ages = {user.pk: self.ages[user.pk] for user in erased if user.pk in self.ages}
        for user in erased:
            if user.age >= 2 * self.ages.get(user.pk, timedelta()):
                self.ages[user.pk] = user.age
                repeat_erasing(user)


@atomic
def repeat_erasing(user: User) -> None:
    set_time_limit(TIMEOUT_SECONDS)
    forget_person(user)


# A restore runs this. An owner that has undone the closing since the backup was made has a week to undo it again. The
# backup of an old release lacks the column. A shop whose removal has begun has no active owner.
DELAY_CLOSINGS = """
DO $$ BEGIN
    UPDATE users_user SET closes_at = now() + '7 days' WHERE is_active AND closes_at < now() + '7 days';
EXCEPTION WHEN undefined_column THEN NULL; END $$
"""
MAX_PORTION = 5000  # the most rows that one transaction removes
# The time limit of a statement: to remove a user, PostgreSQL looks for its id in the ledgers of all shops.
REMOVAL_TIMEOUT_SECONDS = 3600


def remove_due_portion() -> bool:
    """Remove a portion of an account whose time is over. Return whether more may be due. This is a job.

    Accounts wait while apps are left out, whose rows would stay.
    """
    if settings.WITHOUT:
        return False
    due = User.objects.filter(closes_at__lte=Now()).order_by("?").first()
    return due is not None and remove_portion(due.pk)


@atomic
def remove_portion(owner_id: int) -> bool:
    """Remove some rows of the account or, after its last row, its users. Return whether it is still to be removed."""
    set_time_limit(REMOVAL_TIMEOUT_SECONDS)
    # The lock makes this wait for another worker, and for an owner who is just undoing the closing.
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
    left = list_owned()
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
