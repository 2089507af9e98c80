"""Passkeys, and the challenges that they and second steps answer: random texts, once, within five minutes.

The package `webauthn` makes what a browser is asked for, and verifies its answer. A passkey belongs to the host name of
the page on which it was made. User verification is always required, so that a passkey counts as two factors: the
device, and what unlocks it.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import webauthn
from django.db.models import Q
from django.db.models.functions import Now
from webauthn.helpers import base64url_to_bytes, options_to_json, structs
from webauthn.helpers.exceptions import WebAuthnException

from core.database.postgres.base import execute
from users.errors import ChallengeExpired, SecondFactorWrong
from users.models import Challenge, Factor, Purpose, User

CHALLENGE_SECONDS = 300
CHALLENGE_BYTES = 32
MAX_CHALLENGE_LENGTH = 64

# Skips locked rows, so that it never waits and never takes part in a deadlock.
DELETE_EXPIRED = """
DELETE FROM users_challenge
WHERE digest IN (SELECT digest FROM users_challenge WHERE expires_at < now() FOR UPDATE SKIP LOCKED)
"""


def issue_challenge(purpose: Purpose, user: User | None = None) -> str:
    """Store a new challenge, and return its text. Delete expired ones, except those that a transaction has locked."""
    execute(DELETE_EXPIRED)
    text = secrets.token_urlsafe(CHALLENGE_BYTES)
    Challenge.objects.create(
        digest=hash_text(text),
        purpose=purpose,
        user=user,
        token_version=None if user is None else user.token_version,
        expires_at=Now() + timedelta(seconds=CHALLENGE_SECONDS),
    )
    return text


def find_user(text: str, purpose: Purpose) -> User:
    """Return the user of a challenge, with its employer. This does not spend it. Raise ChallengeExpired (401)."""
    challenge = select_valid(text, purpose).values_list("user_id", "token_version").first()
    user = User.find(challenge[0]) if challenge else None
    if challenge is None or user is None or not user.may_sign_in or user.token_version != challenge[1]:
        raise ChallengeExpired()
    return user


def spend_challenge(text: str, purpose: Purpose, user: User | None) -> None:
    """Delete the challenge. Call this in the transaction that checks the answer, so that a wrong one undoes this.

    Raise ChallengeExpired (401), also for all but one of several requests with the same challenge.
    """
    same = Q(user=None) if user is None else Q(user=user, token_version=user.token_version)
    if not select_valid(text, purpose).filter(same).delete()[0]:
        raise ChallengeExpired()


def select_valid(text: str, purpose: Purpose):  # type: ignore[no-untyped-def]
    return Challenge.objects.filter(digest=hash_text(text), purpose=purpose, expires_at__gt=Now())


def end_challenges(user: User) -> None:
    """End the challenges of the user, whose factors have changed."""
    Challenge.objects.filter(user=user).delete()


def hash_text(text: str) -> str:
    return sha256(text.encode()).hexdigest()


TIMEOUT_MILLISECONDS = CHALLENGE_SECONDS * 1000
REQUIRED = structs.UserVerificationRequirement.REQUIRED
MAX_CREDENTIAL_BYTES = 1023  # WebAuthn, section 4: the limit of a credential's id


def get_host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def describe_registration(user: User, challenge: str, origin: str, existing: list[bytes]) -> dict[str, Any]:
    """Return the options with which a browser makes a passkey of the user."""
    options = webauthn.generate_registration_options(
        rp_id=get_host(origin),
        rp_name=user.shop_owner.shop_name if user.shop_owner and user.shop_owner.shop_name else get_host(origin),
        user_name=user.username,
        user_id=make_handle(user),
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MILLISECONDS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=credential) for credential in existing],
    )
    return json.loads(options_to_json(options))  # type: ignore[no-any-return]


def describe_authentication(challenge: str, origin: str, credentials: list[bytes]) -> dict[str, Any]:
    """Return the options with which a browser answers the challenge. Without credentials it offers all that it has."""
    options = webauthn.generate_authentication_options(
        rp_id=get_host(origin),
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MILLISECONDS,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=credential) for credential in credentials],
        user_verification=REQUIRED,
    )
    return json.loads(options_to_json(options))  # type: ignore[no-any-return]


def make_handle(user: User) -> bytes:
    """Return 32 bytes that tell authenticators which passkeys are of one user, but not who it is.

    They do not depend on SECRET_KEY, because passkeys outlive a new one.
    """
    return sha256(f"users.factors.passkeys|{user.pk}|{user.date_joined.timestamp()}".encode()).digest()


@contextmanager
def refuse_malformed() -> Iterator[None]:
    """Raise SecondFactorWrong (401) if the block finds that a credential is not valid.

    For parts that are not what the standard says, the package raises many kinds of errors beside its own.
    """
    try:
        yield
    except (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError):
        raise SecondFactorWrong() from None


def read_challenge(credential: Any) -> str:
    """Return the challenge that the browser has answered. Raise SecondFactorWrong (401) if the text has none."""
    with refuse_malformed():
        challenge = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"]
    if not isinstance(challenge, str) or len(challenge) > MAX_CHALLENGE_LENGTH or not challenge.isascii():
        raise SecondFactorWrong()
    return challenge


def read_credential_id(credential: Any) -> bytes:
    """Return the id of the passkey. Raise SecondFactorWrong (401) if there is none."""
    with refuse_malformed():
        found: bytes = base64url_to_bytes(credential["id"])
    if len(found) > MAX_CREDENTIAL_BYTES:
        raise SecondFactorWrong()
    return found


def read_handle(credential: Any) -> bytes | None:
    """Return the id of the user for whom the passkey was made, as its authenticator knows it, or None without one."""
    with refuse_malformed():
        handle = credential["response"].get("userHandle")
        return None if handle is None else base64url_to_bytes(handle)


def verify_new(credential: Any, *, challenge: str, origin: str) -> tuple[bytes, bytes, int]:
    """Return the id, the public key and the counter of a new passkey. Raise SecondFactorWrong (401)."""
    with refuse_malformed():
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=get_host(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    return verified.credential_id, verified.credential_public_key, verified.sign_count


def verify(credential: Any, passkey: Factor, *, challenge: str, origin: str) -> int:
    """Return the passkey's new counter. Raise SecondFactorWrong (401) if its answer is not valid."""
    with refuse_malformed():
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=get_host(origin),
            expected_origin=origin,
            credential_public_key=bytes(passkey.secret),
            credential_current_sign_count=passkey.spent,
            require_user_verification=True,
        )
    return verified.new_sign_count
