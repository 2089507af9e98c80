"""Every statement names the owner, so that the tables can be distributed over servers by owner (docs/scaling.md).

test_tenancy_law.py has the rules of models: owners, unique constraints, keys, indexes. test_walk.py checks the
statements of requests.
`inventory_api/tests/test_citus.py` compares with the plans of Citus.
"""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RunSQL, SeparateDatabaseAndState
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from products.models import Product
from stock.booking import sql
from stock.models import Movement
from suppliers.models import Supplier
from testing.laws import distribution
from testing.laws.distribution import OF_ALL_ACCOUNTS, TABLE_USE, WITH_CONDITION
from testing.tables import all_cases
from users.models import SecurityEvent

pytestmark = pytest.mark.usefixtures("shared_world")
FORGOTTEN = "SELECT id FROM stock_movement WHERE product_id = %(product)s"


@pytest.mark.quick
def test_every_statement_by_hand_names_the_owner():
    assert distribution.find_statements_without_owner() == []


@pytest.mark.needs
@pytest.mark.quick
def test_every_table_with_an_owner_is_created_with_the_unique_key_of_its_rows():
    """A later migration of a distributed database distributes the table at once, which needs this key."""
    migrations = MigrationLoader(connection).disk_migrations.items()
    created = [
        (name, one) for name, migration in migrations for one in migration.operations if type(one) is CreateModel
    ]
    owned = [(name, one) for name, one in created if "owner" in dict(one.fields)]
    without = [(name, one.name) for name, one in owned if not any(map(is_key, one.options.get("constraints", ())))]
    assert (without, len(owned) > 30) == ([], True)


def is_key(constraint):
    return isinstance(constraint, models.UniqueConstraint) and constraint.fields == ("owner", "id")


@all_cases("forgotten", [FORGOTTEN, (FORGOTTEN, "DELETE FROM stock_movement WHERE owner_id = %(owner)s")])
def test_finds_a_statement_by_hand_without_the_owner(monkeypatch, forgotten):
    """This is the negative control. It covers the first of several statements with one name, too."""
    monkeypatch.setattr(sql, "FORGOTTEN", forgotten, raising=False)
    assert distribution.find_statements_without_owner() == ["stock.booking.sql.FORGOTTEN"]


@all_cases("name", sorted({*OF_ALL_ACCOUNTS, *WITH_CONDITION}))
def test_the_exceptions_exist(name):
    module, _, attribute = name.rpartition(".")
    assert TABLE_USE.search(getattr(import_module(module), attribute)) or "{" in getattr(
        import_module(module), attribute
    )


@all_cases("condition", [{"pk": 0}, {"owner__username": "charlie"}, {"owner_id": 0}])
def test_finds_a_statement_of_a_request_without_the_owner(charlie, condition):
    """This is the negative control."""
    with CaptureQueriesContext(connection) as captured:
        list(Movement.objects.for_user(charlie))
        list(Movement.objects.filter(**condition))
    [found] = distribution.find_queries_without_owner(captured.captured_queries, charlie.pk)
    assert found == captured.captured_queries[-1]["sql"]


def test_finds_a_statement_in_which_a_subquery_alone_names_the_owner(charlie):
    """This is the negative control."""
    own = Movement.objects.for_user(charlie).filter(product=OuterRef("pk"))
    with CaptureQueriesContext(connection) as captured:
        list(Product.objects.for_user(charlie).annotate(moved=Exists(own)))
        list(Product.objects.filter(pk=0).annotate(moved=Exists(own)))
    [found] = distribution.find_queries_without_owner(captured.captured_queries, charlie.pk)
    assert found == captured.captured_queries[-1]["sql"]


def test_every_table_fits_a_distributed_database():
    assert distribution.find_unfit_rules() == []


def test_finds_a_unique_rule_without_the_owner(monkeypatch):
    """This is the negative control."""
    rule = models.UniqueConstraint(fields=["phone_number"], name="one_for_each_phone")
    monkeypatch.setattr(Supplier._meta, "constraints", [*Supplier._meta.constraints, rule])
    monkeypatch.setattr(Supplier._meta.get_field("contact_email"), "unique", True)
    monkeypatch.setattr(Supplier._meta, "unique_together", [("name", "contact_email")])
    found = ["contact_email", "name, contact_email", "one_for_each_phone"]
    assert distribution.find_unfit_rules() == [f"suppliers_supplier: {name}" for name in found]


@pytest.mark.parametrize(
    ("model", "key", "target"),
    [(Product, "supplier", Supplier), (Product, "supplier", ContentType), (SecurityEvent, "account", Product)],
)
def test_finds_a_foreign_key_without_the_owner(monkeypatch, model, key, target):
    """This is the negative control."""
    field = model._meta.get_field(key)
    monkeypatch.setattr(field, "related_model", target)
    monkeypatch.setattr(field, "db_constraint", True)
    assert distribution.find_unfit_rules() == [f"{model._meta.db_table}: {key}"]


def list_run_sql():
    for (app, name), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items():
        if apps.get_app_config(app).name == app:  # the migrations of other apps are in django.contrib
            for operation in migration.operations:
                parts = (
                    operation.database_operations if isinstance(operation, SeparateDatabaseAndState) else [operation]
                )
                yield from ((f"{app}.{name}", part) for part in parts if isinstance(part, RunSQL))


def test_each_text_of_a_migration_is_one_statement():
    """Citus refuses several commands in a prepared statement."""
    for name, operation in list_run_sql():
        for given in (operation.sql, operation.reverse_sql):
            for text in [given] if isinstance(given, str) else given or []:
                without_bodies = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
                assert ";" not in without_bodies.strip().rstrip(";"), name
