"""The pages of API keys."""

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, link_to_form, remove, save
from core.pages.tables import DetailPage, TablePage
from core.translation import gettext_noop as _
from users.keys.models import ApiKey
from users.keys.serializers import DEFAULT_LIFE_DAYS
from users.models import User

FORM_FIELDS = {
    "expires_in_days": {
        "initial": str(DEFAULT_LIFE_DAYS),
        "help_text": _("1 to 3650 days. Leave it empty for a key that never expires."),
    },
    "overlap_hours": {"initial": "0"},
}
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
    return row if is_rolled else {**row, "roll_address": link_to_form("key-roll")(row)}


STATE = (
    Mark("revoked", lambda row: row["revoked_at"]),
    Mark("expired", lambda row: not row["revoked_at"] and has_key_expired(row), "out"),
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
    first=(PageLink("Create a key", form="POST", style="primary"),),
)
KEY = DetailPage(
    "name",
    (
        *COLUMNS,
        key_column("created_at", kind="moment"),
        key_column("revoked_at", kind="moment"),
    ),
    actions=(
        Action("Rename", form="PUT"),
        Action("Roll", lambda row: row.get("roll_address", "")),
        Action("Revoke", form="DELETE"),
    ),
    extend=add_roll_address,
)
