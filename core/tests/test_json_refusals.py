"""Under /api/ a refusal is JSON, also where no view of the API has been reached, or the view itself answers a page."""

import pytest
from django.test import Client

from core.http.middleware import DebugRefusals
from inventory_api.tests.test_settings import PRODUCTION, value_of
from users.models import User

pytestmark = pytest.mark.django_db
DOCUMENTS = ["/api/docs/", "/api/schema/"]


def refused(answer, status, code):
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert answer.json()["code"] == code


@pytest.mark.parametrize("address", DOCUMENTS)
def test_the_documents_refuse_in_json(client, address):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        refused(client.generic(method, address), 405, "method_not_allowed")
    refused(client.get(address, headers={"Accept": "image/png"}), 406, "not_acceptable")
    refused(client.get(f"{address}?format=xlsx"), 404, "not_found")


def test_the_schema_is_not_there_as_a_page_nor_the_docs_as_data(client):
    refused(client.get("/api/schema/", headers={"Accept": "text/html"}), 406, "not_acceptable")
    refused(client.get("/api/docs/", headers={"Accept": "application/json"}), 406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json", "text/csv"])
def test_an_address_that_does_not_exist_is_refused_in_json(client, accept):
    refused(client.get("/api/nowhere/", headers={"Accept": accept}), 404, "not_found")


def test_a_host_that_is_not_ours_is_refused_in_json(client):
    for address in ("/api/", "/api/docs/", "/api/nowhere/", "/api/login/"):
        refused(client.get(address, headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_bug_in_a_document_is_a_json_500(client, monkeypatch):
    def get(*args, **kwargs):
        raise ZeroDivisionError

    client.raise_request_exception = False
    for view in ("SchemaView", "DocsView"):
        monkeypatch.setattr(f"inventory_api.views.{view}.get", get)
    for address in DOCUMENTS:
        refused(client.get(address), 500, "error")


def test_a_form_without_its_csrf_token_is_refused_in_json():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("mira"))
    refused(client.post("/api/suppliers/", {"name": "Acme"}), 403, "permission_denied")


# --- With DEBUG ---------------------------------------------------------------------------------------


@pytest.fixture
def debug(settings, client):
    settings.DEBUG = True
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "core.http.middleware.DebugRefusals", *settings.MIDDLEWARE[1:]]
    client.raise_request_exception = False
    return client


def test_debug_alone_brings_the_middleware():
    name = f"{DebugRefusals.__module__}.{DebugRefusals.__name__}"
    assert name not in value_of("MIDDLEWARE", **PRODUCTION)
    assert name in value_of("MIDDLEWARE", **PRODUCTION, DEBUG="on")


def test_with_debug_a_program_gets_json_and_a_browser_django_s_page(debug, monkeypatch):
    def post(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("users.views.LoginView.post", post)
    for accept in ("*/*", "application/json"):
        refused(debug.get("/api/nowhere/", headers={"Accept": accept}), 404, "not_found")
        refused(debug.get("/api/products", headers={"Accept": accept}, follow=True), 401, "not_authenticated")
        refused(debug.post("/api/products", headers={"Accept": accept}), 404, "missing_slash")
        refused(debug.post("/api/login/", headers={"Accept": accept}), 500, "error")
    page = debug.get("/api/nowhere/", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, "Using the URLconf" in page.text) == (404, True)
    trace = debug.post("/api/login/", headers={"Accept": "text/html"})
    assert (trace.status_code, "ZeroDivisionError" in trace.text) == (500, True)
    assert "Using the URLconf" in debug.get("/nowhere").text
