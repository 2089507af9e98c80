"""The list of live products, which is read by SQL written by hand."""

from django.db import connection
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

from products.models import Product
from products.reading.details import LiveProducts, compose
from products.reading.figures import FIRST_IDS, GIVEN_IDS
from products.serializers import ItemSerializer, ProductSerializer
from testing.cast.people import make_product


def test_counts_and_reads_from_both_ends(alice):
    ids = [make_product(alice, name=name).pk for name in ("Kettle", "Pot", "Cup")]
    products = LiveProducts(alice, ItemSerializer)
    assert products.count() == 3
    assert [row["id"] for row in products[0:2]] == ids[:2]
    assert [row["id"] for row in products[1:3]] == ids[1:]
    assert [row["id"] for row in products.reverse()[0:2]] == [ids[2], ids[1]]


def test_psycopg_does_not_parse_the_statement_again():
    for ids in (FIRST_IDS.format(limit=100), GIVEN_IDS):
        assert len(compose(ProductSerializer, ids)) <= MAX_CACHED_STATEMENT_LENGTH


def test_the_first_page_of_a_shop_does_not_read_the_products_of_an_older_one(alice, charlie):
    """Its plan is kept for all shops. The control is a plain condition on the owner, whose plan is kept as well."""
    for owner, number in ((charlie, 5000), (alice, 100)):
        Product.objects.bulk_create(Product(owner=owner, name=f"P{n}", price=1) for n in range(number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product")
    statement = compose(ProductSerializer, FIRST_IDS.format(limit=50))
    plain = statement.replace("owner_id = ANY(ARRAY[%(owner)s::bigint])", "owner_id = %(owner)s::bigint")
    plain = plain.replace("ORDER BY owner_id, id", "ORDER BY id")
    assert count_pages(statement, alice) < 50 < count_pages(plain, alice)


def count_pages(statement, owner):
    """Return the number of the database's pages that the statement reads, with a plan that is kept."""
    for name, parameter in (("%(owner)s", "$1"), ("%(today)s", "$2")):
        statement = statement.replace(name, parameter)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE page (bigint, date) AS {statement}")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page ({owner.pk}, '2026-01-01')")
        [[plan]] = cursor.fetchone()
        cursor.execute("DEALLOCATE page")
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
