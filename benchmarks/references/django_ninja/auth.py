"""Check the product's access tokens and their users."""

import jwt
from django.conf import settings
from ninja.security import HttpBearer

from benchmarks.references.django_ninja.models import User


class TokenAuth(HttpBearer):
    def authenticate(self, request, token):
        """Return the user if the token is valid and current, and user and account are active.

        Otherwise return None (401).
        """
        claims = read_claims(token)
        user = claims and User.objects.select_related("employer").filter(pk=claims["user_id"]).first()
        return user if user and may_use(user, claims) else None


def read_claims(token):
    """Return the claims of an access token, or None if it has expired or its signature, issuer or type is wrong."""
    options = settings.SIMPLE_JWT
    try:
        claims = jwt.decode(token, options["SIGNING_KEY"], algorithms=[options["ALGORITHM"]], issuer=options["ISSUER"])
    except jwt.InvalidTokenError:
        return None
    return claims if claims.get("token_type") == "access" else None


def may_use(user, claims):
    owner = user.employer or user
    is_active = user.is_active and owner.is_active and owner.role == "owner"
    is_current = (claims.get("version"), claims.get("joined")) == (user.token_version, user.date_joined.timestamp())
    return is_active and is_current
