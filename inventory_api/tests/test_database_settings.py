"""The databases of the settings: poolers, the direct address for commands, and replicas."""

import pytest
from django.db import transaction

from core.database.postgres.base import fetch
from core.database.transactions import set_time_limit
from testing.servers.loaded_settings import PRODUCTION, read_setting, run_python, run_settings
from testing.tables import all_cases


def read_connection(**variables):
    """Return the settings that DB_POOLER decides: server-side binding, threshold, start options, no server-side
    cursors.
    """
    database = run_settings(**PRODUCTION, **variables).DATABASES["default"]
    options = [database["OPTIONS"].get(name) for name in ("server_side_binding", "prepare_threshold", "options")]
    return [*options, database["DISABLE_SERVER_SIDE_CURSORS"]]


START_UP = "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s -c jit=off"


@all_cases(
    ("pooler", "expected"),
    [
        ("off", [True, 3, START_UP, False]),
        ("on", [None, None, None, True]),
        ("prepared", [True, 3, None, True]),
    ],
)
def test_a_pooler_gets_what_it_can_keep_and_no_start_up_options(pooler, expected):
    assert read_connection(DB_POOLER=pooler) == expected


@pytest.mark.quick
def test_the_parameters_are_added_to_the_options_of_the_address():
    url = f"{PRODUCTION['DATABASE_URL']}?options=-c%20work_mem%3D64MB"
    options = read_setting("DATABASES['default']['OPTIONS']['options']", **PRODUCTION | {"DATABASE_URL": url})
    assert options == f"-c work_mem=64MB {START_UP}"


DIRECT = {"DIRECT_DATABASE_URL": "postgres://user:secret@direct:5432/shop", "DB_POOLER": "on"}
PRINT = (
    "from django.conf import settings as s; d = s.DATABASES['default']; print(d['HOST'], d['OPTIONS'].get('options'))"
)


OF_COMMANDS = START_UP.replace("5s", "0s").replace("10s", "0s")
LIMITS = {"DB_STATEMENT_TIMEOUT": "5", "DB_IDLE_IN_TRANSACTION_TIMEOUT": "10"}  # they are those of the service


def test_commands_use_the_direct_database_without_time_limits():
    done = run_python("manage.py", "shell", "--no-imports", "--command", PRINT, **PRODUCTION, **DIRECT, **LIMITS)
    assert done.stdout.strip() == f"direct {OF_COMMANDS}"


@pytest.mark.parametrize(("reads", "mode"), [(True, "force_custom_plan"), (False, "auto")])
def test_long_reads_are_planned_for_their_values_and_checks_of_written_rows_are_not(db, reads, mode):
    with transaction.atomic():
        set_time_limit(60, reads=reads)
        assert fetch("SELECT current_setting('plan_cache_mode')") == [(mode,)]


def test_no_transaction_of_a_command_has_a_time_limit(settings, transactional_db):
    settings.IS_COMMAND = True
    with transaction.atomic():
        set_time_limit(60)
        assert fetch("SELECT current_setting('statement_timeout')") == [("0",)]


@pytest.mark.long
def test_commands_use_the_pooler_if_no_direct_database_is_set():
    done = run_python("manage.py", "shell", "--no-imports", "--command", PRINT, **PRODUCTION, DB_POOLER="on")
    assert done.stdout.strip() == "localhost None"


def test_the_web_service_never_uses_the_direct_database():
    assert read_setting("DATABASES['default']['HOST']", **PRODUCTION, **DIRECT) == "localhost"
    code = f"import sys, manage; sys.argv = ['manage.py', 'runserver', '--help']\ntry: manage.main()\nfinally: {PRINT}"
    assert run_python("-c", code, **PRODUCTION, **DIRECT).stdout.splitlines()[-1] == "localhost None"


def test_make_run_migrates_by_the_direct_database_and_serves_through_the_pooler():
    code = f"""
import os, sys
from inventory_api import preparation as start
def prepare(): {PRINT}
def execv(program, arguments): print(arguments[1:], os.environ["DB_STATEMENT_TIMEOUT"])
start.prepare, os.execv = prepare, execv
start.main()
"""
    lines = run_python("-c", code, **PRODUCTION, **DIRECT, **LIMITS).stdout.splitlines()
    assert lines == [f"direct {OF_COMMANDS}", "Starting ...", "['-m', 'gunicorn'] 5"]


REPLICAS = {"REPLICA_URL": "postgres://user:secret@b:5432/shop  postgres://user:secret@c:5433/shop"}


def test_each_replica_is_a_database_with_the_settings_of_the_primary():
    printed = "DATABASE_ROUTERS, {alias: d['HOST'] for alias, d in settings.DATABASES.items()}"
    assert read_setting(printed, **PRODUCTION) == "[] {'default': 'localhost'}"
    hosts = "{'default': 'localhost', 'replica': 'b', 'replica_2': 'c'}"
    assert read_setting(printed, **PRODUCTION, **REPLICAS) == f"['core.database.replicas.ReplicaRouter'] {hosts}"
    options = read_setting("DATABASES['replica_2']['OPTIONS']", **PRODUCTION, **REPLICAS)
    assert "statement_timeout=5s" in options
    assert "'connect_timeout': 2" in options


@pytest.mark.long
def test_commands_use_no_replica():
    code = "from django.conf import settings; print(list(settings.DATABASES), settings.DATABASE_ROUTERS)"
    done = run_python("manage.py", "shell", "--no-imports", "--command", code, **PRODUCTION, **REPLICAS)
    assert done.stdout.strip() == "['default'] []"
