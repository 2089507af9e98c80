"""The generated Python client: sign-up, a product, a sale, a refused sale. mypy checks this file as well."""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

import pytest
from inventory_api_client import AuthenticatedClient, Client
from inventory_api_client.api.auth import login, register
from inventory_api_client.api.products import products_create, products_import, products_list
from inventory_api_client.api.stock import stock_create, stock_operations_create
from inventory_api_client.models import (
    BookedMovement,
    BookOperationRequest,
    BookRequest,
    ErrorCode,
    ImportAnswer,
    ImportRequest,
    Invalid,
    LineError,
    LineRequest,
    LoginRequest,
    MovementTypeEnum,
    PaginatedProductList,
    Product,
    ProductRequest,
    RegisterRequest,
    SignedIn,
    User,
)
from inventory_api_client.types import File

from testing.clients.tests.page import EXPECTED_OUTPUT, read_example
from testing.servers.serving import PASSWORD


@pytest.fixture
def client(address: str, request: pytest.FixtureRequest) -> Iterator[AuthenticatedClient]:
    """Return the client of a new owner."""
    username = request.node.name[:60]
    with Client(base_url=address) as stranger:
        user = register.sync(client=stranger, body=RegisterRequest(username=username, password=PASSWORD))
        assert isinstance(user, User)
        tokens = login.sync(client=stranger, body=LoginRequest(username=username, password=PASSWORD))
        assert isinstance(tokens, SignedIn)
    with AuthenticatedClient(base_url=address, token=tokens.access) as client:
        yield client


def create_kettle(client: AuthenticatedClient) -> Product:
    """Create a product with a quantity of ten."""
    body = ProductRequest(name="Kettle", price="24.50", quantity=10, category="Kitchen")
    product = products_create.sync(client=client, body=body)
    assert isinstance(product, Product)
    return product


def make_sale(product: Product, quantity: int) -> BookRequest:
    return BookRequest(product=product.id, movement_type=MovementTypeEnum.OUT, quantity=quantity)


def test_a_sale_is_booked_and_a_sale_above_the_stock_is_refused_with_the_numbers(client: AuthenticatedClient) -> None:
    product = create_kettle(client)
    sold = stock_create.sync(client=client, body=make_sale(product, 3))
    assert isinstance(sold, BookedMovement)
    assert (sold.old_quantity, sold.new_quantity, sold.product_name) == (10, 7, "Kettle")
    refused = stock_create.sync_detailed(client=client, body=make_sale(product, 8))
    assert refused.status_code == 400
    assert isinstance(refused.parsed, Invalid)
    assert refused.parsed.code == ErrorCode.INSUFFICIENT_STOCK
    assert (refused.parsed.product, refused.parsed.available, refused.parsed.requested) == (product.id, 7, 8)


def test_each_refused_line_has_its_own_code(client: AuthenticatedClient) -> None:
    line = LineRequest(product=create_kettle(client).id, movement_type=MovementTypeEnum.OUT, quantity=11)
    refused = stock_operations_create.sync(client=client, body=BookOperationRequest(lines=[line]))
    assert isinstance(refused, Invalid)
    assert isinstance(refused.lines, list)
    lines = [LineError.from_dict(each) for each in refused.lines]
    assert [(each.line, each.code, each.available) for each in lines] == [(0, ErrorCode.INSUFFICIENT_STOCK, 10)]


def test_an_invalid_field_has_its_messages_under_its_name(client: AuthenticatedClient) -> None:
    refused = products_create.sync(client=client, body=ProductRequest(name=" ", price="1"))
    assert isinstance(refused, Invalid)
    assert refused["name"] == ["This field may not be blank."]


def test_a_request_repeated_with_its_key_gets_the_first_response(client: AuthenticatedClient) -> None:
    product = create_kettle(client)
    answers = [
        stock_create.sync(client=client, body=make_sale(product, 3), idempotency_key="receipt 4711") for _ in "ab"
    ]
    assert answers[0] == answers[1]


def test_imported_products_are_in_the_list(client: AuthenticatedClient) -> None:
    file = File(BytesIO(b"name,price,quantity\nGaiwan,14.00,6\nCup,4.50,0\n"), "products.csv", "text/csv")
    imported = products_import.sync(client=client, body=ImportRequest(file=file))
    assert isinstance(imported, ImportAnswer)
    assert imported.created == 2
    low = products_list.sync(client=client, low_stock=True)
    assert isinstance(low, PaginatedProductList)
    assert [product.name for product in low.results] == ["Cup"]


def test_the_pages_example_prints_the_documented_output(address: str) -> None:
    program = subprocess.run(
        [sys.executable, "-c", read_example("python", address)], capture_output=True, text=True, timeout=60
    )
    assert (program.stdout, program.stderr) == (EXPECTED_OUTPUT, "")
