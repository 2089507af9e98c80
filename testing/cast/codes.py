"""The codes that an authenticator app shows."""

import base64
import time

from users.sign_in.factors.proving import STEP_SECONDS, make_totp


def make_code(secret: str | bytes, *, step: int = 0) -> str:
    """Return the code of an app with this secret, in bytes or in Base32, now or `step` steps later."""
    raw = base64.b32decode(secret) if isinstance(secret, str) else secret
    return make_totp(raw).generate(int(time.time()) + step * STEP_SECONDS).decode()
