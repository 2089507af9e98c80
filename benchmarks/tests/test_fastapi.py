"""FastAPI is a fair reference only if its responses equal the product's and it keeps the ledger intact."""

import http.client
import json
import os
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from django.apps import apps
from django.db import connection
from django.utils.crypto import salted_hmac

from benchmarks import peers, servers
from benchmarks.tests.comparing import assert_same_products
from products.models import Category, Product
from stock.models import Movement, Operation
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import make_product, make_user
from testing.tables import all_cases
from users.models import User
from users.sign_in import tokens

# A demo's secret key, which the tests may use, is refused outside of the demo. So the reference has its own key.
SECRET_KEY = "of-a-server-that-is-started-for-one-file-of-tests-and-verifies-its-tokens"
SIGNING_KEY = salted_hmac("inventory_api.tokens", "signing key", SECRET_KEY, algorithm="sha256").hexdigest()

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not peers.are_installed(), reason=peers.NOT_INSTALLED),
]


def sign_in(user):
    """Return an access token of the user, which the reference accepts."""
    return sign_again(tokens.issue_tokens(user)["access"])


def sign_again(token, key=SIGNING_KEY, **changes):
    """Return the token with these claims changed, signed with the key."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, key, algorithm="HS256")


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """Serve FastAPI on the database of the tests."""
    with django_db_blocker.unblock():
        parameters = connection.get_connection_params()
    names = {"DB_HOST": "host", "DB_PORT": "port", "DB_NAME": "dbname", "DB_USER": "user", "DB_PASSWORD": "password"}
    variables = {
        "PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", "SECRET_KEY": SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "off",
        **{name: str(parameters[key]) for name, key in names.items() if parameters.get(key)},
    }  # fmt: skip
    with servers.start_uvicorn(peers.FASTAPI_APPLICATION, variables, tmp_path_factory.mktemp("fastapi")) as started:
        yield started


@pytest.fixture
def call_fastapi(server, alice):
    """Return a function that sends a request to FastAPI, as Alice by default, and returns status and body."""
    own_token = sign_in(alice)

    def call(method, path, body=None, token=own_token):
        connected = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "127.0.0.1"}
        try:
            connected.request(method, path, None if body is None else json.dumps(body), headers)
            response = connected.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connected.close()

    return call


@pytest.fixture
def products(alice):
    """Create a product with only the required fields and one with all fields."""
    make_product(alice, "Kettle", 10)
    category = Category.objects.create(owner=alice, name="Kitchen")
    supplier = Supplier.objects.create(owner=alice, name="Cow")
    linked = {"category": category, "supplier": supplier}
    make_product(alice, "Milk", 3, sku="MILK", cost_price="0.70", expiration_date="2020-01-31", **linked)


def get_as_product(as_alice, path):
    return 200, as_alice.get(path, headers={"host": "127.0.0.1"}).json()


def test_the_list_equals_the_products(call_fastapi, as_alice, products):
    path = "/api/products/?page_size=50"
    status, page = call_fastapi("GET", path)
    assert (status, len(page["results"])) == (200, 2)
    assert_same_products(page, get_as_product(as_alice, path)[1])


@all_cases("page", [1, 2, 3])
def test_the_pages_and_their_links_equal_the_products(call_fastapi, as_alice, alice, page):
    Product.objects.bulk_create([Product(owner=alice, name=f"Product {n}", price=n) for n in range(120)])
    path = f"/api/products/?page={page}&page_size=50"
    status, found = call_fastapi("GET", path)
    assert status == 200
    assert_same_products(found, get_as_product(as_alice, path)[1])


def test_the_dashboard_equals_the_products(call_fastapi, as_alice, products):
    assert call_fastapi("GET", "/api/dashboard/") == get_as_product(as_alice, "/api/dashboard/")


def test_the_dashboard_of_an_empty_shop_equals_the_products(call_fastapi, as_alice):
    assert call_fastapi("GET", "/api/dashboard/") == get_as_product(as_alice, "/api/dashboard/")


def test_continues_the_products_ledger_without_a_break(call_fastapi, as_alice, alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}
    booked = as_alice.post("/api/stock/", line).json()
    status, answer = call_fastapi("POST", "/api/stock/", line)
    assert (status, list(answer)) == (201, list(booked))
    assert (answer["sequence"], answer["old_quantity"], answer["new_quantity"]) == (3, 8, 6)
    assert as_alice.get("/api/stock/").json()["results"][0] == answer
    assert find_breaks(alice.pk) == []


def count_rows():
    return {model.__name__: model.objects.count() for model in apps.get_models()}


def last_two_rows(model):
    """Return the last two rows, without the values that differ between two bookings of a line."""
    varying = {"id", "operation_id", "sequence", "old_quantity", "new_quantity", "occurred_at", "created_at"}
    rows = model.objects.order_by("-pk").values()[:2]
    return [{name: value for name, value in row.items() if name not in varying} for row in rows]


def test_writes_the_same_rows_as_the_product(call_fastapi, as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 2}
    assert as_alice.post("/api/stock/", line).status_code == 201
    before = count_rows()
    assert call_fastapi("POST", "/api/stock/", line)[0] == 201
    after = count_rows()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "Operation": 1, "Movement": 1,
    }  # fmt: skip
    for model in (Operation, Movement):
        by_fastapi, by_product = last_two_rows(model)
        assert by_fastapi == by_product
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.updated_at) == (14, Operation.objects.latest("pk").created_at)


def test_parallel_sales_never_take_more_than_is_in_stock(call_fastapi, alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2}
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: call_fastapi("POST", "/api/stock/", line)[0], range(8)))
    kettle.refresh_from_db()
    assert (sorted(statuses), kettle.quantity) == ([201] * 5 + [400] * 3, 0)
    assert find_breaks(alice.pk) == []


def test_refuses_a_quantity_that_is_not_in_stock_and_writes_nothing(call_fastapi, kettle):
    movements = Movement.objects.count()
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 11}
    assert call_fastapi("POST", "/api/stock/", line)[0] == 400
    assert Movement.objects.count() == movements


@all_cases("change", [{"movement_type": "AWAY"}, {"quantity": 0}, {"quantity": "x"}, {"product": None}])
def test_refuses_a_malformed_line(call_fastapi, kettle, change):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, **change}
    assert call_fastapi("POST", "/api/stock/", line)[0] == 422


def test_refuses_the_product_of_another_account(call_fastapi, charlie):
    line = {"product": make_product(charlie, "Pan", 1).pk, "movement_type": "IN", "quantity": 1}
    assert call_fastapi("POST", "/api/stock/", line)[0] == 400


def test_serves_a_worker_from_the_employers_account(call_fastapi, as_alice, products, bob):
    answer = call_fastapi("GET", "/api/dashboard/", token=sign_in(bob))
    assert answer == get_as_product(as_alice, "/api/dashboard/")


@all_cases("claims", [{"version": 99}, {"joined": 1.5}, {"token_type": "refresh"}, {"iss": "another"}, {"exp": 1}])
def test_refuses_a_token_with_a_wrong_claim(call_fastapi, alice, claims):
    assert call_fastapi("GET", "/api/dashboard/", token=sign_again(sign_in(alice), **claims))[0] == 401


@all_cases("token", ["", "x.y.z"])
def test_refuses_what_is_no_token(call_fastapi, token):
    assert call_fastapi("GET", "/api/dashboard/", token=token)[0] == 401


def test_refuses_a_token_with_a_foreign_signature(call_fastapi, alice):
    foreign = sign_again(sign_in(alice), "another key of at least thirty-two bytes")
    assert call_fastapi("GET", "/api/dashboard/", token=foreign)[0] == 401


def test_refuses_a_deactivated_user_and_the_workers_of_a_deactivated_owner(call_fastapi, alice, bob):
    by_bob = sign_in(bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    alice.refresh_from_db()
    for token in (sign_in(alice), by_bob):
        assert call_fastapi("GET", "/api/products/", token=token)[0] == 401


def test_refuses_a_worker_without_an_employer(call_fastapi):
    unemployed = make_user("erin", role="worker")
    assert call_fastapi("GET", "/api/products/", token=sign_in(unemployed))[0] == 401
