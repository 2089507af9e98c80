"""The product starts, migrates and sells without each of the apps that can be left out, and without all of them."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from itertools import chain, combinations, permutations
from time import monotonic, sleep

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core.database.embedded import place
from core.database.left_out import check_left_out
from core.ownership import OwnedKey
from core.shop_apps import ShopApp, collect, find_label, list_installed, list_problems
from inventory_api.app_order import ORDER
from stock.proofs.sql_seals import describe_sealed, list_sealed_models
from testing.laws import left_out as laws_left_out
from testing.laws.left_out import REASONS, find_names
from testing.plugins import left_out
from testing.programs.left_out import OPTIONAL, list_with_dependants
from testing.servers import serving
from testing.tables import all_cases

ROUNDS = 6


@pytest.fixture(scope="module")
def database():
    with serving.run_database(migrated=True) as running:
        yield running


def run(database, without, *command):
    variables = serving.Service(database, WITHOUT=",".join(without)).variables
    ran = subprocess.run([sys.executable, *command], cwd=place.CLONE, env=variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def list_rounds():
    """Return the apps that each round leaves out. Each app is left out in three: of two, a round has either alone."""
    places = list(combinations(range(ROUNDS), 3))
    left_out = dict(zip(OPTIONAL, places, strict=False))
    rounds = [{label for label, places in left_out.items() if number in places} for number in range(ROUNDS)]
    return [{*chain.from_iterable(map(list_with_dependants, labels))} for labels in rounds]


def test_each_app_is_there_in_a_round_without_each_other_one_that_it_does_not_need():
    for there, label in permutations(OPTIONAL, 2):
        needs_it = there in list_with_dependants(label)
        assert any(label in left_out and there not in left_out for left_out in list_rounds()) != needs_it, (
            there,
            label,
        )


def test_sells_and_shows_its_pages_in_each_round_and_without_all_apps(database):
    """Two are tried at a time, because each run takes ten seconds of a core."""
    cases = [*list_rounds(), {*OPTIONAL}]
    with ThreadPoolExecutor(2) as pool:
        assert len([*pool.map(lambda without: run(database, without, "-m", "testing.programs.without"), cases)]) == len(
            cases
        )


@pytest.mark.needs
@pytest.mark.quick
def test_nothing_outside_of_an_app_that_can_be_left_out_names_it_without_a_reason():
    """Then its folder can be deleted with its line in `app_order.py`."""
    assert {name for app in OPTIONAL.values() for name in find_names(app)} == {*REASONS}


@pytest.mark.needs
@pytest.mark.quick
def test_a_module_that_names_such_an_app_is_found(monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(
        laws_left_out, "read_sources", lambda: {"core/x.py": "import trade.quotes.models", "core/y.py": ""}
    )
    assert [*find_names(OPTIONAL["quotes"])] == [("core/x.py", "trade.quotes")]


@pytest.mark.quick
def test_tests_need_apps_that_can_be_left_out():
    """Otherwise, a name that is wrong would leave out a test for ever."""
    sources = [path.read_text() for path in place.CLONE.glob("*/**/tests/**/*.py") if ".venv" not in path.parts]
    named = {label for source in sources for label in re.findall(r"(?:needs|with_app)\(\"(\w+)\"", source)}
    imported = {find_label(app) for source in sources for name in left_out.IMPORT.findall(source)
                if (app := left_out.find_missing_app(name))}  # fmt: skip
    assert {"quotes"} <= named
    assert named | imported <= left_out.list_labels()
    assert {*OPTIONAL} <= left_out.list_labels()


@pytest.mark.quick
@all_cases(
    ("module", "app"),
    [
        ("trade.quotes.models", "trade.quotes"),
        ("trade.quotes", "trade.quotes"),
        ("trade.deleted.models", "trade.deleted"),
        ("trade.sales.models", ""),
        ("trade.sales", ""),
        ("django.db", ""),
        ("json", ""),
    ],
)
def test_an_import_of_an_app_that_is_not_there_is_found(monkeypatch, module, app):
    monkeypatch.setattr(left_out, "list_without", lambda: {"trade.quotes"})
    assert left_out.find_missing_app.__wrapped__(module) == app


@pytest.mark.long
def test_a_new_database_without_the_apps_can_get_them_later():
    with serving.run_database() as new:
        run(new, OPTIONAL, "manage.py", "migrate")
        run(new, OPTIONAL, "-m", "testing.programs.without")
        run(new, OPTIONAL, "manage.py", "seal")
        run(new, OPTIONAL, "manage.py", "verify_stock")
        run(new, (), "manage.py", "migrate")
        run(new, (), "manage.py", "verify_stock")


@pytest.mark.quick
@all_cases(
    ("without", "problem"),
    [
        (["tills"], "WITHOUT names 'tills', which can't be left out: write some of agents, "),
        (["takeout"], "WITHOUT leaves out takeout, which evidence needs: add evidence to WITHOUT."),
    ],
)
def test_says_what_can_not_be_left_out(without, problem):
    [found] = list_problems(ORDER, without)
    assert found.startswith(problem)


@pytest.mark.needs
@pytest.mark.quick
def test_an_app_that_can_be_left_out_declares_its_sealed_tables():
    models = [model for model in list_sealed_models() if model._meta.app_label in OPTIONAL]
    sealed = {model._meta.db_table: describe_sealed(model) for model in models}
    assert collect("sealed", ORDER) == sealed
    assert "closings_cash" in sealed


@pytest.mark.quick
def test_a_declaration_that_nothing_reads_is_refused():
    with pytest.raises(Exception, match="Nothing reads what Wrong declares: usess"):
        type("Wrong", (ShopApp,), {"__module__": __name__, "name": "wrong", "usess": {}})


def leave_out(settings, label):
    settings.SHOP_APPS = list_installed(settings.KNOWN_APPS, [label])


@pytest.mark.needs
@pytest.mark.quick
@pytest.mark.parametrize("label", [label for label, app in OPTIONAL.items() if app.stays_with])
def test_an_app_with_rows_that_others_go_by_is_not_left_out(world, settings, label):
    leave_out(settings, label)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {OPTIONAL[label].stays_with[0]}")
        [number] = cursor.fetchone()
    with pytest.raises(ImproperlyConfigured) as refused:
        check_left_out(connection)
    assert str(refused.value) == (
        f"WITHOUT leaves out {label}, but others go by the rows in {OPTIONAL[label].stays_with[0]}, of which there are"
        f" {number}: take {label} out of WITHOUT."
    )


@pytest.mark.needs
@pytest.mark.quick
@pytest.mark.parametrize("label", [label for label, app in OPTIONAL.items() if not app.stays_with])
def test_an_app_of_convenience_is_left_out_whatever_it_has(world, settings, label):
    leave_out(settings, label)
    check_left_out(connection)


@pytest.mark.needs
@pytest.mark.quick
@pytest.mark.django_db
@all_cases("statement", ["SELECT 1", "DROP TABLE levels_level", "SET LOCAL search_path TO pg_catalog"])
def test_without_rows_or_tables_each_app_is_left_out(settings, statement):
    settings.SHOP_APPS = list_installed(settings.KNOWN_APPS, OPTIONAL)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        check_left_out(connection)
        cursor.execute("SET LOCAL search_path TO DEFAULT")


@pytest.mark.needs
@pytest.mark.quick
def test_an_app_whose_rows_name_those_of_another_declares_their_tables():
    """A key to a row of another app says what this row goes by. One of the app itself is enough for its parts."""
    for label, app in OPTIONAL.items():
        models = [*apps.get_app_config(label).get_models()]
        keys = {
            model: [f.related_model for f in model._meta.local_fields if isinstance(f, OwnedKey)] for model in models
        }
        bound = {model for model, others in keys.items() if {*others} - {*models} and not {*others} & {*models}}
        assert {model._meta.db_table for model in bound} <= {*app.stays_with}, label
        assert {*app.stays_with} <= {model._meta.db_table for model in models}


NEW_SHEET = """
import django; django.setup()
from users.access.permissions import Caller
from users.services import register
from trade.sheets.models import Sheet
owner = register(by=Caller(), username="alice", password="correct-horse-7")
Sheet.objects.create(owner=owner, name="Shelf", opened_by=owner, opened_by_username="alice")
"""


def wait_for(service, path, status):
    deadline = monotonic() + 60
    while monotonic() < deadline:
        with suppress(OSError, HTTPException):
            if service.send("GET", path).status == status:
                return
        sleep(0.1)
    raise AssertionError(f"{path} never was a {status}")


@pytest.mark.long
def test_nothing_starts_without_such_an_app_and_a_service_waits_for_its_database():
    with serving.run_database(migrated=True) as new:
        environment = serving.Service(new, WITHOUT="sheets", DJANGO_SETTINGS_MODULE="inventory_api.settings").variables
        gunicorn = (sys.executable, "-m", "gunicorn")

        def start(*command, **variables):
            ran = subprocess.run(
                command, cwd=place.CLONE, env=environment | variables, capture_output=True, text=True, timeout=60
            )
            return ran.returncode, ran.stderr.strip().splitlines()[-1:]

        assert start(sys.executable, "-c", NEW_SHEET, WITHOUT="")[0] == 0
        said = (1, [
            "WITHOUT leaves out sheets, but others go by the rows in sheets_sheet, of which there are 1: take sheets"
            " out of WITHOUT."
        ])  # fmt: skip
        commands = ("migrate", "deliver", "verify_stock", "makemigrations")
        assert [start(sys.executable, "manage.py", name) for name in commands] == [said] * len(commands)
        assert start(*gunicorn) == start(*gunicorn, DEBUG="on") == said
        assert start(sys.executable, "manage.py", "help")[0] == 0
        new.stop()
        service = serving.Service(new, WITHOUT="sheets")
        with service.log.open("ab") as log:
            running = service.process = subprocess.Popen(gunicorn, cwd=place.CLONE, env=service.variables, stderr=log)
        try:
            wait_for(service, "/healthz", 200)
            wait_for(service, "/readyz", 503)
            new.start()
            wait_for(service, "/readyz", 500)
            assert said[1][0] in service.log.read_text()
        finally:
            running.terminate()
            running.wait(60)
