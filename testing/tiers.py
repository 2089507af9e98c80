"""The tiers of the tests, as a plugin of pytest.

`make test` runs the quick tier, which tells within three minutes whether the product works: the first FUNCTIONS tests
of each file, because a file begins with the main behaviour. It omits tests with the marker `check`, and runs only the
first case of a function with several. Functions with the marker `whole` keep all their cases. `make test-changed` runs
all functions of the files that it chooses. `make check` runs everything without the marker `long`. `make check-long`
runs the rest as well, which is pytest's default.

Measuring coverage makes tests slower, so `make check` measures that of the ledger with a part of the tests of stock/
only: one case of each function without the marker `check`, and all cases of those with the marker `measured`. They must
run all of its lines and branches.
"""

from collections import defaultdict
from itertools import islice

import pytest

QUICK, CHANGED, CHECK, ALL = "quick", "changed", "check", "all"
FUNCTIONS = 8
ONLY, NONE = "only", "none"
LEDGER = "stock/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier",
        choices=(QUICK, CHANGED, CHECK, ALL),
        default=ALL,
        help="quick: of `make test`; others: of their names",
    )
    parser.addoption(
        "--measured", choices=(ONLY, NONE), help="only: the tests that measure the ledger's coverage; none: the others"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check: takes seconds, so that `make test` does not run it")
    config.addinivalue_line("markers", "long: takes long or runs at random, so that only `make check-long` runs it")
    config.addinivalue_line("markers", "whole: `make test` runs all cases of it")
    config.addinivalue_line("markers", "measured: the ledger's coverage needs all cases of it")


@pytest.hookimpl(trylast=True)  # runs after options like -k have deselected tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = set(items)
    if config.getoption("tier") != ALL:
        kept -= {item for item in items if item.get_closest_marker("long")}
    if config.getoption("tier") in (QUICK, CHANGED):
        most = FUNCTIONS if config.getoption("tier") == QUICK else len(items)
        kept &= choose_quick([item for item in items if item in kept], most)
    if config.getoption("measured"):
        measured = choose_measured([item for item in items if item in kept])
        kept = measured if config.getoption("measured") == ONLY else kept - measured
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def choose_quick(items: list[pytest.Item], most: int) -> set[pytest.Item]:
    """Return the tests without the marker `check`: of each file the first functions, at most so many."""
    files: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if item.get_closest_marker("check") is None:
            file, _, name = item.nodeid.partition("::")
            files[file][name.partition("[")[0]].append(item)
    functions = [cases for file in files.values() for cases in islice(file.values(), most)]
    return {item for cases in functions for item in (cases if is_whole(cases[0]) else cases[:1])}


def choose_measured(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that measure the coverage of the ledger."""
    of_ledger = [item for item in items if item.nodeid.startswith(LEDGER)]
    return choose_quick(of_ledger, len(items)) | {item for item in of_ledger if item.get_closest_marker("measured")}


def is_whole(item: pytest.Item) -> bool:
    return item.get_closest_marker("whole") is not None
