"""Runs the tests of booking with one statement and with three, as on Citus: both write the same."""

from typing import Any

import pytest

BOOKING_TESTS = {
    "atomicity", "booking", "counted_at", "counts", "performers", "place_races", "placed_counts", "places", "races",
    "reversal", "transfers",
}  # fmt: skip
COUNTING_FIXTURES = {"django_assert_num_queries", "django_assert_max_num_queries"}  # of one statement


def pytest_generate_tests(metafunc: Any) -> None:
    """Run each test of these files in both ways, unless the service writes in another process, which decides itself."""
    is_booking_test = metafunc.module.__name__.rpartition("test_")[2] in BOOKING_TESTS
    if COUNTING_FIXTURES.intersection(metafunc.fixturenames):
        return
    if is_booking_test and not metafunc.config.pluginmanager.has_plugin("testing.over_http"):
        metafunc.parametrize("in_steps", [False, True], indirect=True, ids=["at-once", "in-steps"])


@pytest.fixture(autouse=True)
def in_steps(request: Any, settings: Any) -> bool:
    """Book in steps if the test is parametrised so."""
    settings.DB_CITUS = settings.DB_CITUS or getattr(request, "param", False)
    return bool(settings.DB_CITUS)
