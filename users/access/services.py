"""The services that hand over shops (docs/decisions/0040-handing-over.md), close shops, and deactivate users.

A shop that is being closed can be kept until a time. After that, users.leaving.services removes the shop.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext, gettext_lazy
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from records.history.models import recorded
from users.access.permissions import Caller
from users.access.roles import Role
from users.errors import AccountClosed
from users.events import services as events
from users.models import ApiKey, EventKind, User
from users.sign_in import tokens

CLOSING_DAYS = 30  # the time in which the owner can undo it
CLOSING_TIME = timedelta(days=CLOSING_DAYS)
NO_WORKER = gettext_lazy("This is none of the shop's active workers.")


@atomic
def hand_over(*, by: Caller, user: User, owner_id: int | None = None) -> User:
    """Make the user the owner of its shop and the former owner a worker, sign both out, and return the account's row.

    Raise ValidationError unless the user is another active user of an open shop, which `owner_id` leads if it is given.
    Raise IntegrityError if the shop belongs to staff.
    """
    account_id = user.pk if user.owns_shop else user.employer_id
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=[account_id, user.pk]).order_by("pk")
    people = {person.pk: person for person in locked}
    account: User | None = people.get(account_id)
    successor: User | None = people.get(user.pk)
    former_id = account and account.leader_id
    if not account or not successor or not is_worker(account, successor) or owner_id not in (None, former_id):
        raise ValidationError({"user": [NO_WORKER]})
    account.led_by = None if successor.pk == account.pk else successor
    account.save(update_fields=["led_by"])
    for person in User.objects.filter(pk__in=[former_id, successor.pk]).select_related("employer").order_by("pk"):
        if person.pk == former_id and not person.owns_shop:
            person.role = Role.WORKER  # before it led the shop, it may have been a viewer
            person.save(update_fields=["role"])
        end_access(by=by, user=person)
    return account


def is_worker(account: User, user: User) -> bool:
    """Return whether the user works in this open shop, does not lead it, and may sign in."""
    belongs = account.is_active_owner and account.pk in (user.pk, user.employer_id)
    return belongs and user.is_admitted and account.leader_id != user.pk


def end_access(*, by: Caller, user: User) -> None:
    """End the sessions, tokens and keys of the user, and record that its role has changed."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)
    tokens.end_all_sign_ins(user)
    ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())
    events.record_security_event(by=by, user=user, kind=EventKind.ROLE_CHANGED)


def hand_over_if_possible(*, by: Caller, user: User) -> bool:
    """Make the user the owner of its shop. Return False if hand_over() refuses this."""
    try:
        hand_over(by=by, user=user)
    except (ValidationError, IntegrityError):
        return False
    return True


@atomic
def deactivate(*, by: Caller, user: User) -> bool:
    """Deactivate a user and, if it is an owner, its workers. Return whether anyone was deactivated.

    Raise PermissionDenied if the shop was handed over after the user was read, because this decides what is closed.
    """
    refuse_after_hand_over(user)
    if user.owns_shop and not user.leads_shop:
        return bar(by=by, user=user)
    people = (
        User.objects.with_workers(user.account if user.leads_shop else user)
        .filter(is_active=True)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    for person in (deactivated := list(people)):
        person.is_active = False
        person.save(update_fields=["is_active"])
        events.record_security_event(by=by, user=person, kind=EventKind.DEACTIVATED)
    user.is_active = False
    return bool(deactivated)


def refuse_after_hand_over(user: User) -> None:
    """Lock the account's row. Raise PermissionDenied if its shop was handed over after the user was read."""
    account = user.account
    if account is None:
        return
    locked = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.led_by_id != account.led_by_id:
        raise PermissionDenied(gettext("The shop was handed over a moment ago. Look at its users again."))


def bar(*, by: Caller, user: User) -> bool:
    """Deactivate a former owner. Its shop stays open. Return whether the user was active."""
    others = {"token_version": F("token_version") + 1, "is_barred": True}
    with recorded(User, user.pk, [user.pk]):
        if not User.objects.filter(pk=user.pk, is_active=True, is_barred=False).update(**others):
            return False
    events.record_security_event(by=by, user=user, kind=EventKind.DEACTIVATED)
    return True


@atomic
def begin_closing(*, by: Caller, owner: User, time_left: timedelta = CLOSING_TIME) -> datetime:
    """Set the time when the rows of the owner's shop are removed, and return it. An earlier time stays."""
    refuse_after_hand_over(owner)
    account = User.objects.filter(pk=owner.account.pk)
    if account.filter(closes_at=None).update(closes_at=Now() + time_left):
        events.record_security_event(by=by, user=owner, kind=EventKind.CLOSING_STARTED)
    account.filter(closes_at__gt=Now() + time_left).update(closes_at=Now() + time_left)
    closes_at: datetime = account.values_list("closes_at", flat=True).get()
    return closes_at


@atomic
def keep_open(*, by: Caller, owner: User) -> None:
    """Undo the closing of the shop, if it was being closed. Raise AccountClosed (409) if its time is over."""
    refuse_after_hand_over(owner)
    account = User.objects.filter(pk=owner.account.pk)
    if account.filter(closes_at__lte=Now()).exists():
        raise AccountClosed()
    if account.exclude(closes_at=None).update(closes_at=None):
        events.record_security_event(by=by, user=owner, kind=EventKind.CLOSING_UNDONE)
