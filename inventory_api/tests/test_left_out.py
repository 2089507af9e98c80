"""The product starts, migrates and sells without each of the apps that can be left out, and without all of them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.database.checks import check_left_out
from core.database.embedded import place
from core.shop_apps import ShopApp, collect, find_label, list_problems, read_declarations
from inventory_api.app_order import ORDER
from stock.proofs.sql_seals import describe_sealed, list_sealed_models
from testing import serving
from testing.tables import all_cases
from testing.tiers import PARTS
from trade.invoices.tests.issuing import Books

OPTIONAL = {find_label(app.name): app for app in read_declarations(ORDER) if app.is_optional}


def list_with_dependants(label):
    """Return the app, and those that need it."""
    return [label, *(other for other, app in OPTIONAL.items() if label in app.needs)]


@pytest.fixture(scope="module")
def database():
    with serving.run_database(migrated=True) as running:
        yield running


def run(database, without, *command):
    variables = serving.Service(database, WITHOUT=",".join(without)).variables
    ran = subprocess.run([sys.executable, *command], cwd=place.CLONE, env=variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_sells_and_shows_its_pages_without_each_app_and_without_all(database):
    """Two are tried at a time, because each run takes ten seconds of a core."""
    cases = [*map(list_with_dependants, OPTIONAL), [*OPTIONAL]]
    with ThreadPoolExecutor(2) as pool:
        assert len([*pool.map(lambda without: run(database, without, "-m", "testing.without"), cases)]) == len(cases)


@pytest.mark.quick
def test_tests_know_the_apps_that_can_be_left_out():
    assert {*PARTS} == {app.name for app in OPTIONAL.values()}


@pytest.mark.long
def test_a_new_database_without_the_apps_can_get_them_later():
    with serving.run_database() as new:
        run(new, OPTIONAL, "manage.py", "migrate")
        run(new, OPTIONAL, "-m", "testing.without")
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


@pytest.mark.quick
@pytest.mark.django_db
@all_cases("is_issued", [True, False])
def test_an_app_with_rows_that_others_go_by_is_not_left_out(alice, settings, is_issued):
    settings.SHOP_APPS = tuple(name for name in settings.SHOP_APPS if name != "trade.invoices")
    if is_issued:
        books = Books(alice)
        books.issue(books.sell((books.make_product("Tea", "12.00"), 1)))
    said = ["WITHOUT leaves out invoices, which has rows: take it out of WITHOUT."] if is_issued else []
    assert [one.msg for one in check_left_out(None, ["default"])] == said
