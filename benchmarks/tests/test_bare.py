"""The bare server is a fair reference only while it answers what the product answers."""

import io
import json

import psycopg
import pytest
from django.db import connection
from psycopg.rows import dict_row

from benchmarks.references import bare
from products.models import Category
from stock.verification import breaks
from testing.cast import make_product
from users import tokens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask_bare(alice, monkeypatch):
    """Asks the bare server as Alice, on the test's database; answers status and body."""
    about = connection.get_connection_params()
    names = {name: about[name] for name in ("host", "port", "user", "password", "dbname") if about.get(name)}
    token = tokens.issue(alice)["access"]

    def ask(method, path, body=None, query=""):
        data, statuses = json.dumps(body).encode(), []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "testserver",
            "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data),
        }  # fmt: skip
        answer = b"".join(bare.application(environ, lambda status, _headers: statuses.append(int(status[:3]))))
        return statuses[0], json.loads(answer)

    with psycopg.connect(**names, autocommit=True, row_factory=dict_row) as link:
        monkeypatch.setattr(bare.local, "connection", link, raising=False)
        yield ask


@pytest.fixture
def shelf(alice):
    """One product as plain as can be, one with all it can have."""
    make_product(alice, "Kettle", 10)
    category = Category.objects.create(owner=alice, name="Kitchen")
    make_product(alice, "Milk", 3, sku="MILK", cost_price="0.70", expiration_date="2020-01-31", category=category)


def test_its_list_is_the_products(ask_bare, as_alice, shelf):
    assert ask_bare("GET", "/api/products/") == (200, as_alice.get("/api/products/?page_size=50").json())


def test_its_dashboard_is_the_products(ask_bare, as_alice, shelf):
    assert ask_bare("GET", "/api/dashboard/") == (200, as_alice.get("/api/dashboard/").json())


def test_it_goes_on_where_the_product_stopped_and_the_ledger_holds(ask_bare, as_alice, alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}
    booked = as_alice.post("/api/stock/", line).json()
    status, answer = ask_bare("POST", "/api/stock/", line)
    assert (status, list(answer)) == (201, list(booked))
    assert (answer["sequence"], answer["old_quantity"], answer["new_quantity"]) == (3, 8, 6)
    assert breaks(alice.pk) == []


def test_it_refuses_what_is_not_there(ask_bare, kettle):
    assert ask_bare("POST", "/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 11})[0] == 400


def test_it_refuses_a_deactivated_user(ask_bare, alice):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert ask_bare("GET", "/api/products/")[0] == 401
