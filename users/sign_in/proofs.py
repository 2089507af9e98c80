"""Proofs that a caller is still the user who has signed in. Some changes need one younger than PROOF_SECONDS."""

import time
from typing import Any

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from users.access.permissions import Caller
from users.errors import ProofRequired
from users.models import User
from users.sign_in import throttling
from users.sign_in.factors import proving
from users.sign_in.tokens import PROVED_AT, SIGNED_IN_AT


@sensitive_variables("password", "code")
def prove(*, by: Caller, user: User, origin: str, password: str = "", code: str = "", credential: Any = None) -> float:
    """Return the time of a new proof that the caller is this user: its factor or, without one, its password.

    Raise ValidationError for a wrong password, what proving.prove_factor() raises, Throttled (429) or TooBusy (503).
    """
    if user.second_factor_since:
        return proving.prove_factor(by=by, user=user, origin=origin, code=code, credential=credential)
    throttling.prove_password(by=by, user=user, password=password)
    return time.time()


def read_proof(request: Any) -> float:
    """Return the time of the caller's last proof, in seconds. A proof of factors that have ended does not count.

    Without a second factor, a token is a proof from the time of its sign-in, so that programs that sign in go on. A
    refresh gives no proof: otherwise a stolen refresh token would suffice to lock its user out by a second factor.
    """
    if getattr(request, "auth", None) is None:
        return float(request.session.get(PROVED_AT, 0))
    since = request.user.second_factor_since
    if since is None:
        return float(request.auth.get(SIGNED_IN_AT, 0))
    proved_at = float(request.auth.get(PROVED_AT, 0))
    return proved_at if proved_at >= since.timestamp() else 0.0


def has_fresh_proof(request: Any) -> bool:
    return time.time() - read_proof(request) < settings.PROOF_SECONDS


def require_proof(request: Any) -> None:
    """Raise ProofRequired (403) unless the caller's last proof is younger than PROOF_SECONDS.

    The page of a form is then shown again with a field for a proof, which it sends before the form.
    """
    if not has_fresh_proof(request):
        raise ProofRequired()
