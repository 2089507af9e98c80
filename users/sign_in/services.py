"""The services that sign users in. All sessions begin here, and all tokens are issued in users/sign_in/tokens.py.

`tokens.admit()` decides who gets a session or a token. `tests/test_ways_to_sign_in.py` lists every place in the code
that begins a session or issues a token, and fails for a new one.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import AuthenticationFailed, ValidationError

from core.database.transactions import atomic
from core.signals import signed_in
from users.access.permissions import Caller
from users.backends import AccountBackend
from users.errors import SecondFactorRequired, SecondFactorWrong, UserInactive
from users.events import services as events
from users.models import EventKind, Purpose, User
from users.sign_in import throttling, tokens
from users.sign_in.factors import passkeys, proving
from users.sign_in.factors.passkeys import CHALLENGE_SECONDS, find_user, issue_challenge
from users.sign_in.factors.services import end_due_factors, select_confirmed
from users.sign_in.tokens import PROVED_AT, admit


@sensitive_variables("password", "code")
def sign_in(
    *, by: Caller, origin: str, username: str = "", password: str = "", challenge: str = "", code: str = "",
    credential: Any = None, staff_only: bool = False,
) -> tuple[User, float | None]:  # fmt: skip
    """Return the user that signs in, and the time at which it has proven a second factor, or None if it has none.

    The first step is a password. For a user with a factor, this raises SecondFactorRequired (401) with a challenge; the
    second step sends it with a code or a passkey. Raise what check_password() and proving.prove_factor() raise, or
    ChallengeExpired (401).
    """
    if challenge:
        user = find_user(challenge, Purpose.SECOND_STEP)
        proof = {"code": code, "credential": credential, "challenge": challenge, "purpose": Purpose.SECOND_STEP}
        return user, proving.prove_factor(by=by, user=user, origin=origin, **proof)
    user = check_password(by=by, username=username, password=password, staff_only=staff_only)
    end_due_factors(user)
    if user.second_factor_since:
        challenge = issue_challenge(Purpose.SECOND_STEP, user)
        raise SecondFactorRequired(**describe_second_step(user, challenge, origin))
    return user, None


@sensitive_variables("password")
def check_password(*, by: Caller, username: str, password: str, staff_only: bool) -> User:
    """Check the password and return the user of this name. An active user's e-mail address stands for its name.

    Raise AuthenticationFailed (401) if the credentials are wrong, UserInactive (401) if they are right and the user may
    not sign in, Throttled (429) after too many of both, TooBusy (503) if too many users are signing in.
    """
    username = User.objects.find_sign_in_name(username)
    with throttling.limit_sign_in(by=by, username=username) as succeeded:
        user: User | None = AccountBackend().find_by_password(username, password)
        if user is None or (staff_only and not user.is_staff):
            raise AuthenticationFailed(_("No active account found with the given credentials."), "no_active_account")
        if not user.may_sign_in:
            raise UserInactive()
        succeeded(is_complete=user.second_factor_since is None)
    return user


def describe_second_step(user: User, challenge: str, origin: str) -> dict[str, Any]:
    """Return the challenge, the kinds of the user's factors, and what a browser needs to answer by a passkey."""
    factors = list(select_confirmed(user))
    kinds = sorted({factor.kind for factor in factors})
    found: dict[str, Any] = {"challenge": challenge, "kinds": kinds, "expires_in": CHALLENGE_SECONDS}
    if credentials := [bytes(factor.credential) for factor in factors if factor.credential]:
        found["options"] = passkeys.describe_authentication(challenge, origin, credentials)
    return found


def ask_for_passkey(*, by: Caller, origin: str) -> dict[str, Any]:
    """Return the options with which a browser signs in by a passkey alone. They are limited as sign-ins are."""
    limit = settings.LOGIN_TRIES_PER_ADDRESS
    throttling.consume(f"passkey:address:{by.address}", limit, throttling.SIGN_IN_WINDOW_SECONDS)
    return passkeys.describe_authentication(issue_challenge(Purpose.PASSKEY), origin, [])


def sign_in_by_passkey(*, by: Caller, origin: str, credential: Any) -> tuple[User, float]:
    """Return the user whose passkey this is, and the time of the proof. A passkey is both factors.

    Without a user name, the answer has to name its user (WebAuthn, section 7.2, step 6). Raise what
    proving.prove_factor() raises, or UserInactive (401).
    """
    factor = proving.find_passkey(credential)
    user = User.find(factor.user_id) if factor else None
    if user is None or passkeys.read_handle(credential) is None:
        with throttling.limit_sign_in(by=by, username=""):
            raise SecondFactorWrong()
    proved_at = proving.prove_factor(by=by, user=user, origin=origin, credential=credential)
    if not user.may_sign_in:
        raise UserInactive()
    return user, proved_at


def open_session(request: Any, user: User, proved_at: float | None) -> None:
    """Begin a session of the user. Raise SecondFactorRequired (401) if the proof does not suffice."""
    admit(user, proved_at)
    login(request, user)
    request.session[PROVED_AT] = proved_at or time.time()
    for note in list_notes(user, is_told=True):
        messages.warning(request, note)


def list_notes(user: User, *, is_told: bool) -> list[str]:
    """Return what the user has to be told at its sign-in. After `is_told`, this is not returned again."""
    return [note for _receiver, notes in signed_in.send(None, user=user, is_told=is_told) for note in notes or ()]


def renew_session(request: Any) -> None:
    """Let the caller's session go on after its first factor was added or its last one removed."""
    if getattr(request, "auth", None) is None:
        request.user.refresh_from_db(fields=["second_factor_since"])
        update_session_auth_hash(request, request.user)
        request.session[PROVED_AT] = time.time()


def sign_out(*, by: Caller, refresh: str) -> None:
    """End the caller's sign-in to which the refresh token belongs. Raise ValidationError for any other token."""
    if by.user is None or not tokens.end_sign_in(refresh, by.user):
        raise ValidationError({"refresh": [_("This is not a refresh token of yours.")]})


@atomic
def sign_out_everywhere(*, by: Caller, user: User) -> None:
    """End every sign-in of the user. Its access tokens work until they expire."""
    tokens.end_all_sign_ins(user)
    events.record_security_event(by=by, user=user, kind=EventKind.SIGNED_OUT_EVERYWHERE)


@atomic
def lift_sign_in_lock(*, by: Caller, user: User) -> bool:
    """Delete the counts of wrong sign-ins under the user's name, and of wrong codes. Return whether any existed."""
    names, wrong_codes = throttling.clear_name(user.get_username()), proving.forget_wrong_codes(user)
    if not (names or wrong_codes):
        return False
    events.record_security_event(by=by, user=user, kind=EventKind.UNLOCKED)
    return True
