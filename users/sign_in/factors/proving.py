"""Check a code or a passkey of a user. Each one works once, whatever it is used for.

Wrong ones count as wrong passwords do. Codes of an app have only six digits, so they have a further limit: see
docs/decisions/0045-second-factor.md for the numbers.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F, Func, Value
from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from core.database.transactions import atomic
from core.translation import gettext_noop
from users.access.callers import Caller
from users.events import services as events
from users.models import AttemptCounter, EventKind, Factor, FactorKind, Purpose, User
from users.sign_in import rate_limits, throttling
from users.sign_in.factors import codes, passkeys
from users.sign_in.factors.errors import SecondFactorWrong
from users.sign_in.factors.passkeys import spend_challenge

# The limit of wrong codes of an app, for one user with any password. Two windows may fall into one day, and three codes
# are right at a time: 2 * 16 * 3 of a million are fewer than one in 10,000.
MAX_CODES_PER_DAY = 16
TOO_MANY_CODES = gettext_noop("Too many wrong codes today. Use a recovery code or a passkey.")


@contextmanager
def limit_proofs(*, by: Caller, user: User, code: str = "") -> Iterator[Callable[[], None]]:
    """Count the block as a wrong sign-in, and the code as a wrong one, unless the block calls the yielded function.

    Raise Throttled (429) before the block if there were too many, or TooBusy (503).
    """
    with throttling.limit_sign_in(by=by, username=user.get_username()) as succeeded:
        if is_limited := codes.is_app_code(codes.clean_code(code)):
            rate_limits.count_up_to(make_key(user), MAX_CODES_PER_DAY, TOO_MANY_CODES)

        def proven() -> None:
            succeeded()
            if is_limited:
                throttling.decrement(make_key(user))

        yield proven


def make_key(user: User) -> str:
    return f"app-codes:{user.pk}"


def forget_wrong_codes(user: User) -> bool:
    """Delete the count of the user's wrong codes. Return whether there were any."""
    return AttemptCounter.objects.filter(key=make_key(user), count__gt=0).delete()[0] > 0


@sensitive_variables("code")
def prove_factor(
    *, by: Caller, user: User, origin: str, code: str = "", credential: Any = None,
    challenge: str | None = None, purpose: Purpose = Purpose.PASSKEY,
) -> float:  # fmt: skip
    """Spend a code, or a passkey's answer to a challenge, and return the time of this proof in seconds.

    Without `challenge`, a passkey answers the one that it names, and a code answers none. Raise SecondFactorWrong or
    ChallengeExpired (401), Throttled (429) after too many wrong ones, or TooBusy (503).
    """
    if credential is not None and challenge is None:
        challenge = passkeys.read_challenge(credential)
    with limit_proofs(by=by, user=user, code=code) as proven:
        spend(by, user, code, credential, challenge, purpose, origin)
        proven()
    return time.time()


@atomic
@sensitive_variables("code", "cleaned")
def spend(
    by: Caller, user: User, code: str, credential: Any, challenge: str | None, purpose: Purpose, origin: str
) -> None:
    """Spend the challenge, if there is one, and the proof in one transaction: a wrong proof leaves the challenge.

    The use of a factor also keeps the factors that the support desk wanted to end.
    """
    if challenge is not None:  # an empty text is a wrong challenge, not a missing one
        spend_challenge(challenge, purpose, user if purpose == Purpose.SECOND_STEP else None)
    if codes.is_app_code(cleaned := codes.clean_code(code)):
        is_spent = spend_app_code(user, cleaned)
    elif code:
        is_spent = spend_recovery_code(by, user, code)
    else:
        is_spent = spend_passkey(by, user, credential, challenge, origin)
    if not is_spent:
        raise SecondFactorWrong()
    Factor.objects.filter(user=user).exclude(ends_at=None).update(ends_at=None)


@sensitive_variables("code")
def spend_app_code(user: User, code: str) -> bool:
    """Store the code's step, so that neither it nor an earlier one works again. Return whether the code was right."""
    factor = Factor.objects.filter(user=user, kind=FactorKind.TOTP).exclude(confirmed_at=None).first()
    secret = codes.decrypt(factor.secret) if factor else None
    step = codes.find_step(secret, code, after=factor.spent) if factor and secret else None
    if factor is None or secret is None or step is None:
        return False
    # Encrypting again replaces a secret that an earlier SECRET_KEY has encrypted.
    used = {"spent": step, "last_used_at": Now(), "secret": codes.encrypt(secret)}
    return Factor.objects.filter(pk=factor.pk, spent__lt=step).update(**used) == 1


@sensitive_variables("code")
def spend_recovery_code(by: Caller, user: User, code: str) -> bool:
    """Remove the code from those that are left, and record an event. Return whether it was one of them."""
    digest = codes.hash_recovery_code(code)
    row = Factor.objects.filter(user=user, kind=FactorKind.RECOVERY, codes__contains=[digest])
    left = Func(F("codes"), Value(digest), function="array_remove")
    if not row.update(codes=left, last_used_at=Now()):
        return False
    events.record_security_event(by=by, user=user, kind=EventKind.RECOVERY_CODE_USED)
    return True


def spend_passkey(by: Caller, user: User, credential: Any, challenge: str | None, origin: str) -> bool:
    """Store the passkey's counter, and record an event. Return whether it is a passkey of the user."""
    factor = find_passkey(credential)
    if factor is None or factor.user_id != user.pk or challenge is None:
        return False
    if passkeys.read_handle(credential) not in (None, passkeys.make_handle(user)):
        return False
    counter = passkeys.verify(credential, factor, challenge=challenge, origin=origin)
    used = {"spent": counter, "last_used_at": Now()}
    if not Factor.objects.filter(pk=factor.pk, spent=factor.spent).update(**used):
        return False  # another answer of the same passkey came first
    events.record_security_event(by=by, user=user, kind=EventKind.PASSKEY_USED)
    return True


def find_passkey(credential: Any) -> Factor | None:
    found = Factor.objects.filter(kind=FactorKind.PASSKEY, credential=passkeys.read_credential_id(credential))
    return found.exclude(confirmed_at=None).first()
