"""A list serialized from columns equals the output of its serializer."""

import re

import pytest
from rest_framework.renderers import JSONRenderer

from core.lists.serialization import compose, get_row_serializer
from products.models import CustomField, Group, Product
from stock.models import Location, Lot
from suppliers.models import Supplier
from testing.cast.people import client_of
from testing.cast.places import put_away
from testing.laws.routes import list_api_routes
from testing.tables import all_cases
from web.view_bases import ListRowsMixin

# Lists use their serializers if their rows have movements or lines, or values that are computed from several columns.
OTHERS = {
    "operation-list", "purchase-order-list", "reservation-list", "seal-list", "webhook-list", "refused-import-list",
    "account-export-list", "factor-list", "till-list", "sheet-list", "sale-list", "closing-list",
    "product-changes", "supplier-changes", "category-changes", "customer-changes",
    "group-changes", "field-changes", "tax-changes", "group-list", "kit-list", "kit-changes",
    "recipe-list", "view-list", "evidence-list", "invoice-list", "price-list", "tax-list", "quote-list",
    "price_group-changes",
}  # fmt: skip
LISTS = [
    route
    for route in list_api_routes()
    if route.name.endswith(("-list", "-levels", "-changes", "-history", "-movements"))
    and issubclass(route.view, ListRowsMixin)
    and route.name not in OTHERS
]


@pytest.fixture
def shop(alice):
    """Return a client of an account with rows of every kind: one with all optional values, and one without any."""
    client, supplier = client_of(alice), Supplier.objects.create(owner=alice, name="Copper & Sons")
    whole = {"supplier": supplier.pk, "category": "Kitchen", "expiration_date": "2026-01-31", "cost_price": "0.10"}
    for body in ({"name": "Kettle", "price": "24.50", "quantity": 3, **whole}, {"name": "Pot", "price": "7"}):
        assert client.post("/api/products/", body).status_code == 201
    count = {"lines": [{"product": Product.objects.get(name="Kettle").pk, "counted": 2}], "reference": "aisle 1"}
    assert client.post("/api/stock/counts/", count).status_code == 201
    product = Product.objects.get(name="Kettle")
    Group.objects.create(owner=alice, name="Shirt", axes=["size"])
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    Location.objects.create(owner=alice, name="Cellar", note="Below")
    Location.objects.create(owner=alice, name="Van")
    client.post("/api/customers/", {"name": "Ada Fern", "email": "ada@fern.example", "external_id": "C-1"})
    client.post("/api/customers/", {"name": "Eve"})
    client.post("/api/taxes/", {"name": "Standard", "rate": "20.00"})
    group = client.post("/api/price-groups/", {"name": "Regulars", "percent": "10.00"}).json()["id"]
    client.patch(f"/api/price-groups/{group}/", {"percent": "12.50"})
    put_away(product, 1, lot=Lot.objects.create(owner=alice, product=product, code="K26", expires_on="2026-01-31"))
    Lot.objects.create(owner=alice, product=product, code="K27")
    return client


def render_with_serializer(view, queryset):
    return JSONRenderer().render(view.get_serializer_class()(queryset, many=True).data)


def test_the_main_lists_are_among_the_tested_routes():
    assert {"product-list", "item-list", "supplier-list", "category-list", "lot-list", "movement-list"} <= {
        route.name for route in LISTS
    }


@all_cases("route", LISTS)
def test_a_serialized_row_equals_the_output_of_the_serializer(shop, route):
    address = route.address_for(Product.objects.get(name="Kettle").pk)
    view = shop.get(address).renderer_context["view"]
    queryset = view.select_detailed() if hasattr(view, "select_detailed") else view.get_queryset()
    rows, objects = get_row_serializer(view.get_serializer_class()), view.filter_queryset(queryset)
    assert objects.count() > 0
    serialized = [rows.serialize_row(row) for row in rows.select_columns(objects)]
    assert JSONRenderer().render(serialized) == render_with_serializer(view, objects)


@pytest.mark.parametrize("address", ["/api/products/", "/api/items/"])
@pytest.mark.parametrize("query", ["", "?ordering=", "?search=t", "?page=2&page_size=1", "?page_size=1"])
def test_the_rows_of_products_have_the_bytes_of_the_serializer(shop, address, query):
    """The SQL of these lists is written by hand."""
    kettle = Product.objects.get(name="Kettle")
    codes = [{"code": "CASE-1", "quantity": 6}, {"code": "PALLET", "quantity": 48}]
    assert shop.patch(f"/api/products/{kettle.pk}/", {"codes": codes, "tags": ["new"]}).status_code == 200
    reserved = {"lines": [{"product": kettle.pk, "quantity": 1}], "expires_in": 600}
    assert shop.post("/api/stock/reservations/", reserved).status_code == 201
    order = {"supplier": kettle.supplier_id, "lines": [{"product": kettle.pk, "quantity": 5}]}
    order_id = shop.post("/api/purchase-orders/", order).json()["id"]
    assert shop.post(f"/api/purchase-orders/{order_id}/send/").status_code == 200
    response = shop.get(f"{address}{query}")
    found = response.json()["results"]
    assert b",".join(shop.get(f"{address}{row['id']}/").content for row in found) in response.content
    assert len(found) == (1 if "size" in query else 2)


@pytest.mark.parametrize("address", ["/api/stock/", "/api/item-changes/", "/api/stock/history/{}/"])
@pytest.mark.parametrize("size", [1, 2, 50])
def test_every_page_of_a_log_without_filters_has_the_same_rows_as_a_filtered_one(shop, address, size):
    """Without a filter, PreparedRows reads the rows. With a filter, even an empty one, the ORM does.

    The test follows `next` to the end and `previous` back.
    """
    address = address.format(Product.objects.get(name="Kettle").pk)
    filtered = "item=" if "item" in address else "reason="
    pages = list(read_pages(shop, f"{address}?page_size={size}", "next"))
    assert pages == list(read_pages(shop, f"{address}?page_size={size}&{filtered}", "next"))
    assert len(pages) == -(-2 // size)
    back = list(read_pages(shop, pages[-1]["previous"], "previous")) if size == 1 else []
    assert [page["results"] for page in back] == [page["results"] for page in pages[:-1]]


def read_pages(client, address, direction):
    """Yield the pages from this one on. The filter is removed from their addresses."""
    while address:
        page = client.get(address).json()
        yield {name: drop_filter(value) for name, value in page.items()}
        address = page[direction]


def drop_filter(value):
    return re.sub("&(item|reason)=|(item|reason)=&", "", value) if isinstance(value, str) else value


def test_a_log_is_composed_once(shop):
    compose.cache_clear()
    for _ in range(3):
        shop.get("/api/stock/?page_size=7")
    assert (compose.cache_info().misses, compose.cache_info().hits) == (1, 2)
