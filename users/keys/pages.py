"""The pages of API keys."""

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import DELETE_FORM, POST_FORM, PUT_FORM, Action, PageLink, Verb, remove, save
from core.pages.tables import DetailPage, TablePage
from core.pages.widgets import HINTS
from core.translation import gettext_noop as _
from users.keys.models import ApiKey
from users.keys.serializers import CreateKeySerializer
from users.models import User

HINTS[CreateKeySerializer, "expires_in_days"] = _("1 to 3650 days. Leave it empty for a key that never expires.")
key_column = columns_of(ApiKey)
COPY_NOW = _("Copy the key now: it is shown only this once. A program sends it with each request, as a bearer token.")
KEY_VERBS = {
    "create": Verb("Create a key", _("Create"), show_once="key", say_once=COPY_NOW),
    "update": save(),
    "destroy": remove("Revoke", _("Revoked: programs that use the key are refused from now on.")),
    "roll": Verb("Roll the key", _("Roll"), show_once="key", say_once=COPY_NOW),
}


def has_key_expired(row: Row) -> bool:
    expires_at = row["expires_at"]
    moment = parse_datetime(expires_at) if isinstance(expires_at, str) else expires_at
    return moment is not None and moment <= timezone.now()


def add_roll_address(user: User, row: Row) -> Row:
    """Add the address of the page that rolls the key, if it is a live key of the user itself."""
    is_rolled = row["user"] != user.pk or row["revoked_at"] or has_key_expired(row)
    return row if is_rolled else {**row, "roll_address": reverse("key-roll", args=[row["id"]])}


STATE = (
    Mark("revoked", lambda row: row["revoked_at"], "urgent"),
    Mark("expired", lambda row: not row["revoked_at"] and has_key_expired(row), "urgent"),
)
COLUMNS = (
    key_column("scope", kind="words"),
    PageColumn("username"),
    key_column("prefix", write=lambda row: f"inv_{row['prefix']}_…"),
    key_column("last_used_at", kind="moment"),
    key_column("expires_at", kind="moment"),
)
KEYS = TablePage(
    (PageColumn("name", "Key", page="key-detail", marks=STATE), *COLUMNS),
    empty=_("No API keys."),
    hint=_("A till or a script needs no password: give each one a key of its own, which you can revoke."),
    first=(PageLink("Create a key", f"#{POST_FORM}", style="primary"),),
)
KEY = DetailPage(
    "name",
    (
        *COLUMNS,
        key_column("created_at", kind="moment"),
        key_column("revoked_at", kind="moment"),
    ),
    actions=(
        Action("Rename", lambda _row: f"#{PUT_FORM}", needs="put_form"),
        Action("Roll", lambda row: row.get("roll_address", "")),
        Action("Revoke", lambda row: "" if row["revoked_at"] else f"#{DELETE_FORM}", needs="delete_form"),
    ),
    extend=add_roll_address,
)
