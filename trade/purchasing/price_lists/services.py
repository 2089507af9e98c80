"""Take the price list of a supplier: match its rows to products, compare its terms with the present ones, write them.

The rows are in a temporary table, so the number of statements does not depend on the file.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from core.database.transactions import MAX_TRIES, AccountLock, atomic, lock_account, set_time_limit
from core.http.clients import act_by_import
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.errors import ImportRunning, InvalidRows
from products.filing.states import SKIP, Findings, ReadRows
from stock.importing import planner
from stock.importing.history import store_skipped
from stock.importing.services import MAX_ROWS_IN_LOOPS, TIMEOUT_SECONDS, copy_rows, wait_for_other_imports
from suppliers.models import Supplier
from trade.purchasing.price_lists import sql
from trade.purchasing.price_lists.answer_services import Taken, answer, describe
from trade.purchasing.price_lists.errors import PricePerUnknown
from trade.purchasing.price_lists.models import PriceList, PricePer
from trade.purchasing.price_lists.writing_services import create_products, write_terms
from users.models import User

TAKE, LEAVE, REFUSE = "take", "leave", "refuse"
REASONS = {
    "same number": _("Line {line} has this number, too. Keep one of the two."),
    "same product": _("Line {line} is of the same product. Keep one of the two."),
    "several products": _("{line} products have this number or this code. Correct it on the products' pages."),
    "no number": _("This row has a price, but no number, barcode or SKU: enter one of them."),
    "pack": _("The product has fewer decimals than this pack: enter a quantity that it can have, or leave it empty."),
    "too high": _("The price of one unit is too high: correct the price, or what it is divided by."),
    "too many offers": _("This product has as many suppliers as a product can have. Remove one of them first."),
    "taken": _("Another product, a kit or another line has this code, so that no product can be created with it."),
}


@dataclass(frozen=True)
class ListChoices:
    """What the user has chosen for a price list. `price_per` is empty if it was not said."""

    price_per: str = ""
    doubtful: str = REFUSE
    create_offers: bool = False
    create_missing: bool = False


@atomic
def take_price_list(
    *,
    by: User,
    supplier_id: int,
    open_file: Callable[[], ReadRows],
    choices: ListChoices,
    dry_run: bool = False,
    file_name: str = "",
) -> dict[str, Any]:
    """Take the prices, packs, numbers and lead times of a supplier's list, and return what changed.

    A dry run does the same and is rolled back. Only offers of this supplier are written: the values of the preferred
    one are in the product's row. Raise Supplier.DoesNotExist, InvalidFile, TooManyRows, InvalidRows, PricePerUnknown,
    ImportRunning or TooManyWorkbooks.
    """
    owner_id: Any = by.account_id
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.PROGRESS, shared=True)
    with closing(open_file()) as rows, act_by_import():
        found = Findings(rows)
        with connection.cursor() as cursor:
            read_rows(cursor, rows)
            wait_for_other_imports(owner_id)
            lock_account(owner_id, AccountLock.CATALOGUE, shared=True)  # nobody archives the supplier meanwhile
            supplier = Supplier.objects.filter(owner_id=owner_id).live().get(pk=supplier_id)
            try:
                taken = write_list(cursor, by, supplier, found, choices)
            except (InvalidRows, PricePerUnknown) as error:
                error.preview = describe(found)
                raise
            if rows.row_count > MAX_ROWS_IN_LOOPS:
                planner.check_links()
            taken.row.file_name = file_name
            refused = store_skipped(by, found, file_name, is_stored=not dry_run)
            body = answer(cursor, taken, found, refused, dry_run=dry_run)
            store(cursor, taken, body)
    transaction.set_rollback(dry_run)
    return body


def read_rows(cursor: Any, rows: ReadRows) -> None:
    """Copy the rows of the file into the temporary table."""
    cursor.execute(sql.CREATE_ROWS)
    copy_rows(cursor, rows, "list_row")
    cursor.execute(sql.DELETE_EMPTY)
    cursor.execute(sql.SET_GTINS)
    cursor.execute(sql.ANALYZE_ROWS)
    if rows.row_count > MAX_ROWS_IN_LOOPS:
        cursor.execute(sql.PLAN_FOR_MANY_ROWS)
        planner.defer_links(cursor)


def write_list(cursor: Any, by: User, supplier: Supplier, found: Findings, choices: ListChoices) -> Taken:
    """Match, check and write the rows. Start again if a concurrent transaction changes a match or takes a code."""
    tries_left = MAX_TRIES - 1
    while True:
        found.begin()
        try:
            with transaction.atomic():
                return ListWriter(cursor, by, supplier, found, choices).write()
        except (ImportRunning, IntegrityError):
            if not tries_left:
                raise
            tries_left -= 1


class ListWriter:
    """One attempt to write a list."""

    def __init__(self, cursor: Any, by: User, supplier: Supplier, found: Findings, choices: ListChoices) -> None:
        self.cursor, self.by, self.supplier, self.found, self.choices = cursor, by, supplier, found, choices
        self.values: dict[str, Any] = {
            "owner": supplier.owner_id,
            "supplier": supplier.pk,
            "create_offers": choices.create_offers,
            "create_missing": choices.create_missing,
            "is_sku": found.layout.has_only_skus,
            "limit": sql.MAX_LISTED,
        }
        self.seen: list[int] = []

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Execute the statement, and return its rows, if it has any."""
        self.cursor.execute(statement, self.values)
        return list(self.cursor.fetchall()) if self.cursor.description else []

    def write(self) -> Taken:
        self.match()
        self.check(sql.FIND_WRONG)
        self.execute(sql.READ_TERMS)
        self.check(sql.FIND_UNFIT)
        self.values["per"] = self.find_measure()
        self.execute(sql.COMPUTE_TERMS)
        self.execute(sql.JUDGE)
        self.check(sql.FIND_TOO_HIGH)
        if self.choices.create_missing:
            self.check(sql.FIND_TAKEN)
        doubtful = self.judge_doubtful()
        return self.save(doubtful)

    def match(self) -> None:
        """Find the products of the rows, lock them in ascending id, and find them again under the lock.

        Raise ImportRunning if a match has changed meanwhile: rolling back to the savepoint releases the locks.
        """
        if self.values["is_sku"]:
            self.execute(sql.COPY_NUMBERS)
        self.read_offers()
        self.execute(sql.MATCH)
        self.execute(sql.LOCK_PRODUCTS)
        self.read_offers()
        self.execute(sql.MATCH)
        if self.cursor.rowcount:
            raise ImportRunning

    def read_offers(self) -> None:
        self.execute(sql.DROP_OFFERS)
        self.execute(sql.CREATE_OFFERS)
        self.execute(sql.ANALYZE_OFFERS)

    def check(self, statement: str) -> None:
        """Record the wrong rows that the statement finds. Leave them out if the user wants so, or raise InvalidRows."""
        errors = self.found.errors
        for line, column, reason, quoted, cell in self.execute(statement):
            errors.add_error(line, column, fill(REASONS[reason], line=quoted), cell or "")
        if self.found.layout.choices.wrong_rows != SKIP:
            errors.raise_if_any()
        if errors.total:
            self.leave_out()

    def leave_out(self) -> None:
        """Leave out the rows with errors. Raise InvalidRows if no other row is left."""
        errors, by_line = self.found.errors, defaultdict(list)
        for error in errors.rows:
            by_line[error.line].append(error)
        if len(self.found.left_rows) + len(by_line) >= self.found.rows.product_count:
            errors.raise_if_any()
        self.found.left_rows |= by_line
        self.values["lines"] = list(by_line)
        self.seen += [pk for (pk,) in self.execute(sql.DELETE_LINES) if pk]
        errors.replace([])

    def find_measure(self) -> str:
        """Return whether the prices are those of units or of packs. Raise PricePerUnknown if nothing says it.

        It is what the user has chosen, what the name of the column says, or that of the supplier's last list. Without
        packs of several units it does not matter, and is empty.
        """
        packs = self.execute(sql.FIND_PACKS)
        if not packs:
            return self.choices.price_per
        said = self.choices.price_per or self.found.layout.price_per
        if said or (said := self.find_last()):
            return said
        [(number, line, name, price, pack, nearer_packs, nearer_units)] = packs
        packs_nearer, units_nearer = nearer_packs or 0, nearer_units or 0
        likely = (
            None if packs_nearer == units_nearer else PricePer.PACK if packs_nearer > units_nearer else PricePer.UNIT
        )
        raise PricePerUnknown(
            allowed=PricePer.values, likely=likely and likely.value, number=number,
            example={"line": line, "name": name or "", "price": price, "pack_size": pack},
        )  # fmt: skip

    def find_last(self) -> str:
        """Return what the prices of the supplier's last list were those of, or an empty text."""
        lists = PriceList.objects.filter(owner_id=self.supplier.owner_id, supplier_id=self.supplier.pk)
        last = lists.exclude(price_per="").order_by("-pk").values_list("price_per", flat=True).first()
        return last or ""

    def judge_doubtful(self) -> list[tuple[Any, ...]]:
        """Do with the doubtful prices what the user has chosen. Return how many there are, and the first ones."""
        doubtful = self.execute(sql.LIST_DOUBTFUL)
        if doubtful and self.choices.doubtful == TAKE:
            self.execute(sql.TAKE_DOUBTFUL)
        elif doubtful and self.choices.doubtful == LEAVE:
            self.execute(sql.LEAVE_DOUBTFUL)
        return doubtful

    def save(self, doubtful: list[tuple[Any, ...]]) -> Taken:
        """Write the list, its changes, the offers and the new products."""
        [(now,)] = self.execute(sql.NOW)
        row = self.create_row()
        self.values |= {"list": row.pk, "now": now}
        self.execute(sql.CREATE_TERMS)
        self.execute(sql.TAKE_TERMS)
        self.execute(sql.STORE_CHANGES)
        taken = Taken(row, {}, self.seen, doubtful)
        taken.products = {*write_terms(self.cursor, self.supplier, now)}
        [(taken.created_offers,)] = self.execute(sql.COUNT_CREATED_OFFERS)
        if self.choices.create_missing:
            self.create_missing(taken, now)
        taken.states = dict(self.execute(sql.COUNT_STATES))
        if self.found.rows.row_count > MAX_ROWS_IN_LOOPS:
            planner.update(len(taken.products) + len(row.created_products))
        return taken

    def create_row(self) -> PriceList:
        of_supplier = PriceList.objects.filter(owner_id=self.supplier.owner_id, supplier_id=self.supplier.pk)
        last = of_supplier.order_by("-number").values_list("number", flat=True).first() or 0
        return PriceList.objects.create(
            owner_id=self.supplier.owner_id, supplier=self.supplier, number=last + 1, price_per=self.values["per"],
            made_by=self.by, made_by_username=self.by.history_name,
        )  # fmt: skip

    def create_missing(self, taken: Taken, now: datetime) -> None:
        """Create products of the unknown rows that have a name, with all that an offer of the supplier has."""
        taken.row.created_products = create_products(self.cursor, self.supplier, now, self.values)
        if taken.row.created_products:
            [(taken.without_price,)] = self.execute(sql.COUNT_WITHOUT_PRICE)
            self.execute(sql.CREATE_TERMS)
            self.execute(sql.TAKE_CREATED)
            write_terms(self.cursor, self.supplier, now)


def store(cursor: Any, taken: Taken, body: dict[str, Any]) -> None:
    """Store what the response says of the list, and the rows that no product has."""
    row = taken.row
    for name in ("rows", "changed", "unchanged", "unknown", "not_offered", "missing", "doubtful", "refused"):
        setattr(row, name, body["totals"][name])
    row.save()
    values = {"owner": row.owner_id, "supplier": row.supplier_id, "list": row.pk}
    cursor.execute(sql.FORGET_UNKNOWN, values)
    if row.unknown:
        cursor.execute(sql.STORE_UNKNOWN, values)
