"""Every statement names the owner, so that the tables can be spread over servers by owner (docs/scaling.md).

inventory_api/tests/test_tenancy_law.py has the rules of models: owners, unique constraints, keys, indexes.
`inventory_api/tests/test_citus.py` compares with the plans of Citus.
"""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL, SeparateDatabaseAndState
from django.test.utils import CaptureQueriesContext

from testing.distribution import OF_ALL_ACCOUNTS, TABLE_USE, WITH_CONDITION, list_statements
from testing.walk import address_of, body_of, list_calls, send_and_roll_back

STATEMENTS = dict(list_statements())
ROLE = "charlie"


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - OF_ALL_ACCOUNTS.keys() - WITH_CONDITION))
def test_every_statement_by_hand_names_the_owner(name):
    text = STATEMENTS[name]
    assert "%(owner)s" in text or "{owner}" in text or "clock.operation_id" in text, text


@pytest.mark.parametrize("name", sorted({*OF_ALL_ACCOUNTS, *WITH_CONDITION}))
def test_the_exceptions_exist(name):
    module, _, attribute = name.rpartition(".")
    assert TABLE_USE.search(getattr(import_module(module), attribute)) or "{" in getattr(
        import_module(module), attribute
    )


@pytest.mark.parametrize("call", list_calls(), ids=str)
def test_every_statement_of_a_request_names_the_owner(world, call):
    owner = world.users[ROLE].pk
    with CaptureQueriesContext(connection) as captured:
        send_and_roll_back(
            world.client(ROLE), call.method, address_of(call, ROLE, world), body_of(call, ROLE, world),
            **({"Idempotency-Key": "k"} if "Idempotency-Key" in call.parameters("header") else {}),
        )  # fmt: skip
    for query in captured.captured_queries:
        if TABLE_USE.search(query["sql"]):
            assert "owner_id" in query["sql"], query["sql"]
            assert re.search(rf"\b{owner}\b", query["sql"]), query["sql"]


def list_run_sql():
    for (app, name), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items():
        if apps.get_app_config(app).name == app:  # ours: those of others are in django.contrib
            for operation in migration.operations:
                parts = (
                    operation.database_operations if isinstance(operation, SeparateDatabaseAndState) else [operation]
                )
                yield from ((f"{app}.{name}", part) for part in parts if isinstance(part, RunSQL))


def test_each_text_of_a_migration_is_one_statement():
    """Citus refuses several commands in a prepared statement."""
    for name, operation in list_run_sql():
        for given in (operation.sql, operation.reverse_sql):
            for text in [given] if isinstance(given, str) else given or []:
                without_bodies = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
                assert ";" not in without_bodies.strip().rstrip(";"), name
