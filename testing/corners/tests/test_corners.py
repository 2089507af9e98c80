"""Walk the corners of each verb: all pairs of a verb, goods, a door, a role, a currency and so on.

`CORNERS_SEED=7` draws other cases.
"""

import os

import pytest

from testing.corners.checks import State, find_faults
from testing.corners.shop import CORNERS, EMPTY, OPERATIONS, Case, Wrong, build_shop
from testing.corners.pairs import draw_pairs
from testing.corners.verbs import VERBS

SEED = int(os.environ.get("CORNERS_SEED", "1"))
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


if "CORNERS_LOG" in os.environ:
    import json

    old = find_faults

    def find_faults(case, before):
        with open(os.environ["CORNERS_LOG"], "a") as f:
            f.write(json.dumps([case.row, case.answers]) + "\n")
        return old(case, before)
