"""Migrations on a cluster after its distribution. `make live GROUND=citus` runs this file."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, NotSupportedError, connection, migrations, models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, list_owned_tables
from ops import distribution
from ops.tests.databases import DISTRIBUTED
from stock.models import Return
from testing.cast.people import make_product, make_user
from testing.cast.shops import create_world
from testing.servers.grounds import citus
from users.models import User

pytestmark = [
    pytest.mark.skipif(not settings.DB_CITUS, reason="needs Citus: make live GROUND=citus"),
    pytest.mark.django_db(transaction=True),
]


def make_note(has_owner_row=True):
    """Return the migration of a model with an owner, as `makemigrations` writes it if all rules are included."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    product = OwnedKey("products.Product", on_delete=models.PROTECT, related_name="+")
    constraints = [models.UniqueConstraint(fields=["owner", "id"], name="products_note_owner_row")][:has_owner_row]
    constraints += [
        models.UniqueConstraint(fields=["owner", "text"], name="products_note_text"),
        OwnedForeignKey(field="product", name="products_note_product"),
    ]
    # Django defers the constraints of a table of which a default has parameters.
    metadata = models.JSONField(db_default=models.Value({}, models.JSONField()))
    fields = [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField()), ("metadata", metadata)]
    fields.append(("owner", owner))
    return migrations.CreateModel("Note", [*fields, ("product", product)], {"constraints": constraints})


@pytest.fixture
def migrate():
    """Return a function that applies an operation. The table is dropped at the end."""
    states = [MigrationLoader(connection).project_state()]

    def apply(operation):
        states.append(states[-1].clone())
        operation.state_forwards("products", states[-1])
        deadline = time.monotonic() + 2 * citus.MOVE_SECONDS
        while not try_to_apply(operation, *states[-2:]):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        return states[-1].apps.get_model("products", "Note")

    yield apply
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS products_note")


def try_to_apply(operation, before, after):
    """Apply the operation. Return False if Citus refuses it because a shard of another test is moving."""
    try:
        with connection.schema_editor() as editor:
            operation.database_forwards("products", editor, before, after)
    except InternalError as error:
        if "concurrent shard move" not in str(error):
            raise
        return False
    return True


def read_places():
    with connection.cursor() as cursor:
        cursor.execute(DISTRIBUTED)
        return dict(cursor.fetchall())


def test_a_later_migration_distributes_the_table_of_a_new_model(migrate):
    note = migrate(make_note())
    places = read_places()
    assert places["products_note"] == places["stock_movement"]
    products = [make_product(make_user(name)) for name in ("alice", "charlie")]
    for product in products:
        note.objects.create(owner_id=product.owner_id, product_id=product.pk, text="Fragile")
    assert note.objects.count() == 2
    with pytest.raises(IntegrityError, match="products_note_text"):
        note.objects.create(owner_id=products[0].owner_id, product_id=products[0].pk, text="Fragile")
    with pytest.raises(IntegrityError, match="products_note_product"):
        note.objects.create(owner_id=products[0].owner_id, product_id=products[1].pk, text="Heavy")


def test_refuses_a_later_table_whose_rows_have_no_unique_key_with_the_owner(migrate):
    with pytest.raises(NotSupportedError, match=r"must be part of the table from the start: products_note\."):
        migrate(make_note(has_owner_row=False))
    assert "products_note" not in read_places()


def test_distribute_finds_a_table_that_was_migrated_without_the_setting(migrate, monkeypatch):
    """Citus can't distribute it, because its foreign keys to the users have made it a table of the coordinator."""
    monkeypatch.setattr(connection, "SchemaEditorClass", DatabaseSchemaEditor)
    note = make_note()
    note.options["constraints"].pop()  # Citus refuses a foreign key to the products immediately
    migrate(note)
    owned = [*list_owned_tables(), "products_note"]
    monkeypatch.setattr(distribution, "list_owned_tables", lambda: owned)
    assert distribution.make_plan().tables == ["products_note"]
    with pytest.raises(CommandError, match="Nothing has changed, because PostgreSQL refused a step: "):
        call_command("distribute")


def test_later_migrations_change_a_distributed_table(migrate):
    migrate(make_note())
    note = migrate(migrations.AddField("note", "lines", models.IntegerField(default=1)))
    product = make_product(make_user("alice"))
    note.objects.create(owner_id=product.owner_id, product_id=product.pk, text="Fragile")
    few = models.CheckConstraint(condition=models.Q(lines__lt=9), name="products_note_few")
    note = migrate(migrations.AddConstraint("note", few))
    with pytest.raises(IntegrityError, match="products_note_few"):
        note.objects.filter(owner_id=product.owner_id).update(lines=9)
    migrate(migrations.AddIndex("note", models.Index(fields=["owner", "lines"], name="products_note_by_lines")))
    migrate(migrations.RemoveConstraint("note", "products_note_few"))
    assert note.objects.filter(owner_id=product.owner_id).update(lines=9) == 1
    assert "products_note" in read_places()


FILLING = {
    "stock.migrations.0025_filled_tills": "fill_tills",
    "stock.migrations.0033_owed_from": "fill",
    "trade.purchasing.migrations.0011_linked_damage": "link_damage",
}


def test_migrations_that_fill_tables_run_in_shops_with_rows():
    """Citus refuses a statement only when it is executed. What is linked already is not linked again."""
    create_world()
    User.objects.update(owed_from=None)
    returns = Return.objects.count()
    for migration, function in FILLING.items():
        with connection.schema_editor(atomic=False) as editor:
            getattr(import_module(migration), function)(apps, editor)
    assert Return.objects.count() == returns > 0
    assert User.objects.filter(owed_from__isnull=False).exists()
