"""Clients of the fifth README, with a Token header, categories, alerts and the dashboard."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from core.time_zones import today
from desk.reports.tests.test_dashboard import EXAMPLE as DASHBOARD
from products.models import Category
from testing.servers.loaded_settings import load_settings, read_setting
from users.models import User

REGISTER = {"username": "mohamed", "email": "user@email.com", "password": "StrongPassword123", "phone": "12345678"}
LOGIN = {"username": "mohamed", "password": "StrongPassword123"}
LAPTOP = {
    "name": "Laptop",
    "price": "1200.00",
    "quantity": 10,
    "min_threshold": 3,
    "expiration_date": "2026-12-31",
    "category": 2,
}
# Category, price, quantity, threshold and days until expiry. The README's dashboard is computed from these products.
SHOP = [
    ("Electronics", "1200.00", 10, 3, None),
    ("Electronics", "1000.00", 17, 3, None),
    ("Fruits", "5000.00", 1, 3, -1),
    ("Fruits", "1200.00", 2, 2, 30),
    ("Fruits", "400.00", 1, 0, 1),
]
ENVIRONMENT = {
    "SECRET_KEY": "your-secret-key",
    "DEBUG": "True",
    "DATABASE_URL": "postgres://user:password@localhost:5432/dbname",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
}


@pytest.fixture
def mohamed(db):
    """Return Mohamed's client, which is signed up and signed in as the README says."""
    client = APIClient()
    assert client.post("/api/register/", REGISTER).status_code == 201
    client.credentials(HTTP_AUTHORIZATION=f"Token {client.post('/api/login/', LOGIN).json()['token']}")
    return client


@pytest.fixture
def category_2(mohamed):
    return Category.objects.create(pk=2, owner=User.objects.get(username="mohamed"), name="Computers")


@pytest.fixture
def shop(mohamed):
    categories = {
        name: mohamed.post("/api/categories/", {"name": name}).json()["id"] for name in ("Fruits", "Electronics")
    }
    for number, (category, price, quantity, threshold, days) in enumerate(SHOP):
        date = None if days is None else str(today() + timedelta(days=days))
        body = {"name": f"Product {number}", "price": price, "quantity": quantity, "min_threshold": threshold}
        answer = mohamed.post("/api/products/", {**body, "expiration_date": date, "category": categories[category]})
        assert answer.status_code == 201


def list_names(client, query=""):
    return [product["name"] for product in client.get(f"/api/products/{query}").json()["results"]]


def test_the_example_registers_with_a_phone(as_nobody):
    answer = as_nobody.post("/api/register/", REGISTER)
    assert (answer.status_code, answer.json()["phone"]) == (201, "12345678")
    without = {"username": "amina", "password": "StrongPassword123"}
    assert as_nobody.post("/api/register/", without).json()["phone"] == ""


def test_the_example_signs_in_and_gets_a_token(mohamed):
    answer = APIClient().post("/api/login/", LOGIN)
    assert (answer.status_code, type(answer.json()["token"])) == (200, str)
    assert mohamed.get("/api/products/").status_code == 200


def test_categories_are_created_listed_and_retrieved(mohamed):
    category = mohamed.post("/api/categories/", {"name": "Fruits"}).json()
    assert mohamed.get("/api/categories/").json()["results"] == [category]
    assert mohamed.get(f"/api/categories/{category['id']}/").json() == category


def test_a_category_is_updated_and_deleted(mohamed, category_2):
    assert mohamed.patch("/api/categories/2/", {"name": "Laptops"}).json()["name"] == "Laptops"
    assert mohamed.delete("/api/categories/2/").status_code == 204
    assert mohamed.get("/api/categories/2/").status_code == 404


def test_users_see_only_their_own_categories(mohamed, as_charlie):
    theirs = mohamed.post("/api/categories/", {"name": "Fruits"}).json()["id"]
    mine = as_charlie.post("/api/categories/", {"name": "Fruits", "owner": 1}).json()["id"]
    assert Category.objects.get(pk=mine).owner.username == "charlie"
    assert [row["id"] for row in as_charlie.get("/api/categories/").json()["results"]] == [mine]
    assert as_charlie.get(f"/api/categories/{theirs}/").status_code == 404


def test_the_example_creates_a_product_with_the_published_fields(mohamed, category_2):
    answer = mohamed.post("/api/products/", LAPTOP)
    assert answer.status_code == 201
    product = answer.json()
    assert {name: product[name] for name in LAPTOP} == LAPTOP
    assert isinstance(product["id"], int)
    assert parse_datetime(product["created_at"])
    assert (product["is_low_stock"], product["has_expiry"]) == (False, True)


def test_a_product_is_retrieved_updated_and_deleted(mohamed, category_2):
    address = f"/api/products/{mohamed.post('/api/products/', LAPTOP).json()['id']}/"
    assert mohamed.get(address).json()["name"] == "Laptop"
    assert mohamed.patch(address, {"price": "999.00", "quantity": 3}).json()["is_low_stock"] is True
    assert mohamed.delete(address).status_code == 204
    assert mohamed.get(address).status_code == 404


def test_refuses_a_category_of_another_user(category_2, as_charlie):
    answer = as_charlie.post("/api/products/", LAPTOP)
    assert (answer.status_code, list(answer.json())) == (400, ["category"])


def test_users_do_not_see_products_of_others(shop, as_charlie):
    assert list_names(as_charlie) == []
    assert as_charlie.get("/api/products/alerts/").json() == {"low_stock": [], "expired": []}
    assert as_charlie.get("/api/dashboard/").json()["counts"]["total_products"] == 0


def test_users_see_only_their_own_products_without_a_category(mohamed, as_charlie):
    mohamed.post("/api/products/", {"name": "Loose", "price": "1.00"})
    assert list_names(mohamed) == ["Loose"]
    assert list_names(as_charlie) == []


def test_products_are_filtered_searched_and_ordered(mohamed, category_2):
    mohamed.post("/api/products/", LAPTOP)
    mohamed.post("/api/products/", {"name": "Apple", "price": "1.00"})
    assert list_names(mohamed, "?category=2") == ["Laptop"]
    assert list_names(mohamed, "?search=laptop") == ["Laptop"]
    assert list_names(mohamed, "?ordering=price") == ["Apple", "Laptop"]
    assert list_names(mohamed, "?ordering=-created_at") == ["Apple", "Laptop"]
    assert list_names(mohamed, "?ordering=quantity") == ["Apple", "Laptop"]


def test_a_page_has_ten_rows_or_page_size_up_to_a_hundred(mohamed):
    file = "name,price\n" + "".join(f"Product {number},1.00\n" for number in range(101))
    assert mohamed.post("/api/products/import/", file, content_type="text/csv").status_code == 200
    for query, size in (("", 10), ("?page_size=20", 20), ("?page_size=100", 100), ("?page_size=101", 100)):
        page = mohamed.get(f"/api/products/{query}").json()
        assert (page["count"], len(page["results"])) == (101, size)


def test_the_alerts_are_two_lists_of_products(mohamed, shop):
    alerts = mohamed.get("/api/products/alerts/").json()
    assert list(alerts) == ["low_stock", "expired"]
    assert [product["name"] for product in alerts["low_stock"]] == ["Product 2", "Product 3"]
    assert [product["name"] for product in alerts["expired"]] == ["Product 2"]
    assert alerts["expired"][0] == mohamed.get(f"/api/products/{alerts['expired'][0]['id']}/").json()


def test_alerts_include_the_threshold_and_the_expiration_date(mohamed):
    edge = {"name": "Edge", "price": "1.00", "quantity": 3, "min_threshold": 3, "expiration_date": str(today())}
    past = {**edge, "name": "Past", "quantity": 4, "expiration_date": str(today() + timedelta(days=1))}
    for body in (edge, past):
        mohamed.post("/api/products/", body)
    alerts = mohamed.get("/api/products/alerts/").json()
    assert {kind: [product["name"] for product in found] for kind, found in alerts.items()} == {
        "low_stock": ["Edge"],
        "expired": ["Edge"],
    }


def test_the_dashboard_equals_the_example(mohamed, shop):
    answer = mohamed.get("/api/dashboard/")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content.decode() == "".join(DASHBOARD.split())


def test_the_dashboard_includes_the_last_write(mohamed, shop):
    before = mohamed.get("/api/dashboard/").json()["stock"]["total_stock"]
    product = mohamed.get("/api/products/").json()["results"][0]["id"]
    mohamed.post("/api/stock/", {"product": product, "movement_type": "IN", "quantity": 4})
    assert mohamed.get("/api/dashboard/").json()["stock"]["total_stock"] == before + 4


def test_the_dashboard_takes_three_queries(mohamed, shop, all_in_lots, django_assert_num_queries):
    # The statements read the user, the names of the categories, and the sums with the expired stock, also that in lots.
    with django_assert_num_queries(3):
        mohamed.get("/api/dashboard/")


def test_its_env_file_is_a_complete_configuration():
    assert load_settings(**ENVIRONMENT) == []
    list_names = "DEBUG, settings.ALLOWED_HOSTS, settings.DATABASES['default']['NAME']"
    assert read_setting(list_names, **ENVIRONMENT) == "True ['127.0.0.1', 'localhost'] dbname"


def test_cors_allows_all_origins_in_debug_and_none_in_production():
    production = {**ENVIRONMENT, "DEBUG": "False", "SECRET_KEY": "x" * 20 + "y" * 20}
    assert read_setting("CORS_ALLOW_ALL_ORIGINS", **ENVIRONMENT) == "True"
    assert read_setting("CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOWED_ORIGINS", **production) == "False []"


def test_refuses_the_example_secret_key_without_debug():
    [sentence] = load_settings(**{**ENVIRONMENT, "DEBUG": "False"})
    assert "SECRET_KEY is too short" in sentence


def test_cors_allows_the_configured_origins(settings, client, db):
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example.org"]
    for origin, allowed in (("https://shop.example.org", "https://shop.example.org"), ("https://x.example", None)):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = client.options("/api/products/", headers=headers)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_wrong_passwords_are_limited(settings, mohamed):
    settings.LOGIN_TRIES_PER_USER = 2
    wrong = {**LOGIN, "password": "guess"}
    assert [APIClient().post("/api/login/", wrong).status_code for _ in range(3)] == [401, 401, 429]
    answer = APIClient().post("/api/login/", LOGIN)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


def test_requests_are_limited(settings, mohamed):
    settings.REQUESTS_PER_MINUTE = 1
    statuses = [mohamed.get("/api/dashboard/").status_code for _ in range(4)]
    assert 429 in statuses
