"""Which origins' pages may call the API, with which headers, and what they may read."""

import pytest

from inventory_api.tests.test_settings import PRODUCTION, value_of

SHOP = "https://shop.example.org"


@pytest.fixture
def allowed(settings):
    """Production, with one origin on the list."""
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.CORS_ALLOWED_ORIGIN_REGEXES = []
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def get(client, origin, address="/api/schema/"):
    return client.get(address, headers={"Origin": origin})


def preflight(client, origin=SHOP, address="/api/products/", asked="idempotency-key"):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    return client.options(address, headers=headers)


def may(answer):
    return answer.headers.get("Access-Control-Allow-Origin")


def words(answer, header):
    return {word.strip().lower() for word in answer.headers[header].split(",")}


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "http://127.0.0.1:5173", "https://localhost", "http://[::1]:80"]
)
def test_in_demo_mode_pages_of_this_machine_may_call(client, origin):
    assert may(get(client, origin)) == origin


@pytest.mark.parametrize(
    "origin", [SHOP, "http://localhost.example.org", "http://localhost:80.example.org", "http://evil-localhost", "null"]
)
def test_in_demo_mode_no_other_page_may(client, origin):
    assert may(get(client, origin)) is None


def test_with_debug_every_page_may(client, settings):
    assert value_of("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION, DEBUG="on") == "True"
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert may(get(client, SHOP)) == "*"


def test_in_production_nobody_may_unless_named():
    for name in ("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES"):
        assert value_of(name, **PRODUCTION) == "[]"
    assert value_of("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION) == "False"
    assert value_of("CORS_ALLOWED_ORIGINS", **PRODUCTION, CORS_ALLOWED_ORIGINS=SHOP) == f"['{SHOP}']"


def test_an_origin_on_the_list_may_and_its_neighbours_may_not(client, allowed):
    assert may(get(client, SHOP)) == SHOP
    for origin in ("http://shop.example.org", f"{SHOP}:8443", f"{SHOP}.evil.example", "http://localhost:3000"):
        assert may(get(client, origin)) is None


def test_a_preflight_names_the_headers_that_may_be_sent(client, allowed):
    answer = preflight(client)
    assert (answer.status_code, may(answer)) == (200, SHOP)
    assert {"authorization", "content-type", "idempotency-key", "x-request-id"} <= words(
        answer, "Access-Control-Allow-Headers"
    )
    assert {"get", "post", "put", "patch", "delete"} <= words(answer, "Access-Control-Allow-Methods")


def test_a_preflight_of_another_origin_is_not_answered(client, allowed):
    assert may(preflight(client, "https://evil.example")) is None


def test_a_page_may_read_the_headers_that_clients_need(client, allowed):
    exposed = words(get(client, SHOP), "Access-Control-Expose-Headers")
    assert exposed == {
        "retry-after", "x-request-id", "idempotent-replayed", "ignored-fields", "preference-applied",
        "content-disposition",
    }  # fmt: skip


def test_errors_may_be_read_too(client, allowed, db):
    for answer in (get(client, SHOP, "/api/products/"), get(client, SHOP, "/api/nothing/")):
        assert answer.status_code in (401, 404)
        assert may(answer) == SHOP


def test_cookies_of_other_origins_are_not_taken(client, allowed):
    assert "Access-Control-Allow-Credentials" not in get(client, SHOP).headers
    assert "Access-Control-Allow-Credentials" not in preflight(client).headers


@pytest.mark.parametrize("address", ["/", "/admin/login/", "/api-auth/login/", "/healthz"])
def test_nothing_outside_the_api_is_shared(client, settings, address, db):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert may(get(client, SHOP, address)) is None
