"""The deployment check of a service behind a pooler. The test database replaces the pooler."""

import pytest
from django.db import connection

from core.database.checks import check_pooler
from core.database.settings import TimeLimits, configure_connection

LIMITS = TimeLimits(statement=5, lock=3, idle_in_transaction=10)
ROLE_OPTIONS = "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s -c jit=off"


@pytest.fixture
def check(db, settings):
    """Return a function that returns the ids of the warnings for a way in which the service connects."""

    def run(pooler, role_options=ROLE_OPTIONS, direct=True, **changes):
        own = {**connection.settings_dict, **changes, "OPTIONS": {}}
        settings.POOLER = pooler
        settings.TIME_LIMITS = LIMITS
        settings.DIRECT_DATABASE = own if direct else None
        settings.SERVICE_DATABASE = configure_connection(own, LIMITS, 5, pooler)
        settings.SERVICE_DATABASE["OPTIONS"]["options"] = role_options
        return check_pooler(None)

    return run


def test_finds_nothing_without_a_pooler(check):
    assert check("off", role_options="", direct=False) == []


def test_finds_nothing_if_the_role_has_the_parameters_and_commands_connect_directly(check):
    assert check("on") == []


def test_finds_a_missing_direct_database(check):
    [warning] = check("on", direct=False)
    assert (warning.id, warning.msg.split(" ")[0]) == ("core.W001", "DIRECT_DATABASE_URL")


def test_finds_missing_parameters_and_gives_the_statements_that_set_them(check):
    [warning] = check("on", role_options="-c lock_timeout=3s")
    assert warning.id == "core.W002"
    assert "does not set idle_in_transaction_session_timeout, jit, statement_timeout:" in warning.msg
    statements = warning.hint.removeprefix("Execute in the database: ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [role] = cursor.fetchone()
        for statement in statements.removesuffix(";").split("; "):
            cursor.execute(statement)
        cursor.execute("SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_roles ON setrole = oid")
        assert cursor.fetchall() == [
            ("idle_in_transaction_session_timeout=10s",),
            ("jit=off",),
            ("statement_timeout=5s",),
        ]
    assert statements.count(f"ALTER ROLE {role} SET ") == 3


def test_finds_a_pooler_that_does_not_keep_prepared_statements(check):
    """Without a pooler, a statement keeps the name that the client gave it."""
    [warning] = check("prepared")
    assert warning.id == "core.W003"


def test_finds_a_pooler_that_can_not_be_used(check):
    [warning] = check("on", ENGINE="core.database.postgres", HOST="/nowhere")
    assert warning.id == "core.W004"
    assert "/nowhere" in warning.msg
