"""A plugin of pytest for a run with a planted fault.

Each file of tests is imported when its tests are run, so a fault that the first file finds takes seconds.
"""

import os
import sys
from typing import Any

import pytest
from django.db import connection

from testing.faults.table import find_fault

FAULT = find_fault(os.environ["PLANTED_FAULT"]) if os.environ.get("PLANTED_FAULT") else None
NOT_LOADED = "the fault was not loaded"


def pytest_pycollect_makemodule(module_path: Any, parent: Any) -> Any:
    late_collection: Any = parent.config.pluginmanager.get_plugin("testing.late_collection")
    return late_collection.LateModule.from_parent(parent, path=module_path)


@pytest.fixture(scope="session", autouse=True)
def plant_in_database(request: pytest.FixtureRequest) -> None:
    """Execute the statement of a fault in the database of the tests."""
    if FAULT and FAULT.sql:
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
            cursor.execute(FAULT.sql)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FAULT and not FAULT.sql and not sys.modules["sitecustomize"].loaded:
        terminalreporter.write_line(NOT_LOADED)
