"""The bare server is a fair reference only if its responses equal the product's."""

import io
import json

import psycopg
import pytest
from django.db import connection
from psycopg.rows import dict_row

from benchmarks.references import bare
from benchmarks.tests.comparing import assert_same_products
from products.models import Category
from records.events.models import Event
from records.idempotency.models import IdempotencyKey
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.tables import all_cases
from users.sign_in import tokens

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def call_bare_server(alice, monkeypatch):
    """Return a function that sends a request to the bare server as Alice, and returns status and body."""
    parameters = connection.get_connection_params()
    names = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if parameters.get(name)}
    token = tokens.issue_tokens(alice)["access"]

    def call(method, path, body=None, query="", **headers):
        data, statuses = json.dumps(body).encode(), []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "testserver",
            "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data),
            **headers,
        }  # fmt: skip
        answer = b"".join(bare.application(environ, lambda status, _headers: statuses.append(int(status[:3]))))
        return statuses[0], json.loads(answer)

    with psycopg.connect(**names, autocommit=True, row_factory=dict_row) as bare_connection:
        monkeypatch.setattr(bare.local, "connection", bare_connection, raising=False)
        yield call


@pytest.fixture
def products(alice):
    """Create a product with only the required fields and one with all fields."""
    make_product(alice, "Kettle", 10)
    category = Category.objects.create(owner=alice, name="Kitchen")
    make_product(alice, "Milk", 3, sku="MILK", cost_price="0.70", expiration_date="2020-01-31", category=category)


def test_the_list_equals_the_products(call_bare_server, as_alice, products):
    status, page = call_bare_server("GET", "/api/products/")
    assert (status, len(page["results"])) == (200, 2)
    assert_same_products(page, as_alice.get("/api/products/?page_size=50").json())


def test_the_dashboard_equals_the_products(call_bare_server, as_alice, products):
    assert call_bare_server("GET", "/api/dashboard/") == (200, as_alice.get("/api/dashboard/").json())


@all_cases("movements", [3, 60])
def test_the_newest_movements_equal_the_products(call_bare_server, as_alice, kettle, movements):
    lines = [{"product": kettle.pk, "movement_type": "IN", "quantity": 1}] * movements
    assert as_alice.post("/api/stock/operations/", {"lines": lines}).status_code == 201
    assert call_bare_server("GET", "/api/stock/") == (200, as_alice.get("/api/stock/?page_size=50").json())


def test_continues_the_products_ledger_without_a_break(call_bare_server, as_alice, alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}
    booked = as_alice.post("/api/stock/", line).json()
    status, answer = call_bare_server("POST", "/api/stock/", line)
    assert (status, list(answer)) == (201, list(booked))
    assert (answer["sequence"], answer["old_quantity"], answer["new_quantity"]) == (3, 8, 6)
    assert find_breaks(alice.pk) == []


def test_stores_event_and_key_and_logs_a_line(call_bare_server, as_alice, alice, kettle, caplog):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}
    as_alice.post("/api/stock/", line)
    before = Event.objects.filter(owner=alice).count()
    status, answer = call_bare_server("POST", "/api/stock/", line, HTTP_IDEMPOTENCY_KEY="till-1-7")
    assert (status, answer["new_quantity"]) == (201, 6)
    assert Event.objects.filter(owner=alice).count() == before + 1
    assert Event.objects.latest("id").operation == answer["operation"]
    assert IdempotencyKey.objects.get(owner=alice).key == "till-1-7"
    assert '"status": 201' in caplog.text


def test_refuses_a_quantity_that_is_not_in_stock(call_bare_server, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 11}
    assert call_bare_server("POST", "/api/stock/", line)[0] == 400


def test_refuses_a_deactivated_user(call_bare_server, alice):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert call_bare_server("GET", "/api/products/")[0] == 401
