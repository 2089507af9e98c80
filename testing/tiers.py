"""The tiers of the tests, as a plugin of pytest.

`make test` runs the quick tier, which answers within three minutes whether the product works: it leaves out tests with
the marker `check`, and runs MAX_CASES of a function with more cases, evenly spread over its list. Functions with the
marker `whole` keep all their cases. `make check` runs everything, which is pytest's default.
"""

from collections import defaultdict

import pytest

QUICK, ALL = "quick", "all"
MAX_CASES = 3  # of a parametrised function in the quick tier


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=(QUICK, ALL), default=ALL, help="quick: the tests of `make test`")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check: takes long, so that only `make check` runs it")
    config.addinivalue_line("markers", "whole: `make test` runs all cases of it")


@pytest.hookimpl(trylast=True)  # after options like -k have left out tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("tier") == QUICK:
        kept = choose_quick(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]


def choose_quick(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests of the quick tier."""
    functions: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("check") is None:
            functions[item.nodeid.partition("[")[0]].append(item)
    return {item for cases in functions.values() for item in choose_cases(cases)}


def choose_cases(cases: list[pytest.Item]) -> list[pytest.Item]:
    """Return the cases of a function that the quick tier runs: the first, the last, and some between them."""
    if len(cases) <= MAX_CASES or cases[0].get_closest_marker("whole"):
        return cases
    return [cases[index * (len(cases) - 1) // (MAX_CASES - 1)] for index in range(MAX_CASES)]
