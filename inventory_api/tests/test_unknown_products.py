"""A product that a line names and that does not exist has the code `product_not_found` on every route."""

import pytest

from suppliers.models import Supplier
from testing.cast.orders import make_supplier, send_order, write_order
from testing.cast.people import make_product
from testing.cast.reservations import reserve
from testing.laws.schemas import list_operations, resolve_reference
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit

# The routes whose lines name products: each with the name of its list, and a line without the product.
LINES = {
    "POST /api/stock/operations/": ("lines", {"movement_type": "IN", "quantity": 1}),
    "POST /api/stock/operations/{id}/return/": ("lines", {"quantity": 1}),
    "POST /api/stock/counts/": ("lines", {"counted": 1}),
    "POST /api/stock/transfers/": ("lines", {"quantity": 1}),
    "POST /api/quotes/": ("lines", {"quantity": 1}),
    "PATCH /api/quotes/{id}/": ("lines", {"quantity": 1}),
    "POST /api/stock/reservations/": ("lines", {"quantity": 1}),
    "PATCH /api/stock/reservations/{id}/": ("lines", {"quantity": 1}),
    "POST /api/stock/reservations/{id}/fulfil/": ("lines", {"quantity": 1}),
    "POST /api/stock/sheets/{id}/entries/": ("entries", {"quantity": 1}),
    "POST /api/purchase-orders/": ("lines", {"quantity": 1}),
    "PATCH /api/purchase-orders/{id}/": ("lines", {"quantity": 1}),
    "PUT /api/purchase-orders/{id}/": ("lines", {"quantity": 1}),
    "POST /api/purchase-orders/{id}/receive/": ("lines", {"quantity": 1}),
    "POST /api/labels/": ("lines", {}),
    "POST /api/stock/comparisons/": ("lines", {"quantity": 1}),
    "PATCH /api/products/": ("lines", {"price": "1.00"}),
    "POST /api/kits/": ("parts", {"quantity": 1}),
    "PUT /api/kits/{id}/": ("parts", {"quantity": 1}),
    "PATCH /api/kits/{id}/": ("parts", {"quantity": 1}),
    "PUT /api/products/{product_id}/recipe/": ("parts", {"quantity": 1}),
    "POST /api/stock/makings/": ("used", {"quantity": 1}),
    "POST /api/prices/preview/": ("lines", {"quantity": 1}),
    "PUT /api/locations/{id}/levels/": ("lines", {"low_at": "1", "fill_to": "2"}),
}
REFERENCES = {"product": 999_999_999, "sku": "none", "barcode": "none", "external_id": "none"}
REFERENCES_OF_CHANGES = {"id": 999_999_999, "sku": "none", "external_id": "none"}  # those of PATCH /api/products/
# What else the bodies of some routes need.
FURTHER = {
    "transfers": {"from": None, "to": "Shelf"}, "comparisons": {"source": "till", "of": "quantity"},
    "kits": {"name": "Basket"}, "recipe": {"makes": 1}, "makings": {"sku": "MADE", "quantity": 1},
}  # fmt: skip


def find_lists(schema):
    """Yield each route of the schema with a list whose items name products, and the name of the list."""
    for path, method, operation in list_operations(schema):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {"schema": {}})
        for name, field in resolve_reference(schema, content["schema"]).get("properties", {}).items():
            items = resolve_reference(schema, field.get("items", {})).get("properties", {})
            if "sku" in items and not {"product", "id"}.isdisjoint(items):
                yield f"{method.upper()} {path}", name


def test_the_table_has_every_list_of_lines(schema):
    assert dict(find_lists(schema)) == {route: name for route, (name, _line) in LINES.items()}


@pytest.fixture
def addresses(as_alice, alice, kettle):
    """Return the address of each route, with the id of a row that takes lines."""
    sale = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}).json()
    reservation, supplier = reserve(as_alice, kettle), make_supplier(alice)
    draft = write_order(as_alice, supplier, kettle)
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All"}).json()
    ids = {"operations": sale["operation"], "reservations": reservation["id"], "sheets": sheet["id"]}
    ids |= {
        "products": make_product(alice, "Made", sku="MADE").pk,
        "kits": make_kit(alice, "Set", {kettle.pk: 1})["id"],
    }
    quote = as_alice.post("/api/quotes/", {"lines": [{"product": kettle.pk, "quantity": 1}]}, format="json").json()
    ids |= {
        "quotes": quote["id"],
        "purchase-orders": draft["id"],
        "receive": send_order(as_alice, supplier, kettle)["id"],
    }
    ids["locations"] = as_alice.post("/api/locations/", {"name": "Van"}).json()["id"]

    def fill(route):
        named = next((ids[part] for part in [*route.split("/")][::-1] if part in ids), None)
        return route.partition(" ")[2].replace("{id}", str(named)).replace("{product_id}", str(named))

    return {route: fill(route) for route in LINES}


@all_cases("route", LINES)
def test_a_line_of_an_unknown_product_has_the_code(as_alice, kettle, addresses, route):
    name, line = LINES[route]
    method = route.partition(" ")[0].lower()
    [further] = [body for part, body in FURTHER.items() if part in route] or [{}]
    further = {**further, **({"supplier": Supplier.objects.get().pk} if "purchase-orders/" in route else {})}
    as_alice.post("/api/locations/", {"name": "Shelf"})
    for field, value in (REFERENCES_OF_CHANGES if route == "PATCH /api/products/" else REFERENCES).items():
        answer = getattr(as_alice, method)(addresses[route], {**further, name: [{**line, field: value}]}).json()
        [refused] = answer.get("unknown") or answer.get("lines") or [answer]  # parts of a row are refused with it
        assert (refused["code"], refused["field"]) == ("product_not_found", field)


@all_cases(("field", "value"), REFERENCES.items())
def test_a_single_movement_has_the_code_beside_the_error_of_its_field(as_alice, kettle, field, value):
    answer = as_alice.post("/api/stock/", {field: value, "movement_type": "IN", "quantity": 1})
    said = "This product does not exist."
    assert (answer.status_code, answer.json()) == (
        400, {"detail": said, "code": "product_not_found", "field": field, field: [said]},
    )  # fmt: skip
