"""Run the tests of booking with one statement, and with three as on Citus. Both write the same."""

from typing import Any

import pytest

# Together they write each kind of operation.
BOOKING_TESTS = {"atomicity", "booking", "counts", "place_races", "placed_counts", "places", "races"}
# They write no other kind, so only `make check-long` runs them in steps.
MORE_BOOKING_TESTS = {"counted_at", "performers", "reversal", "transfers"}
# Tests with these fixtures run in one way only, because the number of queries depends on the way.
COUNTING_FIXTURES = {"django_assert_num_queries", "django_assert_max_num_queries"}


def pytest_generate_tests(metafunc: Any) -> None:
    """Run each test of these files in both ways.

    A test whose service writes in another process runs once, because the process decides itself.
    """
    name = metafunc.module.__name__.rpartition("test_")[2]
    if name not in BOOKING_TESTS | MORE_BOOKING_TESTS or COUNTING_FIXTURES.intersection(metafunc.fixturenames):
        return
    if not metafunc.config.pluginmanager.has_plugin("testing.plugins.over_http"):
        in_steps = pytest.param(True, marks=pytest.mark.long) if name in MORE_BOOKING_TESTS else True
        metafunc.parametrize("in_steps", [False, in_steps], indirect=True, ids=["at-once", "in-steps"])


@pytest.fixture(autouse=True)
def in_steps(request: Any, settings: Any) -> bool:
    """Book in steps if the test is parametrised to do so."""
    settings.DB_CITUS = settings.DB_CITUS or getattr(request, "param", False)
    return bool(settings.DB_CITUS)
