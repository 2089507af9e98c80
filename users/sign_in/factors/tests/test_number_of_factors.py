"""A user has a limited number of second factors."""

import pytest

from users.errors import TooManyFactors
from users.models import Factor, FactorKind
from users.sign_in.factors import services


def add_passkeys(user, number):
    for index in range(number):
        Factor.objects.create(
            user=user, kind=FactorKind.PASSKEY, credential=bytes([index]), confirmed_at=user.date_joined
        )


def begin(user):
    return services.begin_totp(user=user, name="phone", service="shop.example.org")


def test_the_last_factor_may_be_an_app(alice):
    add_passkeys(alice, services.MAX_FACTORS - 1)
    assert begin(alice)
    assert begin(alice)


def test_an_app_beyond_the_limit_is_refused(alice):
    add_passkeys(alice, services.MAX_FACTORS)
    with pytest.raises(TooManyFactors):
        begin(alice)
    with pytest.raises(TooManyFactors):
        services.ask_for_new_passkey(user=alice, origin="https://shop.example.org")
