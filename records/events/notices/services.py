"""Mark the days whose notices are done, and turn notices off."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from core.database.postgres.base import fetch
from core.ownership import save_fields
from records.events.notices.models import LastNotice
from users.models import Notices, User

SALT = "notices.off"

# Marks the day as done. If several workers do so, only one of them gets a row.
CLAIM = """
INSERT INTO events_lastnotice AS digest (user_id, sent_on, position) VALUES (%(user)s, %(today)s, %(position)s)
ON CONFLICT (user_id) DO UPDATE SET sent_on = excluded.sent_on WHERE digest.sent_on < excluded.sent_on
RETURNING position
"""


def claim_day(user_id: int, today: date, head: int) -> int | None:
    """Mark the day as done. Return the position up to which earlier notices went, or None if it was done already."""
    found = fetch(CLAIM, {"user": user_id, "today": today, "position": head})
    return int(found[0][0]) if found else None


def build_off_link(user: User) -> str:
    """Return the address that turns the user's notices off without signing in. It works forever."""
    token = signing.dumps([user.pk, user.date_joined.timestamp()], salt=SALT)
    return settings.PUBLIC_URL + reverse("notices-off", args=[token])


def find_user_of_link(token: str) -> User | None:
    """Return the user of a link, or None. After a restore, another user of the same id has joined at another time."""
    try:
        user_id, joined = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user: Any = User.objects.filter(pk=user_id).first()
    return user if user is not None and user.date_joined.timestamp() == joined else None


def turn_off(user: User) -> None:
    save_fields(user, {"notices": Notices.OFF})
    LastNotice.objects.filter(user=user).delete()
