"""Tokens in the Authorization header: `Bearer` or `Token`, ignoring case."""

from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken, Token

from core.connections import read_with_reconnect
from users import tokens

TOKENS_REMEMBERED = 1000  # by each process: a client sends the same one again and again
REFUSED = "This is no access token, or it has expired: refresh it at /api/auth/refresh/ or sign in again."


@lru_cache(maxsize=TOKENS_REMEMBERED)
def read(raw_token: bytes) -> AccessToken:
    """The token, if signature, issuer and type are right, which no time changes. Raises TokenError."""
    return AccessToken(raw_token)  # type: ignore[arg-type]


class TokenAuthentication(JWTAuthentication):
    """SimpleJWT's check of the token itself, and ours of its user: activity, the employer's activity, version."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token, None if the scheme is not ours. Case does not matter in a scheme (RFC 9110, 11.1)."""
        scheme, *rest = header.split(maxsplit=1) or [b""]
        token: bytes | None = super().get_raw_token(b" ".join([scheme.capitalize(), *rest]))
        return token

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Raises InvalidToken (401) with what to do about it."""
        try:
            token = read(raw_token)
            tokens.check_expiry(token)
        except TokenError as error:
            raise InvalidToken(REFUSED) from error
        return token

    def get_user(self, validated_token: Token) -> Any:
        return read_with_reconnect(lambda: tokens.user_of(validated_token))


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema says it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return build_bearer_security_scheme_object("Authorization", "Bearer", "JWT")
