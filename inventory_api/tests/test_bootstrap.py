"""ops/bin/bootstrap.py installs all packages for developers, fewer for `make run`, and the service's on a server."""

import importlib.util
import re
import subprocess
import sys

import pytest
from django.conf import settings

MAKEFILE = (settings.BASE_DIR / "Makefile").read_text()
SERVER_TARGETS = ("backup", "restore")


def load_bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", settings.BASE_DIR / "ops/bin/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    """Return ops/bin/bootstrap.py for a temporary environment. It records commands instead of running them."""
    module = load_bootstrap()
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "complete")
    monkeypatch.setattr(module, "LOCK", tmp_path / "lock")
    module.commands = []
    monkeypatch.setattr(module, "run", lambda _step, *command: module.commands.append(" ".join(command)) or "")
    monkeypatch.setattr(module, "has_pip_addresses", lambda: False)
    monkeypatch.setattr(module.shutil, "which", {}.get)
    return module


@pytest.fixture
def uv(bootstrap, monkeypatch):
    """Make bootstrap find uv on the PATH."""
    monkeypatch.setattr(bootstrap.shutil, "which", {"uv": "/opt/uv"}.get)
    monkeypatch.setattr(bootstrap, "has_pip_addresses", lambda: False)


def test_installs_only_the_requirements_of_the_service_on_a_server(bootstrap):
    bootstrap.main("service")
    created, installed = bootstrap.commands
    assert created.endswith(f"-m venv {bootstrap.VENV}")
    assert installed.endswith("/requirements.txt")
    assert "--no-compile" not in installed


def test_pip_leaves_the_bytecode_to_the_first_start_except_on_a_server(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "add_uv", list)
    bootstrap.main("run")
    assert " --no-compile " in bootstrap.commands[-1]


def test_keeps_an_existing_environment_on_a_server(bootstrap):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    bootstrap.main("service")
    assert [command.rsplit("/", 1)[1] for command in bootstrap.commands] == ["requirements.txt"]


def test_does_nothing_if_all_is_installed(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "PYTHON", settings.BASE_DIR / ".venv/bin/python")
    if not bootstrap.PYTHON.exists():
        bootstrap.PYTHON = type(bootstrap.PYTHON)(sys.executable)
    bootstrap.main("service")
    assert bootstrap.commands == []


@pytest.mark.parametrize("pins", ["Django==1.0", "no-such-package-of-ours==1.0"])
def test_installs_missing_packages_and_other_versions(bootstrap, monkeypatch, tmp_path, pins):
    (tmp_path / "requirements.txt").write_text(f"{pins}\n")
    monkeypatch.setattr(bootstrap, "SERVICE", tmp_path / "requirements.txt")
    monkeypatch.setattr(bootstrap, "PYTHON", type(tmp_path)(sys.executable))
    bootstrap.main("service")
    assert len(bootstrap.commands) == 1


def test_installs_everything_for_developers(bootstrap):
    bootstrap.main()
    assert bootstrap.commands[-1].endswith("/testing/requirements/dev.txt")


def test_the_packages_for_tests_are_added_to_those_of_make_run(bootstrap, uv):
    for purpose in ("run", "run", "test", "test", "run"):
        bootstrap.main(purpose)
    assert [command.split()[1] for command in bootstrap.commands] == ["venv", "pip", "pip"]
    assert [command.rsplit("/", 1)[1] for command in bootstrap.commands[1:]] == ["run.txt", "dev.txt"]


def test_pip_gets_uv_for_developers_who_have_none(bootstrap):
    bootstrap.main()
    created, added, installed = bootstrap.commands
    assert created == f"{sys.executable} -m venv --clear {bootstrap.VENV}"
    assert added.startswith(f"{bootstrap.PYTHON} -m pip install ")
    assert added.endswith(f" --only-binary=:all: {bootstrap.UV}")
    assert installed.startswith(f"{bootstrap.PYTHON} -m uv pip install ")


@pytest.mark.parametrize("failing", ["uv==", "-m uv"])
def test_pip_installs_without_uv(bootstrap, monkeypatch, failing):
    tried = bootstrap.run
    monkeypatch.setattr(bootstrap, "run", lambda *command: tried(*command) or "no" * (failing in " ".join(command)))
    bootstrap.main()
    assert bootstrap.commands[-1].startswith(f"{bootstrap.PYTHON} -m pip install ")
    assert bootstrap.commands[-1].endswith("/testing/requirements/dev.txt")


def test_uv_is_not_added_if_pip_has_package_addresses_of_its_own(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "has_pip_addresses", lambda: True)
    bootstrap.main()
    assert len(bootstrap.commands) == 2


def test_uv_installs_where_it_is_present(bootstrap, uv):
    bootstrap.main()
    created, installed = bootstrap.commands
    assert created == f"/opt/uv venv --quiet --seed --python {sys.executable} --clear {bootstrap.VENV}"
    assert installed.startswith(f"/opt/uv pip install --quiet --compile-bytecode --python {bootstrap.PYTHON} ")
    assert installed.endswith("/testing/requirements/dev.txt")


def test_uv_keeps_an_existing_environment_on_a_server(bootstrap, uv):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    bootstrap.main("service")
    assert [command.split()[:3] for command in bootstrap.commands] == [["/opt/uv", "pip", "install"]]


def test_uv_as_a_module_is_found(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda module: module == "uv")
    monkeypatch.setattr(bootstrap, "has_pip_addresses", lambda: False)
    assert bootstrap.find_uv() == [sys.executable, "-m", "uv"]


@pytest.mark.parametrize(
    ("listed", "present"),
    [
        ("global.index-url='https://packages.example/simple'", False),
        (":env:.find-links='/wheels'", False),
        ("global.no-index='true'", False),
        ("global.cert='/etc/index-url'", True),
        ("", True),
    ],
)
def test_uv_is_not_used_if_pip_has_package_addresses_of_its_own(bootstrap, monkeypatch, listed, present):
    monkeypatch.setattr(bootstrap, "has_pip_addresses", load_bootstrap().has_pip_addresses)
    monkeypatch.setattr(bootstrap.shutil, "which", {"uv": "/opt/uv"}.get)
    done = subprocess.CompletedProcess([], 0, stdout=f"{listed}\n")
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_args, **_options: done)
    assert bool(bootstrap.find_uv()) is present


def test_pip_installs_if_uv_fails(bootstrap, uv, monkeypatch):
    tried = bootstrap.run
    monkeypatch.setattr(bootstrap, "run", lambda *command: tried(*command) or "no network" * (command[1] == "/opt/uv"))
    bootstrap.main()
    programs = ["/opt/uv", sys.executable, "/opt/uv", str(bootstrap.PYTHON)]  # the folder's name may have a blank
    assert all(command.startswith(name) for command, name in zip(bootstrap.commands, programs, strict=True))


@pytest.mark.parametrize("purpose", ["run", "test", "service"])
@pytest.mark.parametrize("found", [[], ["/opt/uv"]])
def test_only_wheels_are_installed(bootstrap, monkeypatch, purpose, found):
    monkeypatch.setattr(bootstrap, "find_uv", lambda: found)
    bootstrap.main(purpose)
    assert " --only-binary=:all: " in bootstrap.commands[-1]


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [(True, r"(\r  Waiting: \d+ s \.\.\.){3,}\n"), (False, r"  Waiting \.{5,}\n")],
)
def test_a_long_step_has_one_line_that_moves(monkeypatch, capsys, is_terminal, shown):
    module = load_bootstrap()
    monkeypatch.setattr(module, "PROGRESS_SECONDS", 0.05)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    assert module.run("Waiting", sys.executable, "-c", "import time; time.sleep(0.5)") == ""
    assert re.fullmatch(shown, capsys.readouterr().out)


def test_a_progress_line_comes_at_least_every_two_seconds():
    assert load_bootstrap().PROGRESS_SECONDS <= 2


def test_a_failed_step_is_described_by_its_last_error():
    script = "import sys; print('ERROR: no wheel', file=sys.stderr); print('a hint', file=sys.stderr); sys.exit(1)"
    with pytest.raises(SystemExit, match=r"^It failed: ERROR: no wheel$"):
        load_bootstrap().run_step("It failed", "Trying", sys.executable, "-c", script)


def test_a_failed_download_is_described_by_the_connection_that_broke():
    lines = [
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError()': /simple/django/",
        "ERROR: No matching distribution found for Django==5.2",
    ]
    described = load_bootstrap().find_error("\n".join(lines))
    assert described == "ERROR: No matching distribution found for Django==5.2: 'ProxyError()': /simple/django/"


@pytest.mark.parametrize("target", SERVER_TARGETS)
@pytest.mark.parametrize(
    ("variables", "needed"),
    [({"DATABASE_URL": "postgres://db/shop"}, "bootstrap.py service"), ({}, "bootstrap.py run")],
)
def test_backup_and_restore_install_only_the_service_if_a_database_is_set(target, variables, needed, tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    arguments = [f"{name}={value}" for name, value in {"DATABASE_URL": "", "DB_NAME": "", **variables}.items()]
    command = ["make", "--dry-run", target, "FILE=shop.dump", *arguments]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"bin/(bootstrap.py.*)", output) == [needed]
