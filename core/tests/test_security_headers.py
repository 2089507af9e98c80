"""Cookies, and the headers and pages of public addresses and of the support desk. test_walk.py tests all others."""

import gunicorn
import pytest
from django.test import Client

from core.http.middleware import CAMERA_POLICY, DATA_POLICY, PAGE_POLICY
from testing.cast.people import PASSWORD, make_product
from testing.laws.violations import find_violations
from testing.servers.loaded_settings import PRODUCTION, read_setting
from testing.tables import all_cases
from users.models import User

PUBLIC = ["/", "/api/docs/", "/api/docs/errors/", "/api-auth/login/", "/admin/login/", "/api/products/"]
DESK = [
    "/admin/", "/admin/products/product/", "/admin/products/product/{product}/change/", "/admin/users/user/add/",
    "/admin/users/user/{user}/change/", "/admin/users/user/{user}/password/", "/admin/stock/movement/?q=kettle",
    "/admin/products/product/{new}/delete/", "/admin/products/product/{product}/history/",
    "/admin/password_change/", "/admin/search/?q=kettle", "/admin/accounts/{user}/", "/admin/stock/operation/",
    "/admin/stock/operation/{operation}/change/", "/admin/stock/operation/{operation}/reverse/",
]  # fmt: skip


def get_page(client, address):
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["Content-Security-Policy"] == PAGE_POLICY
    return response.text


def sign_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def support(db):
    return User.objects.create_superuser("support", password=PASSWORD)


@pytest.mark.django_db
@all_cases("address", PUBLIC)
def test_public_pages_satisfy_the_policy(client, address):
    assert find_violations(get_page(client, address)) == []


@all_cases("address", DESK)
def test_pages_of_the_support_desk_satisfy_the_policy(support, alice, kettle, address):
    ids = {"product": kettle.pk, "user": alice.pk, "operation": kettle.movements.get().operation_id}
    ids["new"] = make_product(alice, "New").pk
    found = {*find_violations(get_page(sign_in(support), address.format(**ids)))}
    assert found <= {'<option value=""></option>'}  # in Django's own lists, whose scripts need it


@all_cases(
    "wrong",
    [
        "<script>1</script>", '<a onclick="x()">', '<a href=" javascript:x()">', '<img src="//cdn.example/x.png">',
        '<link href="https://fonts.example/x.css">', "<iframe></iframe>", "<style>@import 'x'</style>",
    ],
)  # fmt: skip
def test_finds_violations_of_the_policy(wrong):
    """This is the negative control."""
    assert find_violations(f"{'<p>' * 11}{wrong}") != []


def test_the_policy_forbids_inline_scripts():
    parts = dict(part.strip().split(" ", 1) for part in PAGE_POLICY.split(";"))
    assert parts["default-src"] == "'self'"
    assert "script-src" not in parts
    assert {name for name, value in parts.items() if "unsafe" in value} == {"style-src"}


def test_the_policy_of_pages_with_a_camera_differs_by_webassembly_alone():
    assert f"{PAGE_POLICY}; script-src 'self' 'wasm-unsafe-eval'" == CAMERA_POLICY


# --- Headers ------------------------------------------------------------------------------------------


def test_every_response_has_the_headers_even_without_a_view(client, db):
    for address in ("/", "/nowhere", "/healthz", "/static/nothing.css", "/admin/", "/api/x?%00", "/admin/?%00"):
        headers = client.get(address).headers
        assert headers["Content-Security-Policy"] in (PAGE_POLICY, DATA_POLICY)
        assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"
    for name, value in [("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin")]:
        assert client.get("/").headers[name] == value
    assert client.get("/").headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_header_names_a_version(client, db):
    for address in ("/", "/api/products/", "/healthz"):
        assert {"Server", "X-Powered-By"}.isdisjoint(client.get(address).headers)
    assert gunicorn.SERVER == "gunicorn"


# --- Cookies ------------------------------------------------------------------------------------------


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(client, alice):
    client.post("/api-auth/login/", {"username": "alice", "password": PASSWORD})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["domain"]) == (True, "Lax", "")
    client.get("/admin/login/")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_with_https_the_cookies_are_secure_and_bound_to_the_host():
    assert read_setting("SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE", **PRODUCTION) == "__Host-sessionid True"
    assert read_setting("CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE", **PRODUCTION) == "__Host-csrftoken True"
    assert read_setting("SESSION_COOKIE_SECURE", **PRODUCTION, HTTPS="off") == "False"
