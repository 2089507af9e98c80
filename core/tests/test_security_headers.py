"""Security headers of every response, cookies, and pages that satisfy their Content-Security-Policy."""

import re
from html.parser import HTMLParser

import gunicorn
import pytest
from django.test import Client

from core.http.middleware import DATA_POLICY, PAGE_POLICY
from products.models import Category
from stock.models import Location
from suppliers.models import Supplier
from testing.browser import Browser
from testing.cast import PASSWORD, client_of, make_product
from testing.loaded_settings import PRODUCTION, read_setting
from testing.routes import list_api_routes
from testing.tables import all_cases
from users.models import User

LISTS = [route.address for route in list_api_routes() if "GET" in route.methods and not route.has_id]
DOWNLOADS = {"/api/products/export/", "/api/products/import/template/"}  # these are CSV for any Accept header
WRITE_ONLY = ["/api/login/", "/api/register/", "/api/auth/refresh/", "/api/auth/logout/", "/api/auth/password/"]
PUBLIC = ["/", "/api/docs/", "/api/docs/errors/", "/api-auth/login/", "/admin/login/", "/api/products/"]
DESK = [
    "/admin/", "/admin/products/product/", "/admin/products/product/{product}/change/", "/admin/users/user/add/",
    "/admin/users/user/{user}/change/", "/admin/users/user/{user}/password/", "/admin/stock/movement/?q=kettle",
    "/admin/products/product/{new}/delete/", "/admin/products/product/{product}/history/",
    "/admin/password_change/", "/admin/search/?q=kettle", "/admin/accounts/{user}/", "/admin/stock/operation/",
    "/admin/stock/operation/{operation}/change/", "/admin/stock/operation/{operation}/reverse/",
]  # fmt: skip
DATA_TYPES = ("application/json", "application/ld+json")


# A screen reader says nothing about a choice without a text. Those of a datalist have their value as text.
EMPTY_OPTION, DATALIST = re.compile(r"<option[^>]*>\s*</option>"), re.compile(r"(?s)<datalist.*?</datalist>")


class ViolationFinder(HTMLParser):
    """Collects violations of the policy: inline scripts and handlers, and content from other hosts."""

    def __init__(self):
        super().__init__()
        self.violations, self.tags = [], 0

    def handle_starttag(self, tag, attributes):
        self.tags += 1
        sent = dict(attributes)
        if tag == "script" and "src" not in sent and sent.get("type") not in DATA_TYPES:
            self.violations.append("an inline script")
        self.violations += [f"a handler: {name}" for name in sent if name.startswith("on")]
        for name in ("src", "href", "action", "formaction", "srcset", "poster", "data"):
            address = sent.get(name) or ""
            is_link = tag == "a" and name == "href"
            if re.match(r"\s*(javascript|vbscript):", address, re.I):
                self.violations.append(f"a script in a link: {address}")
            if not is_link and re.match(r"(https?:)?//(?!testserver/)", address):
                self.violations.append(f"another host: {address}")
        if tag in ("iframe", "object", "embed", "base"):
            self.violations.append(f"a {tag}")


def find_violations(text):
    finder = ViolationFinder()
    finder.feed(text)
    assert finder.tags > 10, "not a page"
    styles = ["a style from another host"] if re.search(r"@import|url\(\s*['\"]?(https?:)?//", text) else []
    return [*finder.violations, *styles, *EMPTY_OPTION.findall(DATALIST.sub("", text))]


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
@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_satisfy_the_policy(client, address):
    assert find_violations(get_page(client, address)) == []


@pytest.mark.parametrize("address", [address for address in LISTS if address not in DOWNLOADS] + WRITE_ONLY)
def test_pages_of_the_browsable_api_satisfy_the_policy(alice, kettle, address):
    assert find_violations(get_page(sign_in(alice), address)) == []


@pytest.mark.parametrize("address", ["/shop/count/", "/shop/order/", "/shop/products/new/", "/shop/receive/"])
def test_pages_of_tasks_satisfy_the_policy(alice, kettle, address):
    Supplier.objects.create(owner=alice, name="Acme")
    Category.objects.create(owner=alice, name="Tea")
    Location.objects.create(owner=alice, name="Shelf")
    assert find_violations(get_page(sign_in(alice), address)) == []


def test_pages_of_a_row_and_of_a_refused_form_satisfy_the_policy(alice, kettle):
    client = sign_in(alice)
    assert find_violations(get_page(client, f"/api/products/{kettle.pk}/")) == []
    refused = client.post("/api/products/", {"name": "<script>alert(1)</script>"}, headers={"Accept": "text/html"})
    assert (refused.status_code, find_violations(refused.text)) == (400, [])


@pytest.mark.parametrize("address", DESK)
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


# --- Data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", LISTS)
def test_data_may_load_nothing_and_is_not_cached(as_alice, kettle, address):
    for client in (as_alice, client_of(None)):
        headers = client.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"] == DATA_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_tokens_and_errors_are_not_cached(as_nobody, alice):
    for password, status in ((PASSWORD, 200), ("wrong", 401)):
        response = as_nobody.post("/api/login/", {"username": "alice", "password": password})
        assert (response.status_code, response.headers["Cache-Control"]) == (status, "no-store")
    assert as_nobody.get("/api/nowhere/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/shop/sell/", "/shop/reports/", "/shop/shop/", "/shop/sent/?key=1", "/shop/no/"])
def test_the_pages_of_a_shop_are_not_cached(alice, address):
    assert "no-store" in Browser(alice).client.get(address).headers["Cache-Control"]


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
