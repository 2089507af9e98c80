"""Names that are similar to a text that no product contains: `?similar=` of the list, and the page of the search."""

import html
import re

import pytest
from django.db import connection

from products import search
from products.models import Product
from products.reading import figures as sql
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

TEAS = ("Earl Grey, 250 g", "Earl Grey, Lower Valley", "Chamomile flowers", "Teapot, sea", "Assam 100%")


@pytest.fixture
def teas(alice, charlie):
    make_product(charlie, "Chamomile of Charlie")
    return {name: make_product(alice, name, sku=f"S-{number}").pk for number, name in enumerate(TEAS)}


def find(user, text):
    ids = search.find_similar(user.pk, text, 5)
    names = dict(Product.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [names[pk] for pk in ids]


@pytest.mark.quick
@all_cases(
    ("text", "names"),
    [
        ("tea pot", ["Teapot, sea"]), ("camomille", ["Chamomile flowers"]),
        ("earl gray", ["Earl Grey, 250 g", "Earl Grey, Lower Valley"]),
        ("EARL GRAY valey", ["Earl Grey, Lower Valley", "Earl Grey, 250 g"]),
        ("asam", ["Assam 100%"]), ("kettle", []), ("", []), ("te", []), ("250", []), ("4001234567890", []),
        ("___ %%% \\", []),
    ],
)  # fmt: skip
def test_finds_names_that_are_spelt_like_the_text(teas, alice, text, names):
    assert find(alice, text) == names


def test_a_shop_finds_only_its_own_live_products(teas, charlie, alice, as_alice):
    assert find(charlie, "camomille") == ["Chamomile of Charlie"]
    as_alice.delete(f"/api/products/{teas['Chamomile flowers']}/")
    assert find(alice, "camomille") == []


def test_the_list_has_the_most_similar_product_first(teas, as_alice):
    names = [row["name"] for row in as_alice.get("/api/products/?similar=earl+gray+valey").data["results"]]
    assert names == ["Earl Grey, Lower Valley", "Earl Grey, 250 g"]
    assert as_alice.get("/api/products/?similar=earl+gray&ordering=-name").data["results"][0]["name"] == names[0]
    assert as_alice.get("/api/products/?similar=kettle").data["count"] == 0
    assert as_alice.get("/api/products/?similar=").data["count"] == len(TEAS)


def test_the_search_of_programs_finds_nothing_that_does_not_contain_the_text(teas, as_alice):
    assert as_alice.get("/api/products/?search=camomille").data == {
        "count": 0, "next": None, "previous": None, "results": []
    }  # fmt: skip


def test_similar_names_take_one_statement_more_than_a_search(teas, as_alice, django_assert_num_queries):
    with django_assert_num_queries(3):  # the user, and the number of the rows, which is 0
        as_alice.get("/api/products/?similar=kettle")
    with django_assert_num_queries(5):  # the user, the number, the ids and the rows, as of a search
        as_alice.get("/api/products/?similar=camomille")


def test_an_index_finds_them_in_a_large_table(teas, alice):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        score = sql.HAS_PART.format(part="'cam'")
        values = {"owner": alice.pk, "pattern": "cam", "enough": 1, "limit": 5}
        cursor.execute(f"EXPLAIN {sql.FIND_SIMILAR.format(score=score)}", values)
        assert "Seq Scan on products_product" not in str(cursor.fetchall())


def test_the_page_offers_similar_products_if_the_search_finds_nothing(teas, alice):
    browser = Browser(alice)
    page = browser.get_page("/api/products/?search=camomille")
    assert "Nothing has these letters. Similar:" in page
    links = re.findall(r'<li><a href="(/api/products/\d+/)">(.*?)</a>', html.unescape(page))
    assert links == [(f"/api/products/{teas['Chamomile flowers']}/", "Chamomile flowers (S-2)")]
    assert "Similar:" not in browser.get_page("/api/products/?search=chamomile")
    assert "Add a product with the code 4001" in browser.get_page("/api/products/?search=4001")
