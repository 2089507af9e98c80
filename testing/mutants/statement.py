"""A plugin of pytest that executes the statement of a mutant in the database of the tests."""

import os

import pytest
from django.db import connection


@pytest.fixture(scope="session", autouse=True)
def execute_statement(request: pytest.FixtureRequest) -> None:
    if statement := os.environ.get("MUTANT_STATEMENT"):
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
            cursor.execute(statement)
