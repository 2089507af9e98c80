"""The pages of API keys."""

from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.reverse import reverse

from core.pages.columns import Mark, PageColumn, Row
from core.pages.links import DELETE_FORM, POST_FORM, PUT_FORM, Action, PageLink, Verb, remove, save
from core.pages.tables import DetailPage, TablePage

COPY_NOW = "Copy the key now: it is shown only this once. A program sends it as `Authorization: Bearer` and the key."
VERBS = {
    "create": Verb("Create a key", "Create", show_once="key", say_once=COPY_NOW),
    "update": save(),
    "destroy": remove("Revoke", "Revoked: programs that use the key are refused from now on."),
    "roll": Verb("Roll the key", "Roll", show_once="key", say_once=COPY_NOW),
}


def has_key_expired(row: Row) -> bool:
    expires_at = row["expires_at"]
    moment = parse_datetime(expires_at) if isinstance(expires_at, str) else expires_at
    return moment is not None and moment <= timezone.now()


def add_roll_address(user: Any, row: Row) -> Row:
    """Add the address of the page that rolls the key, if it is a live key of the user itself."""
    is_rolled = row["user"] != user.pk or row["revoked_at"] or has_key_expired(row)
    return row if is_rolled else {**row, "roll_address": reverse("key-roll", args=[row["id"]])}


STATE = (
    Mark("revoked", lambda row: row["revoked_at"], "urgent"),
    Mark("expired", lambda row: not row["revoked_at"] and has_key_expired(row), "urgent"),
)
COLUMNS = (
    PageColumn("scope", "May"),
    PageColumn("username", "User"),
    PageColumn("prefix", "Begins with", write=lambda row: f"inv_{row['prefix']}_…"),
    PageColumn("last_used_at", "Last used", kind="moment"),
    PageColumn("expires_at", "Expires", kind="moment"),
)
KEYS = TablePage(
    (PageColumn("name", "Key", page="key-detail", marks=STATE), *COLUMNS),
    empty="No API keys.",
    hint="A till or a script needs no password: give each one a key of its own, which you can revoke.",
    first=(PageLink("Create a key", f"#{POST_FORM}", style="primary"),),
)
KEY = DetailPage(
    "name",
    (
        *COLUMNS,
        PageColumn("created_at", "Created", kind="moment"),
        PageColumn("revoked_at", "Revoked", kind="moment"),
    ),
    actions=(
        Action("Rename", lambda _row: f"#{PUT_FORM}", needs="put_form"),
        Action("Roll", lambda row: row.get("roll_address", "")),
        Action("Revoke", lambda row: "" if row["revoked_at"] else f"#{DELETE_FORM}", needs="delete_form"),
    ),
    extend=add_roll_address,
)
