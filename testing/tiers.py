"""The tiers of the tests, as a plugin of pytest.

`make test` runs the quick tier: the functions with the marker `quick`, which find most faults per second. Of a function
with several cases it runs the first one, or all with the marker `whole`. Files without these functions are not
imported. `testing/quick.toml` says what they check. `make check` runs everything without the marker `long`.
`make check-long` runs the rest as well, which is pytest's default.

Measuring coverage makes tests slower, so `make check` measures that of the ledger, stock/ and trade/selling/, with a
part of their tests only: the first case of each function, and those with the marker `measured`. They must run all lines
and branches.
"""

import time
from pathlib import Path
from typing import Any

import pytest

QUICK, CHECK, ALL = "quick", "check", "all"
ONLY, NONE = "only", "none"
LEDGER = ("stock/", "trade/selling/")
QUICK_MARKER = "mark.quick"
STARTED = time.monotonic()
TIME_IS_OVER = "the time of --minutes is over"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier", choices=(QUICK, CHECK, ALL), default=ALL, help="quick: of `make test`; check: of its name"
    )
    parser.addoption("--minutes", type=float, help="skip the tests that would begin later than this")
    parser.addoption("--in-full", metavar="FILE", action="append", default=[], help="run all tests of this file")
    parser.addoption(
        "--measured", choices=(ONLY, NONE), help="only: the tests that measure the ledger's coverage; none: the others"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: `make test` runs it")
    config.addinivalue_line("markers", "long: takes long or runs at random, so that only `make check-long` runs it")
    config.addinivalue_line("markers", "whole: `make test` runs all cases of it, if it has the marker quick")
    config.addinivalue_line("markers", "measured: the ledger's coverage needs all cases of it")


def pytest_runtest_setup(item: pytest.Item) -> None:
    minutes = item.config.getoption("minutes")
    if minutes and time.monotonic() - STARTED > minutes * 60:
        pytest.skip(TIME_IS_OVER)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests were not run because the time was over."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if TIME_IS_OVER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests were not run: {TIME_IS_OVER}")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore files without tests of the quick tier when only it runs."""
    if config.getoption("tier") != QUICK or collection_path.suffix != ".py":
        return None
    if collection_path in list_files_in_full(config):
        return None
    return True if QUICK_MARKER not in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(trylast=True)  # runs after options like -k have deselected tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = set(items)
    if config.getoption("tier") != ALL:
        kept -= {item for item in items if item.get_closest_marker("long")}
    if config.getoption("tier") == QUICK:
        in_full = list_files_in_full(config)
        kept &= choose_quick([item for item in items if item in kept]) | {i for i in items if i.path in in_full}
    if config.getoption("measured"):
        measured = choose_measured([item for item in items if item in kept])
        kept = measured if config.getoption("measured") == ONLY else kept - measured
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def list_files_in_full(config: pytest.Config) -> set[Path]:
    return {config.rootpath / file for file in config.getoption("in_full")}


def choose_quick(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests of the quick tier."""
    quick = [item for item in items if item.get_closest_marker("quick")]
    return choose_first(quick) | {item for item in quick if item.get_closest_marker("whole")}


def choose_measured(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that measure the coverage of the ledger."""
    of_ledger = [item for item in items if item.nodeid.startswith(LEDGER)]
    return choose_first(of_ledger) | {item for item in of_ledger if item.get_closest_marker("measured")}


def choose_first(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the first case of each function."""
    return {*{item.nodeid.partition("[")[0]: item for item in reversed(items)}.values()}
