"""Tokens in the Authorization header: `Bearer`, `bearer` or `Token`."""

from typing import Any

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token


class TokenAuthentication(JWTAuthentication):
    """SimpleJWT's check of token, activity and password, and the employer's activity on top."""

    def get_user(self, validated_token: Token) -> Any:
        user: Any = super().get_user(validated_token)
        if not user.may_sign_in:
            raise AuthenticationFailed("User is inactive", code="user_inactive")
        return user
