"""The doors of the service: everything that begins a session or issues a token.

`admit()` decides for all of them. A user with a second factor gets in only with a proof that is younger than the first
of its factors, and each session and token keeps the time of its proof. `users/tests/test_doors.py` has the list of the
doors, and fails for a new one.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from core.http.browser_forms import PROOF_FIELD, is_session_form
from users import login_throttling, services
from users.callers import Caller
from users.errors import UserInactive
from users.factors import passkeys, proving
from users.factors.challenges import CHALLENGE_SECONDS, find_user, issue_challenge, spend_challenge
from users.factors.errors import (
    ProofFieldRequired,
    ProofFieldWrong,
    ProofRequired,
    SecondFactorRequired,
    SecondFactorWrong,
)
from users.factors.models import Factor, Purpose
from users.factors.services import end_due_factors
from users.models import User
from users.proofs import admit

PROVED_AT = "proved_at"  # in sessions and tokens: the time of the last proof, in seconds


@sensitive_variables("password", "code")
def sign_in(
    *, by: Caller, origin: str, username: str = "", password: str = "", challenge: str = "", code: str = "",
    credential: Any = None, staff_only: bool = False,
) -> tuple[User, float | None]:  # fmt: skip
    """Return the user that signs in, and the time at which it has proven a second factor, or None if it has none.

    The first step is a password. For a user with a factor, this raises SecondFactorRequired (401) with a challenge; the
    second step sends it with a code or a passkey. Raise what services.sign_in() raises, ChallengeExpired or
    SecondFactorWrong (401).
    """
    if challenge:
        user = take_second_step(by=by, origin=origin, challenge=challenge, code=code, credential=credential)
        return user, time.time()
    user = services.sign_in(by=by, username=username, password=password, staff_only=staff_only)
    end_due_factors(user)
    if user.second_factor_since:
        raise build_second_step(user, origin)
    return user, None


def build_second_step(user: User, origin: str) -> SecondFactorRequired:
    """Return the error that asks for a second factor, with a new challenge."""
    return SecondFactorRequired(**describe_second_step(user, issue_challenge(Purpose.SECOND_STEP, user), origin))


def describe_second_step(user: User, challenge: str, origin: str) -> dict[str, Any]:
    """Return the challenge, the kinds of the user's factors, and what a browser needs to answer by a passkey."""
    factors = Factor.objects.filter(user=user).exclude(confirmed_at=None).order_by("id")
    kinds = sorted({factor.kind for factor in factors})
    found: dict[str, Any] = {"challenge": challenge, "kinds": kinds, "expires_in": CHALLENGE_SECONDS}
    if credentials := [bytes(factor.credential) for factor in factors if factor.credential]:
        found["options"] = passkeys.describe_authentication(challenge, origin, credentials)
    return found


@sensitive_variables("code")
def take_second_step(*, by: Caller, origin: str, challenge: str, code: str, credential: Any) -> User:
    """Return the user of the challenge, if the code or the passkey is right."""
    user = find_user(challenge, Purpose.SECOND_STEP)
    with proving.limit_proofs(by=by, user=user, code=code) as proven:
        spend_with_challenge(
            by=by, user=user, code=code, credential=credential, challenge=challenge, origin=origin,
            purpose=Purpose.SECOND_STEP,
        )  # fmt: skip
        proven()
    return user


@atomic
def spend_with_challenge(*, user: User, challenge: str, purpose: Purpose, **proof: Any) -> None:
    """Spend the challenge and the proof in one transaction, so that a wrong proof leaves the challenge."""
    spend_challenge(challenge, purpose, user if purpose == Purpose.SECOND_STEP else None)
    proving.spend(user=user, challenge=challenge, **proof)


def ask_for_passkey(*, by: Caller, origin: str) -> dict[str, Any]:
    """Return the options with which a browser signs in by a passkey alone. They are limited as sign-ins are."""
    limit = settings.LOGIN_TRIES_PER_ADDRESS
    login_throttling.consume(f"passkey:address:{by.address}", limit, login_throttling.SIGN_IN_WINDOW_SECONDS)
    return passkeys.describe_authentication(issue_challenge(Purpose.PASSKEY), origin, [])


def sign_in_by_passkey(*, by: Caller, origin: str, credential: Any) -> tuple[User, float]:
    """Return the user whose passkey this is, and the time of the proof. A passkey is both factors.

    Raise SecondFactorWrong, ChallengeExpired or UserInactive (401), Throttled (429) or TooBusy (503).
    """
    factor = proving.find_passkey(credential)
    user = User.find(factor.user_id) if factor else None
    challenge = passkeys.read_challenge(credential)
    if user is None:
        with login_throttling.limit_sign_in(by=by, username=""):
            raise SecondFactorWrong()
    with proving.limit_proofs(by=by, user=user) as proven:
        spend_with_challenge(
            by=by, user=user, credential=credential, challenge=challenge, origin=origin, purpose=Purpose.PASSKEY
        )
        if not user.may_sign_in:
            raise UserInactive()
        proven()
    return user, time.time()


@sensitive_variables("password", "code")
def prove(*, by: Caller, user: User, origin: str, password: str = "", code: str = "", credential: Any = None) -> float:
    """Return the time of a new proof that the caller is this user: its factor or, without one, its password.

    Raise ValidationError for a wrong password, SecondFactorWrong (401), Throttled (429) or TooBusy (503).
    """
    if not user.second_factor_since:
        login_throttling.prove_password(by=by, user=user, password=password)
        return time.time()
    with proving.limit_proofs(by=by, user=user, code=code) as proven:
        if credential is None:
            atomic(proving.spend)(by=by, user=user, code=code, credential=None, challenge="", origin=origin)
        else:
            spend_with_challenge(
                by=by, user=user, credential=credential, challenge=passkeys.read_challenge(credential),
                origin=origin, purpose=Purpose.PASSKEY,
            )  # fmt: skip
        proven()
    return time.time()


def open_session(request: Any, user: User, proved_at: float | None) -> None:
    """Begin a session of the user. Raise SecondFactorRequired (401) if the proof does not suffice."""
    admit(user, proved_at)
    login(request, user)
    request.session[PROVED_AT] = proved_at or time.time()


def renew_session(request: Any) -> None:
    """Let the caller's session go on after its first factor, which the caller has just proven, or without its last."""
    if getattr(request, "auth", None) is None:
        request.user.refresh_from_db(fields=["second_factor_since"])
        update_session_auth_hash(request, request.user)
        request.session[PROVED_AT] = time.time()


def read_proof(request: Any) -> float:
    """Return the time of the caller's last proof, in seconds.

    Without a second factor, a token is a proof from the time of its issue, so that programs that sign in go on.
    """
    if getattr(request, "auth", None) is None:
        return float(request.session.get(PROVED_AT, 0))
    since = request.user.second_factor_since
    if since is None:
        return float(request.auth.get("iat", 0))
    proved_at = float(request.auth.get(PROVED_AT, 0))
    return proved_at if proved_at >= since.timestamp() else 0.0  # earlier ones are of factors that have ended


def has_fresh_proof(request: Any) -> bool:
    return time.time() - read_proof(request) < settings.PROOF_SECONDS


def require_proof(request: Any) -> None:
    """Raise ProofRequired (403) unless the caller's last proof is younger than PROOF_SECONDS.

    A form of the pages is shown again with a field for a proof, and is sent with it.
    """
    if has_fresh_proof(request):
        return
    if not is_session_form(request):
        raise ProofRequired()
    if not (typed := str(request.data.get(PROOF_FIELD, ""))):
        raise ProofFieldRequired()
    proof = {"code" if request.user.second_factor_since else "password": typed}
    try:
        request.session[PROVED_AT] = prove(by=Caller.of(request), user=request.user, origin="", **proof)
    except (SecondFactorWrong, ValidationError):
        raise ProofFieldWrong() from None
