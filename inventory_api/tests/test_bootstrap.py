"""bin/bootstrap.py installs all packages for developers, and only the service's packages on a server."""

import importlib.util
import re
import subprocess
import sys

import pytest
from django.conf import settings

MAKEFILE = (settings.BASE_DIR / "Makefile").read_text()
SERVER_TARGETS = ("backup", "restore")


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    """Return bin/bootstrap.py for an environment in a temporary folder. It records commands instead of running them."""
    spec = importlib.util.spec_from_file_location("bootstrap", settings.BASE_DIR / "bin/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "complete")
    monkeypatch.setattr(module, "LOCK", tmp_path / "lock")
    module.commands = []
    monkeypatch.setattr(module, "run_step", lambda _, *command: module.commands.append(" ".join(command)))
    return module


def test_installs_only_the_requirements_of_the_service_on_a_server(bootstrap):
    bootstrap.main(for_service=True)
    created, installed = bootstrap.commands
    assert created.endswith(f"-m venv {bootstrap.VENV}")
    assert installed.endswith("/requirements.txt")


def test_keeps_an_existing_environment_on_a_server(bootstrap):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    bootstrap.main(for_service=True)
    assert [command.rsplit("/", 1)[1] for command in bootstrap.commands] == ["requirements.txt"]


def test_does_nothing_if_all_is_installed(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "PYTHON", settings.BASE_DIR / ".venv/bin/python")
    if not bootstrap.PYTHON.exists():
        bootstrap.PYTHON = type(bootstrap.PYTHON)(sys.executable)
    bootstrap.main(for_service=True)
    assert bootstrap.commands == []


@pytest.mark.parametrize("pins", ["Django==1.0", "no-such-package-of-ours==1.0"])
def test_installs_missing_packages_and_other_versions(bootstrap, monkeypatch, tmp_path, pins):
    (tmp_path / "requirements.txt").write_text(f"{pins}\n")
    monkeypatch.setattr(bootstrap, "SERVICE", tmp_path / "requirements.txt")
    monkeypatch.setattr(bootstrap, "PYTHON", type(tmp_path)(sys.executable))
    bootstrap.main(for_service=True)
    assert len(bootstrap.commands) == 1


def test_installs_everything_for_developers(bootstrap):
    bootstrap.main()
    assert bootstrap.commands[1].endswith("/requirements-dev.txt")


@pytest.mark.parametrize("target", SERVER_TARGETS)
@pytest.mark.parametrize(
    ("variables", "needed"), [({"DATABASE_URL": "postgres://db/shop"}, "bootstrap.py service"), ({}, "bootstrap.py")]
)
def test_backup_and_restore_install_only_the_service_if_a_database_is_set(target, variables, needed, tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    arguments = [f"{name}={value}" for name, value in {"DATABASE_URL": "", "DB_NAME": "", **variables}.items()]
    command = ["make", "--dry-run", target, "FILE=shop.dump", *arguments]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"bin/(bootstrap.py.*)", output) == [needed]
