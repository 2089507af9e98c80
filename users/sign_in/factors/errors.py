"""Errors of second factors and of their challenges."""

from rest_framework import status

from core.errors import Conflict, DomainError
from users.errors import Forbidden


class SecondFactorRequired(DomainError):
    """The password was right, and the user has a second factor."""

    status = status.HTTP_401_UNAUTHORIZED
    code = "second_factor_required"
    detail = (
        "This user has a second factor. Send the challenge again with a code or a passkey. A program that signs in by"
        " itself should use an API key instead."
    )
    when = "the password is right, and the user has a second factor: [second factor](second-factor.md#programs)"
    also = "`challenge`, `kinds`, `expires_in` (seconds), and `options` for the browser if the user has a passkey"


class SecondFactorWrong(DomainError):
    status = status.HTTP_401_UNAUTHORIZED
    code = "second_factor_wrong"
    detail = "This code or passkey is wrong, or was used already. Wait for the next code."
    when = "the code or the passkey is wrong or was used already. It counts as a wrong password"


class ChallengeExpired(DomainError):
    status = status.HTTP_401_UNAUTHORIZED
    code = "challenge_expired"
    detail = "This sign-in has expired or was completed already. Begin again."
    when = (
        "the challenge is unknown, older than five minutes or answered already, or the password, the factors or the"
        " activity of its user have changed"
    )


class SecondFactorSetup(Forbidden):
    code = "second_factor_setup"
    detail = "Set up a second factor first, at /api/users/me/factors/."
    when = "the user needs a second factor, has none, and the days to set one up are over"


class FactorExists(Conflict):
    code = "factor_exists"
    detail = "This factor exists already. Replace it, or add another kind."
    when = (
        "the user has an authenticator app already and did not send `replace`, or the passkey belongs to a user already"
    )


class NoFactor(Conflict):
    code = "no_factor"
    detail = "Add an authenticator app or a passkey first: recovery codes only replace a lost one."
    when = "recovery codes were requested by a user without another factor"


class LastFactor(Conflict):
    code = "last_factor"
    detail = "You need a second factor. Add another one before you remove this one."
    when = "the last factor can't be removed, because the shop requires one or the user belongs to the support staff"


class TooManyFactors(DomainError):
    code = "too_many_factors"
    detail = "You have {limit} second factors already: remove one that you no longer use."
    when = "the user has as many second factors as allowed"
    also = "`limit`"
