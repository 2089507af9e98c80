"""A large import updates PostgreSQL's statistics, so that nothing is planned for the rows that there were before."""

import io
from functools import partial

import pytest
from django.db import IntegrityError, connection

from products.filing.files import open_rows
from products.models import Category
from stock.importing import planner
from stock.importing import services as imports
from stock.importing.services import import_products
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.laws.query_plans import analyze_tables
from testing.tables import all_cases, each_value

PRODUCTS = b"name,price,quantity\nPot,3,7\nPan,3,0\n"
LOTS = b"name,price,quantity,lot\nPot,3,7,A\nPot,3,2,B\nPan,3,1,C\n"
ROWS = 1200  # more than the most rows of a file for which PostgreSQL may plan nested loops
RANGE = range(ROWS)


def import_text(by, text, **options):
    return import_products(by=by, open_file=partial(open_rows, io.BytesIO(text), owner_id=by.pk), **options)


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def has_statistics(table):
    return bool(execute("SELECT 1 FROM pg_statistic WHERE starelid = %s::regclass LIMIT 1", table))


def count_read(table):
    """Return how many rows of the table this transaction has read."""
    [(number,)] = execute(
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
        " WHERE relname = %s", table,
    )  # fmt: skip
    return number


@pytest.fixture(autouse=True)
def _no_statistics(db):
    """Delete the statistics of all tables that an import fills."""
    tables = [*planner.FILLED_TABLES]
    execute("DELETE FROM pg_statistic WHERE starelid = ANY(%s::regclass[])", tables)
    execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = ANY(%s::regclass[])", tables)


@pytest.fixture
def analyzed_later(monkeypatch):
    """Return the list of the tables that are analyzed after the response."""
    later = []
    monkeypatch.setattr(planner.background, "run_later", lambda job, **_: later.extend(*job.args))
    return later


@pytest.mark.measured
def test_the_tables_are_analyzed_before_the_import_ends(alice, monkeypatch):
    monkeypatch.setattr(planner, "MIN_WRITTEN", 2)
    import_text(alice, LOTS)
    tables = ["products_product", "stock_lot", "stock_holding", "stock_portion", "history_change"]
    assert [table for table in tables if not has_statistics(table)] == []


@all_cases(("least", "is_analyzed"), [(2, True), (3, False)])
@all_cases("file", [PRODUCTS, LOTS.partition(b"Pan")[0]])
def test_a_small_import_analyzes_no_table(
    alice, monkeypatch, django_capture_on_commit_callbacks, file, least, is_analyzed
):
    analyzed = []
    monkeypatch.setattr(planner, "MIN_WRITTEN", least)
    monkeypatch.setattr(planner, "analyze", analyzed.extend)
    monkeypatch.setattr(planner, "analyze_tables", analyzed.extend)
    with django_capture_on_commit_callbacks(execute=True):
        import_text(alice, file)
    assert (sorted(analyzed) == sorted(planner.FILLED_TABLES)) == is_analyzed


def test_the_time_limit_of_a_request_does_not_end_the_later_analysis(
    alice, monkeypatch, django_capture_on_commit_callbacks
):
    jobs = []
    monkeypatch.setattr(planner, "MIN_WRITTEN", 2)
    monkeypatch.setattr(planner.background, "run_later", lambda job, **_: jobs.append(job))
    execute("UPDATE pg_class SET reltuples = 1000000 WHERE relname = 'stock_movement'")
    with django_capture_on_commit_callbacks(execute=True):
        import_text(alice, PRODUCTS)
    execute("SET LOCAL statement_timeout = 5000")
    [job] = jobs
    job()
    assert execute("SELECT current_setting('statement_timeout')") == [("1min",)]
    assert has_statistics("stock_movement")


def test_a_dry_run_analyzes_no_table(alice, monkeypatch):
    monkeypatch.setattr(planner, "update", lambda _: pytest.fail("analyzes"))
    assert import_text(alice, PRODUCTS, dry_run=True)["created"] == 2


def test_a_table_that_has_many_more_rows_is_analyzed_after_the_response(
    alice, monkeypatch, analyzed_later, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(planner, "MIN_WRITTEN", 2)
    execute("UPDATE pg_class SET reltuples = 1000000 WHERE relname = 'stock_movement'")
    with django_capture_on_commit_callbacks(execute=True):
        import_text(alice, PRODUCTS)
    assert analyzed_later == ["stock_movement"]
    assert (has_statistics("products_product"), has_statistics("stock_movement")) == (True, False)


@pytest.mark.measured
def test_on_citus_all_tables_are_analyzed_after_the_response(
    settings, analyzed_later, django_capture_on_commit_callbacks, django_assert_num_queries
):
    settings.DB_CITUS = True
    with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(0):
        planner.defer_links(connection.cursor())
        planner.update(planner.MIN_WRITTEN)
        planner.check_links()
    assert analyzed_later == [*planner.FILLED_TABLES]


def test_a_role_that_owns_no_tables_imports_without_analyzing(alice):
    """PostgreSQL then skips the tables with a warning."""
    make_product(alice, "Pot")
    execute("CREATE ROLE guest_of_tables")
    execute("SET LOCAL ROLE guest_of_tables")
    planner.analyze(["products_product"])
    execute("RESET ROLE")
    assert not has_statistics("products_product")
    planner.analyze(["products_product"])
    assert has_statistics("products_product")


# --- Foreign keys ----------------------------------------------------------------------------------------------------


def list_lines(header, line):
    return "\n".join([header, *(line.format(number) for number in RANGE), ""]).encode()


FILES = {
    "products": ("name,price,quantity,category,supplier", "P{0},1,5,C{0},S{0}"),
    "lots": ("sku,name,price,quantity,lot", "L,Lots,1,5,L{0}"),
    "places": ("name,price,quantity,location,lot", "P{0},1,5,L{0},T{0}"),
    "codes": ("name,price,quantity,codes", "P{0},1,5,C{0}"),
}
LINKED = (
    "products_product",
    "products_category",
    "suppliers_supplier",
    "stock_location",
    "stock_lot",
    "stock_movement",
)


@each_value(("file", "is_counted"), FILES, [True, False])
def test_the_checks_of_foreign_keys_do_not_read_all_rows_for_each_row(alice, file, is_counted):
    """A shop with one product is counted, and then imports its list. PostgreSQL still expects one row of each kind."""
    import_text(alice, b"name,price,quantity,category,supplier,location,lot\nOne,1,1,C,S,L,T\n", create_missing=True)
    if is_counted:
        analyze_tables()
    before = {table: count_read(table) for table in LINKED}
    import_text(alice, list_lines(*FILES[file]), create_missing=True)
    read = {table: count_read(table) - before[table] for table in LINKED}
    assert {table: number for table, number in read.items() if number > 50 * ROWS} == {}
    assert find_breaks(alice.pk) == []


def test_a_wrong_link_of_a_large_import_is_still_refused(alice, monkeypatch):
    monkeypatch.setattr(imports, "MAX_ROWS_IN_LOOPS", 1)
    book = imports.book_imported

    def delete_categories_and_book(*values):
        Category.objects.filter(owner=alice)._raw_delete("default")
        return book(*values)

    monkeypatch.setattr(imports, "book_imported", delete_categories_and_book)
    with pytest.raises(IntegrityError, match="products_product_category"):
        import_text(alice, b"name,price,category\nPot,3,Kitchen\nPan,3,Kitchen\n")


def test_the_quantity_of_an_existing_product_is_booked_by_a_large_import(alice, monkeypatch):
    monkeypatch.setattr(imports, "MAX_ROWS_IN_LOOPS", 1)
    make_product(alice, "Pot", 5)
    assert import_text(alice, PRODUCTS)["updated"] == 1
    assert find_breaks(alice.pk) == []
