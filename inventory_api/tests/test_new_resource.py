"""`make resource` writes a resource that the laws of the project accept, and refuses names that it can't have."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from inventory_api.app_order import ORDER
from products.models import Offer
from testing.cast import shops
from testing.programs import new_resource
from testing.programs.new_resource import ROOT, Names, Refusal
from testing.servers.databases import PROCESS, copy_own_database
from testing.tables import all_cases

BRANDS = Names("brand", "brands", "products")
SHELF_NOTES = Names("shelf_note", "shelf_notes", "stock", links=True)
DATABASE = f"resource{PROCESS}"  # pytest-django adds test_ to the name
DEPLOYED = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "testserver,localhost", "HTTPS": "off"}
# Tests that walk over all models, views and lists of the project. ROUTES_LAW has those that walk over all routes.
LAWS = [
    "inventory_api/tests/test_tenancy_law.py",
    "inventory_api/tests/test_documented_names.py::test_the_table_of_routes_has_each_resource",
    "inventory_api/tests/test_readme.py::test_the_docs_name_what_is_recorded_and_what_can_be_erased",
    "inventory_api/tests/test_documentation.py::test_every_link_and_anchor_leads_somewhere",
    "inventory_api/tests/test_readme.py::test_the_index_names_every_document",
    "inventory_api/tests/test_app_order.py::test_the_page_of_the_architecture_or_the_declaration_says_what_an_app_contains",
    "inventory_api/tests/test_list_files.py",
    "desk/shop/tests/test_find.py::test_searches_each_list_that_has_a_search",
    "ops/demo/tests/test_resources.py",
    "users/access/tests/test_permissions.py::test_the_public_routes_and_the_workers_writes_are_exactly_these",
]
LONG_LAW = "inventory_api/tests/test_tenancy_law.py::test_every_statement_filters_by_owner"  # ROUTES_LAW has it
# The laws of testing/laws/responses.py, on the new routes alone.
ROUTES_LAW = """
import pytest

from testing.laws import responses
from testing.laws.record import Record
from testing.laws.walk import list_calls


@pytest.mark.django_db
def test_the_new_routes_obey_the_laws(world):
    paths = {call.path for call in list_calls() if call.path.startswith("/api/brands/")}
    assert len(paths) == 4
    record, other = Record(world, "charlie", paths), world.foreign_shop("charlie")
    assert responses.find_disagreements(record) == set()
    assert responses.find_leaks(record, other) == set()
    assert responses.find_differing_ids(record) == set()
    assert responses.find_failures(record) == set()
    assert responses.find_wrong_headers(record) == set()
    assert responses.find_violating_pages(record) == set()
    assert responses.find_statements_without_owner(record) == set()
    assert responses.find_undescribed(record) == set()
    assert responses.find_differing_forms(record) == set()
    assert responses.find_effective_empty_parameters(record) == set()
"""


def run(folder, *command, **variables):
    """Run Python in the copy, on a copy of the tests' database. Return its output if it fails."""
    server = {f"DB_{name}": str(connection.settings_dict[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")}
    kept = {name: value for name, value in os.environ.items() if name not in ("DEMO", "DATABASE_URL")}
    variables = {**kept, **server, **DEPLOYED, "DB_NAME": f"test_{DATABASE}", **variables}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    return (done.stdout + done.stderr) * bool(done.returncode)


@pytest.fixture(scope="module")
def copy(tmp_path_factory, django_db_setup):
    """Return a copy of the project in which the command has written brands and notes about shelves."""
    folder = tmp_path_factory.mktemp("project") / "copy"
    # With the bytecode, which would be compiled again: that takes eight seconds of a core.
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".[a-z]*", "build", "exports", "backups"))
    with copy_own_database(f"test_{DATABASE}"):
        assert run(folder, "-m", "testing.programs.new_resource", "brand", "--room", "products") == ""
        assert run(folder, "-m", "testing.programs.new_resource", "shelf_note", "--room", "stock", "--links") == ""
        yield folder


def test_a_new_resource_is_formatted_and_needs_no_further_migration(copy):
    assert run(copy, "-m", "ruff", "check", ".") == ""
    assert run(copy, "-m", "ruff", "format", "--check", ".") == ""
    assert run(copy, str(Path(sys.executable).with_name("lint-imports")), "--no-logo") == ""
    assert run(copy, "manage.py", "makemigrations", "--check", "--dry-run") == ""


def test_a_new_resource_passes_its_own_tests_and_the_laws(copy):
    (copy / BRANDS.path / "tests" / "test_routes_law.py").write_text(ROUTES_LAW)
    command = ["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--reuse-db", "--tier", "check"]
    assert run(copy, *command, BRANDS.path, SHELF_NOTES.path, *LAWS, "--deselect", LONG_LAW, DB_NAME=DATABASE) == ""


@pytest.mark.long
def test_the_types_of_a_new_resource_fit(copy):
    assert run(copy, "-m", "mypy", BRANDS.path, SHELF_NOTES.path) == ""


@all_cases(
    ("names", "reason"),
    [
        (("Driver", "drivers", "trade"), "'Driver' is no name: use small letters"),
        (("driver 2", "drivers", "trade"), "'driver 2' is no name"),
        (("class", "classes", "trade"), "no word of Python"),
        (
            ("distributors", "distributions", "trade"),
            "distributors is too long: the history stores names of at most 11 letters",
        ),
        (("crew", "crew", "trade"), "Name the plural: PLURAL="),
        (("driver", "drivers", "garage"), "Choose ROOM=desk, ops, products, records, stock, suppliers or trade."),
        (("driver", "drivers", "users"), "There is no room users for apps."),
        (("supplier", "purveyors", "trade"), "The history has a kind supplier already. Choose another name."),
        (("driver", "tills", "trade"), "There is an app tills already"),
        (("driver", "lists", "trade"), "There is a page docs/lists.md already"),
        (("role", "parts", "trade"), "users/access/roles.py has a role or parts already"),
    ],
)
def test_a_name_that_a_resource_can_not_have_is_refused(names, reason):
    with pytest.raises(Refusal) as refusal:
        new_resource.check_names(Names(*names))
    assert reason in str(refusal.value)


def test_a_refusal_ends_the_command_before_it_writes(monkeypatch):
    monkeypatch.setattr(Path, "write_text", None)
    with pytest.raises(SystemExit, match="There is an app kits already"):
        new_resource.main(["kit"])


@pytest.mark.quick
def test_other_files_have_the_texts_behind_which_it_writes():
    assert {"inventory_api/app_order.py", *(path for path, *_ in new_resource.LINES)} == {
        *new_resource.write_others(BRANDS)
    }


def test_a_text_that_a_file_does_not_have_any_more_is_named(monkeypatch):
    monkeypatch.setattr(new_resource, "LINES", [("README.md", "zorkmid", "")])
    with pytest.raises(Refusal, match=r"README\.md has this text 0 times"):
        new_resource.write_others(BRANDS)


@all_cases(("room", "app"), [("products", "products"), ("suppliers", "suppliers"), ("trade", "desk.takeout")])
def test_an_app_is_below_that_of_its_room_or_the_last_one_in_it(room, app):
    assert ORDER[new_resource.find_place(room)] == app


def test_an_app_that_links_to_rows_of_its_room_is_above_it():
    assert ORDER[new_resource.find_place("stock", links=True) - 1] == "stock"


def test_a_row_that_the_tests_do_not_have_is_named_with_its_fields(monkeypatch, alice):
    monkeypatch.setattr(shops, "OWNED", [Offer])
    with pytest.raises(AssertionError, match=r"testing/cast/shops\.py, with its fields: Offer \(product, supplier\)\."):
        shops.create_plain_rows("x", alice)
