"""Every app is in every law: the order, the URLs, the layers, coverage, error codes, tenancy and translations."""

import os
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

from core.shop_apps import read_declarations
from inventory_api.app_order import BASES, ORDER
from testing.laws.sources import ROOT, list_files
from testing.tables import all_cases

ROOMS = {app.partition(".")[0] for app in ORDER}
NO_PRODUCT = {"testing", "benchmarks"}


def list_packages(folder):
    return {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}


def list_patterns(resolver):
    for pattern in resolver.url_patterns:
        yield pattern
        if hasattr(pattern, "url_patterns"):
            yield from list_patterns(pattern)


def test_every_package_is_an_app_of_the_order_or_a_room_of_apps():
    assert list_packages(ROOT) == ROOMS | NO_PRODUCT
    for room in ROOMS - {*ORDER}:
        assert {f"{room}.{name}" for name in list_packages(ROOT / room)} <= {*ORDER}


def test_the_installed_apps_are_those_of_the_order():
    configs = [app for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT)]
    ours = {app.name for app in configs if ".venv" not in app.path}
    assert ours - {"testing"} == {*ORDER} - BASES


def list_addresses(module):
    return [one for name in ("urlpatterns", "pages", "root_pages") for one in getattr(module, name, ())]


def test_every_file_of_urls_is_included():
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in list_files("**/*urls.py")]
    known = {id(pattern) for pattern in list_patterns(get_resolver())}
    assert [name for name in names if any(id(one) not in known for one in list_addresses(import_module(name)))] == []


def test_import_rules_and_coverage_read_every_app():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert {*settings["importlinter"]["root_packages"]} == ROOMS
    assert settings["coverage"]["run"]["source"] == ["."]
    left_out = [pattern.removeprefix("./") for pattern in settings["coverage"]["run"]["omit"]]
    files = [file.relative_to(ROOT) for file in list_files()]
    assert [name for name in left_out if any(file.match(name) for file in files)] == ["core/server/*"]


@all_cases("app", ORDER)
def test_the_page_of_the_architecture_or_the_declaration_says_what_an_app_contains(app):
    if f"| `{app.replace('.', '/')}/` |" not in (ROOT / "docs" / "architecture.md").read_text():
        [declaration] = read_declarations((app,))
        assert declaration.__doc__


# --- An app that breaks the laws ------------------------------------------------------------------------------

MODELS = """
from typing import TYPE_CHECKING

from django.db.models import CharField, Model

from core.errors import DomainError

if TYPE_CHECKING:
    from desk.shop.menu import list_menu


class CustomerLost(DomainError):
    code = "customer_lost"


class Customer(Model):
    name = CharField(max_length=9)
"""
PAGES = """
TITLE = "Every customer of this shop"
"""
# The tests that refuse it. They need no database.
REFUSED_BY = [
    "inventory_api/tests/test_error_codes.py::test_the_table_lists_every_code_and_no_other",
    "inventory_api/tests/test_tenancy_law.py::test_every_business_row_has_an_owner",
    "inventory_api/tests/test_translations.py::test_no_module_of_pages_has_an_unmarked_sentence",
]


def run(folder, *command):
    """Run the command in the folder, without a database. Return what it prints, or an empty text if it succeeds."""
    variables = {name: value for name, value in os.environ.items() if name not in ("DEMO", "DB_NAME")}
    variables |= {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "DEBUG": "on", "SECRET_KEY": "x" * 60}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr) * bool(done.returncode)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the project with a further app, which breaks laws."""
    folder = tmp_path_factory.mktemp("project") / "copy"
    left_out = shutil.ignore_patterns(".[a-z]*", "build", "exports", "backups", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=left_out)
    app = folder / "desk" / "outlaws"
    app.mkdir()
    for name, text in {"__init__": "", "models": MODELS, "pages": PAGES}.items():
        (app / f"{name}.py").write_text(text)
    return folder


@pytest.mark.long
def test_an_app_that_is_not_listed_is_refused(copy):
    test = f"inventory_api/tests/{Path(__file__).name}::test_every_package_is_an_app_of_the_order_or_a_room_of_apps"
    assert "desk.outlaws" in run(copy, sys.executable, "-m", "pytest", "-q", test)


@pytest.mark.long
def test_a_listed_app_that_breaks_the_laws_is_refused_by_each(copy):
    order = copy / "inventory_api" / "app_order.py"
    order.write_text(order.read_text().replace('    "desk.agents",', '    "desk.agents",\n    "desk.outlaws",'))
    found = run(copy, str(Path(sys.executable).with_name("lint-imports")), "--no-logo")
    assert "desk.outlaws.models -> desk.shop.menu: models import no services" in found
    failed = run(copy, sys.executable, "-m", "pytest", "-q", "--tier", "check", *REFUSED_BY)
    assert [test for test in REFUSED_BY if f"FAILED {test}" not in failed] == []
