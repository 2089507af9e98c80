"""The services that close a shop, and undo this until its time is over. Then users.removal_services removes it."""

from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from core.database.transactions import atomic
from users import event_services as events
from users import login_throttling
from users.callers import Caller
from users.errors import AccountClosed
from users.event_models import EventKind
from users.leader_services import refuse_after_hand_over
from users.models import User

CLOSING_DAYS = 30  # the time in which the owner can undo it


@sensitive_variables("password")
def close_own_shop(*, by: Caller, owner: User, password: str) -> datetime:
    """Begin to close the caller's shop, if the password is right. Return when its rows are removed."""
    login_throttling.prove_password(by=by, user=owner, password=password)
    return begin_closing(by=by, owner=owner, time_left=timedelta(days=CLOSING_DAYS))


@atomic
def begin_closing(*, by: Caller, owner: User, time_left: timedelta) -> datetime:
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
