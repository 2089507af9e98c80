"""Import the archive of an export: a shop moves to this installation with its users, its ledger and its seals.

The same number, the shift, is added to all ids of the shop. It is 0 in an empty installation. Seals cover ids, so each
seal keeps the shift, and its file has the ids as they were sealed (docs/decisions/0043-moving-a-shop.md).
"""

import json
import secrets
import zlib
from collections.abc import Callable, Iterator
from hashlib import file_digest
from itertools import chain
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.contrib.auth.hashers import make_password
from django.db import DataError, IntegrityError, ProgrammingError, connection, models, transaction
from django.utils import timezone

from core.database.citus import tables as citus
from core.database.postgres.base import fetch
from core.database.transactions import set_time_limit
from events.models import OffReason, WebhookState
from events.webhooks.services import make_secret
from stock.proofs.verification import find_breaks
from takeout.columns import FORMAT, ShopTable, list_shop_tables
from takeout.errors import ImportRefused
from users.key_models import DIGEST_BYTES, PREFIX_LENGTH
from users.models import MAX_USERNAME_LENGTH, User

STEP = 1_000_000  # a shift is a multiple of it, so that people recognize ids: product 7 becomes 3000007
MAX_FILE_ID = 10**15  # no installation has such an id; a file with one could use up the ids of this installation
TIMEOUT_SECONDS = 3600  # the time limit of a statement
NOT_IMPORTED = {"stock_verification"}  # it names the database servers; the import verifies the ledger itself
# Columns with ids that are no foreign keys. The shift of a seal is the sum of those of all moves.
LOOSE_IDS = {
    "events_event": {"operation", "product"},
    "history_change": {"row_id", "by"},
    "products_product": {"kept_supplier_id", "kept_category_id"},
    "sheets_sheetline": {"booked_to", "recounted_to"},
    "purchasing_order": {"kept_supplier_id"},
    "stock_seal": {"shift"},
}
# Columns with JSON that clients have sent. It may have any content, so it is copied unchanged.
FREE_JSON = {"tills_drop": {"sale"}}
# The names in JSON columns whose numbers are ids.
IDS_IN_JSON = {"id", "lot", "operation", "order", "product", "reservation", "seal", "sheet", "till", "webhook"}
IDS_IN_JSON |= {"category", "supplier", "location", "categories", "locations", "products", "suppliers"}
HIGHEST_ID = """
SELECT coalesce(max(pg_sequence_last_value(pg_get_serial_sequence(name, 'id')::regclass)), 0)
FROM unnest(%(tables)s::text[]) AS name
"""
MOVE_SEQUENCE = """
SELECT setval(name::regclass, greatest(%(last)s, coalesce(pg_sequence_last_value(name::regclass), 1)))
FROM pg_get_serial_sequence(%(table)s, 'id') AS name
"""

Row = dict[str, Any]


# Functions that return the changed values of an imported row. Users set a new password and confirm their e-mail
# addresses again, the days to set up a second factor begin again, tokens end, keys are revoked and webhooks are off.
# The former installation mails the orders that wait for it.
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
    "tills_till": lambda _row: {"key_prefix": secrets.token_hex(PREFIX_LENGTH // 2)},  # a prefix that no key has
}  # fmt: skip


# What reading a damaged or forged archive raises. Compressed and encrypted members raise RuntimeError and zlib.error.
DAMAGES = (
    BadZipFile, zlib.error, EOFError, RuntimeError, AttributeError, LookupError, TypeError, ValueError, DataError,
    IntegrityError, ProgrammingError, User.DoesNotExist,
)  # fmt: skip


def import_shop(file: IO[bytes], report: Callable[[str], None], owner_name: str = "") -> User:
    """Import the archive and return the shop's owner. Raise ImportRefused: then nothing has changed."""
    try:
        with ZipFile(file) as archive:
            about = json.loads(archive.read("about.json"))
            check_archive(archive, about)
            with transaction.atomic():
                prepare_transaction()
                return Move(archive, about, report, owner_name).run()
    except DAMAGES as error:
        raise ImportRefused(f"This is no export of a shop, or it is damaged: {error!r}.") from error


def prepare_transaction() -> None:
    set_time_limit(TIMEOUT_SECONDS)
    with connection.cursor() as cursor:
        if citus.has_citus(cursor):
            citus.prepare_transaction(cursor)
            cursor.execute("SET LOCAL citus.enable_local_execution = off")  # it can't be mixed with COPY to a shard


def check_archive(archive: ZipFile, about: Row) -> None:
    """Raise ImportRefused unless this release can read the archive, and every file has the digest of about.json."""
    if about["format"] != FORMAT:
        raise ImportRefused(f"The file has the format {about['format']}, and this release reads {FORMAT}.")
    if unknown := about["tables"].keys() - {table.name for table in list_shop_tables()}:
        raise ImportRefused(f"The file is of a newer release: this one has no {', '.join(sorted(unknown))}.")
    for name, digest in about["files"].items():
        with archive.open(name) as file:
            if file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]  # it can be read
                raise ImportRefused(f"{name} is not what was exported: its digest differs.")


class Move:
    """The import of one archive. Its ids are above all others, so that it can't touch rows of other shops."""

    def __init__(self, archive: ZipFile, about: Row, report: Callable[[str], None], owner_name: str) -> None:
        self.archive, self.about, self.report, self.owner_name = archive, about, report, owner_name
        self.shift = choose_shift()
        self.texts: set[str] = set()  # the user names and e-mail addresses of the users in the file
        self.named_users: set[int] = set()  # the users to whom rows refer

    def run(self) -> User:
        with connection.cursor() as cursor:
            for table in list_shop_tables():
                if table.name in self.about["tables"].keys() - NOT_IMPORTED:
                    self.copy_table(cursor, table)
        self.add_missing_users()
        owner: User = User.objects.owners().get(pk=self.add_shift(self.about["account"]))
        if found := find_breaks(owner.pk, 1, is_committed=False):
            raise ImportRefused(f"The ledger in the file does not hold: {found[0]}.")
        return owner

    def copy_table(self, cursor: Any, table: ShopTable) -> None:
        """Insert the rows of a table, and continue its ids after them."""
        reader = RowReader(self, table)
        with self.archive.open(f"tables/{table.name}.jsonl") as lines:
            rows: Iterator[Row] = map(reader.read, lines)
            if table.model is User:
                rows = iter(list(rows))  # no other statement can look up taken names during COPY
            if first := next(rows, None):
                columns = ", ".join(f'"{name}"' for name in first)
                with connection.wrap_database_errors, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                    for row in chain([first], rows):
                        copy.write_row([row[name] for name in first])
        if reader.count != self.about["tables"][table.name]:
            raise ImportRefused(f"{table.name} has {reader.count} rows, not {self.about['tables'][table.name]}.")
        if reader.last_id:
            cursor.execute(MOVE_SEQUENCE, {"table": table.name, "last": reader.last_id})
        cursor.execute(f"ANALYZE {table.name}")  # the planner has no statistics of new rows
        self.report(f"{table.name}: {reader.count:,}")

    def add_shift(self, value: Any) -> int:
        """Return the id with the shift. Raise ImportRefused if it is no id."""
        if type(value) is not int or not 0 <= value <= MAX_FILE_ID:
            raise ImportRefused(f"{value!r} in the file is no id.")
        return value + self.shift

    def add_shift_in_json(self, value: Any, is_id: bool = False) -> Any:
        """Return the value with the shift added to the ids in it, which are numbers or lists of numbers."""
        if isinstance(value, dict):
            return {name: self.add_shift_in_json(item, name in IDS_IN_JSON) for name, item in value.items()}
        if isinstance(value, list):
            return [self.add_shift_in_json(item, is_id) for item in value]
        return self.add_shift(value) if is_id and type(value) is int else value

    def find_free_names(self, row: Row) -> Row:
        """Return the user name and the e-mail address. Report those that another user has here."""
        name, email = row["username"], row["email"]
        if self.owner_name and name == self.about["owner"]:
            name = self.owner_name
        elif self.is_taken(name):
            name = f"{name[: MAX_USERNAME_LENGTH - 20]}-{self.shift // STEP}"
            self.report(f"The name {row['username']} is taken: the user is now {name}.")
        if email and self.is_taken(email):
            email = ""
            self.report(f"The e-mail address of {name} is taken: enter another one.")
        self.texts |= {name.lower(), email.lower()}
        return {"username": name, "email": email}

    def is_taken(self, text: str) -> bool:
        """Return whether another user, here or in the file, has the text as user name or e-mail address."""
        return text.lower() in self.texts or User.objects.is_taken(text)

    def add_missing_users(self) -> None:
        """Add the users of other shops to whom rows refer, such as the support staff, as inactive users."""
        known = User.objects.filter(pk__in=self.named_users).values_list("pk", flat=True)
        missing = sorted(self.named_users - set(known))
        nobody = {"is_active": False, "password": make_password(None)}
        User.objects.bulk_create([User(pk=pk, username=f"user-{pk}", **nobody) for pk in missing])
        if missing:
            fetch(MOVE_SEQUENCE, {"table": User._meta.db_table, "last": missing[-1]})


def choose_shift() -> int:
    """Return 0 if there are no users, else a number that is a million above all ids, because others write meanwhile."""
    if not User.objects.exists():
        return 0
    names = [table.name for table in list_shop_tables() if isinstance(table.model._meta.pk, models.AutoField)]
    [(highest,)] = fetch(HIGHEST_ID, {"tables": names})
    return (int(highest) // STEP + 2) * STEP


class RowReader:
    """Reads the lines of a table's file, and makes the rows that are inserted."""

    def __init__(self, move: Move, table: ShopTable) -> None:
        self.move, self.table, self.count, self.last_id = move, table, 0, 0
        self.arrive = ARRIVALS.get(table.name)
        keys = {field.column for field in table.fields if field.is_relation or field.primary_key}
        self.ids = keys | LOOSE_IDS.get(table.name, set())
        self.user_keys = {field.column for field in table.fields if field.related_model is User}
        self.generated = {field.column for field in table.fields if field.generated}
        self.json = {field.column for field in table.fields if isinstance(field, models.JSONField)}
        self.free_json = FREE_JSON.get(table.name, set())

    def read(self, line: bytes) -> Row:
        """Return the row of a line, with new ids and with what differs at its arrival."""
        stored, self.count = json.loads(line), self.count + 1
        if unknown := stored.keys() - set(self.table.columns):
            raise ImportRefused(f"The file has columns that {self.table.name} lacks: {', '.join(sorted(unknown))}.")
        if stored.get("owner_id", self.move.about["account"]) != self.move.about["account"]:
            raise ImportRefused(f"{self.table.name} in the file has rows of another shop.")
        row = {name: self.convert(name, value) for name, value in stored.items() if name not in self.generated}
        self.move.named_users.update(row[name] for name in self.user_keys & row.keys() if row[name] is not None)
        self.last_id = max(self.last_id, row.get("id", 0))
        names = self.move.find_free_names(stored) if self.table.model is User else {}
        return {**row, **(self.arrive(stored) if self.arrive else {}), **names}

    def convert(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.ids:
            return self.move.add_shift(value)
        if name in self.free_json:
            return json.dumps(value)
        return json.dumps(self.move.add_shift_in_json(value)) if name in self.json else value
