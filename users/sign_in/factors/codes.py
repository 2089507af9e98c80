"""The codes of authenticator apps and recovery codes: how they are made, stored and compared.

An app's secret is encrypted with a key that is derived from SECRET_KEY: the server needs the secret itself, so that a
hash is not possible. Recovery codes have 80 random bits and are stored as SHA-256, like API keys.
"""

import base64
import io
import re
import time
from hashlib import sha256

import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.utils.crypto import get_random_string, salted_hmac
from django.views.decorators.debug import sensitive_variables

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
