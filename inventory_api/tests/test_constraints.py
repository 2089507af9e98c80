"""With OwnedForeignKey, no row links to a row of another account, and no linked row moves to another account."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnedModel
from products.models import Product
from suppliers.models import Supplier
from testing.cast.people import make_location
from testing.tables import all_cases
from users.models import User

OWNED = [model for model in apps.get_models() if issubclass(model, OwnedModel)]
KEYS = [field for model in OWNED for field in model._meta.local_fields if isinstance(field, OwnedKey)]


@pytest.fixture
def acme(charlie):
    """Return a supplier of Charlie, which is foreign to Alice."""
    return Supplier.objects.create(owner=charlie, name="Acme")


def violated_constraint(error):
    return error.value.__cause__.diag.constraint_name


def run_sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def test_the_migrations_are_complete(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_owned_keys_and_their_constraints_correspond():
    keys = {(field.model, field.name) for field in KEYS}
    constraints = {(m, c.field) for m in OWNED for c in m._meta.constraints if isinstance(c, OwnedForeignKey)}
    assert constraints == keys
    assert len(keys) >= 5


@all_cases("model", OWNED)
def test_the_database_has_every_constraint_of_the_model(db, model):
    with connection.cursor() as cursor:
        actual = connection.introspection.get_constraints(cursor, model._meta.db_table)
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [model._meta.db_table])
        actual |= {name: {} for (name,) in cursor.fetchall()}
    assert {constraint.name for constraint in model._meta.constraints} <= set(actual)
    for constraint in model._meta.constraints:
        if isinstance(constraint, OwnedForeignKey):
            columns = ["owner_id", *(f"{name}_id" for name in (*constraint.shared, constraint.field))]
            assert actual[constraint.name]["columns"] == columns


@all_cases("model", OWNED)
def test_unique_constraints_start_with_the_owner(model):
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            first = [*constraint.fields, *(getattr(expression, "name", "") for expression in constraint.expressions)][0]
            assert first == "owner"


@pytest.mark.quick
def test_refuses_a_link_to_another_accounts_supplier(kettle, acme):
    with pytest.raises(IntegrityError) as error:
        run_sql("UPDATE products_product SET supplier_id = %s WHERE id = %s", acme.pk, kettle.pk)
    assert violated_constraint(error) == "products_product_supplier"


@pytest.mark.needs("sheets")
@pytest.mark.quick
def test_a_body_names_no_row_of_another_account(as_alice, charlie, kettle):
    place = make_location(charlie, "Attic")
    refused = as_alice.post("/api/stock/sheets/", {"name": "July", "location": place.pk})
    assert (refused.status_code, [*refused.json()]) == (400, ["location"])


def test_refuses_to_move_a_linked_row_to_another_account(alice, charlie, kettle):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    Product.objects.filter(pk=kettle.pk).update(supplier=supplier)
    with pytest.raises(IntegrityError) as error:
        run_sql("UPDATE suppliers_supplier SET owner_id = %s WHERE id = %s", charlie.pk, supplier.pk)
    assert violated_constraint(error) == "products_product_supplier"


def test_refuses_at_the_statement_not_at_the_commit(kettle, acme):
    product = Product.objects.get(pk=kettle.pk)
    product.supplier = acme
    with pytest.raises(IntegrityError):
        product.save(update_fields=["supplier"])


def test_validation_names_the_field(kettle, acme):
    kettle.supplier = acme
    with pytest.raises(ValidationError) as error:
        kettle.full_clean()
    assert error.value.message_dict == {"supplier": ["This row does not exist."]}
    for field in ("supplier", "owner"):
        kettle.full_clean(exclude=[field])
    kettle.supplier = None
    kettle.full_clean()


def test_migrations_can_remove_and_add_the_constraint(kettle, acme):
    constraint = next(c for c in Product._meta.constraints if c.name == "products_product_supplier")
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Product, constraint)
    Product.objects.filter(pk=kettle.pk).update(supplier=acme)
    Product.objects.filter(pk=kettle.pk).update(supplier=None)
    with connection.schema_editor() as editor:
        editor.add_constraint(Product, constraint)
    with pytest.raises(IntegrityError):
        Product.objects.filter(pk=kettle.pk).update(supplier=acme)


def test_migrations_can_serialise_and_compare_the_constraint():
    constraint = OwnedForeignKey(field="supplier", name="x")
    path, args, kwargs = constraint.deconstruct()
    assert (path, args) == ("core.database.constraints.OwnedForeignKey", ())
    copy = OwnedForeignKey(**kwargs)
    assert (copy, hash(copy)) == (constraint, hash(constraint))
    assert constraint != OwnedForeignKey(field="category", name="x")
    assert constraint != UniqueConstraint(fields=["supplier"], name="x")
    assert constraint.clone() == constraint
    with_product = OwnedForeignKey(field="supplier", name="x", shared=("product",))
    assert OwnedForeignKey(**with_product.deconstruct()[2]) == with_product != constraint


@all_cases("field", KEYS)
def test_joins_compare_the_owner_of_both_rows(field):
    table = field.model._meta.db_table
    query = str(field.model.objects.select_related(field.name).query)
    join = query.split(" JOIN ")[1]
    assert f'"owner_id" = ("{table}"."owner_id")' in join
    assert f'("{table}"."{field.column}" = ' in join


def test_joins_of_filters_and_reverse_relations_compare_the_owner():
    forwards = str(Product.objects.filter(category__name="Kitchen").query)
    assert '"products_category"."owner_id" = ("products_product"."owner_id")' in forwards
    backwards = str(Supplier.objects.filter(products__name="Kettle").query)
    assert '"owner_id" = (' in backwards.split(" ON ")[1]


def test_does_not_join_a_foreign_row_that_is_linked_without_the_constraint(kettle, acme):
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE products_product DROP CONSTRAINT products_product_supplier")
    run_sql("UPDATE products_product SET supplier_id = %s WHERE id = %s", acme.pk, kettle.pk)
    product = Product.objects.select_related("supplier").get(pk=kettle.pk)
    assert product.supplier is None
    assert not Product.objects.filter(supplier__name="Acme").exists()


@pytest.mark.quick
def test_saving_some_fields_does_not_move_a_row_to_another_account(alice, charlie, acme):
    acme.owner, acme.name = alice, "Moved"
    with pytest.raises(DatabaseError), transaction.atomic():
        acme.save(update_fields=["owner", "name"])
    assert Supplier.objects.values("owner", "name").get() == {"owner": charlie.pk, "name": "Acme"}


def test_saving_all_fields_does_not_move_a_row_to_another_account(alice, charlie, acme):
    acme.owner = alice
    with pytest.raises(IntegrityError), transaction.atomic():
        acme.save()
    assert Supplier.objects.get().owner == charlie


def test_an_update_filters_by_owner(acme, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        acme.save(update_fields=["accepted_email"])
    (statement,) = (query["sql"] for query in queries.captured_queries)
    assert f'WHERE ("suppliers_supplier"."owner_id" = {acme.owner_id} AND' in statement
    assert '"owner_id" =' not in statement.split(" WHERE ")[0]


def test_for_user_returns_only_rows_of_the_users_account(alice, bob, charlie, dora, acme, kettle):
    assert list(Product.objects.for_user(alice)) == list(Product.objects.for_user(bob)) == [kettle]
    assert list(Product.objects.for_user(charlie)) == list(Product.objects.for_user(dora)) == []
    assert list(Supplier.objects.for_user(charlie)) == [acme]
    assert list(Supplier.objects.for_user(User(role="boss", pk=charlie.pk))) == []


def test_for_user_works_for_every_owned_model(world):
    for model in OWNED:
        for shop in world.shops.values():
            owners = {row.owner_id for row in model.objects.for_user(shop.owner)}
            assert owners == {shop.owner.pk}, model
