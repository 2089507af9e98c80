"""Run the tests of booking with one statement, and with three as on Citus. Both write the same."""

from typing import Any

import pytest

BOOKING_TESTS = {
    "atomicity", "booking", "counted_at", "counts", "performers", "place_races", "placed_counts", "places", "races",
    "reversal", "transfers",
}  # fmt: skip
# Tests with these fixtures run in one way only, because the number of queries depends on the way.
COUNTING_FIXTURES = {"django_assert_num_queries", "django_assert_max_num_queries"}


def pytest_generate_tests(metafunc: Any) -> None:
    """Run each test of these files in both ways.

    A test whose service writes in another process runs once, because the process decides itself.
    """
    is_booking_test = metafunc.module.__name__.rpartition("test_")[2] in BOOKING_TESTS
    if COUNTING_FIXTURES.intersection(metafunc.fixturenames):
        return
    if is_booking_test and not metafunc.config.pluginmanager.has_plugin("testing.over_http"):
        metafunc.parametrize("in_steps", [False, True], indirect=True, ids=["at-once", "in-steps"])


@pytest.fixture(autouse=True)
def in_steps(request: Any, settings: Any) -> bool:
    """Book in steps if the test is parametrised to do so."""
    settings.DB_CITUS = settings.DB_CITUS or getattr(request, "param", False)
    return bool(settings.DB_CITUS)
