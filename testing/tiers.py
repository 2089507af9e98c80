"""The tiers of the tests, as a plugin of pytest.

`make test` runs the quick tier, which tells in a few minutes whether the product works. It omits tests with the
marker `check`, and runs only the first case of a function with several. Functions with the marker `whole` keep all
their cases. `make check` runs everything without the marker `long`. `make check-long` runs the rest as well, which is
pytest's default.

Measuring coverage makes tests slower, so `make check` measures that of the ledger with a part of the tests of stock/
only: those of the quick tier and those with the marker `measured`. They must run all of its lines and branches.
"""

from collections import defaultdict

import pytest

QUICK, CHECK, ALL = "quick", "check", "all"
ONLY, NONE = "only", "none"
LEDGER = "stock/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier", choices=(QUICK, CHECK, ALL), default=ALL, help="quick: of `make test`; check: of its name"
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
    if config.getoption("tier") == QUICK:
        kept &= choose_quick([item for item in items if item in kept])
    if config.getoption("measured"):
        measured = choose_measured([item for item in items if item in kept])
        kept = measured if config.getoption("measured") == ONLY else kept - measured
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def choose_quick(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests of the quick tier."""
    functions: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("check") is None:
            functions[item.nodeid.partition("[")[0]].append(item)
    return {item for cases in functions.values() for item in (cases if is_whole(cases[0]) else cases[:1])}


def choose_measured(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that measure the coverage of the ledger."""
    of_ledger = [item for item in items if item.nodeid.startswith(LEDGER)]
    return choose_quick(of_ledger) | {item for item in of_ledger if item.get_closest_marker("measured")}


def is_whole(item: pytest.Item) -> bool:
    return item.get_closest_marker("whole") is not None
