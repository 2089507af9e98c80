"""Users from before the rule that a text names one user: a user name that is the e-mail address of another user."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TRIGGERS = ("users_user_new_text", "users_user_changed_text")


@contextmanager
def accept_namesakes() -> Iterator[None]:
    """Accept such names and addresses in the block, as release 1.0.0 did."""
    switch_triggers("DISABLE")
    yield
    switch_triggers("ENABLE")


def switch_triggers(action: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with pending checks can't be altered
        for trigger in TRIGGERS:
            cursor.execute(f"ALTER TABLE users_user {action} TRIGGER {trigger}")
