"""The plans with which PostgreSQL executes the statements of an import."""

import io
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from products.filing.files import open_rows
from products.models import Category, Product
from stock.booking import sql as sql_places
from stock.importing import planner
from stock.importing import services as imports
from stock.importing import table as sql
from stock.importing.services import import_products
from stock.models import Location, Lot, Movement
from stock.proofs.verification import find_breaks
from testing.laws.query_plans import walk

FILE = b"name,price,quantity\nPot,3,7\nPan,3,0\n"


def open_later(owner, content):
    """Return a function that opens the file, as the view makes it."""
    return partial(open_rows, io.BytesIO(content), owner_id=owner.pk)


@pytest.mark.parametrize(("most", "setting"), [(2, "on"), (1, "off")])
def test_only_the_joins_of_a_large_file_avoid_nested_loops(alice, monkeypatch, most, setting):
    monkeypatch.setattr(imports, "MAX_ROWS_IN_LOOPS", most)
    with transaction.atomic(), connection.cursor() as cursor:
        import_products(by=alice, open_file=open_later(alice, FILE))
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == (setting,)


UPDATES = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'products_product'"


def count_updates():
    """Return how many rows of products this transaction has updated."""
    with connection.cursor() as cursor:
        cursor.execute(UPDATES)
        return cursor.fetchone()[0]


def test_new_products_are_inserted_with_their_stock(alice):
    """An update afterwards would write each row twice, and PostgreSQL would check its foreign keys twice."""
    before = count_updates()
    import_products(by=alice, open_file=open_later(alice, FILE))
    assert count_updates() == before
    assert {*Product.objects.values_list("name", "quantity", "stock_sequence")} == {("Pot", 7, 1), ("Pan", 0, 0)}


def test_one_operation_has_the_new_and_the_changed_products(alice):
    import_products(by=alice, open_file=open_later(alice, FILE))
    done = import_products(
        by=alice, open_file=open_later(alice, b"name,price,cost_price,quantity\nLid,3,1.5,4\nPan,3,,2\n")
    )
    booked = Movement.objects.filter(operation=done["operation"]).order_by("id")
    assert [*booked.values_list("product__name", "sequence", "old_quantity", "new_quantity", "value")] == [
        ("Pan", 1, 0, 2, 0), ("Lid", 1, 0, 4, 6),
    ]  # fmt: skip
    assert (done["created"], done["updated"], find_breaks(alice.pk)) == (1, 1, [])


@transaction.atomic
def import_and_delete_the_category(by):
    import_products(by=by, open_file=open_later(by, b"name,price,category\nPot,3,Kitchen\n"))
    Category.objects.filter(owner=by)._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_the_links_of_new_products_are_checked(alice):
    with pytest.raises(IntegrityError, match="products_product_category"):
        import_and_delete_the_category(alice)


# --- Plans that do not depend on statistics --------------------------------------------------------------------------

ROWS = 1200
LARGE_FILE = "\n".join(["name,sku,price,category,supplier", *(f"P{n},K{n},1,C{n},S{n}" for n in range(ROWS)), ""])


@pytest.mark.parametrize("is_counted", [True, False])
def test_postgresql_expects_one_match_for_each_row(alice, is_counted):
    """It expected millions, and prepared hundreds of temporary files for them."""
    import_products(by=alice, open_file=open_later(alice, LARGE_FILE.encode()), create_missing=True)
    plans = []

    def explain_first(execute, statement, parameters, many, context):
        if statement == sql.MATCH_MANY_ROWS:
            execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters, many, context)
            plans.extend(context["cursor"].fetchone()[0])
        return execute(statement, parameters, many, context)

    if is_counted:
        planner.analyze([*planner.FILLED_TABLES])
    with connection.execute_wrapper(explain_first):
        done = import_products(by=alice, open_file=open_later(alice, LARGE_FILE.encode()))
    assert done["unchanged"] == ROWS
    assert plans
    assert max(node["Plan Rows"] for plan in plans for node in walk(plan["Plan"])) <= 10 * ROWS


@pytest.mark.parametrize("statement", [sql_places.MANY_LOCATIONS, sql_places.MANY_LOCATIONS + sql_places.FOR_SHARE])
def test_many_names_of_locations_are_hashed(db, statement):
    """An array would be searched from its start for each location."""
    assert "hashed SubPlan" in explain(statement, names=[], ids=[])


def test_many_codes_of_lots_are_hashed(db):
    assert "Hash Join" in explain(sql_places.MANY_LOTS, products=[1], codes=[]).replace("Semi ", "")


def explain(statement, **values):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(f"EXPLAIN {statement}", {"owner": 1, **values})
        return "\n".join(line for (line,) in cursor)


@pytest.mark.parametrize("most", [1, 1000])
def test_many_places_are_found_as_few_are(alice, monkeypatch, most):
    monkeypatch.setattr(sql_places, "MAX_NAMES_IN_ARRAY", most)
    file = b"name,price,quantity,location,lot\nPot,3,7,Shelf,A\nPot,3,2,Table,B\n"
    import_products(by=alice, open_file=open_later(alice, file), create_missing=True)
    done = import_products(by=alice, open_file=open_later(alice, file.replace(b"Shelf,A", b"sHELF,a")))
    assert (done["unchanged"], find_breaks(alice.pk)) == (1, [])
    assert Location.objects.count() == Lot.objects.count() == 2
