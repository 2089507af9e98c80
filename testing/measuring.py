"""A plugin of pytest: `--cov` measures the ledger with a part of the tests only, because measuring makes them slower.

The first case of each function of LEDGER, and those with the marker `measured`, must run all lines and branches of
stock/ and trade/selling/. Where coverage measures by `sys.monitoring`, which costs little, all tests count.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from testing.tiers import choose_first
from testing.tracing import stop_tracing, trace

SOURCES = ("stock", "trade.selling")
# The tests of the ledger, and those of other rooms for what they alone ask of it: kits, prices, accounts of customers,
# invoices, tiles, currencies, the search.
LEDGER = (
    "stock/", "trade/selling/", "trade/kits/tests/", "users/tests/test_account.py",
    "desk/shop/tests/test_currencies.py", "desk/shop/tests/test_find.py", "desk/shop/tests/test_tiles.py",
    "trade/prices/tests/", "trade/customer_accounts/tests/test_paying.py", "trade/invoices/tests/test_issue.py",
)  # fmt: skip
IS_MEASURED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "measured: the ledger's coverage needs all cases of it")
    if config.getoption("cov_source", None):
        config.pluginmanager.register(Measuring())


class Measuring:
    """Measures only while a test that counts runs."""

    @pytest.hookimpl(tryfirst=True)  # before a tier deselects the first cases
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in choose_measured(items):
            item.stash[IS_MEASURED] = True

    @pytest.hookimpl(wrapper=True, trylast=True)  # pytest-cov ends its measuring around this
    def pytest_runtestloop(self) -> Iterator[None]:
        import_sources()
        self.tracers = stop_tracing()
        try:
            return (yield)
        finally:
            trace(*self.tracers)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if not item.stash.get(IS_MEASURED, False):
            return (yield)
        trace(*self.tracers)
        try:
            return (yield)
        finally:
            stop_tracing()


def choose_measured(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that measure the coverage of the ledger."""
    of_ledger = [item for item in items if item.nodeid.startswith(LEDGER) and not item.get_closest_marker("long")]
    return choose_first(of_ledger) | {item for item in of_ledger if item.get_closest_marker("measured")}


def import_sources() -> None:
    """Import all modules of the ledger, because a test that does not count could be the first one to import one."""
    for name in SOURCES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if {"tests", "migrations"}.isdisjoint(module.name.split(".")):
                importlib.import_module(module.name)
