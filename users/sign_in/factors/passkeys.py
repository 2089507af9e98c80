"""Passkeys: what a browser is asked for, and how its answer is verified. The package `webauthn` does both.

A passkey belongs to the host name of the page on which it was made. User verification is always required, so that a
passkey counts as two factors: the device, and what unlocks it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json, structs
from webauthn.helpers.exceptions import WebAuthnException

from users.models import User
from users.sign_in.factors.challenges import CHALLENGE_SECONDS, MAX_CHALLENGE_LENGTH
from users.sign_in.factors.errors import SecondFactorWrong
from users.sign_in.factors.models import Factor

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
