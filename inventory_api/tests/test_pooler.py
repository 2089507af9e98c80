"""The service and commands behind a real PgBouncer. `make live GROUND=pooler` runs all tests of the API like this."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from testing.servers import pgbouncer, serving
from testing.servers.grounds import MissingProgramError
from testing.servers.grounds.pooler import ROLE, run_pooled
from testing.servers.loaded_settings import PRODUCTION, run_python

CLIENTS, BOOKINGS = 16, 64
SHOW_LIMITS = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    print(*cursor.fetchone())
"""


def find_missing_program(mode):
    """Return why the mode can't be tested here. It is empty if it can."""
    try:
        pgbouncer.require_prepared_statements() if mode == "prepared" else pgbouncer.find_pgbouncer()
    except MissingProgramError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module", params=["on", "prepared"])
def ground(request):
    if reason := find_missing_program(request.param):
        pytest.skip(reason)
    with run_pooled(request.param) as ground:
        yield ground


def run_command(ground, *command, **changes):
    return run_python("manage.py", *command, **PRODUCTION | ground.variables | changes)


def configure_pooler(ground, command):
    """Execute a command of PgBouncer's console."""
    address = ground.variables["DATABASE_URL"].rpartition("/")[0] + "/pgbouncer"
    with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.ClientCursor) as console:
        console.execute(command)


@pytest.fixture(scope="module")
def service(ground):
    assert run_command(ground, "migrate", "--noinput").returncode == 0
    with serving.run_service(serving.Database(ground.folder), **ground.variables) as service:
        yield service


def test_many_clients_book_over_few_connections_and_nothing_is_lost(ground, service):
    token = service.sign_up("alice")
    product = service.send("POST", "/api/products/", {"name": "Tea", "price": "1.00"}, token).body["id"]
    line = {"product": product, "movement_type": "IN", "quantity": 1}
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = pool.map(lambda _: service.send("POST", "/api/stock/", line, token).status, range(BOOKINGS))
        assert set(sent) == {201}
    assert service.send("GET", f"/api/products/{product}/", token=token).body["quantity"] == BOOKINGS
    done = run_command(ground, "verify_stock")
    assert done.stdout == f"1 account, {BOOKINGS} movements: the ledger holds.\n"


def test_a_request_that_gets_no_connection_is_a_503(ground, service):
    configure_pooler(ground, "SET query_wait_timeout = 1")
    with ExitStack() as stack:
        for _ in range(pgbouncer.POOL_SIZE):
            connection = psycopg.connect(ground.variables["DATABASE_URL"])
            stack.callback(connection.close)
            connection.execute("SELECT 1")  # this opens a transaction, which stays open
        response = service.send("POST", "/api/login/", {"username": "alice", "password": "wrong"})
    assert (response.status, response.body["code"]) == (503, "database_unavailable")
    configure_pooler(ground, "SET query_wait_timeout = 5")
    assert service.send("POST", "/api/login/", {"username": "alice", "password": serving.PASSWORD}).status == 200


def test_the_deployment_check_finds_nothing(ground):
    done = run_command(ground, "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_roles_time_limits_bind_the_service_and_not_the_commands(ground):
    through_pooler = run_python("-c", f"import django; django.setup(){SHOW_LIMITS}", **PRODUCTION | ground.variables,
                                DJANGO_SETTINGS_MODULE="inventory_api.settings")  # fmt: skip
    assert through_pooler.stdout.split() == ["5s", "3s"]
    assert run_command(ground, "shell", "--no-imports", "--command", SHOW_LIMITS).stdout.split() == ["0", "3s"]


@pytest.fixture
def role_without_lock_timeout(ground):
    """Reset a time limit of the role, for new connections and for those that PgBouncer has."""
    for change in ("RESET lock_timeout", "SET lock_timeout = '3s'"):
        with psycopg.connect(ground.variables["DIRECT_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {ROLE} {change}")
        configure_pooler(ground, "RECONNECT")
        if change.startswith("RESET"):
            yield


def test_the_deployment_check_names_missing_limits_and_a_missing_direct_address(ground, role_without_lock_timeout):
    done = run_command(ground, "check", "--deploy", "--fail-level", "WARNING", DIRECT_DATABASE_URL="")
    assert done.returncode == 1
    assert "core.W001" in done.stderr
    assert f"ALTER ROLE {ROLE} SET lock_timeout = '3s';" in done.stderr
