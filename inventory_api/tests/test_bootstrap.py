"""What the Makefile installs, and where: all that developers need, or what a server needs and no more."""

import importlib.util
import re
import subprocess
import sys

import pytest
from django.conf import settings

MAKEFILE = (settings.BASE_DIR / "Makefile").read_text()
OPERATING = ("backup", "restore")


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    """bin/bootstrap.py with an environment elsewhere, which notes what it would run."""
    spec = importlib.util.spec_from_file_location("bootstrap", settings.BASE_DIR / "bin/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "complete")
    monkeypatch.setattr(module, "LOCK", tmp_path / "lock")
    module.ran = []
    monkeypatch.setattr(module, "step", lambda _, *command: module.ran.append(" ".join(command)))
    return module


def test_a_server_gets_the_service_s_requirements_alone(bootstrap):
    bootstrap.main(of_service=True)
    made, installed = bootstrap.ran
    assert made.endswith(f"-m venv {bootstrap.VENV}")
    assert installed.endswith("/requirements.txt")


def test_an_environment_that_is_there_is_kept(bootstrap):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    bootstrap.main(of_service=True)
    assert [command.rsplit("/", 1)[1] for command in bootstrap.ran] == ["requirements.txt"]


def test_where_all_is_installed_nothing_is_done(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "PYTHON", settings.BASE_DIR / ".venv/bin/python")
    if not bootstrap.PYTHON.exists():
        bootstrap.PYTHON = type(bootstrap.PYTHON)(sys.executable)
    bootstrap.main(of_service=True)
    assert bootstrap.ran == []


@pytest.mark.parametrize("pins", ["Django==1.0", "no-such-package-of-ours==1.0"])
def test_another_version_and_a_missing_package_are_installed(bootstrap, monkeypatch, tmp_path, pins):
    (tmp_path / "requirements.txt").write_text(f"{pins}\n")
    monkeypatch.setattr(bootstrap, "SERVICE", tmp_path / "requirements.txt")
    monkeypatch.setattr(bootstrap, "PYTHON", type(tmp_path)(sys.executable))
    bootstrap.main(of_service=True)
    assert len(bootstrap.ran) == 1


def test_developers_get_everything(bootstrap):
    bootstrap.main()
    assert bootstrap.ran[1].endswith("/requirements-dev.txt")


@pytest.mark.parametrize("target", OPERATING)
@pytest.mark.parametrize(
    ("variables", "needed"), [({"DATABASE_URL": "postgres://db/shop"}, "bootstrap.py service"), ({}, "bootstrap.py")]
)
def test_operating_targets_install_what_a_server_needs_where_a_database_is_set(target, variables, needed, tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    words = [f"{name}={value}" for name, value in {"DATABASE_URL": "", "DB_NAME": "", **variables}.items()]
    command = ["make", "--dry-run", target, "FILE=shop.dump", *words]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"bin/(bootstrap.py.*)", said) == [needed]
