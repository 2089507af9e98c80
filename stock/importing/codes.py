"""The further codes in an imported file.

They are in one column, whose cells have a code in each line, and in the cells of barcodes that have several codes.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, lock_account
from core.texts.barcodes import make_key
from core.translation import gettext_noop
from products.codes.services import TOO_MANY, NewCode, Taken, describe_taken, find_taken, insert_codes, parse_codes
from products.filing.errors import ImportRunning
from products.filing.states import Findings
from products.models import MAX_CODES, Code, sql_codes
from records.history.models import Recording

NAME = "codes"
CHANGED_CODES = """
SELECT id, jsonb_build_object('codes', pair) AS fields
FROM unnest(%(ids)s::bigint[], %(pairs)s::jsonb[]) AS given (id, pair)
"""
TWICE = gettext_noop('Line {} has the code "{}", too. Change it in one of the two lines.')


def replace_imported_codes(
    cursor: Any, now: datetime, changes: Recording, new: set[int], found: Findings
) -> tuple[set[int], list[NewCode]]:
    """Replace the codes of the products whose cells differ from them.

    Return the ids of those that are not `new`, and the codes that products did not have. Their `updated_at` becomes
    `now`. Call this after the products are written, because the codes are compared with their SKUs and barcodes. Raise
    InvalidRows.
    """
    owner_id = changes.owner_id
    cursor.execute(sql_codes.SELECT_CODES, {"owner": owner_id})
    present, wanted = read_wanted_codes(cursor, owner_id, found)
    changed = {product: row for product, row in wanted.items() if row[1] != present[product]}
    if not changed:
        return set(), []
    cursor.execute(sql_codes.DELETE_CODES, {"owner": owner_id, "products": list(changed)})
    new_codes = check_imported_codes(changed, present, partial(find_taken, owner_id), found)
    found.errors.raise_if_any()
    insert_codes(
        [
            Code(owner_id=owner_id, product_id=product, code=code, quantity=quantity)
            for product, (_, codes) in changed.items()
            for code, quantity in codes
        ]
    )
    counts = [len(codes) for _, codes in changed.values()]
    counted = {"owner": owner_id, "products": list(changed), "counts": counts, "now": now}
    cursor.execute(sql_codes.COUNT_CODES, counted)
    earlier = changed.keys() - new
    pairs = [[write_codes(codes) for codes in (present[product], changed[product][1])] for product in earlier]
    changes.record_known(CHANGED_CODES, at=now, ids=list(earlier), pairs=[json.dumps(pair) for pair in pairs])
    return earlier, new_codes


def confirm_imported_codes(owner_id: int, new_codes: list[NewCode]) -> None:
    """Raise ImportRunning if another product has got a GTIN of the file after the import has compared it.

    Call this when all rows are written, as confirm_codes().
    """
    lock_account(owner_id, AccountLock.CODES)
    shared = fetch(sql_codes.FIND_SHARED_IN_FILE, {"owner": owner_id})
    taken = find_taken(owner_id, [one for one in new_codes if one.gtin])
    if shared or any(row.other_id != row.product_id for row in taken):
        raise ImportRunning


def read_present_codes(owner_id: int, products: list[int]) -> dict[int, set[tuple[str, int]]]:
    """Return the further codes that these products have."""
    present: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for product, code, quantity in fetch(sql_codes.SELECT_PRESENT_CODES, {"owner": owner_id, "products": products}):
        present[product].add((code, quantity))
    return present


def read_wanted_codes(
    cursor: Any, owner_id: int, found: Findings
) -> tuple[dict[int, set[tuple[str, int]]], dict[int, tuple[int, set[tuple[str, int]]]]]:
    """Return the codes that the products of the selected rows have, and those of their cells, each with its line."""
    rows = cursor.fetchall()
    present = read_present_codes(owner_id, [product for _, product, _, _ in rows])
    return present, {
        product: (line, read_codes(cell, more, present[product]))
        for line, product, cell, more in found.rows.watch(rows)
    }


def write_codes(codes: set[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return the codes in the form of the history's changes."""
    return [{"code": code, "quantity": quantity} for code, quantity in sorted(codes, key=lambda one: one[0].lower())]


def read_codes(cell: str | None, more: str | None, present: Iterable[tuple[str, int]] = ()) -> set[tuple[str, int]]:
    """Return the codes of two valid cells. Those in a cell of barcodes are added to those that the product has.

    `cell` is None if the file has no column of codes. The product then keeps its codes.
    """
    codes = set(present) if cell is None else {(code["code"], int(code["quantity"])) for code in parse_codes(cell)}
    known = {make_key(code) for code, _ in codes}
    added = {(code["code"], 1) for code in parse_codes(more or "") if make_key(code["code"]) not in known}
    return codes | added


def judge_codes(cursor: Any, owner_id: int, found: Findings) -> None:
    """Record the wrong codes of a file that is refused for other cells. Its products have not been written.

    They are compared with the codes in the file and with those of products that it does not change.
    """
    cursor.execute(sql_codes.SELECT_UNWRITTEN_CODES)
    present, wanted = read_wanted_codes(cursor, owner_id, found)
    cursor.execute("SELECT product_id FROM product_import")
    in_file = {product for (product,) in cursor}

    def find(new: list[NewCode]) -> list[Taken]:
        codes, products = [one.code for one in new], [one.product_id for one in new]
        values = {"codes": codes, "gtins": [one.gtin for one in new], "products": products}
        cursor.execute(sql_codes.FIND_CODES_IN_FILE, values)
        taken = [Taken(*row) for row in cursor]
        return [*taken, *(row for row in find_taken(owner_id, new) if row.other_id not in in_file)]

    check_imported_codes(wanted, present, find, found, in_file)


def check_imported_codes(
    changed: dict[int, tuple[int, set[tuple[str, int]]]],
    present: Mapping[int, set[tuple[str, int]]],
    find: Callable[[list[NewCode]], list[Taken]],
    found: Findings,
    in_file: Container[int] = (),
) -> list[NewCode]:
    """Record an error for each cell with new codes that an earlier line has, or that `find` returns.

    Return the new codes, which are not among the `present` ones of the product. `in_file` has the ids of existing
    products in the file. The id of a new product is the negative number of its line.
    """
    column = NAME if NAME in found.layout.names else "barcode"
    reasons: dict[int, dict[str, str]] = defaultdict(dict)  # the code of each reason, by line
    independent = set()  # the lines that are wrong whatever the other lines are
    owners: dict[str, tuple[NewCode, int]] = {}  # the line of the first of several equal codes
    new: list[NewCode] = []
    lines = {product: line for product, (line, _) in changed.items()}
    for product, (line, codes) in found.rows.watch(changed.items()):
        if len(codes) > MAX_CODES:
            reasons[line][gettext(TOO_MANY).format(MAX_CODES)] = sorted(codes)[0][0]
            independent.add(line)
        kept = {code for code, _ in present[product]}
        for code, _ in sorted(codes):
            one = NewCode(code, NAME, product)
            first, first_line = owners.setdefault(make_key(code), (one, line))
            if code not in kept:
                new.append(one)
            if first is one or (code in kept and first.code in {code for code, _ in present[first.product_id]}):
                continue
            taken = Taken(NAME, code, NAME, product, "", product)
            reason = describe_taken(taken) if first_line == line else gettext(TWICE).format(first_line, code)
            reasons[line][reason] = code
    for taken in find(new):
        line = lines[taken.product_id]
        reasons[line][describe_taken(taken)] = taken.code
        if taken.other_id == taken.product_id or not (taken.other_id < 0 or taken.other_id in in_file):
            independent.add(line)
    for line, codes_by_reason in reasons.items():
        cell = next(iter(codes_by_reason.values()))
        found.errors.add_error(line, column, " ".join(codes_by_reason), cell, depends=line not in independent)
    return new
