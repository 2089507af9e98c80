"""Pages of a large list have the same rows, in the same order, as those of Django's paginator."""

import copy

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.lists import pagination
from core.lists.pagination import PageNumberPagination
from products.models import Product
from testing.cast.people import client_of, make_product, make_user
from testing.deferred import check_deferred_constraints
from testing.tables import all_cases, each_value
from web.viewsets import OwnedReadViewSet

NAMES = ["tea", "Tea", "TEA", "Öl", "öl", "cup", "Cup", "pot", "", "zest", "Ärmel", "cup", "tea"]
LISTS = [
    "",
    "ordering=name",
    "ordering=-name",
    "ordering=-price,name",
    "ordering=expiration_date",
    "ordering=-expiration_date",
    "ordering=updated_at&archived=false",
    "search=e",
    "search=E&ordering=-name",
    "search=1",
    "search=nothing",
    "archived=true&ordering=name",
    "sku=s-3",
]


@pytest.fixture(scope="module")
def shop(module_db):
    """Create products with equal names, prices and dates, some of them archived, beside another shop's."""
    alice, charlie = make_user("alice"), make_user("charlie")
    for number, name in enumerate(NAMES):
        fields = {"sku": f"S-{number}", "price": number % 3 + 1}
        expires = {"expiration_date": f"2030-01-0{number % 4 + 1}"} if number % 3 else {}
        make_product(alice, name or f"x{number}", **fields, **expires)
        make_product(charlie, name or "y", **fields)
    Product.objects.filter(owner=alice, name="pot").update(archived_at="2026-01-01T00:00Z")
    check_deferred_constraints()
    return alice


@pytest.fixture
def alice(db, shop):
    return copy.deepcopy(shop)


def read_pages(client, query):
    """Return the bodies of all pages of the list. The function follows `next` to the last page, and `previous` back."""
    bodies = [client.get(f"/api/products/?page_size=2&{query}")]
    while bodies[-1].json()["next"]:
        bodies.append(client.get(bodies[-1].json()["next"]))
    return [body.content for body in bodies]


@pytest.fixture(scope="module", params=LISTS)
def pages(request, shop):
    """Return a query, and the pages of Django's paginator for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PageNumberPagination, "django_paginator_class", DjangosPaginator)
        return request.param, read_pages(client_of(shop), request.param)


@each_value(("limits", "pages"), [(100, 1000), (-1, 0), (1, 3), (100, 0)], LISTS, indirect=["pages"], scope="module")
def test_every_page_is_that_of_djangos_paginator(monkeypatch, as_alice, pages, limits):
    (few, skipped), (query, expected) = limits, pages
    monkeypatch.setattr(pagination, "MAX_FEW", few)
    monkeypatch.setattr(pagination, "MIN_SKIPPED", skipped)
    assert read_pages(as_alice, query) == expected


class DjangosPaginator(Paginator):
    """Django's pagination, which gets the rows with all columns."""

    def __init__(self, rows, *args, **kwargs):
        super().__init__(rows.joined if isinstance(rows, pagination.JoinedRows) else rows, *args, **kwargs)


@all_cases("ordering", ["name", "-name", "price", "-expiration_date", "quantity"])
def test_all_pages_together_are_all_rows(monkeypatch, shop, as_alice, ordering):
    monkeypatch.setattr(pagination, "MIN_SKIPPED", 0)
    pages = [as_alice.get(f"/api/products/?ordering={ordering}&page_size=3&page={page}").json() for page in range(1, 5)]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert sorted(ids) == sorted(Product.objects.for_user(shop).live().values_list("id", flat=True))
    whole = as_alice.get(f"/api/products/?ordering={ordering}&page_size=100").json()["results"]
    assert ids == [row["id"] for row in whole]
    assert {page["count"] for page in pages} == {len(NAMES) - 1}


@all_cases("query", ["", "ordering=name", "search=e"])
def test_a_page_past_the_end_is_a_404(shop, as_alice, query):
    assert as_alice.get(f"/api/products/?page_size=5&page=9&{query}").status_code == 404


def test_a_list_with_few_rows_is_searched_once(shop, as_alice):
    as_alice.get("/api/products/?search=zest")
    with CaptureQueriesContext(connection) as captured:
        assert as_alice.get("/api/products/?search=zest").json()["count"] == 1
    counted, page = [query["sql"] for query in captured if " ~ " in query["sql"]]
    assert "COUNT(" in counted
    assert "= ANY(" in page


def test_the_last_page_skips_no_rows(monkeypatch, shop, as_alice):
    monkeypatch.setattr(pagination, "MIN_SKIPPED", 2)
    monkeypatch.setattr(pagination, "MAX_FEW", 0)
    for query in ("", "ordering=name"):
        with CaptureQueriesContext(connection) as captured:
            assert as_alice.get(f"/api/products/?page_size=2&page=6&{query}").json()["next"] is None
        read = "".join(query["sql"] for query in captured)
        assert "DESC" in read
        assert "OFFSET 0" in read or "OFFSET" not in read


def list_subclasses(view):
    return [view, *(found for each in view.__subclasses__() for found in list_subclasses(each))]


def test_every_numbered_list_has_a_total_order():
    """Otherwise the pages of the second half, which are read backwards, could repeat rows of the first half."""
    views = [view for view in list_subclasses(OwnedReadViewSet) if getattr(view, "queryset", None) is not None]
    numbered = [view for view in views if issubclass(view.pagination_class, PageNumberPagination)]
    assert {"ProductViewSet", "CategoryViewSet", "SupplierViewSet"} <= {view.__name__ for view in numbered}
    last = {view.__name__: view.queryset.query.order_by[-1].lstrip("-") for view in numbered}
    assert last == dict.fromkeys(last, "id")


ODD_NAMES = [
    "1", "50% off", "10-2", "Pot (1)", "4.5 l", "50 %", "back\\slash", "why?", "A1", "straße", "ſ1", "ΟΔΟΣ 1", "İ1",
    "1_2",
]  # fmt: skip


@pytest.fixture(scope="module")
def mira(module_db):
    """Return the owner of products with ODD_NAMES."""
    mira = make_user("mira")
    for name in ODD_NAMES:
        make_product(mira, name)
    check_deferred_constraints()
    return mira


@all_cases("word", ["1", "50%", "10-2", "(1)", "4.5", "%", "\\", "?", "a1", "A", "ß", "ſ", "σ", "İ", "_", "1_"])
def test_a_word_without_letters_finds_what_ignoring_case_finds(db, mira, word):
    answer = client_of(mira).get("/api/products/", {"search": word, "page_size": 100})
    found = [row["name"] for row in answer.json()["results"]]
    rows = Product.objects.for_user(mira).filter(name__icontains=word).order_by("id")
    assert found == list(rows.values_list("name", flat=True))
