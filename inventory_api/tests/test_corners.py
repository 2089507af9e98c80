"""Walk the corners of each verb: all pairs of a verb, goods, a door, a role, a currency and so on.

`CORNERS_SEED=7` draws other cases.
"""

import os

import pytest
from django.db import connection

from core import errors
from core.pages import columns
from testing.corners.checks import SLOW, State, find_differing_money, find_differing_products, find_faults, find_foreign
from testing.corners.pairs import draw_pairs, list_pairs
from testing.corners.shop import CORNERS, EMPTY, OPERATIONS, Case, Wrong, build_shop
from testing.corners.verbs import VERBS
from trade.closings import services as closings

SEED = int(os.environ.get("CORNERS_SEED", "1"))
MAX_CASES = 280  # `make check` has 90 seconds for them
DIMENSIONS = {"verb": tuple(VERBS), **CORNERS}


def is_possible(row):
    names = [row["verb"]] if "verb" in row else VERBS
    return any(VERBS[name].takes(row) for name in names)


def draw_cases(seed):
    rows = draw_pairs(DIMENSIONS, is_possible, seed)
    seen = {}
    for row in rows:
        for name, value in EMPTY.items():
            seen.setdefault((row["verb"], name), {**row, name: value, "again": "once"})
    return [*rows, *seen.values()]


def describe(row):
    return "-".join(row[name] for name in DIMENSIONS).replace(" ", "_")


@pytest.fixture(scope="module")
def shop(module_db):
    return build_shop()


def reverse_all(case, before):
    """Undo what was booked since then, the newest first. Tell whether all of it was undone."""
    new = sorted(State().operations - before.operations, reverse=True)
    answers = [case.owner.post(f"{OPERATIONS}{pk}/reverse/") for pk in new]
    assert all(one.status_code < 500 for one in answers)
    return bool(new) and all(one.status_code == 201 for one in answers)


def compare_sums(before):
    """Compare quantities and values with those of a moment, of the products that there were."""
    now = State().sums
    if differing := {pk: (now[pk], sums) for pk, sums in before.sums.items() if now[pk] != sums}:
        raise Wrong(f"quantity and value are not as before: {differing}")


@pytest.mark.parametrize("row", draw_cases(SEED), ids=describe)
def test_the_corner_keeps_what_always_holds(db, shop, row):
    case, before = Case(shop, row), None
    before = State()
    VERBS[row["verb"]].do(case)
    if row["again"] != "once":
        done = State()
        if reverse_all(case, before):
            compare_sums(before)
            if row["again"] == "done again" and reverse_all(case, done):
                compare_sums(done)
    faults = [*find_faults(case, before)]
    if faults:
        raise Wrong("\n".join([*faults, str(case.answers)]))


# --- Controls: planted faults are found ------------------------------------------------------------------------------

SALE = {
    "verb": "take back", "goods": "plain", "meanwhile": "nothing", "lines": "two prices", "door": "api",
    "role": "owner", "developer": "off", "currency": "EUR", "zone": "UTC", "language": "de", "again": "once",
    "time": "now",
}  # fmt: skip
PLANTED = {
    "UPDATE products_product SET stock_value = stock_value + 0.01 WHERE sku = 'SKU-PLAIN'": "of the ledger",
    "DELETE FROM events_event WHERE type = 'operation.booked'": "has 0 events",
    "UPDATE products_product SET price = price + 1 WHERE sku = 'SKU-PLAIN'": "no change in the history of product",
    "UPDATE stock_returned SET total = total - 1": "not the price at which it was sold",
    "UPDATE customers_customer SET owner_id = (SELECT id FROM users_user WHERE username = 'charlie')": "Charlie sees",
}


@pytest.mark.parametrize(("statement", "found"), PLANTED.items(), ids=PLANTED.values())
def test_control_a_wrong_row_is_found(db, shop, statement, found):
    case, before = Case(shop, SALE), State()
    VERBS["take back"].do(case)
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica; {statement}")
    faults = [*find_faults(case, before), *find_foreign(case)]
    assert [fault for fault in faults if found in fault]


def test_control_a_number_of_a_page_that_differs_is_found(db, shop, monkeypatch):
    monkeypatch.setattr(columns, "write_number", lambda number, form: format(int(number) + 1, form))
    assert [fault for fault in find_differing_products(Case(shop, SALE), *SLOW) if "the page of products" in fault]


def test_control_a_sum_of_a_closing_that_differs_is_found(db, shop, monkeypatch):
    add_up = closings.add_up
    monkeypatch.setattr(closings, "add_up", lambda parts: [one._replace(gross=one.gross + 1) for one in add_up(parts)])
    case = Case(shop, SALE)
    VERBS["take back"].do(case)
    assert [fault for fault in find_differing_money(case, *SLOW) if "the previews of closings" in fault]


def test_control_a_refusal_that_is_not_translated_is_found(db, shop, monkeypatch):
    monkeypatch.setattr(errors, "gettext", str)
    with pytest.raises(Wrong, match="not translated"):
        VERBS["make"].do(Case(shop, {**SALE, "meanwhile": "archived"}))


def test_control_rows_that_lack_a_pair_are_noticed():
    rows = draw_cases(SEED)
    drawn = {pair for row in rows for pair in list_pairs(row)}
    names = {(("goods", goods), ("verb", name)) for name, verb in VERBS.items() for goods in verb.goods}
    assert names <= drawn
    assert len(rows) <= MAX_CASES
