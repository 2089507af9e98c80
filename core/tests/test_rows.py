"""A list's row is written as the serializer writes the object."""

import pytest
from rest_framework.renderers import JSONRenderer

from core.list_serialization import ListRowsMixin, rows_of
from products.models import Product
from suppliers.models import Supplier
from testing.cast import client_of
from testing.routes import list_api_routes

LISTS = [
    route
    for route in list_api_routes()
    if route.name.endswith(("-list", "-levels", "-changes", "-history", "-movements"))
    and issubclass(route.view, ListRowsMixin)
    and route.name != "operation-list"  # whose rows have movements
]


@pytest.fixture
def shop(alice):
    """A row of every kind, with everything that may be there, and one with nothing of it."""
    client, supplier = client_of(alice), Supplier.objects.create(owner=alice, name="Copper & Sons")
    whole = {"supplier": supplier.pk, "category": "Kitchen", "expiration_date": "2026-01-31", "cost_price": "0.10"}
    for body in ({"name": "Kettle", "price": "24.50", "quantity": 3, **whole}, {"name": "Pot", "price": "7"}):
        assert client.post("/api/products/", body).status_code == 201
    count = {"lines": [{"product": Product.objects.get(name="Kettle").pk, "counted": 2}], "reference": "aisle 1"}
    assert client.post("/api/stock/counts/", count).status_code == 201
    return client


def written_by_serializer(view, queryset):
    return JSONRenderer().render(view.get_serializer_class()(queryset, many=True).data)


def test_there_are_lists_of_rows():
    assert {"product-list", "item-list", "supplier-list", "category-list", "movement-list", "item-changes"} <= {
        route.name for route in LISTS
    }


@pytest.mark.parametrize("route", LISTS, ids=lambda route: f"{route.name}")
def test_a_row_is_what_the_serializer_makes_of_the_object(shop, route):
    address = route.address_for(Product.objects.get(name="Kettle").pk)
    view = shop.get(address).renderer_context["view"]
    rows, objects = rows_of(view.get_serializer_class()), view.filter_queryset(view.get_queryset())
    assert objects.count() > 0
    found = [rows.written(row) for row in rows.read(objects)]
    assert JSONRenderer().render(found) == written_by_serializer(view, objects)


@pytest.mark.parametrize("address", ["/api/products/", "/api/items/"])
@pytest.mark.parametrize("page", ["", "?page=2&page_size=1", "?page_size=1"])
def test_a_list_without_filters_is_the_filtered_one_to_the_byte(shop, address, page):
    """The statement written by hand, and the one that is composed when a filter is named."""
    written = shop.get(f"{address}{page}")
    composed = shop.get(f"{address}{page}{'&' if page else '?'}ordering=")
    assert written.json()["results"] == composed.json()["results"] != []
    assert JSONRenderer().render(written.json()["results"]) in written.content
    assert JSONRenderer().render(written.json()["results"]) in composed.content
    assert written.json()["count"] == composed.json()["count"] == 2
