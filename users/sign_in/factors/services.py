"""The services that add and remove second factors. Each change is a security event and a mail."""

import secrets
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.database.transactions import atomic
from users.access.permissions import Caller
from users.errors import FactorExists, LastFactor, NoFactor, SecondFactorWrong, TooManyFactors
from users.events import services as events
from users.models import EventKind, Factor, FactorKind, Purpose, User
from users.sign_in import tokens
from users.sign_in.factors import passkeys, proving
from users.sign_in.factors.passkeys import end_challenges, issue_challenge, spend_challenge
from users.sign_in.rate_limits import tell_user

MAX_FACTORS = 10  # the limit of a user
REMOVAL_DELAY = timedelta(hours=24)  # the time in which a user can object to a removal by the support desk


def lock_user(user: User) -> Any:
    """Lock the user's row, so that changes of its factors follow one another, and return it."""
    return User.objects.select_for_update(no_key=True, of=("self",)).select_related("employer").get(pk=user.pk)


def select_confirmed(user: User):  # type: ignore[no-untyped-def]
    return Factor.objects.filter(user=user).exclude(confirmed_at=None).order_by("id")


def select_real(user: User):  # type: ignore[no-untyped-def]
    """Return the user's factors without the recovery codes, which are no second factor by themselves."""
    return select_confirmed(user).exclude(kind=FactorKind.RECOVERY)


@atomic
def begin_totp(*, user: User, name: str, service: str, replace: bool = False) -> dict[str, Any]:
    """Store a new secret for an authenticator app, and return it. The app becomes a factor by its first right code.

    That code also ends an earlier app. Without `replace`, raise FactorExists (409) if the user has one already. Raise
    TooManyFactors (400).
    """
    lock_user(user)
    apps = Factor.objects.filter(user=user, kind=FactorKind.TOTP)
    if not replace and apps.exclude(confirmed_at=None).exists():
        raise FactorExists()
    apps.filter(confirmed_at=None).delete()
    refuse_too_many(user)
    secret = secrets.token_bytes(proving.SECRET_BYTES)
    factor = Factor.objects.create(user=user, kind=FactorKind.TOTP, name=name, secret=proving.encrypt(secret))
    return describe_app(user, factor, service)


def describe_app(user: User, factor: Factor, service: str) -> dict[str, Any]:
    """Return the secret of an app that is not confirmed yet, with its QR code."""
    secret = proving.decrypt(factor.secret)
    return {"id": factor.pk, **(proving.describe_secret(secret, user.get_username(), service) if secret else {})}


@atomic
@sensitive_variables("code")
def confirm_totp(*, by: Caller, user: User, factor_id: int, code: str) -> list[str]:
    """Make the app a factor of the user if this is its code. Return the recovery codes if it is the first factor.

    Raise Factor.DoesNotExist if no such app waits for its first code, or SecondFactorWrong (401).
    """
    row = lock_user(user)
    factor = Factor.objects.get(user=user, kind=FactorKind.TOTP, pk=factor_id, confirmed_at=None)
    secret = proving.decrypt(factor.secret)
    step = proving.find_step(secret, proving.clean_code(code), after=0) if secret else None
    if step is None:
        raise SecondFactorWrong()
    Factor.objects.filter(user=user, kind=FactorKind.TOTP).exclude(pk=factor.pk).delete()  # the app that it replaces
    factor.spent, factor.confirmed_at = step, timezone.now()
    factor.save(update_fields=["spent", "confirmed_at"])
    return finish_adding(by=by, user=row)


@atomic
def ask_for_new_passkey(*, user: User, origin: str) -> dict[str, Any]:
    """Return the options with which a browser makes a passkey. Raise TooManyFactors (400)."""
    refuse_too_many(user)
    existing = [bytes(factor.credential) for factor in select_confirmed(user) if factor.credential]
    return passkeys.describe_registration(user, issue_challenge(Purpose.NEW_PASSKEY, user), origin, existing)


@atomic
def add_passkey(*, by: Caller, user: User, name: str, credential: Any, origin: str) -> tuple[Factor, list[str]]:
    """Store a passkey that a browser has made. Return it, and the recovery codes if it is the first factor.

    Raise ChallengeExpired or SecondFactorWrong (401), FactorExists (409) or TooManyFactors (400).
    """
    row = lock_user(user)
    refuse_too_many(user)
    challenge = passkeys.read_challenge(credential)
    spend_challenge(challenge, Purpose.NEW_PASSKEY, user)
    credential_id, public_key, counter = passkeys.verify_new(credential, challenge=challenge, origin=origin)
    if Factor.objects.filter(credential=credential_id).exists():
        raise FactorExists()
    factor = Factor.objects.create(
        user=user, kind=FactorKind.PASSKEY, name=name, credential=credential_id, secret=public_key, spent=counter,
        confirmed_at=timezone.now(),
    )  # fmt: skip
    return factor, finish_adding(by=by, user=row)


def refuse_too_many(user: User) -> None:
    if Factor.objects.filter(user=user).count() >= MAX_FACTORS:
        raise TooManyFactors(limit=MAX_FACTORS)


def finish_adding(*, by: Caller, user: User) -> list[str]:
    """Record that a factor was added. With the first one, return new recovery codes.

    All factors stay, even those that the support desk has let end.
    """
    end_challenges(user)
    Factor.objects.filter(user=user).update(ends_at=None)
    events.record_security_event(by=by, user=user, kind=EventKind.FACTOR_ADDED)
    tell_user(user, "factor_added")
    if user.second_factor_since:
        return []
    set_since(user, timezone.now())
    return renew_recovery_codes(user)


def set_since(user: User, moment: Any) -> None:
    """Store since when the user has a second factor. This ends the sessions and refresh tokens from before."""
    user.second_factor_since = moment
    User.objects.filter(pk=user.pk).update(second_factor_since=moment)


def renew_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes of the user, whose row is locked, and return the new ones."""
    made = proving.make_recovery_codes()
    digests = [proving.hash_recovery_code(code) for code in made]
    row = {"name": "", "codes": digests, "confirmed_at": timezone.now(), "last_used_at": None}
    Factor.objects.update_or_create(user=user, kind=FactorKind.RECOVERY, defaults=row)
    return made


@atomic
def make_recovery_codes(*, by: Caller, user: User) -> list[str]:
    """Return ten new recovery codes, which end the old ones. Raise NoFactor (409) without another factor."""
    row = lock_user(user)
    if not row.second_factor_since:
        raise NoFactor()
    events.record_security_event(by=by, user=row, kind=EventKind.FACTOR_ADDED)
    tell_user(row, "factor_added")
    return renew_recovery_codes(row)


@atomic
def remove_factor(*, by: Caller, user: User, factor_id: int) -> None:
    """Remove a factor of the user. Recovery codes end with the last other factor.

    Raise Factor.DoesNotExist, or LastFactor (409) if the user needs a second factor.
    """
    row = lock_user(user)
    factor = select_confirmed(row).get(pk=factor_id)
    is_last = factor.kind != FactorKind.RECOVERY and not select_real(row).exclude(pk=factor.pk).exists()
    if is_last and row.needs_second_factor:
        raise LastFactor()
    factor.delete()
    if is_last:
        Factor.objects.filter(user=row).delete()
        set_since(row, None)
    record_removal(by=by, user=row)


@atomic
def remove_all_factors(*, by: Caller, user: User, if_due: bool = False) -> bool:
    """Remove all factors of the user, for instance after a lost phone, and end its sign-ins.

    Return whether there were any.

    With `if_due`, keep them unless the support desk has let them end. This waits for a request that is using one.
    """
    row = lock_user(user)
    due = Factor.objects.select_for_update().filter(user=row, ends_at__lte=Now())
    if not row.second_factor_since or (if_due and not due):
        return False
    Factor.objects.filter(user=row).delete()
    set_since(row, None)
    tokens.end_all_sign_ins(row)  # one may be that of the lost phone
    record_removal(by=by, user=row)
    return True


def record_removal(*, by: Caller, user: User) -> None:
    end_challenges(user)
    events.record_security_event(by=by, user=user, kind=EventKind.FACTOR_REMOVED)
    tell_user(user, "factor_removed")


@atomic
def let_factors_end(*, by: Caller, user: User) -> bool:
    """Let all factors of the user end in 24 hours, unless it uses one until then. Return whether there are any."""
    row = lock_user(user)
    lasting = Factor.objects.filter(user=row, ends_at=None)
    if not row.second_factor_since or not lasting.update(ends_at=Now() + REMOVAL_DELAY):
        return False
    tell_user(row, "factors_end", is_limited=False)
    return True


def end_due_factors(user: User) -> None:
    """Remove the user's factors if the support desk has let them end and the time is over."""
    if user.second_factor_since and Factor.objects.filter(user=user, ends_at__lte=Now()).exists():
        remove_all_factors(by=Caller(), user=user, if_due=True)
        user.refresh_from_db(fields=["second_factor_since"])
