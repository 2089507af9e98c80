"""Second factors of the tests' users, and the codes and passkeys that they answer with."""

from typing import Any

from rest_framework.test import APIClient

from testing.cast.authenticator import ORIGIN, Authenticator, authenticator_of
from testing.cast.codes import make_code
from testing.cast.people import PASSWORD
from users.access.permissions import Caller
from users.models import Factor, FactorKind, Purpose, User
from users.sign_in.factors import proving, services
from users.sign_in.factors.passkeys import issue_challenge

LOGIN = "/api/auth/login/"


def begin_app(user: User, name: str = "phone") -> Factor:
    """Give the user an authenticator app that waits for its first code."""
    made = services.begin_totp(user=user, name=name, service="testserver")
    return Factor.objects.get(pk=made["id"])


def add_app(user: User) -> list[str]:
    """Give the user an authenticator app. Return the recovery codes. Its codes of this moment still work."""
    factor = begin_app(user)
    made = services.confirm_totp(by=Caller(user), user=user, factor_id=factor.pk, code=show_code(user))
    Factor.objects.filter(pk=factor.pk).update(spent=0)
    user.refresh_from_db()
    return made


def add_passkey(user: User, name: str = "key") -> list[str]:
    """Give the user the passkey of its authenticator. Return the recovery codes."""
    credential = authenticator_of(user).make(issue_challenge(Purpose.NEW_PASSKEY, user))
    _, made = services.add_passkey(by=Caller(user), user=user, name=name, credential=credential, origin=ORIGIN)
    user.refresh_from_db()
    return made


def find_secret(user: User) -> bytes:
    found = proving.decrypt(Factor.objects.filter(user=user, kind=FactorKind.TOTP).latest("pk").secret)
    assert found is not None
    return found


def show_code(user: User, steps: int = 0) -> str:
    """Return the code that the user's app shows, or the one so many steps later."""
    return make_code(find_secret(user), step=steps)


def answer_challenge(user: User, purpose: Purpose = Purpose.PASSKEY) -> dict[str, Any]:
    """Return the answer of the user's passkey to a new challenge."""
    of_user = user if purpose == Purpose.SECOND_STEP else None
    return authenticator_of(user).answer(issue_challenge(purpose, of_user))


def begin_sign_in(user: User) -> dict[str, Any]:
    """Send the password, and return the response: with a factor, the challenge."""
    body = {"username": user.username, "password": PASSWORD}
    return APIClient().post(LOGIN, body).json()  # type: ignore[no-any-return]


def sign_in(user: User, **proof: Any) -> Any:
    """Sign in by the password and this proof. Return the response of the second step."""
    challenge = begin_sign_in(user)["challenge"]
    return APIClient().post(LOGIN, {"challenge": challenge, **proof}, "json")


def fresh(user: User) -> User:
    """Return the user as the database has it."""
    return User.objects.get(pk=user.pk)


def make_passkey(user: User, name: object, **switches: Any) -> dict[str, Any]:
    """Return a new passkey of another authenticator of the user, which is not stored yet."""
    return Authenticator(name).make(issue_challenge(Purpose.NEW_PASSKEY, user), **switches)
