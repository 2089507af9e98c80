"""The schema is complete and valid, and its page needs no files of other hosts."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from core.http.schema_checks import SchemaCache
from inventory_api.schema import views
from records.contacts.models import Contact
from testing.laws.routes import list_api_routes
from testing.races import run_concurrently
from testing.tables import all_cases

CONCURRENT_REQUESTS = 8
FORMATS = {
    "yaml": ["application/vnd.oai.openapi", "application/yaml"],
    "json": ["application/vnd.oai.openapi+json", "application/json"],
}
# In a header, NUL and line ends make the response fail, and a quote ends the file name.
HOSTILE = ["%00", "x%0d%0aSet-Cookie:a=b", "%22;x=y", "2.0", "9" * 5000]


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """Return the schema that the command writes. Warnings are errors."""
    file = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", file=str(file))
    return yaml.load(file.read_text(), yaml.CSafeLoader)


def list_operations(schema):
    """Return the operations by path and method. In the path, {} stands for every parameter."""
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_the_schema_is_openapi_3(schema):
    assert schema["openapi"].startswith("3.")
    assert schema["info"]["title"] == "Inventory API"


def test_the_schema_has_exactly_the_routes_and_methods_of_the_api(schema):
    routes = {(route.template(), method) for route in list_api_routes() for method in route.methods}
    assert set(list_operations(schema)) == routes


def test_every_operation_has_a_description(schema):
    for place, operation in list_operations(schema).items():
        assert operation.get("description"), place


WITHOUT_TOKEN = ("/register/", "/password/reset/", "/password/reset/confirm/", "/email/confirm/")


def test_every_operation_lists_its_errors(schema):
    for place, operation in list_operations(schema).items():
        answers = operation["responses"]
        expected = {"429", "503"} if place[0].endswith(WITHOUT_TOKEN) else {"401", "429", "503"}
        assert expected <= set(answers), place
        refs = {status: answer["$ref"] for status, answer in answers.items() if "$ref" in answer}
        assert set(refs.values()) <= {f"#/components/responses/{name}" for name in schema["components"]["responses"]}
        assert ("400" in answers) or "requestBody" not in operation, place


def test_the_only_shown_credential_is_a_token_where_one_is_needed(schema):
    assert list(schema["components"]["securitySchemes"]) == ["token"]
    found = list_operations(schema)
    assert found["/api/products/", "GET"]["security"] == [{"token": []}]
    assert found["/api/login/", "POST"]["security"] == []
    assert [place for place, operation in found.items() if "security" not in operation] == []


def test_creating_a_user_needs_no_token(schema):
    assert list_operations(schema)["/api/users/", "POST"]["security"] == [{"token": []}, {}]


def test_every_post_that_creates_rows_takes_an_idempotency_key(schema):
    posts = {place: o for (place, method), o in list_operations(schema).items() if method == "POST"}
    taking = {
        place
        for place, operation in posts.items()
        if "422" in operation["responses"] and operation["parameters"][0]["name"] == "Idempotency-Key"
    }
    created = {place for place, operation in posts.items() if "201" in operation["responses"]}
    # The table of Idempotency-Keys would store the secrets.
    with_secrets = {"/api/keys/", "/api/keys/{}/roll/", "/api/tills/", "/api/tills/{}/pair/"}
    with_secrets |= {f"/api/users/me/factors/{kind}/" for kind in ("totp", "passkeys", "recovery")}
    moving = {
        "/api/products/import/",
        "/api/kits/import/",
        "/api/offers/import/",
        "/api/levels/import/",
        "/api/prices/import/",
        "/api/offers/{}/prefer/",
        "/api/products/upsert/",
        "/api/webhooks/{}/redeliver/",
        "/api/account/export/",
        "/api/stock/evidence/",
    }
    moving |= {f"/api/stock/reservations/{{}}/{action}/" for action in ("release", "extend")}
    moving |= {f"/api/purchase-orders/{{}}/{action}/" for action in ("send", "mail", "close")}
    moving |= {f"{reverse(f'{kind}-list')}{{}}/merge/" for kind in Contact.list_models()}
    moving |= {"/api/sales/{}/receipt/mail/", "/api/invoices/{}/mail/"}
    moving |= {f"/api/quotes/{{}}/{action}/" for action in ("decline", "mail")}
    moving |= {"/api/suppliers/{}/price-list/", "/api/suppliers/{}/price-list/{}/undo/"}
    moving |= {f"/api/stock/sheets/{{}}/{action}/" for action in ("recount", "drop")}
    assert taking == created - {"/api/register/", "/api/auth/register/"} - with_secrets | moving


def test_the_only_operation_of_a_path_is_named_after_it(schema):
    found = {place: operation["operationId"] for place, operation in list_operations(schema).items()}
    assert found["/api/products/alerts/", "GET"] == "products_alerts"
    assert found["/api/stock/operations/{}/reverse/", "POST"] == "stock_operations_reverse"
    assert (found["/api/stock/", "POST"], found["/api/stock/", "GET"]) == ("stock_create", "stock_list")
    assert found["/api/stock/{}/", "GET"] == "stock_retrieve"


def test_the_schema_needs_no_credentials(client, db, schema):
    answer = client.get("/api/schema/", headers={"Authorization": "Bearer expired"})
    assert answer.status_code == 200
    assert yaml.load(answer.content, yaml.CSafeLoader)["paths"] == schema["paths"]


def test_the_schema_is_available_as_json(client, db, schema):
    answer = client.get("/api/schema/?format=json")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == schema["paths"].keys()


@pytest.mark.django_db
def test_concurrent_requests_generate_the_schema_once(monkeypatch):
    generated, get_schema = [], SchemaGenerator.get_schema

    def record(*args, **kwargs):
        generated.append(get_schema(*args, **kwargs))
        return generated[-1]

    views.SCHEMA_CACHE.prepare()  # the middleware reads this one
    monkeypatch.setattr(SchemaGenerator, "get_schema", record)
    monkeypatch.setattr(views, "SCHEMA_CACHE", SchemaCache())
    types = [*FORMATS["yaml"], *FORMATS["json"]] * 2
    answers = run_concurrently(
        *(lambda accept=accept: Client().get("/api/schema/", headers={"Accept": accept}) for accept in types)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(generated) == 1


@pytest.mark.django_db
def test_concurrent_requests_get_the_same_complete_schema(monkeypatch, schema):
    monkeypatch.setattr(views, "SCHEMA_CACHE", SchemaCache())
    answers = run_concurrently(
        *[lambda: Client(raise_request_exception=False).get("/api/schema/?format=json")] * CONCURRENT_REQUESTS
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["components"].keys() == schema["components"].keys()
    assert answers[0].json()["components"]["schemas"].keys() == schema["components"]["schemas"].keys()


@all_cases("form", FORMATS)
def test_both_media_types_of_a_format_have_the_same_text(client, form):
    answers = [client.get("/api/schema/", headers={"Accept": name}) for name in FORMATS[form]]
    assert [answer.headers["Content-Type"].partition(";")[0] for answer in answers] == FORMATS[form]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["Content-Disposition"] == f'inline; filename="Inventory API.{form}"'


def test_json_has_the_requested_indent(client):
    for indent, expected in [("2", 2), ("0", 4), ("99", 8), ("x", 4)]:
        answer = client.get("/api/schema/", headers={"Accept": f"application/json; indent={indent}"})
        assert re.match(rb'{\n( +)"', answer.content)[1] == b" " * expected


@all_cases("name", ["version", "lang"])
def test_rejects_all_parameters_but_the_format(client, name):
    for text in [*HOSTILE, "de"]:
        answer = client.get(f"/api/schema/?{name}={text}")
        assert (answer.status_code, list(answer.json())) == (400, [name])
        assert "Content-Disposition" not in answer.headers


def test_the_page_needs_no_credentials_and_no_other_host(client, db):
    page = client.get("/api/docs/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    text = page.text
    hosts = set(re.findall(r"(?:https?:)?//([A-Za-z0-9-]+\.[A-Za-z0-9.-]+)", text))
    assert hosts <= {"testserver"}
    assert '<script src="/api/docs/?script="></script>' in text
    script = client.get("/api/docs/?script=")
    assert (script.status_code, script.headers["Content-Type"]) == (200, "application/javascript")
    assert "/api/schema/" in script.text


def test_the_files_of_the_page_are_served_by_this_host(client, db):
    text = client.get("/api/docs/").text
    files = set(re.findall(r'<(?:script src|link [^>]*href)="([^"?]+)"', text))
    assert {file.rsplit(".", 1)[-1] for file in files} == {"js", "css", "svg"}
    for file in files:
        assert file.startswith("/static/")
        answer = client.get(file)
        assert answer.status_code == 200
        assert len(b"".join(answer.streaming_content)) > 100
        answer.close()
