"""Check a code or a passkey of a user. Each one works once, whatever it is used for.

Wrong ones count as wrong passwords do. Codes of an app have only six digits, so they have a further limit: see
docs/decisions/0045-second-factor.md for the numbers.

An app's secret is encrypted with a key that is derived from SECRET_KEY: the server needs the secret itself, so that a
hash is not possible. Recovery codes have 80 random bits and are stored as SHA-256, like API keys.
"""

import base64
import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db.models import F, Func, Value
from django.db.models.functions import Now
from django.utils.crypto import get_random_string, salted_hmac
from django.views.decorators.debug import sensitive_variables

from core.database.transactions import atomic
from core.translation import gettext_noop
from users.access.permissions import Caller
from users.errors import SecondFactorWrong
from users.events import services as events
from users.models import AttemptCounter, EventKind, Factor, FactorKind, Purpose, User
from users.sign_in import rate_limits, throttling
from users.sign_in.factors import passkeys
from users.sign_in.factors.passkeys import spend_challenge

STEP_SECONDS, DIGITS = 30, 6
STEPS_EITHER_SIDE = 1  # a clock may be wrong by this many steps
SECRET_BYTES = 20  # RFC 4226, section 4: the length of SHA-1
NUMBER_OF_RECOVERY_CODES = 10
RECOVERY_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 that nobody confuses: no 0, 1, I, O
SEPARATORS = re.compile(r"[\s-]+")


def get_fernet() -> MultiFernet:
    """Return the cipher that encrypts by SECRET_KEY, and decrypts by it or by a key of SECRET_KEY_FALLBACKS."""
    texts = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    keys = (salted_hmac("users.factors", "totp", text, algorithm="sha256").digest() for text in texts)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


@sensitive_variables("secret")
def encrypt(secret: bytes) -> bytes:
    return get_fernet().encrypt(secret)


def decrypt(stored: bytes | memoryview) -> bytes | None:
    """Return the secret, or None if it was encrypted by a SECRET_KEY that this service no longer has."""
    try:
        return get_fernet().decrypt(bytes(stored))
    except InvalidToken:
        return None


def make_totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303, every app has SHA-1, and only few have another


@sensitive_variables("secret")
def describe_secret(secret: bytes, username: str, service: str) -> dict[str, str]:
    """Return the secret as the user types it, as an address for apps, and as a picture of this address."""
    uri = make_totp(secret).get_provisioning_uri(username, service)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=5, border=2, dark="#000", light="#fff")
    return {"secret": base64.b32encode(secret).decode(), "uri": uri, "svg": picture.getvalue().decode()}


@sensitive_variables("secret", "code")
def find_step(secret: bytes, code: str, *, after: int) -> int | None:
    """Return the step of the code: the current one or one beside it, later than `after`. Return None if it is wrong."""
    now, totp, found = int(time.time()) // STEP_SECONDS, make_totp(secret), None
    for step in range(now - STEPS_EITHER_SIDE, now + STEPS_EITHER_SIDE + 1):
        if constant_time.bytes_eq(totp.generate(step * STEP_SECONDS), code.encode()) and step > after:
            found = step
    return found


def clean_code(text: str) -> str:
    """Return the code in capitals, without the spaces and hyphens with which apps and paper group it."""
    return SEPARATORS.sub("", text).upper()


def is_app_code(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdecimal()


def make_recovery_codes() -> list[str]:
    """Return new codes, each in four groups of four letters."""
    return ["-".join(get_random_string(4, RECOVERY_LETTERS) for _ in range(4)) for _ in range(NUMBER_OF_RECOVERY_CODES)]


@sensitive_variables("code")
def hash_recovery_code(code: str) -> bytes:
    return sha256(clean_code(code).encode()).digest()


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
        if is_limited := is_app_code(clean_code(code)):
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
    if is_app_code(cleaned := clean_code(code)):
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
    secret = decrypt(factor.secret) if factor else None
    step = find_step(secret, code, after=factor.spent) if factor and secret else None
    if factor is None or secret is None or step is None:
        return False
    # Encrypting again replaces a secret that an earlier SECRET_KEY has encrypted.
    used = {"spent": step, "last_used_at": Now(), "secret": encrypt(secret)}
    return Factor.objects.filter(pk=factor.pk, spent__lt=step).update(**used) == 1


@sensitive_variables("code")
def spend_recovery_code(by: Caller, user: User, code: str) -> bool:
    """Remove the code from those that are left, and record an event. Return whether it was one of them."""
    digest = hash_recovery_code(code)
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
