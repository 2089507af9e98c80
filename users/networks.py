"""The networks from which a user has signed in lately: a lock that strangers cause elsewhere does not hold there."""

from hashlib import sha256

from django.db import connection

from users import sql
from users.models import User

DAYS_REMEMBERED = 90
MAX_NETWORKS = 10  # of one user: with one more, the one that was used longest ago is forgotten


def look_up(username: str, network: str) -> tuple[str, bool]:
    """Return a short text for the user name, and whether its user has signed in from the network lately.

    The text is the same for all spellings that find the same user, by the database's own lower().
    """
    name = User.normalize_username(username)
    with connection.cursor() as cursor:
        cursor.execute(sql.NAME_AND_NETWORK, {"name": name, "network": network, "days": DAYS_REMEMBERED})
        lower, is_known = cursor.fetchone()
    return sha256(lower.encode()).hexdigest(), is_known


def learn(username: str, network: str) -> None:
    """Remember that the user of this name has signed in from the network, with its present password."""
    name = User.normalize_username(username)
    with connection.cursor() as cursor:
        cursor.execute(sql.LEARN_NETWORK, {"name": name, "network": network})
        if learned := cursor.fetchone():
            bounds = {"user": learned[0], "days": DAYS_REMEMBERED, "most": MAX_NETWORKS}
            cursor.execute(sql.FORGET_NETWORKS, bounds)
