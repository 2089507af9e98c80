"""Import the archive of an export: a shop moves to this installation with its users, its ledger and its seals.

The same number, the shift, is added to all ids of the shop, so that they follow those that are here. It is 0 in an
empty installation, and negative if the former ids were larger. Seals cover ids, so each seal keeps the shift, and its
file has the ids as they were sealed (docs/decisions/0043-moving-a-shop.md). The rows are read twice: the first pass
checks them, and the second one inserts them. The sequences follow at the end, because no rollback sets them back.
"""

import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, Any
from zipfile import BadZipFile

from django.contrib.auth.hashers import make_password
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction

from core.database import sequences
from core.database.citus import tables as citus
from core.database.postgres.base import execute, fetch
from core.database.transactions import set_time_limit
from core.shop_apps import collect_from_modules
from desk.takeout.columns import ShopTable, list_shop_tables
from desk.takeout.errors import ImportRefused
from desk.takeout.importing import sql
from desk.takeout.importing.archive import (
    MAX_FILE_ID,
    SHIFT,
    ImportedArchive,
    Row,
    RowReader,
    list_columns,
    refuse_damaged,
)
from desk.takeout.importing.rules import find_rule, obeys
from desk.takeout.importing.survey import Survey
from stock.models import Return
from stock.proofs.verification import find_breaks
from users.leaving.services import find_free_name
from users.models import MAX_USERNAME_LENGTH, User

STEP = 1_000_000  # a shift is a multiple of it, so that people recognize ids: product 7 becomes 11000007
DISTANCE = 10 * STEP  # other shops may use up so many ids during an import
# The most ids of this installation that an import may skip, besides one for each row. All new rows continue after them.
# Even an installation that has written ten billion rows is below.
MAX_SKIPPED_IDS = 10**10
TIMEOUT_SECONDS = 3600  # the time limit of a statement
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('import of a shop', 0))"
# What reading a damaged or forged archive raises. Compressed and encrypted members raise RuntimeError and zlib.error.
DAMAGES = (
    BadZipFile, zlib.error, EOFError, RuntimeError, AttributeError, LookupError, TypeError, ValueError, DataError,
    IntegrityError, ProgrammingError,
)  # fmt: skip

Report = Callable[[str], None]


def import_shop(file: IO[bytes], report: Report, owner_name: str = "", *, accept_large_ids: bool = False) -> User:
    """Import the archive and return the shop's owner. Raise ImportRefused: then nothing has changed."""
    try:
        check_owner_name(owner_name)
        archive = ImportedArchive(file)
        survey = Survey(archive)
        with transaction.atomic():
            prepare_transaction()
            move = Move(archive, survey, report, owner_name)
            move.check_ids(accept_large_ids)
            return move.run()
    except DAMAGES as error:
        raise refuse_damaged(repr(error)) from error


def check_owner_name(name: str) -> None:
    """Raise ImportRefused if the name is not empty, and nobody can have it or somebody has it."""
    if name and not obeys(find_rule(User._meta.db_table, User._meta.get_field("username")), name):
        raise ImportRefused(f"{name} is no user name.")
    if name and User.objects.is_taken(name):
        raise ImportRefused(f"The name {name} is taken: choose another one.")


def prepare_transaction() -> None:
    """Set the time limit. Raise ImportRefused if another import is running, because both would get the same ids."""
    set_time_limit(TIMEOUT_SECONDS)
    with connection.cursor() as cursor:
        if citus.has_citus(cursor):
            citus.prepare_transaction(cursor)
            # Local execution can't be mixed with COPY to a shard. The workers, to which Citus sends SET LOCAL but not
            # set_config(), keep it: the trigger of performers reads the users there.
            cursor.execute("SELECT set_config('citus.enable_local_execution', 'off', true)")
    if not fetch(LOCK)[0][0]:
        raise ImportRefused("Another import is running. Wait until it has ended.")


class Move:
    """The second pass. The ids that it inserts are above all others, so that it can't touch rows of other shops."""

    def __init__(self, archive: ImportedArchive, survey: Survey, report: Report, owner_name: str) -> None:
        self.archive, self.survey, self.report, self.owner_name = archive, survey, report, owner_name
        self.last_ids: dict[str, int] = {}  # the last id of each table
        self.texts: set[str] = set()  # the user names and e-mail addresses of the users in the file
        self.is_alone = not User.objects.exists()
        self.highest_here = find_highest_id()
        self.shift = 0 if self.is_alone else choose_shift(self.highest_here, survey.lowest)

    def check_ids(self, accept_large_ids: bool) -> None:
        """Raise ImportRefused if the ids of this installation would have to continue far above the present ones."""
        last, rows = self.survey.highest + self.shift, self.survey.rows
        if last > MAX_FILE_ID:
            raise ImportRefused(f"The file has ids up to {self.survey.highest}, which are too large for {rows:,} rows.")
        if not accept_large_ids and last - self.highest_here > rows + MAX_SKIPPED_IDS:
            raise ImportRefused(
                f"The file has {rows:,} rows with ids from {self.survey.lowest} to {self.survey.highest}. After the"
                f" import, all new rows of this installation would have ids above {last}. If the shop is from an"
                " installation with such ids, and you accept them here, add --large-ids."
            )

    def run(self) -> User:
        for table in self.archive.list_tables():
            self.copy_table(table)
            self.check_distance()
        self.add_strangers()
        self.find_tills()
        owner: User = User.objects.get(pk=self.archive.account + self.shift)
        self.verify(owner.pk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else COMMIT would check them, after the next statement
        sequences.move_sequences(self.last_ids)
        Return.objects.bulk_create(Return(*row) for row in fetch(sql.FIND_DAMAGE, {"owner": owner.pk}))
        return owner

    def find_tills(self) -> None:
        """Set the tills of performers in an archive of an earlier release."""
        shifts = [(table.name, column) for table in list_shop_tables() for column in list_columns(table.name, SHIFT)]
        moves = "".join(sql.MOVES.format(table=table, column=column) for table, column in shifts)
        values = {"owner": self.archive.account + self.shift, "shift": self.shift}
        execute(sql.FIND_TILLS.format(moves=moves), values)

    def copy_table(self, table: ShopTable) -> None:
        """Insert the rows of a table."""
        rows: Iterator[Row] = map(RowReader(table, self.shift).read, self.archive.read_rows(table))
        if table.model is User:
            # No other statement can look up taken names during COPY. The survey has limited the number of users.
            rows = iter([{**row, **self.find_free_names(row)} for row in rows])
        with connection.cursor() as cursor:
            if first := next(rows, None):
                self.copy_rows(cursor, table.name, list(first), chain([first], rows))
            cursor.execute(f"ANALYZE {table.name}")  # the planner has no statistics of new rows
        self.report(f"{table.name}: {self.archive.about['tables'][table.name]:,}")

    def copy_rows(self, cursor: Any, table: str, names: list[str], rows: Iterator[Row]) -> None:
        columns = ", ".join(f'"{name}"' for name in names)
        last = 0
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
                last = max(last, row.get("id", 0))
        if last:
            self.last_ids[table] = last

    def find_free_names(self, row: Row) -> Row:
        """Return the user name and the e-mail address. Report those that another user has here."""
        name, email = row["username"], row["email"]
        if self.owner_name and row["id"] == self.survey.leader + self.shift:
            name = self.owner_name
        elif self.is_taken(name):
            name = find_free_name(name[: MAX_USERNAME_LENGTH - 5], self.is_taken)
            self.report(f"The name {row['username']} is taken: the user is now {name}.")
        if email and self.is_taken(email):
            email = ""
            self.report(f"The e-mail address of {name} is taken: enter another one.")
        self.texts |= {name.lower(), email.lower()}
        return {"username": name, "email": email}

    def is_taken(self, text: str) -> bool:
        """Return whether another user, here or in the file, has the text as user name or e-mail address."""
        return text.lower() in self.texts or User.objects.is_taken(text)

    def add_strangers(self) -> None:
        """Add the users of other shops whom rows name, such as the support staff, as inactive users."""
        ids = sorted(user + self.shift for user in self.survey.strangers)
        nobody = {"is_active": False, "password": make_password(None)}
        User.objects.bulk_create([User(pk=pk, username=find_free_name(f"user-{pk}"), **nobody) for pk in ids])
        table = User._meta.db_table
        self.last_ids[table] = max([self.last_ids[table], *ids])

    def verify(self, owner_id: int) -> None:
        """Raise ImportRefused if rows do not fit others, or if the ledger and its seals do not hold."""
        for table, statement in list_rules().items():
            if wrong := fetch(statement, {"owner": owner_id}):
                raise ImportRefused(f"The rows of {table} in the file do not fit the others: {wrong[0][0]}.")
        if found := find_breaks(owner_id, 1, is_committed=False):
            raise ImportRefused(f"The ledger in the file does not hold: {found[0]}.")
        self.check_distance()

    def check_distance(self) -> None:
        """Raise ImportRefused before other shops get ids that this transaction has inserted: they would wait for it."""
        if not self.is_alone and find_highest_id() > self.survey.lowest + self.shift - DISTANCE // 2:
            raise ImportRefused("The other shops have written too much meanwhile. Import the shop in a quieter hour.")


def list_rules() -> dict[str, str]:
    """Return the statements that compare the rows of the tables with others."""
    return sql.RULES | collect_from_modules("arrivals", "RULES")


def choose_shift(highest: int, lowest: int) -> int:
    """Return the multiple of STEP by which the lowest id of the file is far above all ids: others write meanwhile."""
    return (highest + DISTANCE - lowest) // STEP * STEP + STEP


def find_highest_id() -> int:
    """Return the highest of the ids that any table has here."""
    return max(sequences.find_last_values(sequences.list_numbered_tables()).values())
