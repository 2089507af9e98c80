"""Refresh tokens: issued, spent exactly once, ended. Every change happens under the lock of the user's row."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from users.models import User

# A double click or a retry within this time is only refused; a later second use looks like theft.
REUSE_GRACE = timedelta(seconds=30)


class ReceivedRefreshToken(RefreshToken):
    """A refresh token as a client sent it: signature, type and expiry are checked; whether it is spent is asked later.

    SimpleJWT asks before the lock, and then lets several parallel uses of one token through.
    """

    def check_blacklist(self) -> None:
        return None


def issue(user: User) -> dict[str, str]:
    """A new pair of tokens; `token` is the access token under its other name."""
    return pair_of(RefreshToken.for_user(user))


def pair_of(refresh: RefreshToken) -> dict[str, str]:
    access = str(refresh.access_token)
    return {"access": access, "refresh": str(refresh), "token": access}


def rotate(raw: str) -> dict[str, str]:
    """Spend a refresh token for a new pair. Raises InvalidToken (401) if it is not good or already spent."""
    token = received(raw)
    with transaction.atomic():
        user = lock_user(token)
        fresh = spend(token, user)
        pair = issue(user) if fresh else None
    if pair is None:
        raise InvalidToken("This refresh token has been used or ended already: sign in again.")
    return pair


@transaction.atomic
def end(raw: str, user: User) -> bool:
    """Spend the user's own refresh token without a new one; False if it is no good, or somebody else's."""
    try:
        token = received(raw)
    except InvalidToken:
        return False
    if str(token.get(api_settings.USER_ID_CLAIM)) != str(user.pk):
        return False
    lock(user)
    blacklist(token)
    return True


@transaction.atomic
def end_all(user: User) -> None:
    """Spend every refresh token of the user."""
    lock(user)
    outstanding = OutstandingToken.objects.filter(user=user, blacklistedtoken=None, expires_at__gt=timezone.now())
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in outstanding])


def lock(user: User) -> None:
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)


def received(raw: str) -> ReceivedRefreshToken:
    try:
        return ReceivedRefreshToken(raw)  # type: ignore[arg-type]
    except TokenError as error:
        raise InvalidToken(str(error)) from None


def lock_user(token: RefreshToken) -> User:
    """The token's user, locked; raises if it may not sign in or has changed its password since."""
    user: User | None = (
        User.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk=token.get(api_settings.USER_ID_CLAIM))
        .first()
    )
    if user is None or not user.may_sign_in:
        raise AuthenticationFailed("No active account found for the given token.", "no_active_account")
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise AuthenticationFailed("The user's password has been changed.", "password_changed")
    return user


def spend(token: RefreshToken, user: User) -> bool:
    """Whether this is the first use; a second one after the grace ends all refresh tokens of the user."""
    spent, fresh = blacklist(token)
    if not fresh and timezone.now() - spent.blacklisted_at > REUSE_GRACE:
        end_all(user)
    return fresh


def blacklist(token: RefreshToken) -> tuple[Any, bool]:
    """SimpleJWT's record that a token is spent, unique per token, and whether it was made just now."""
    return token.blacklist()  # type: ignore[return-value]
