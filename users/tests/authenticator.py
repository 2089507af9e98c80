"""An authenticator app in tests."""

import time

from users.callers import Caller
from users.factors import codes, services
from users.factors.models import Factor


def add_app(user):
    """Add an authenticator app to the user, and return its secret. The present code is spent by this."""
    made = services.begin_totp(user=user, name="phone", service="shop.example.org")
    secret = codes.decrypt(Factor.objects.get(pk=made["id"]).secret)
    services.confirm_totp(by=Caller(), user=user, factor_id=made["id"], code=show_code(secret))
    user.refresh_from_db()
    return secret


def show_code(secret):
    return codes.make_totp(secret).generate(int(time.time())).decode()
