"""The tiers of the tests, as a plugin of pytest.

`make test` runs the quick tier: the functions with the marker `quick`, which find most faults per second. Of a function
with several cases it runs the first one, or all with the marker `whole`. Files without these functions are not
imported. The `__init__.py` of each folder of tests says what they check. `make check` runs everything without the
marker `long`. `make check-long` runs the rest as well, which is pytest's default.

`make check` runs each of its tests once, the quick ones first. Measuring coverage makes tests slower, so it measures
that of the ledger, stock/ and trade/selling/, with a part of their tests only: the first case of each function, and
those with the marker `measured`. They must run all lines and branches. They run by themselves: a function whose result
is kept, for example, would not run again after another test.

With `--minutes`, tests that would begin later are skipped. The last lines say how many, and which ones were skipped for
want of a program.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

QUICK, REST, CHECK, ALL = "quick", "rest", "check", "all"
ONLY, NONE = "only", "none"
# The tests of the ledger, and those of other rooms for what they alone ask of it: kits, prices, accounts of customers,
# invoices, tiles, currencies, the search.
LEDGER = (
    "stock/", "trade/selling/", "trade/kits/tests/", "users/tests/test_account.py",
    "desk/shop/tests/test_currencies.py", "desk/shop/tests/test_find.py", "desk/shop/tests/test_tiles.py",
    "trade/prices/tests/", "trade/customer_accounts/tests/test_paying.py", "trade/invoices/tests/test_issue.py",
    "inventory_api/tests/test_whole_money.py", "trade/quotes/tests/test_limited.py",
)  # fmt: skip
QUICK_MARKER = "mark.quick"
STARTED = time.monotonic()
TIME_IS_OVER = "the time of --minutes is over"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier",
        choices=(QUICK, REST, CHECK, ALL),
        default=ALL,
        help="quick: of `make test`; check: of its name; rest: of check without quick",
    )
    parser.addoption("--minutes", type=float, help="skip the tests that would begin later than this")
    parser.addoption("--part", default="1/1", help="2/8: run only the second of eight parts of the tests")
    parser.addoption("--in-full", metavar="FILE", action="append", default=[], help="run all tests of this file")
    parser.addoption(
        "--measured", choices=(ONLY, NONE), help="only: the tests that measure the ledger's coverage; none: the others"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: `make test` runs it")
    config.addinivalue_line("markers", "long: takes long or runs at random, so that only `make check-long` runs it")
    config.addinivalue_line("markers", "measured: the ledger's coverage needs all cases of it")
    config.addinivalue_line("markers", "whole: `make test` runs all cases of it, if it has the marker quick")


def pytest_runtest_setup(item: pytest.Item) -> None:
    minutes = item.config.getoption("minutes")
    if minutes and time.monotonic() - STARTED > minutes * 60:
        pytest.skip(TIME_IS_OVER)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Say below pytest's last line why tests were skipped, and last which share of them the time has left out."""
    yield
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal:
        for line in describe_skipped(terminal.stats):
            terminal.write_line(line)


def describe_skipped(stats: dict[str, list[Any]]) -> Iterator[str]:
    """Yield a line for each reason for which tests were skipped. `stats` has the reports of all tests by outcome."""
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in stats.get("skipped", []))
    left = reasons.pop(TIME_IS_OVER, 0)
    for reason, number in reasons.items():
        yield f"{number} skipped: {reason}"
    if left:
        whole = left + reasons.total() + sum(len(stats.get(outcome, [])) for outcome in ("passed", "failed", "error"))
        yield f"{left} of {whole} tests ({left / whole:.0%}) were not run: {TIME_IS_OVER}"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore files without a test of the tier or the ledger if only it runs."""
    if collection_path.suffix != ".py":
        return None
    file = collection_path.relative_to(config.rootpath).as_posix()
    if config.getoption("measured") == ONLY and not file.startswith(LEDGER):
        return True
    if config.getoption("tier") != QUICK:
        return None
    if collection_path in list_files_in_full(config):
        return None
    return True if QUICK_MARKER not in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(trylast=True)  # runs after options like -k have deselected tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = set(items)
    if config.getoption("tier") != ALL:
        kept -= {item for item in items if item.get_closest_marker("long")}
    measured = choose_measured([item for item in items if item in kept])
    if config.getoption("tier") in (QUICK, REST):
        in_full = list_files_in_full(config)
        quick = choose_quick([item for item in items if item in kept]) | {i for i in items if i.path in in_full}
        kept = kept & quick if config.getoption("tier") == QUICK else kept - quick
    if config.getoption("measured"):
        kept = kept & measured if config.getoption("measured") == ONLY else kept - measured
    number, parts = map(int, config.getoption("part").split("/"))
    kept = {item for item in kept if crc32(item.nodeid.encode()) % parts == number - 1}
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
