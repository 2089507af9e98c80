"""Write saved views, and plan, claim and end their mails, which are due at times in the time zone of the shop."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, takewhile
from typing import Any

from django.conf import settings
from django.core import signing
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from core.database.transactions import atomic
from core.mail import require_mail
from core.ownership import delete_rows
from core.signals import signed_in
from core.time_zones import get_zone
from desk.saved.errors import TooManyViews
from desk.saved.models import MAIL_FIELDS, MAX_MAILED_VIEWS, MAX_VIEWS, SavedView
from users.keys.services import lock_user
from users.models import User
from users.sign_in.rate_limits import require_confirmed_email

SALT = "views.mail.off"
MAX_FAILURES = 3  # so many in a row end the mail
NO_MAIL: dict[str, Any] = {**dict.fromkeys(MAIL_FIELDS), "next_mail_at": None, "mail_failures": 0}


def stop_imported(_row: Any) -> dict[str, Any]:
    """Return the changed values of an imported view: the former installation goes on mailing it."""
    return NO_MAIL


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = "last"  # the last day of the month
MONTH_DAYS = (*map(str, range(1, 29)), LAST)  # the days that each month has

DAY, HALF_DAY, MINUTE = timedelta(days=1), timedelta(hours=12), timedelta(minutes=1)


def plan_mail(user: User, view: SavedView | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the further values to save if these change the mail of the view. Call this in a transaction.

    Raise MailOff or EmailNotConfirmed (400), or TooManyViews (409).
    """
    mail: Any = {name: values.get(name, getattr(view, name, None)) for name in MAIL_FIELDS}
    is_same = mail["mail_days"] and all(getattr(view, name, None) == value for name, value in mail.items())
    if is_same or "mail_days" not in values:
        return {}
    if not mail["mail_days"]:
        return {**NO_MAIL, "mail_ended_at": None}
    require_mail()
    require_confirmed_email(user)
    lock_user(user)
    mailed = SavedView.objects.for_user(user).filter(user=user, mail_days__isnull=False)
    if mailed.exclude(pk=view.pk if view else 0).count() >= MAX_MAILED_VIEWS:
        raise TooManyViews(limit=MAX_MAILED_VIEWS)
    following = find_next(mail["mail_days"], mail["mail_hour"], user.shop_zone, timezone.now())
    return {"next_mail_at": following, "mail_failures": 0, "mail_ended_at": None}


def claim(view: SavedView, zone: str, now: datetime) -> datetime | None:
    """Plan the next mail before this one is sent, and return the due time of this one, or None if there is no mail.

    Of several workers, one claims it. It counts as a failure until its end is known.
    """
    planned, days, hour = view.next_mail_at, view.mail_days, view.mail_hour
    if planned is None or days is None or hour is None:
        return None
    due = find_latest(days, hour, zone, planned, now)
    failures = view.mail_failures + (due is not None)
    row = SavedView.objects.filter(owner_id=view.owner_id, pk=view.pk, next_mail_at=planned)
    is_ours = row.update(next_mail_at=find_next(days, hour, zone, now), mail_failures=failures)
    view.mail_failures = failures
    return due if is_ours else None


def note_success(view: SavedView) -> None:
    SavedView.objects.filter(owner_id=view.owner_id, pk=view.pk).update(mail_failures=0)


def note_failure(view: SavedView) -> None:
    """End the mail after too many failures. The user is told at its next sign-in."""
    row = SavedView.objects.filter(owner_id=view.owner_id, pk=view.pk, mail_failures__gte=MAX_FAILURES)
    row.update(**NO_MAIL, mail_ended_at=timezone.now())


def end_mail(view: SavedView) -> None:
    SavedView.objects.filter(owner_id=view.owner_id, pk=view.pk).update(**NO_MAIL)


@receiver(signed_in)
def tell_ended(*, user: User, is_told: bool, **_: Any) -> list[str]:
    """Return a sentence for each view whose mail has ended by failures. After `is_told`, it is not said again."""
    ended = SavedView.objects.for_user(user).filter(user=user, mail_ended_at__isnull=False).order_by("pk")
    said = gettext('The mail of your view "{name}" was switched off, because it failed {number} times. Open the view.')
    notes = [said.format(name=view.name, number=MAX_FAILURES) for view in ended]
    if is_told and notes:
        ended.update(mail_ended_at=None)
    return notes


def build_off_link(view: SavedView) -> str:
    """Return the address that ends the mail of the view without signing in. It works for ever."""
    token = signing.dumps([view.owner_id, view.pk, view.created_at.timestamp()], salt=SALT)
    return settings.PUBLIC_URL + reverse("view-mail-off", args=[token])


def find_view_of_link(token: str) -> SavedView | None:
    """Return the view of a link, or None. After a restore, another view of the same id was created at another time."""
    try:
        owner_id, pk, created = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    view: SavedView | None = SavedView.objects.filter(owner_id=owner_id, pk=pk).first()
    return view if view is not None and view.created_at.timestamp() == created else None


def find_next(days: Collection[str], hour: int, zone: str, after: datetime) -> datetime:
    """Return the first due time after this instant."""
    due = list_due(days, hour, zone, after.astimezone(get_zone(zone)).date() - DAY)
    return next(moment for moment in due if moment > after)


def find_latest(days: Collection[str], hour: int, zone: str, planned: datetime, now: datetime) -> datetime | None:
    """Return the latest due time until now, from half a day before the planned one on.

    In a shop that has moved to another time zone, this differs from the planned time. Return None if it has not come
    yet.
    """
    since = planned - HALF_DAY
    due = list_due(days, hour, zone, since.astimezone(get_zone(zone)).date())
    return max((moment for moment in takewhile(lambda moment: moment <= now, due) if moment > since), default=None)


def list_due(days: Collection[str], hour: int, zone: str, first: date) -> Iterator[datetime]:
    """Yield the due times from this day on without end: one on each day of the week or the month that is chosen."""
    dates = (first + DAY * number for number in count())
    return (find_hour(day, hour, zone) for day in dates if is_chosen(day, days))


def is_chosen(day: date, days: Collection[str]) -> bool:
    return bool({WEEKDAYS[day.weekday()], str(day.day), LAST if (day + DAY).day == 1 else ""} & {*days})


def find_hour(day: date, hour: int, zone: str) -> datetime:
    """Return the instant at which this hour begins. A doubled hour begins once, a skipped one when the gap ends."""
    wanted = datetime.combine(day, time(hour))
    found = min(wanted.replace(tzinfo=get_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    while found.astimezone(get_zone(zone)).replace(tzinfo=None) < wanted:
        found += MINUTE
    return found


@atomic
def create_view(*, user: User, **values: Any) -> SavedView:
    """Create a view of the user. Raise TooManyViews (409), or what plan_mail() raises."""
    lock_user(user)
    if SavedView.objects.for_user(user).filter(user=user).count() >= MAX_VIEWS:
        raise TooManyViews(limit=MAX_VIEWS)
    values |= plan_mail(user, None, values)
    return SavedView.objects.create(owner_id=user.account_id, user=user, **values)  # type: ignore[misc]


@atomic
def delete_view(*, user: User, pk: int, check: Callable[[SavedView], None]) -> None:
    """Delete a view of the user, if `check` does not raise for the locked row. Raise SavedView.DoesNotExist."""
    row = SavedView.objects.for_user(user).filter(user=user).with_mail().select_for_update(of=("self",)).get(pk=pk)
    check(row)
    delete_rows(SavedView, row.owner_id, [row])
