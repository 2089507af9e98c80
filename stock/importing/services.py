"""Import products from a file: copy its rows into a temporary table, match, check and write them, book the quantities.

The rows are validated one by one, so memory does not grow with the file. The number of statements does not depend on
it.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction

from core import archiving
from core.database.transactions import MAX_TRIES, AccountLock, atomic, is_lock_timeout, lock_account, set_time_limit
from core.http.clients import act_by_import
from core.texts.cleaning import fold_case
from products.codes.services import NewCode
from products.filing.columns import ProductColumn
from products.filing.errors import ImportRunning, InvalidRows, RowErrors
from products.filing.states import ADD, SET, Columns, Findings, ReadRows
from products.models import Category, CustomField, Product
from records.events.models import Event, EventType
from records.events.services import record_changed_levels
from records.history.models import Recording, recorded, write_change
from stock.booking import services
from stock.booking.drafts import OperationDraft, PlaceReference, QuantityAtPlace
from stock.booking.operations import write_operation
from stock.errors import InvalidLines, LocationNotFound
from stock.importing import planner
from stock.importing import table as sql
from stock.importing.attributes import PlannedProfile, check_own_fields, write_profiles
from stock.importing.bad_rows import check_rows
from stock.importing.changes import (
    find_conflicts,
    find_doubtful_prices,
    list_also_created,
    list_changes,
    list_conflicts,
    read_low,
    rename_links,
)
from stock.importing.choosing import apply_choices, keep_amounts, keep_unsaid, settle_rates
from stock.importing.codes import confirm_imported_codes, replace_imported_codes
from stock.importing.history import store_skipped
from stock.importing.offers import take_imported_suppliers
from stock.importing.repeats import add_repeated, has_place_columns
from stock.models import Import, Operation, OperationReason
from stock.models.sql import INSERT_PRODUCTS
from suppliers.models import Supplier
from users.models import User

TIMEOUT_SECONDS = 60
DEFAULT_THRESHOLD = Product._meta.get_field("min_threshold").default
MAX_ROWS_IN_LOOPS = 1000  # the most rows of a file for which PostgreSQL may plan nested loops


class ImportedHolding(NamedTuple):
    """A row of a file with places. An empty text or None means no location or no lot."""

    line: int
    product_id: int
    quantity: int
    location: str | None
    lot: str | None
    expires_on: date | None


@dataclass(frozen=True)
class ImportedRows:
    """The result of writing the rows: ids of products and of all that was created, and the quantities to book.

    `quantities` has the quantities by product id. A file with places has `holdings` instead. `has_openings` tells
    whether products were created with stock.
    """

    created_ids: set[int]
    changed_ids: set[int]
    product_count: int
    quantities: dict[int, int]
    holdings: list[ImportedHolding]
    has_openings: bool
    at: datetime
    new_codes: list[NewCode]  # the further codes that are new
    created: dict[str, list[int]]  # the ids of all that was created, by kind
    were_low: dict[int, bool]  # whether products were low before the file changed their thresholds


@atomic
def import_products(
    *,
    by: User,
    open_file: Callable[[], ReadRows],
    dry_run: bool = False,
    create_missing: bool = False,
    create_rates: bool = False,
    file_name: str = "",
) -> dict[str, Any]:
    """Create and change the account's products as a file describes them, and book the quantities as one operation.

    Return the result as the API shows it. A dry run does the same and is rolled back. With `create_missing`, the
    import also creates suppliers and locations, and with `create_rates` rates of VAT. `open_file` opens the file and
    returns its rows. It is called under the lock PROGRESS, because reading a workbook is a part of the import's
    progress, and again if the transaction is retried. Raise InvalidFile, TooManyRows, InvalidRows, ImportRunning or
    TooManyWorkbooks.
    """
    owner_id: Any = by.account_id
    set_time_limit(TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.PROGRESS, shared=True)
    with closing(open_file()) as rows, act_by_import():
        found = Findings(rows, by.pk, file_name)
        try:
            imported = write_file(owner_id, found, create_missing=create_missing, create_rates=create_rates)
            operation, booked_ids = book_imported(by, imported)
        except InvalidRows as error:
            error.preview = rows.describe(found)
            raise
        also_created = list_also_created(owner_id, imported.created)
        changes = list_changes(owner_id, imported.at, operation) if dry_run else {"changes": [], "changed": {}}
        conflicts = list_conflicts(owner_id) if found.chosen["conflicts"] else []
        refused = store_skipped(by, found, file_name, is_stored=not dry_run)
        described, notes = rows.describe(found), rows.list_notes(found)
    row = Import.objects.create(
        owner_id=owner_id, performed_by=by, file_name=file_name, rows=rows.row_count, operation=operation,
        created=imported.created,
    )  # fmt: skip
    if not dry_run:
        written = max(len(imported.created_ids), len(booked_ids), len(imported.holdings))
        if written >= planner.MIN_WRITTEN:
            planner.update(written)
        if rows.row_count > MAX_ROWS_IN_LOOPS:
            planner.check_links()
        if "barcode" in rows.layout.names or imported.new_codes:
            confirm_imported_codes(owner_id, imported.new_codes)
    transaction.set_rollback(dry_run)
    updated_ids = (imported.changed_ids | booked_ids) - imported.created_ids
    return {
        "dry_run": dry_run,
        "created": len(imported.created_ids),
        "updated": len(updated_ids),
        "unchanged": imported.product_count - len(imported.created_ids) - len(updated_ids),
        "operation": operation.pk if operation and not dry_run else None,
        "import": None if dry_run else row.pk,
        **described,
        "refused": refused,
        "also_created": also_created,
        **changes,
        "conflicts": conflicts,
        "doubtful_prices": found.doubtful_prices,
        "notes": notes,
    }


def write_file(owner_id: int, found: Findings, *, create_missing: bool, create_rates: bool) -> ImportedRows:
    """Create and update the account's products from the rows of a file. The caller books the quantities.

    Imports of an account run one after the other. If a file is sent twice, the second import finds the products of the
    first one.
    """
    rows, layout = found.rows, found.layout
    with connection.cursor() as cursor:
        # The threshold is written into the text, because no parameter can be in a definition.
        threshold = "NULL" if layout.choices.is_by_person else str(DEFAULT_THRESHOLD)
        cursor.execute(sql.CREATE_TABLE.replace("%(low_at)s", threshold))
        copy_rows(cursor, rows)
        wait_for_other_imports(owner_id)
        cursor.execute(sql.ANALYZE_TABLE)
        if rows.row_count > MAX_ROWS_IN_LOOPS:
            cursor.execute(sql.PLAN_FOR_MANY_ROWS)
            planner.defer_links(cursor)
        if layout.has_assumed_ids:
            cursor.execute(sql.FIND_OWN_ID, {"owner": owner_id})
            for line, product_id, name in cursor.fetchall():
                rows.ask_for_ids(line, product_id, name)
        added = [field for field in layout.own.values() if field.archived_at or not field.pk]
        lock_account(owner_id, AccountLock.CATALOGUE, shared=not (added or create_rates))
        if layout.own:
            check_own_fields(owner_id, layout)
        if layout.has_ages:
            rename_links(cursor, owner_id, layout)
        created: dict[str, list[int]] = {}
        if "tax" in layout.names and not layout.is_own:
            created["rates"] = settle_rates(cursor, owner_id, found, creates=create_rates)
        if added:
            created["fields"] = save_new_fields(owner_id, added)
        if create_missing or layout.choices.is_moving:
            created["suppliers"] = create_named(cursor, owner_id, Supplier, sql.CREATE_SUPPLIERS)
            created["locations"] = create_locations(cursor, owner_id, layout)
        return write_rows(cursor, owner_id, found, created)


def save_new_fields(owner_id: int, fields: list[CustomField]) -> list[int]:
    """Create the own fields of the file, or bring them back if they are archived. Return their ids.

    The account's catalogue is locked.
    """
    new = [field for field in fields if not field.pk]
    for field in new:
        field.owner_id = owner_id
    CustomField.objects.bulk_create(new)
    with recorded(CustomField, owner_id) as changes:
        changes.add(*(field.pk for field in new))
    for field in fields:
        if field.archived_at:
            archiving.restore(CustomField, owner_id=owner_id, pk=field.pk)
    return [field.pk for field in fields]


def create_locations(cursor: Any, owner_id: int, layout: Columns) -> list[int]:
    """Create the locations that cells and columns name and that do not exist. Return their ids."""
    cursor.execute(sql.CREATE_LOCATIONS, {"owner": owner_id})
    ids = [pk for (pk,) in cursor]
    if layout.stocks:
        cursor.execute(sql.CREATE_PLACES, {"owner": owner_id, "places": layout.places})
        ids += [pk for (pk,) in cursor]
    return ids


def create_named(cursor: Any, owner_id: int, model: type[Category] | type[Supplier], statement: str) -> list[int]:
    """Create the rows that the cells of a column name and that do not exist. Return their ids."""
    cursor.execute(statement, {"owner": owner_id})
    ids = [pk for (pk,) in cursor]
    with recorded(model, owner_id) as changes:
        changes.add(*ids)
    return ids


def copy_rows(cursor: Any, rows: ReadRows, table: str = "product_import") -> None:
    """Copy the rows into the temporary table."""
    with cursor.copy(f"COPY {table} ({', '.join(rows.layout.copied)}) FROM STDIN") as copy:
        for values in rows.read_values():
            copy.write_row(values)


def wait_for_other_imports(owner_id: int) -> None:
    """Lock the account against other imports. Raise ImportRunning if another import takes too long."""
    try:
        lock_account(owner_id, AccountLock.IMPORTS)
    except OperationalError as error:
        if is_lock_timeout(error):
            raise ImportRunning() from error
        raise


def write_rows(cursor: Any, owner_id: int, found: Findings, created: dict[str, list[int]]) -> ImportedRows:
    """Match, check and write the rows. Start again if a concurrent transaction changes a product or takes a code.

    Raise InvalidRows, or ImportRunning or IntegrityError after MAX_TRIES.
    """
    parameters, rows, layout = {"owner": owner_id}, found.rows, found.layout
    tries_left = MAX_TRIES - 1
    while True:
        found.begin()
        try:
            with transaction.atomic():
                match_rows(cursor, parameters, created, is_large=rows.row_count > MAX_ROWS_IN_LOOPS)
                apply_choices(cursor, parameters, found)
                cursor.execute(sql.HAS_AMOUNTS, parameters)
                if cursor.fetchone()[0]:
                    cursor.execute(sql.READ_AMOUNTS, parameters)
                keep_unsaid(cursor, parameters, found)
                if "barcode" in layout.names:
                    cursor.execute(sql.KEEP_FURTHER_CODES, parameters)
                if layout.is_own and rows.has_changed_barcodes:
                    found.kept_barcodes = keep_barcodes(cursor, parameters)
                if layout.has_ages:
                    find_conflicts(cursor, owner_id, found)
                find_doubtful_prices(cursor, owner_id, found)
                kept_columns = keep_amounts(cursor, parameters, found)
                planned = check_rows(cursor, parameters, found)
                add_repeated(cursor, found)
                return write_products(cursor, parameters, found, kept_columns, created, planned)
        except (ImportRunning, IntegrityError):
            if not tries_left:
                raise
            tries_left -= 1


def keep_barcodes(cursor: Any, parameters: dict[str, Any]) -> list[str]:
    """Leave the barcodes of products that have exactly the text of the cell. Return these texts."""
    cursor.execute(sql.KEEP_BARCODES, parameters)
    return [text for (text,) in cursor]


def match_rows(cursor: Any, parameters: dict[str, Any], created: dict[str, list[int]], *, is_large: bool) -> None:
    """Find the categories, suppliers and products of the rows, and lock the products in ascending id.

    A product may change before it is locked, so the rows are matched again under the lock. Raise ImportRunning if a
    match has changed: rolling back to the savepoint releases the locks.
    """
    created["categories"] = create_named(cursor, parameters["owner"], Category, sql.CREATE_CATEGORIES)
    match = sql.MATCH_MANY_ROWS if is_large else sql.MATCH_ROWS
    for statement in (match, sql.LOCK_PRODUCTS):
        cursor.execute(statement, parameters)
    if not cursor.rowcount:  # no product was locked, so no match can have changed
        return
    cursor.execute(sql.MAY_DIFFER, parameters)
    if cursor.fetchone()[0]:
        cursor.execute(match, parameters)
        if cursor.rowcount:
            raise ImportRunning


def write_products(
    cursor: Any,
    parameters: dict[str, Any],
    found: Findings,
    kept_columns: list[ProductColumn],
    created: dict[str, list[int]],
    planned: list[PlannedProfile],
) -> ImportedRows:
    """Update and create the products, except for their quantities. Raise InvalidRows for codes that are taken.

    `kept_columns` are those of keep_amounts().
    """
    cursor.execute(sql.COUNT_ROWS)
    product_count, now = cursor.fetchone()
    # The quantities of places are booked after the products are created.
    layout = found.layout
    opens = not (has_place_columns(layout) or layout.stocks)
    parameters = {**parameters, "now": now, "opens": opens}
    owner_id = parameters["owner"]
    were_low = read_low(cursor, [*layout.columns, *kept_columns], parameters)
    with recorded(Product, owner_id) as changes:
        if "barcode" in layout.names:
            cursor.execute(sql.MARK_GTINS, parameters)
        if not {"decimals", "supplier"}.isdisjoint(layout.names):
            take_imported_suppliers(cursor, parameters, layout, changes)
        changed_ids = update_products(cursor, [*layout.columns, *kept_columns], parameters, changes)
        cursor.execute(sql.ASSIGN_IDS)
        new = dict(cursor.fetchall())
        created_ids, has_openings = set(new), opens and any(new.values())
        cursor.execute(INSERT_PRODUCTS, parameters)
        new_codes: list[NewCode] = []
        if found.may_have_codes:
            planner.update_small_tables(len(new))
            recoded_ids, new_codes = replace_imported_codes(cursor, now, changes, created_ids, found)
            changed_ids |= recoded_ids
        if planned:
            described_ids, created["groups"] = write_profiles(cursor, owner_id, now, changes, planned)
            changed_ids |= described_ids
        changes.record_created(created_ids, now)
    record_products = partial(Event.objects.record_products, owner_id=owner_id)
    record_products(event_type=EventType.PRODUCT_CHANGED, products=changed_ids, at=now)
    record_products(event_type=EventType.PRODUCT_CREATED, products=created_ids, at=now)
    quantities, holdings = read_imported_quantities(cursor, layout, parameters)
    created["products"] = sorted(created_ids)
    return ImportedRows(
        created_ids,
        changed_ids,
        product_count,
        quantities,
        holdings,
        has_openings,
        now,
        new_codes,
        created,
        were_low,
    )


def read_imported_quantities(
    cursor: Any, layout: Columns, parameters: dict[str, Any]
) -> tuple[dict[int, int], list[ImportedHolding]]:
    """Return the quantities to book: those of products by id, or those of the places that the file names."""
    adds = layout.choices.quantities == ADD
    if not (has_place_columns(layout) or layout.stocks):
        cursor.execute(sql.SELECT_QUANTITIES, {**parameters, "adds": adds})
        return dict(cursor.fetchall()), []
    cursor.execute(sql.COPY_IDS)
    holdings: list[ImportedHolding] = []
    if has_place_columns(layout):
        cursor.execute(sql.SELECT_HOLDINGS, parameters)
        holdings += [ImportedHolding(*row) for row in cursor]
    if layout.stocks:
        cursor.execute(sql.SELECT_STOCKS, {"places": layout.places})
        holdings += [ImportedHolding(*row) for row in cursor]
    if layout.is_of_system and layout.choices.quantities == SET:
        holdings += empty_unheld(holdings)
    return {}, add_present(cursor, parameters["owner"], holdings) if adds else holdings


def empty_unheld(holdings: list[ImportedHolding]) -> list[ImportedHolding]:
    """Return a quantity of 0 without a place for each product of which no row says how much has no place.

    The file of another system has all of the stock. So what has no place, for example because an earlier file had no
    places, is counted in the quantities of the places.
    """
    said = {row.product_id for row in holdings if not (row.location or row.lot)}
    lines = {row.product_id: row.line for row in holdings if row.product_id not in said}
    return [ImportedHolding(line, product_id, 0, None, None, None) for product_id, line in lines.items()]


def add_present(cursor: Any, owner_id: int, holdings: list[ImportedHolding]) -> list[ImportedHolding]:
    """Return the holdings with the quantities that their places have already. The products are locked."""
    cursor.execute(sql.SELECT_PRESENT, {"owner": owner_id, "products": [row.product_id for row in holdings]})
    present = {(pk, fold_case(location), fold_case(lot)): quantity for pk, location, lot, quantity in cursor}
    places = [(row.product_id, fold_case(row.location or ""), fold_case(row.lot or "")) for row in holdings]
    return [
        row._replace(quantity=row.quantity + present.get(place, 0)) for row, place in zip(holdings, places, strict=True)
    ]


def update_products(
    cursor: Any, columns: list[ProductColumn], parameters: dict[str, Any], changes: Recording
) -> set[int]:
    """Update the products that differ from their rows in any column. Return the ids of these products."""
    stored = [column for column in columns if column.target]
    if not stored:
        return set()
    values = {
        "assignments": ", ".join(f"{column.target} = {column.update_expression}" for column in stored),
        "present": ", ".join(f"product.{column.target}" for column in stored) + ", 0",
        "wanted": ", ".join(column.update_expression for column in stored) + ", 0",
        "changes": " || ".join(
            write_change(Product._meta.get_field(column.name), "product", column.update_expression) for column in stored
        ),
    }
    changes.record_known(sql.SELECT_CHANGES.format(**values), at=parameters["now"])
    cursor.execute(sql.UPDATE_PRODUCTS.format(**values), parameters)
    return {row[0] for row in cursor.fetchall()}


def book_imported(by: User, imported: ImportedRows) -> tuple[Operation | None, set[int]]:
    """Book the quantities of an import. Raise InvalidRows if a place is refused."""
    operation, booked_ids = None, set[int]()
    placed = [
        QuantityAtPlace(
            row.product_id, row.quantity, PlaceReference(row.location or None, row.lot or None, row.expires_on)
        )
        for row in imported.holdings
    ]
    draft = OperationDraft(
        by=by, reason=OperationReason.IMPORT, opens_products=imported.has_openings, were_low=imported.were_low
    )
    try:
        if imported.quantities or placed:
            operation, booked_ids = services.set_quantities(draft=draft, quantities=imported.quantities, placed=placed)
        if imported.has_openings and not operation:
            operation, _ = write_operation(draft, [], [])
        if imported.were_low:
            record_changed_levels(draft.owner_id, imported.were_low)
        return operation, booked_ids
    except InvalidLines as error:
        refused = RowErrors()
        for index, reason in error.errors.items():
            row = imported.holdings[index]
            column = "location" if isinstance(reason, LocationNotFound) else "quantity"
            refused.add_error(row.line, column, str(reason), str(getattr(row, column)))
        raise InvalidRows(refused.rows, refused.total) from error
