"""Errors under /api/ are JSON, even if no view was reached or the view returns a page."""

import pytest
from django.test import Client

from core.http.middleware import DebugRefusals
from testing.servers.loaded_settings import PRODUCTION, read_setting
from testing.tables import all_cases
from users.models import User

pytestmark = pytest.mark.django_db
DOCS_ROUTES = ["/api/docs/", "/api/schema/"]


def assert_error(response, status, code):
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json")
    assert response.json()["code"] == code


@all_cases("address", DOCS_ROUTES)
def test_the_docs_and_the_schema_return_json_errors(client, address):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert_error(client.generic(method, address), 405, "method_not_allowed")
    assert_error(client.get(address, headers={"Accept": "image/png"}), 406, "not_acceptable")
    assert_error(client.get(f"{address}?format=xlsx"), 404, "not_found")


def test_the_schema_is_not_available_as_html_nor_the_docs_as_json(client):
    assert_error(client.get("/api/schema/", headers={"Accept": "text/html"}), 406, "not_acceptable")
    assert_error(client.get("/api/docs/", headers={"Accept": "application/json"}), 406, "not_acceptable")


@all_cases("accept", ["*/*", "application/json", "text/csv"])
def test_a_missing_address_is_a_json_error(client, accept):
    assert_error(client.get("/api/nowhere/", headers={"Accept": accept}), 404, "not_found")


def test_an_unknown_host_is_a_json_error(client):
    for address in ("/api/", "/api/docs/", "/api/nowhere/", "/api/login/"):
        assert_error(client.get(address, headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_bug_in_the_docs_is_a_json_500(client, monkeypatch):
    def get(*args, **kwargs):
        raise ZeroDivisionError

    client.raise_request_exception = False
    for view in ("SchemaView", "DocsView"):
        monkeypatch.setattr(f"inventory_api.schema.views.{view}.get", get)
    for address in DOCS_ROUTES:
        assert_error(client.get(address), 500, "error")


def test_a_form_without_a_csrf_token_is_a_json_error():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("mira"))
    assert_error(client.post("/api/suppliers/", {"name": "Acme"}), 403, "permission_denied")


# --- With DEBUG ---------------------------------------------------------------------------------------


@pytest.fixture
def debug(settings, client):
    settings.DEBUG = True
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "core.http.middleware.DebugRefusals", *settings.MIDDLEWARE[1:]]
    client.raise_request_exception = False
    return client


def test_only_debug_adds_the_middleware():
    name = f"{DebugRefusals.__module__}.{DebugRefusals.__name__}"
    assert name not in read_setting("MIDDLEWARE", **PRODUCTION)
    assert name in read_setting("MIDDLEWARE", **PRODUCTION, DEBUG="on")


def test_with_debug_a_program_gets_json_and_a_browser_the_debug_page(debug, monkeypatch):
    def post(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("users.sign_in.views.LoginView.post", post)
    for accept in ("*/*", "application/json"):
        assert_error(debug.get("/api/nowhere/", headers={"Accept": accept}), 404, "not_found")
        assert_error(debug.get("/api/products", headers={"Accept": accept}, follow=True), 401, "not_authenticated")
        assert_error(debug.post("/api/products", headers={"Accept": accept}), 404, "missing_slash")
        assert_error(debug.post("/api/login/", headers={"Accept": accept}), 500, "error")
    page = debug.get("/api/nowhere/", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, "Using the URLconf" in page.text) == (404, True)
    trace = debug.post("/api/login/", headers={"Accept": "text/html"})
    assert (trace.status_code, "ZeroDivisionError" in trace.text) == (500, True)
    assert "Using the URLconf" in debug.get("/nowhere").text
