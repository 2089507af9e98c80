"""The services that erase a person. What the person has booked stays, under a name without meaning."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import DurationField, ExpressionWrapper, F, Model, Q
from django.db.models.functions import Now

from core.database.transactions import atomic, set_time_limit
from core.erasing import forget_copies
from core.errors import DomainError
from users.access.callers import Caller
from users.access.services import refuse_after_hand_over
from users.events import services as events
from users.events.models import EventKind, SecurityEvent
from users.keys.models import ApiKey
from users.leaving.errors import Erased, LeadsShop
from users.models import Notices, User
from users.sign_in import throttling, tokens
from users.sign_in.factors.models import Challenge, Factor
from users.sign_in.models import KnownNetwork

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
    events.record_security_event(by=replace(by, address=""), user=row, kind=EventKind.PERSON_ERASED)
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
