"""The codes that an authenticator app shows."""

import base64
import time

from users.factors.codes import STEP_SECONDS, make_totp


def make_code(secret: str, *, step: int = 0, at: float | None = None) -> str:
    """Return the code of an app with this secret in Base32, at this time, or so many steps later."""
    moment = int(time.time() if at is None else at) + step * STEP_SECONDS
    return make_totp(base64.b32decode(secret)).generate(moment).decode()
