"""What a database has of the demo. `make run` creates what is missing, and prints what works.

The start imports this module before Django has loaded the models.
"""

from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command

from core.database.embedded.place import is_created
from ops.demo.credentials import DEMO_KEYS, DEMO_USERS

TEXTS = {text.split("_")[1]: text for text in DEMO_KEYS}  # the keys by their prefixes


def is_complete() -> bool:
    """Return whether the demo shop exists, with all of its keys. Earlier releases have made fewer."""
    return get_user_model().objects.filter(username="demo").exists() and not list_missing_keys()


def list_missing_keys() -> list[str]:
    """Return the keys that were never made. A key that was revoked is not missing."""
    made = set(find_keys().values_list("prefix", flat=True))
    return [text for prefix, text in TEXTS.items() if prefix not in made]


def list_working_users() -> list[str]:
    """Return the names of the users who may sign in."""
    users = get_user_model().objects.filter(username__in=DEMO_USERS).select_related("employer")
    admitted = {user.username for user in users if user.may_sign_in}
    return [name for name in DEMO_USERS if name in admitted]


def list_working_keys() -> list[str]:
    """Return the keys that were not revoked, of a user who may sign in."""
    keys = find_keys().live().select_related("user__employer")
    working = {key.prefix for key in keys if key.user.may_sign_in}
    return [text for prefix, text in TEXTS.items() if prefix in working]


def find_keys() -> Any:
    return apps.get_model("users", "ApiKey").objects.filter(prefix__in=TEXTS)


EMPTY = Path(__file__).with_name("empty.dump")  # a backup of an empty database of the last release


def create_tables() -> None:
    """Migrate the database. A new one first restores a backup, which is much faster than executing all migrations."""
    if is_created():
        call_command("migrate", verbosity=0)
    else:
        call_command("restore", EMPTY, stdout=StringIO())
