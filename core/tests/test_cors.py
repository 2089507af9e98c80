"""CORS: the origins that may call the API, and the headers that they may send and read."""

import pytest

from testing.servers.loaded_settings import PRODUCTION, read_setting
from testing.tables import all_cases

SHOP = "https://shop.example.org"


@pytest.fixture
def allowed(settings):
    """Use production settings with one allowed origin."""
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.CORS_ALLOWED_ORIGIN_REGEXES = []
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def get(client, origin, address="/api/schema/"):
    return client.get(address, headers={"Origin": origin})


def preflight(client, origin=SHOP, address="/api/products/", requested="idempotency-key"):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": requested}
    return client.options(address, headers=headers)


def get_allowed_origin(response):
    return response.headers.get("Access-Control-Allow-Origin")


def split_header(response, header):
    return {word.strip().lower() for word in response.headers[header].split(",")}


@all_cases("origin", ["http://localhost:3000", "http://127.0.0.1:5173", "https://localhost", "http://[::1]:80"])
def test_demo_mode_allows_origins_on_this_machine(client, origin):
    assert get_allowed_origin(get(client, origin)) == origin


@all_cases(
    "origin", [SHOP, "http://localhost.example.org", "http://localhost:80.example.org", "http://evil-localhost", "null"]
)
def test_demo_mode_refuses_other_origins(client, origin):
    assert get_allowed_origin(get(client, origin)) is None


def test_debug_allows_every_origin(client, settings):
    assert read_setting("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION, DEBUG="on") == "True"
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert get_allowed_origin(get(client, SHOP)) == "*"


def test_production_allows_only_listed_origins():
    for name in ("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES"):
        assert read_setting(name, **PRODUCTION) == "[]"
    assert read_setting("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION) == "False"
    assert read_setting("CORS_ALLOWED_ORIGINS", **PRODUCTION, CORS_ALLOWED_ORIGINS=SHOP) == f"['{SHOP}']"


def test_allows_a_listed_origin_but_not_similar_ones(client, allowed):
    assert get_allowed_origin(get(client, SHOP)) == SHOP
    for origin in ("http://shop.example.org", f"{SHOP}:8443", f"{SHOP}.evil.example", "http://localhost:3000"):
        assert get_allowed_origin(get(client, origin)) is None


def test_a_preflight_lists_the_headers_and_methods_that_may_be_sent(client, allowed):
    response = preflight(client)
    assert (response.status_code, get_allowed_origin(response)) == (200, SHOP)
    assert {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "x-request-id",
    } <= split_header(response, "Access-Control-Allow-Headers")
    assert {"get", "post", "put", "patch", "delete"} <= split_header(response, "Access-Control-Allow-Methods")


def test_a_preflight_does_not_allow_another_origin(client, allowed):
    assert get_allowed_origin(preflight(client, "https://evil.example")) is None


def test_exposes_the_headers_that_clients_need(client, allowed):
    exposed = split_header(get(client, SHOP), "Access-Control-Expose-Headers")
    assert exposed == {
        "retry-after", "ratelimit", "ratelimit-policy", "x-request-id", "idempotent-replayed", "ignored-fields",
        "preference-applied", "content-disposition", "etag", "clamped", "api-version",
    }  # fmt: skip


def test_allows_the_origin_on_errors_too(client, allowed, db):
    for response in (get(client, SHOP, "/api/products/"), get(client, SHOP, "/api/nothing/")):
        assert response.status_code in (401, 404)
        assert get_allowed_origin(response) == SHOP


def test_does_not_allow_credentials(client, allowed):
    assert "Access-Control-Allow-Credentials" not in get(client, SHOP).headers
    assert "Access-Control-Allow-Credentials" not in preflight(client).headers


@all_cases("address", ["/", "/admin/login/", "/api-auth/login/", "/healthz"])
def test_no_origin_is_allowed_outside_of_the_api(client, settings, address, db):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert get_allowed_origin(get(client, SHOP, address)) is None
