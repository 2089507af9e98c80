"""In a currency without decimals, each amount that a customer pays is whole, wherever it is sent."""

import json
from decimal import Decimal

import pytest

from core.fields import AMOUNT
from products.models import Product
from testing.cast.orders import make_supplier, send_order
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.models import Kit
from trade.kits.tests.kits import make_kit
from trade.prices.models import PriceRow
from trade.quotes.models import QuoteLine
from trade.reservations.models import ReservationLine
from users.models import User

pytestmark = pytest.mark.django_db
REFUSED = "JPY has no decimals, but 10.50 has some. Enter a whole amount."
# What the shop pays itself has two decimals in each currency, and these are no money.
COSTS = ("cost_price", "unit_cost", "cost")
NO_MONEY = ("percent", "rate", "factor")
# What a product had when somebody read it: compared, not stored.
COMPARED = ("expected",)


def find_amounts(schema, part, path=()):
    """Yield the path of each amount in a body. Lists have one entry."""
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    if part.get("pattern") == AMOUNT["pattern"]:
        yield path
    for every in ("allOf", "oneOf", "anyOf"):
        for one in part.get(every, ()):
            yield from find_amounts(schema, one, path)
    if "items" in part:
        yield from find_amounts(schema, part["items"], (*path, 0))
    for name, one in part.get("properties", {}).items():
        if not one.get("readOnly"):
            yield from find_amounts(schema, one, (*path, name))


def list_amounts(schema):
    """Yield the method, the address and the path of each amount of money that a JSON body may have."""
    for address, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            for path in find_amounts(schema, content.get("application/json", {}).get("schema", {})):
                if path[-1] not in NO_MONEY:
                    yield method, address, path


def build(path, amount, more):
    """Return a body with the amount at the end of the path. Each object on it has the values of `more` by its name."""
    body = amount
    for name in reversed(path):
        body = [body] if name == 0 else {**more.get(name, {}), name: body}
    return body


@pytest.fixture
def tokyo(alice):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    alice.refresh_from_db()
    return alice


@pytest.fixture
def cup(tokyo):
    return make_product(tokyo, "Cup", 50, sku="CUP", external_id="C-1", price="20.00")


@pytest.fixture
def addresses(as_alice, tokyo, cup):
    """Return the ids of rows by the part of an address above them."""
    mill = make_supplier(tokyo)
    as_alice.post("/api/offers/", {"product": cup.pk, "supplier": mill.pk, "cost_price": "10.50"})
    order = send_order(as_alice, mill, cup)
    line = {"product": cup.pk, "quantity": 2}
    customer = as_alice.post("/api/customers/", {"name": "Ada"}).json()["id"]
    sale = as_alice.post("/api/stock/operations/", {"lines": [{**line, "movement_type": "OUT"}], "customer": customer})
    assert sale.status_code == 201, sale.json()
    group = as_alice.post("/api/groups/", {"name": "Cups", "axes": ["size"]})
    assert group.status_code == 201, group.json()
    return {
        "products": cup.pk, "items": cup.pk, "kits": make_kit(tokyo, "Set", {cup.pk: 2}, price="30.00")["id"],
        "groups": group.json()["id"], "customers": customer, "sales": sale.json()["id"],
        "operations": sale.json()["id"], "purchase-orders": order["id"],
        "reservations": as_alice.post("/api/stock/reservations/", {"lines": [line]}).json()["id"],
        "quotes": as_alice.post("/api/quotes/", {"lines": [line]}).json()["id"],
        "offers": as_alice.get("/api/offers/").json()["results"][0]["id"],
    }  # fmt: skip


@pytest.mark.quick
def test_each_amount_that_a_customer_pays_is_refused_with_decimals(as_alice, schema, cup, addresses):
    named = {"product": cup.pk, "quantity": 1, "movement_type": "OUT"}
    more = {
        "unit_price": named, "total": named, "unit_cost": {**named, "movement_type": "IN"},
        "cost": {**named, "movement_type": "IN"}, "amount": {"kind": "cash"}, "lines": {"reason": "sale"},
        "discount": {"lines": [named]}, "payments": {"lines": [named]}, "price": {"id": cup.pk, "external_id": "C-1"},
    }  # fmt: skip
    found, wrong = 0, []
    for method, address, path in list_amounts(schema):
        parts = address.strip("/").split("/")
        ids = [str(addresses[parts[at - 1]]) if part.startswith("{id") or part == "{operation}" else part
               for at, part in enumerate(parts)]  # fmt: skip
        url = f"/{'/'.join(ids)}/".replace("{external_id}", "C-1")
        answer = getattr(as_alice, method)(url, build(path, "10.50", more))
        is_free = path[-1] in COSTS or not {*path}.isdisjoint(COMPARED)
        is_refused = answer.status_code == 400 and REFUSED in answer.text
        found += not is_free
        if is_refused == is_free:
            wrong.append((method, url, path, answer.status_code, answer.text[:200]))
    assert (wrong, found > 30) == ([], True), found


def store_parts(pk):
    """Let the rows of an earlier release have parts of the smallest coin."""
    for rows in (Product.objects.filter(sku="CUP"), Kit.objects.all(), PriceRow.objects.all()):
        rows.update(price=Decimal("10.50"))
    ReservationLine.objects.update(unit_price=Decimal("10.50"))
    QuoteLine.objects.filter(quote=pk).update(unit_price=Decimal("10.50"))


@all_cases(
    ("method", "address", "body"),
    [
        ("put", "products/{products}/", {"name": "Cup", "price": "{}"}),
        ("patch", "products/{products}/", {"price": "{}"}),
        ("patch", "items/{items}/", {"price": "{}"}),
        ("put", "products/by-external-id/C-1/", {"name": "Cup", "price": "{}"}),
        ("patch", "products/", {"lines": [{"sku": "cup", "price": "{}"}]}),
        ("post", "products/upsert/", {"lines": [{"external_id": "C-1", "price": "{}"}]}),
        ("post", "products/edits/", {"lines": [{"id": "{products}", "price": "{}", "expected": {"price": "10.50"}}]}),
        ("patch", "kits/{kits}/", {"price": "{}"}),
        ("put", "products/{products}/prices/", {"rows": [{"price": "{}"}]}),
        ("patch", "quotes/{quotes}/", {"lines": [{"product": "{products}", "quantity": 1, "unit_price": "{}"}]}),
        ("patch", "stock/reservations/{reservations}/", {"lines": [{"sku": "CUP", "quantity": 1, "unit_price": "{}"}]}),
        ("post", "stock/operations/", {"lines": [
            {"sku": "CUP", "movement_type": "OUT", "quantity": 1, "unit_price": "{}"}]}),
        ("post", "stock/operations/", {"lines": [
            {"kit": "{kits}", "movement_type": "OUT", "quantity": 1, "unit_price": "{}"}]}),
    ],
)  # fmt: skip
def test_an_amount_with_decimals_that_is_stored_already_may_be_repeated(as_alice, addresses, method, address, body):
    as_alice.put(f"/api/products/{addresses['products']}/prices/", {"rows": [{"price": "8"}]})
    store_parts(addresses["quotes"])

    def send(amount):
        text = json.dumps(body).replace("{}", amount)
        for name, pk in addresses.items():
            text = text.replace(f'"{{{name}}}"', str(pk))
        return getattr(as_alice, method)(f"/api/{address.format(**addresses)}", json.loads(text))

    assert (send("10.60").status_code, "10.60 has some" in send("10.60").text) == (400, True), send("10.60").json()
    assert send("10.50").status_code in (200, 201), send("10.50").json()


@all_cases("kind", ["products", "kits", "prices"])
def test_a_file_repeats_the_decimals_that_are_stored_and_adds_none(as_alice, addresses, kind):
    as_alice.put(f"/api/products/{addresses['products']}/prices/", {"rows": [{"price": "8"}]})
    store_parts(addresses["quotes"])
    address = "/api/products/export/" if kind == "products" else f"/api/{kind}/?format=csv"
    file = b"".join(as_alice.get(address)).decode()
    again, changed = (
        as_alice.post(f"/api/{kind}/import/", text, content_type="text/csv")
        for text in (file, file.replace("10.50", "10.60"))
    )
    assert (again.status_code, again.json().get("unchanged")) == (200, 1), (file, again.json())
    assert "10.60 has some" in changed.json()["rows"][0]["reason"], changed.json()


def test_what_is_due_with_decimals_is_paid(as_alice, cup, addresses):
    Product.objects.filter(pk=cup.pk).update(price=Decimal("10.50"))
    body = {"lines": [{"product": cup.pk, "movement_type": "OUT", "quantity": 1}], "payment": "later"}
    sale = as_alice.post("/api/stock/operations/", body).json()["id"]
    pay = [as_alice.post(f"/api/sales/{sale}/payments/", {"kind": "card", "amount": one}) for one in ("0.50", "10.50")]
    assert [answer.status_code for answer in pay] == [400, 201], [answer.json() for answer in pay]


@all_cases(("amount", "price"), [("3.333", "999.10"), ("0.03", "1033.33")])
def test_goods_by_weight_may_have_a_price_at_which_they_cost_a_whole_amount(as_alice, tokyo, amount, price):
    tuna = make_product(tokyo, "Tuna", 9000, decimals=3, unit="kg", price="999")
    line = {"product": tuna.pk, "movement_type": "OUT", "amount": amount}
    assert as_alice.post("/api/stock/operations/", {"lines": [{**line, "unit_price": price}]}).status_code == 201
    refused = as_alice.post("/api/stock/operations/", {"lines": [{**line, "unit_price": "10.50"}]})
    assert REFUSED in refused.text
