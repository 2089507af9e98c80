"""The support desk finds products by any part of their names, with an index of trigrams or among the
newest products.
"""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from products import search
from products.management.commands import index_product_names
from products.models import Product
from products.reading import figures as sql
from testing.cast.people import make_product


def has_extension():
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'")
        return cursor.fetchone() is not None


@pytest.fixture
def teas(alice, charlie):
    """Create products of two shops. Return their ids by name."""
    names = {"Earl Grey 20 bags": alice, "Green tea": alice, "Grey EARL, loose": charlie, "100% pure_tea\\": charlie}
    return {name: make_product(owner, name, sku=f"S-{len(name)}").pk for name, owner in names.items()}


def find(text, limit=10, owner=None):
    found = search.find_by_part(text, limit, owner and owner.pk)
    return list(Product.objects.filter(pk__in=found.ids).order_by("id").values_list("name", flat=True)), bool(
        found.note
    )


@pytest.fixture(params=["without the index", "with an index"])
def index(request, db):
    """Run a test with both statements. A plain index with the name replaces the one of trigrams."""
    if request.param == "with an index":
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX {sql.NAME_INDEX} ON products_product (name)")


FOUND = {
    "earl grey": ["Earl Grey 20 bags", "Grey EARL, loose"],
    "arl gre 20": ["Earl Grey 20 bags"],
    "earl " * search.MAX_WORDS + "nothing": ["Earl Grey 20 bags", "Grey EARL, loose"],
    "s-9": ["Green tea"],
    **{text: ["100% pure_tea\\"] for text in ("100%", "pure_t", "tea\\")},
    **{text: [] for text in ("nothing", "___", "%%%", "", "   ")},
}


def test_finds_each_of_the_first_words_anywhere_in_the_name_ignoring_case(index, teas):
    assert {text: find(text) for text in FOUND} == {text: (names, False) for text, names in FOUND.items()}


def test_finds_the_newest_up_to_the_limit_also_within_an_account(index, teas, alice, charlie):
    assert find("e", limit=1) == find("tea", limit=1) == (["100% pure_tea\\"], False)
    assert find("grey", owner=alice) == (["Earl Grey 20 bags"], False)
    assert find("grey", owner=charlie) == (["Grey EARL, loose"], False)


def test_finds_archived_products(index, as_alice, teas):
    as_alice.delete(f"/api/products/{teas['Green tea']}/")
    assert find("green") == (["Green tea"], False)


def test_without_the_index_only_the_newest_products_are_read(teas, alice, monkeypatch):
    monkeypatch.setattr(search, "MAX_PRODUCTS_SEARCHED", 2)
    assert find("earl") == (["Grey EARL, loose"], True)
    assert find("earl", owner=alice) == (["Earl Grey 20 bags"], False)
    monkeypatch.setattr(search, "MAX_SEARCHED_IN_ACCOUNT", 1)
    assert find("earl", owner=alice) == ([], True)
    monkeypatch.setattr(search, "MAX_PRODUCTS_SEARCHED", 4)
    assert find("earl") == (["Earl Grey 20 bags", "Grey EARL, loose"], False)


@pytest.mark.quick
def test_with_the_index_all_products_are_searched(teas, monkeypatch):
    monkeypatch.setattr(search, "MAX_PRODUCTS_SEARCHED", 2)
    monkeypatch.setattr(search, "has_name_index", lambda: True)
    assert find("earl") == (["Earl Grey 20 bags", "Grey EARL, loose"], False)
    assert find("ea") == (["Grey EARL, loose", "100% pure_tea\\"], True)  # the word is too short for trigrams
    assert find("earl 20") == (["Earl Grey 20 bags"], False)  # one of the words is long enough for the index


def test_the_note_says_why_older_products_were_not_searched(teas, monkeypatch):
    monkeypatch.setattr(search, "MAX_PRODUCTS_SEARCHED", 2)
    cause = "this database has no index of product names: search within an account, or by a whole SKU or barcode."
    assert search.find_by_part("earl", 10).note.endswith(f"because {cause}")
    monkeypatch.setattr(search, "has_name_index", lambda: True)
    cause = "every word has fewer than 3 characters: search within an account, or by a longer word, or a whole SKU"
    assert cause in search.find_by_part("e a", 10).note


def test_a_list_passes_the_ids_found_as_one_parameter(admin_client, teas, alice):
    """A thousand parameters took up to 6 s in an account with 100,000 products, once the plan was a generic one."""
    with CaptureQueriesContext(connection) as queries:
        admin_client.get("/admin/products/product/", {"q": "e", "owner": alice.pk})
    rows = [query["sql"] for query in queries if 'FROM "products_product"' in query["sql"]]
    assert any('"id" = ANY(' in sql for sql in rows)
    assert not any('"id" IN (' in sql for sql in rows)


def test_an_invalid_index_is_not_used(index, db):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [sql.NAME_INDEX])
    assert not search.has_name_index()


def test_the_desk_says_that_it_did_not_search_all_products(admin_client, teas, alice, monkeypatch):
    page = admin_client.get("/admin/search/", {"q": "earl"})
    assert "products were searched" not in page.text
    assert page.text.count("Grey") == 2
    monkeypatch.setattr(search, "MAX_PRODUCTS_SEARCHED", 2)
    for address in ("/admin/search/", "/admin/products/product/"):
        text = admin_client.get(address, {"q": "earl"}).text
        assert "Only the newest 2 products were searched" in text
        assert "search within an account, or by a whole SKU or barcode" in text
    page = admin_client.get("/admin/products/product/", {"q": "earl", "owner": alice.pk})
    assert "products were searched" not in page.text
    assert [product.name for product in page.context["cl"].result_list] == ["Earl Grey 20 bags"]
    monkeypatch.setattr(search, "MAX_SEARCHED_IN_ACCOUNT", 1)
    page = admin_client.get("/admin/products/product/", {"q": "earl", "owner": alice.pk})
    assert "Only the newest 1 products were searched" in page.text
    assert "search within an account" not in page.text
    for invalid in ("", "x", "0"):
        page = admin_client.get("/admin/products/product/", {"q": "earl", "owner": invalid})
        assert not page.context["cl"].result_list


@pytest.mark.django_db(transaction=True)
def test_the_command_creates_and_drops_the_index_if_the_server_can(capsys):
    if not has_extension():
        with pytest.raises(CommandError, match="pg_trgm could not be created, so nothing has changed"):
            call_command("index_product_names")
        assert not search.has_name_index()
        return
    for _ in range(2):
        call_command("index_product_names")
    assert search.has_name_index()
    call_command("index_product_names", "--drop")
    assert not search.has_name_index()
    assert capsys.readouterr().out.split("\n") == [
        "The index is created.", "The index exists.", "The index is dropped.", "",
    ]  # fmt: skip


@pytest.mark.quick
def test_the_command_reports_why_the_extension_cannot_be_created():
    class Cursor:
        def execute(self, statement):
            raise DatabaseError("permission denied to create extension\nHINT: ask.")

    with pytest.raises(CommandError, match=r"permission denied to create extension\. The support desk"):
        index_product_names.create_extension(Cursor())


@pytest.mark.django_db
def test_drops_an_index_that_does_not_exist(capsys, monkeypatch):
    monkeypatch.setattr(sql, "DROP_NAME_INDEX", sql.DROP_NAME_INDEX.replace("CONCURRENTLY", ""))
    call_command("index_product_names", "--drop")
    assert capsys.readouterr().out == "The index is dropped.\n"


@pytest.mark.quick
@pytest.mark.django_db
def test_creates_the_index_where_the_extension_exists(capsys, monkeypatch):
    """A plain index replaces the one of trigrams, because the server of the tests may lack the extension."""
    monkeypatch.setattr(index_product_names, "create_extension", lambda _: None)
    monkeypatch.setattr(sql, "DROP_NAME_INDEX", sql.DROP_NAME_INDEX.replace("CONCURRENTLY", ""))
    monkeypatch.setattr(sql, "CREATE_NAME_INDEX", f"CREATE INDEX {sql.NAME_INDEX} ON products_product (name)")
    for _ in range(2):
        call_command("index_product_names")
    assert capsys.readouterr().out == "The index is created.\nThe index exists.\n"
