"""Challenges: random texts that are answered once, within five minutes."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db.models import Q
from django.db.models.functions import Now

from core.database.postgres.base import execute
from users.models import User
from users.sign_in.factors.errors import ChallengeExpired
from users.sign_in.factors.models import Challenge, Purpose

CHALLENGE_SECONDS = 300
CHALLENGE_BYTES = 32
MAX_CHALLENGE_LENGTH = 64

# Skips locked rows, so that it never waits and never takes part in a deadlock.
DELETE_EXPIRED = """
DELETE FROM users_challenge
WHERE digest IN (SELECT digest FROM users_challenge WHERE expires_at < now() FOR UPDATE SKIP LOCKED)
"""


def issue_challenge(purpose: Purpose, user: User | None = None) -> str:
    """Store a new challenge, and return its text. Delete expired ones, except those that a transaction has locked."""
    execute(DELETE_EXPIRED)
    text = secrets.token_urlsafe(CHALLENGE_BYTES)
    Challenge.objects.create(
        digest=hash_text(text),
        purpose=purpose,
        user=user,
        token_version=None if user is None else user.token_version,
        expires_at=Now() + timedelta(seconds=CHALLENGE_SECONDS),
    )
    return text


def find_user(text: str, purpose: Purpose) -> User:
    """Return the user of a challenge, with its employer. This does not spend it. Raise ChallengeExpired (401)."""
    challenge = select_valid(text, purpose).values_list("user_id", "token_version").first()
    user = User.find(challenge[0]) if challenge else None
    if challenge is None or user is None or not user.may_sign_in or user.token_version != challenge[1]:
        raise ChallengeExpired()
    return user


def spend_challenge(text: str, purpose: Purpose, user: User | None) -> None:
    """Delete the challenge. Call this in the transaction that checks the answer, so that a wrong one undoes this.

    Raise ChallengeExpired (401), also for all but one of several requests with the same challenge.
    """
    same = Q(user=None) if user is None else Q(user=user, token_version=user.token_version)
    if not select_valid(text, purpose).filter(same).delete()[0]:
        raise ChallengeExpired()


def select_valid(text: str, purpose: Purpose):  # type: ignore[no-untyped-def]
    return Challenge.objects.filter(digest=hash_text(text), purpose=purpose, expires_at__gt=Now())


def end_challenges(user: User) -> None:
    """End the challenges of the user, whose factors have changed."""
    Challenge.objects.filter(user=user).delete()


def hash_text(text: str) -> str:
    return sha256(text.encode()).hexdigest()
