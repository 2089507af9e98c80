"""`python -m inventory_api`, which `make run` runs, serves or exits with one sentence."""

import os
import re
import socket
import subprocess
import sys
from contextlib import suppress

import pytest
from django.http import JsonResponse

from core.database.embedded import __main__ as embedded
from core.database.transactions import UNAVAILABLE
from core.exits import exit_with_sentence
from core.http.calls import Answer
from inventory_api import __main__ as start_program
from inventory_api.settings import BASE_DIR
from ops import doctor
from ops.demo import filling
from ops.demo.filling import create_users
from ops.doctor import find_port_problem
from testing.browser_tests.demo import run_demo
from testing.servers.loaded_settings import run_python
from users.models import ApiKey

DEAD_DATABASE = "postgres://user:word@127.0.0.1:9/name"
PRODUCTION = {"SECRET_KEY": "x" * 20 + "y" * 20, "ALLOWED_HOSTS": "shop.example", "DATABASE_URL": DEAD_DATABASE}


def start(**variables):
    """Start the service in a clean environment without .env. It must fail. Return the lines of the error."""
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables}
    command = [sys.executable, "-m", "inventory_api"]
    done = subprocess.run(command, env=clean, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()


@pytest.fixture
def busy_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_configured_database_needs_the_production_settings():
    sentences = start(DATABASE_URL=DEAD_DATABASE)
    assert [sentence.split(" is not set")[0] for sentence in sentences] == ["SECRET_KEY", "ALLOWED_HOSTS"]


def test_names_an_unreachable_database_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = " ".join(start(**PRODUCTION, PORT=str(port), DB_CONNECT_TIMEOUT="1"))
    assert sentence.startswith("The database can't be used: ")
    assert "Traceback" not in sentence


def test_a_command_names_an_unreachable_database_in_one_line():
    done = run_python("manage.py", "seal", **PRODUCTION, DB_CONNECT_TIMEOUT="1")
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("The database can't be used: ")


def test_a_demo_that_the_database_refuses_is_told_in_one_line(alice, monkeypatch):
    answer = Answer(JsonResponse(UNAVAILABLE, status=503))
    monkeypatch.setattr(filling, "call_api", lambda *_, **_kwargs: answer)
    with (
        pytest.raises(SystemExit, match=r"The demo shop was not created: tax-list .* not available"),
        exit_with_sentence(),
    ):
        filling.create_rows(alice)


def test_the_first_start_of_a_clone_on_a_slow_machine_creates_the_demo():
    """Without bytecode, importing the routes takes longer than the limit of a pause in a transaction."""
    with run_demo(DB_IDLE_IN_TRANSACTION_TIMEOUT="1", PYTHONDONTWRITEBYTECODE="1", START_WORKER="off") as shop:
        assert "302 products" in shop.log.read_text()


def test_names_a_busy_port_and_suggests_another(busy_port):
    [sentence] = start(**PRODUCTION, PORT=str(busy_port))
    assert re.fullmatch(
        rf"Port {busy_port} can't be used .*\. Choose another one: make run PORT={busy_port + 1}\.", sentence
    )


@pytest.fixture
def programs(monkeypatch):
    """Record the programs that the start would run. gunicorn in the process itself is recorded as `in process`."""
    programs = []
    monkeypatch.setattr(start_program.gc, "disable", lambda: None)
    monkeypatch.setattr(start_program, "load_dotenv", lambda _: None)
    monkeypatch.setattr(start_program.sys, "argv", ["-m"])
    monkeypatch.setattr(start_program.wsgiapp, "run", lambda **_: programs.append("in process"))

    def execve(program, arguments, environment):
        programs.append(arguments[-1])
        raise SystemExit

    monkeypatch.setattr(start_program.os, "execve", execve)
    return programs


def run_start(monkeypatch, prepared):
    monkeypatch.setattr(start_program, "is_prepared", lambda: prepared)
    with suppress(SystemExit):
        start_program.main()


def test_a_prepared_database_is_served_by_the_same_process(monkeypatch, programs):
    run_start(monkeypatch, prepared=True)
    assert programs == ["in process"]
    assert sys.argv[0].endswith("gunicorn/__main__.py")  # gunicorn runs this when it starts itself again


@pytest.mark.quick
def test_start_worker_is_on_unless_the_environment_says_otherwise(monkeypatch, programs):
    monkeypatch.delenv("START_WORKER", raising=False)
    run_start(monkeypatch, prepared=True)
    assert os.environ["START_WORKER"] == "on"
    monkeypatch.setenv("START_WORKER", "off")
    run_start(monkeypatch, prepared=True)
    assert os.environ["START_WORKER"] == "off"


def test_an_unprepared_database_is_prepared_first(monkeypatch, programs):
    run_start(monkeypatch, prepared=False)
    assert programs == ["inventory_api.preparation"]


def test_debug_starts_gunicorn_without_imported_code(monkeypatch, programs, settings):
    settings.DEBUG = True
    run_start(monkeypatch, prepared=True)
    assert programs == ["gunicorn"]


@pytest.mark.parametrize(
    ("pending", "demo", "has_shop", "prepared"),
    [(0, True, True, True), (0, True, False, False), (0, False, False, True), (2, True, True, False)],
)
@pytest.mark.django_db
def test_prepared_means_migrated_and_in_demo_mode_with_the_shop(
    monkeypatch, settings, pending, demo, has_shop, prepared
):
    settings.DEMO, settings.PORT = demo, 0
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.setattr(start_program, "pending_migrations", lambda: pending)
    monkeypatch.setattr(start_program, "is_created", lambda: True)
    monkeypatch.setattr(start_program.connection, "close", lambda: None)
    if has_shop:
        create_users()
    assert start_program.is_prepared() is prepared


@pytest.mark.django_db
def test_a_demo_of_a_release_with_fewer_keys_is_not_prepared(monkeypatch, settings):
    settings.DEMO, settings.PORT = True, 0
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.setattr(start_program, "is_created", lambda: True)
    monkeypatch.setattr(start_program.connection, "close", lambda: None)
    create_users()
    ApiKey.objects.get(name="agent").delete()
    assert start_program.is_prepared() is False


@pytest.mark.quick
def test_a_demo_without_a_database_is_prepared_without_connecting(monkeypatch, settings):
    settings.DEMO, settings.PORT = True, 0
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.setattr(start_program, "is_created", lambda: False)
    assert start_program.is_prepared() is False


def test_the_service_imports_no_library_that_it_does_not_need():
    """The search for geographic libraries runs thirty processes, metrics are off, and no file has been asked for."""
    of_files = ("reportlab", "drafthorse", "facturx", "pypdf", "lxml")
    unwanted = f"'contrib.gis' in name or name in ('prometheus_client', *{of_files})"
    code = f"import sys, inventory_api.wsgi; print([name for name in sys.modules if {unwanted}])"
    variables = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **PRODUCTION}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_accepts_a_free_port_when_starting(busy_port):
    assert find_port_problem(0) == ""
    assert find_port_problem(busy_port) != ""


def test_suggests_only_a_port_that_is_free(busy_port, monkeypatch):
    taken = {busy_port, busy_port + 1, busy_port + 2}
    monkeypatch.setattr(doctor, "try_port", lambda port: "Address already in use" if port in taken else "")
    assert find_port_problem(busy_port).endswith(f"Choose another one: make run PORT={busy_port + 3}.")
    monkeypatch.setattr(doctor, "try_port", lambda _port: "Address already in use")
    assert find_port_problem(doctor.MAX_PORT).endswith("Choose another one.")


def test_db_stop_says_that_packages_are_missing(tmp_path):
    (tmp_path / "Makefile").write_text((BASE_DIR / "Makefile").read_text())
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = subprocess.run(["make", "db-stop"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert done.stderr.startswith("Not all packages are installed, and stopping needs them. Run make setup")


@pytest.mark.parametrize(
    ("was_running", "message"),
    [(True, "The embedded database is stopped."), (False, "The embedded database was not running.")],
)
def test_db_stop_says_whether_the_database_was_running(was_running, message, monkeypatch, capsys):
    monkeypatch.setattr(embedded.server, "is_used", lambda: False)
    monkeypatch.setattr(embedded.server, "stop", lambda: was_running)
    embedded.main()
    assert capsys.readouterr().out.strip() == message


def test_a_reset_is_refused_if_another_database_is_set():
    """`make reset` runs this command with DEMO=on. Nothing is deleted."""
    command = [sys.executable, "manage.py", "load_demo", "--reset"]
    variables = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **PRODUCTION, "DEMO": "on"}
    done = subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("DEMO runs on the embedded database only")
