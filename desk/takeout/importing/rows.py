"""The rows of an archive, with the ids and values that they get here."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.hashers import make_password
from django.db import models
from django.utils import timezone

from core.kinds import MAX_ID
from desk.takeout.columns import ShopTable
from desk.takeout.errors import ImportRefused
from desk.takeout.importing.archive import Row
from records.events.models import OffReason, WebhookState
from records.events.webhooks.services import make_secret
from records.history.models import Kind
from users.keys.models import DIGEST_BYTES, PREFIX_LENGTH
from users.models import User

IN_QUERY = re.compile(r"(?<![^,])[1-9][0-9]{0,17}(?![^,])")  # the ids in `7` and in `7,8`
MAX_FILE_ID = MAX_ID // 2  # no installation has such an id, and with any shift it is still an id
NO_TILL_YET = -1  # the till of a performer in an archive of an earlier release, until FIND_TILLS of sql.py sets it
SEAL_SHIFT = "shift"  # the column of seals and closings with the sum of the shifts of all moves
# Columns with ids that are no foreign keys.
LOOSE_IDS = {
    "events_event": {"operation", "product"},
    "history_change": {"row_id", "by", "edit", "undoes"},
    "products_product": {"kept_supplier_id", "kept_category_id", "kept_tax_id"},
    "sheets_sheetline": {"booked_to", "recounted_to"},
    "purchasing_order": {"kept_supplier_id"},
    "purchasing_pricelistchange": {"product"},
    "stock_performer": {"till"},
    "stock_seal": {SEAL_SHIFT},
    "closings_closing": {SEAL_SHIFT},
}
# Columns with JSON that clients have sent. It may have any content, so it is copied unchanged.
FREE_JSON = {"tills_drop": {"sale"}}
# Columns with the queries of addresses, whose parameters can be ids.
QUERIES = {"saved_savedview": {"query"}}
# The names in JSON columns whose numbers are ids.
IDS_IN_JSON = {
    "cash",
    "closing",
    "created_products",
    "id",
    "into",
    "kit",
    "lot",
    "merged",
    "merged_into",
    "operation",
    "order",
    "pack",
    "payments",
    "product",
    "reservation",
    "seal",
    "sheet",
    "till",
    "webhook",
}
IDS_IN_JSON |= {
    "category",
    "supplier",
    "tax",
    "location",
    "categories",
    "locations",
    "payments",
    "products",
    "suppliers",
    "groups",
    "fields",
}
# The parameters of lists and reports whose numbers are ids.
IDS_IN_QUERIES = IDS_IN_JSON | {"by", "counted_by", "customer", "group", "item", "part", "performed_by", "user"}

# The columns that are null in a view without mail.
VIEW_MAIL = ("mail_days", "mail_hour", "mail_format", "mail_when_empty", "next_mail_at")

# Functions that return the changed values of an imported row. Users set a new password and confirm their e-mail
# addresses again, the days to set up a second factor begin again, tokens end, keys are revoked and webhooks are off.
# The former installation mails the orders that wait for it, and the views.
ARRIVALS: dict[str, Callable[[Row], Row]] = {
    "users_user": lambda row: {
        "password": make_password(None), "is_staff": False, "is_superuser": False, "confirmed_email": "",
        "token_version": row["token_version"] + 1,
        "second_factor_required_at": timezone.now() if row.get("second_factor_required_at") else None,
    },
    "users_apikey": lambda row: {
        "prefix": secrets.token_hex(PREFIX_LENGTH // 2), "digest": secrets.token_bytes(DIGEST_BYTES),
        "revoked_at": row["revoked_at"] or timezone.now(),
    },
    "events_webhook": lambda row: {
        "secret": make_secret(), "previous_secret": "", "state": WebhookState.OFF.value,
        "off_reason": row["off_reason"] or OffReason.RESTORED.value,
    },
    "purchasing_order": lambda _row: {"mail_due_at": None},
    "saved_savedview": lambda _row: dict.fromkeys(VIEW_MAIL) | {"mail_failures": 0},
    "stock_performer": lambda row: {} if "till" in row else {"till": NO_TILL_YET},
    "tills_till": lambda _row: {"key_prefix": secrets.token_hex(PREFIX_LENGTH // 2)},  # a prefix that no key has
}  # fmt: skip


def find_id_columns(table: ShopTable) -> set[str]:
    """Return the columns to whose numbers the shift is added: ids, and the shift of a seal."""
    keys = {field.column for field in table.fields if field.is_relation or field.primary_key}
    return keys | LOOSE_IDS.get(table.name, set())


def find_user_columns(table: ShopTable) -> list[str]:
    return [field.column for field in table.fields if field.related_model is User]


def list_users(table: ShopTable, columns: list[str], row: Row) -> Iterator[int]:
    """Yield the ids of the users whom a row names. Without rows of their own, later users would get these ids."""
    yield from (row[name] for name in columns if row.get(name) is not None)
    if table.name == "history_change":
        named = [row.get("by"), row.get("row_id") if row.get("kind") == Kind.USER else None]
        yield from (user for user in named if user is not None)


class RowReader:
    """Makes the rows that are inserted from those of a table's file, which are checked."""

    def __init__(self, table: ShopTable, shift: int) -> None:
        self.shift = shift
        self.arrive = ARRIVALS.get(table.name)
        self.ids = find_id_columns(table)
        self.generated = {field.column for field in table.fields if field.generated}
        self.json = {field.column for field in table.fields if isinstance(field, models.JSONField)}
        self.free_json = FREE_JSON.get(table.name, set())
        self.queries = QUERIES.get(table.name, set())

    def read(self, stored: Row) -> Row:
        """Return the row with new ids, and with what differs at its arrival."""
        row = {name: self.convert(name, value) for name, value in stored.items() if name not in self.generated}
        return {**row, **self.arrive(stored)} if self.arrive else row

    def convert(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.ids:
            return value + self.shift
        if name in self.queries:
            return self.shift_query(value)
        if name in self.free_json:
            return json.dumps(value)
        return json.dumps(self.add_shift(value, name in IDS_IN_JSON)) if name in self.json else value

    def shift_query(self, query: str) -> str:
        """Return the query with the shift added to the ids in it, of which each parameter has one or several."""
        pairs = [
            (name, IN_QUERY.sub(lambda found: str(int(found[0]) + self.shift), value) if self.is_id(name) else value)
            for name, value in parse_qsl(query, keep_blank_values=True)
        ]
        return urlencode(pairs)

    def is_id(self, name: str) -> bool:
        return name.removesuffix("__in") in IDS_IN_QUERIES

    def add_shift(self, value: Any, is_id: bool = False) -> Any:
        """Return the JSON with the shift added to the ids in it, which are numbers or lists of numbers."""
        if isinstance(value, dict):
            return {name: self.add_shift(item, name in IDS_IN_JSON) for name, item in value.items()}
        if isinstance(value, list):
            return [self.add_shift(item, is_id) for item in value]
        if not is_id or type(value) is not int:
            return value
        if value > MAX_FILE_ID:
            raise ImportRefused(f"{value} in the file is no id.")
        return value + self.shift
