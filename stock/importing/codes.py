"""The further codes in an imported file.

They are in one column, whose cells have a code in each line, and in the cells of barcodes that have several codes.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext

from core.database.postgres.base import fetch
from core.text import fold_case
from core.translation import gettext_noop
from products import sql_codes
from products.codes import TOO_MANY, Taken, describe_taken, find_taken, insert_codes, parse_codes
from products.models import MAX_CODES, Code
from records.history.models import Recording

NAME = "codes"
CHANGED_CODES = """
SELECT id, jsonb_build_object('codes', pair) AS fields
FROM unnest(%(ids)s::bigint[], %(pairs)s::jsonb[]) AS given (id, pair)
"""
TWICE = gettext_noop('Line {} has the code "{}", too. Change it in one of the two lines.')


def has_codes(file: Any) -> bool:
    """Return whether the file may have further codes."""
    return NAME in file.column_names or file.has_further_codes


def replace_imported_codes(cursor: Any, now: datetime, changes: Recording, new: set[int], file: Any) -> set[int]:
    """Replace the codes of the products whose cells differ from them. Return the ids of those that are not `new`.

    Their `updated_at` becomes `now`. Call this after the products are written, because the codes are compared with
    their SKUs and barcodes. Raise InvalidRows.
    """
    owner_id = changes.owner_id
    cursor.execute(sql_codes.SELECT_CODES, {"owner": owner_id})
    rows = cursor.fetchall()
    present = read_present_codes(owner_id, [product for _, product, _, _ in rows])
    wanted = {product: (line, read_codes(cell, more, present[product])) for line, product, cell, more in rows}
    changed = {product: row for product, row in wanted.items() if row[1] != present[product]}
    if not changed:
        return set()
    cursor.execute(sql_codes.DELETE_CODES, {"owner": owner_id, "products": list(changed)})
    check_imported_codes(changed, partial(find_taken, owner_id), file)
    file.errors.raise_if_any()
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
    return earlier


def read_present_codes(owner_id: int, products: list[int]) -> dict[int, set[tuple[str, int]]]:
    """Return the further codes that these products have."""
    present: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for product, code, quantity in fetch(sql_codes.SELECT_PRESENT_CODES, {"owner": owner_id, "products": products}):
        present[product].add((code, quantity))
    return present


def write_codes(codes: set[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return the codes in the form of the history's changes."""
    return [{"code": code, "quantity": quantity} for code, quantity in sorted(codes, key=lambda one: one[0].lower())]


def read_codes(cell: str | None, more: str | None, present: Iterable[tuple[str, int]] = ()) -> set[tuple[str, int]]:
    """Return the codes of two valid cells. Those in a cell of barcodes are added to those that the product has.

    `cell` is None if the file has no column of codes. The product then keeps its codes.
    """
    codes = set(present) if cell is None else {(code["code"], int(code["quantity"])) for code in parse_codes(cell)}
    known = {fold_case(code) for code, _ in codes}
    added = {(code["code"], 1) for code in parse_codes(more or "") if fold_case(code["code"]) not in known}
    return codes | added


def judge_codes(cursor: Any, owner_id: int, file: Any) -> None:
    """Record the wrong codes of a file that is refused for other cells. Its products have not been written.

    They are compared with the codes in the file and with those of products that it does not change.
    """
    cursor.execute(sql_codes.SELECT_UNWRITTEN_CODES)
    rows = cursor.fetchall()
    present = read_present_codes(owner_id, [product for _, product, _, _ in rows])
    wanted = {product: (line, read_codes(cell, more, present[product])) for line, product, cell, more in rows}
    cursor.execute("SELECT product_id FROM product_import")
    in_file = {product for (product,) in cursor}

    def find(codes: dict[str, str]) -> list[Taken]:
        cursor.execute(sql_codes.FIND_CODES_IN_FILE, {"codes": list(codes)})
        taken = [Taken(*row) for row in cursor]
        return [*taken, *(row for row in find_taken(owner_id, codes) if row.other_id not in in_file)]

    check_imported_codes(wanted, find, file, in_file)


def check_imported_codes(
    changed: dict[int, tuple[int, set[tuple[str, int]]]],
    find: Callable[[dict[str, str]], list[Taken]],
    file: Any,
    in_file: Container[int] = (),
) -> None:
    """Record an error for each cell with codes that an earlier line has, or that `find` returns.

    `in_file` has the ids of existing products in the file. The id of a new product is the negative number of its line.
    """
    column = NAME if NAME in file.column_names else "barcode"
    reasons: dict[int, dict[str, str]] = defaultdict(dict)  # the code of each reason, by line
    independent = set()  # the lines that are wrong whatever the other lines are
    owners: dict[str, tuple[str, int, int]] = {}  # each code with its line and its product, by the code in lower case
    for product, (line, codes) in changed.items():
        if len(codes) > MAX_CODES:
            reasons[line][gettext(TOO_MANY).format(MAX_CODES)] = sorted(codes)[0][0]
            independent.add(line)
        for code, _ in sorted(codes):
            first = owners.setdefault(fold_case(code), (code, line, product))
            if first[1] != line:
                reasons[line][gettext(TWICE).format(first[1], code)] = code
    for taken in find({code: NAME for code, _, _ in owners.values()}):
        code, line, product = owners[fold_case(taken.code)]
        reasons[line][describe_taken(taken, product)] = code
        if taken.other_id == product or not (taken.other_id < 0 or taken.other_id in in_file):
            independent.add(line)
    for line, codes_by_reason in reasons.items():
        cell = next(iter(codes_by_reason.values()))
        file.errors.add_error(line, column, " ".join(codes_by_reason), cell, depends=line not in independent)
