"""The networks from which a user has signed in lately. Guesses from other networks do not lock the name there."""

from hashlib import sha256

from django.db import connection

from users import sql
from users.models import User

MAX_DAYS_UNUSED = 90
MAX_NETWORKS = 10  # the limit of one user; beyond it, the least recently used network is deleted


def look_up_name(username: str, network: str) -> tuple[str, bool]:
    """Return a hash of the user name, and whether its user has signed in from the network lately.

    All spellings that find the same user have the same hash, because lower() of the database is applied first.
    """
    name = User.normalize_username(username)
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_NAME_AND_NETWORK, {"name": name, "network": network, "days": MAX_DAYS_UNUSED})
        lower, is_known = cursor.fetchone()
    return sha256(lower.encode()).hexdigest(), is_known


def remember_network(username: str, network: str) -> None:
    """Store that the user of this name has signed in from the network with its current password."""
    name = User.normalize_username(username)
    with connection.cursor() as cursor:
        cursor.execute(sql.REMEMBER_NETWORK, {"name": name, "network": network})
        if row := cursor.fetchone():
            bounds = {"user": row[0], "days": MAX_DAYS_UNUSED, "most": MAX_NETWORKS}
            cursor.execute(sql.DELETE_OLD_NETWORKS, bounds)
