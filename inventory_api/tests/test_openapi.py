"""The schema and its page: complete, valid, and readable without internet."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from core.request_checks.schema_cache import SchemaCache
from inventory_api import views
from testing.races import run_concurrently
from testing.routes import list_api_routes

AT_ONCE = 8
FORMS = {
    "yaml": ["application/vnd.oai.openapi", "application/yaml"],
    "json": ["application/vnd.oai.openapi+json", "application/json"],
}
# In a header, a NUL and the end of a line stop the answer, and a quote ends the file's name.
HOSTILE = ["%00", "x%0d%0aSet-Cookie:a=b", "%22;x=y", "2.0", "9" * 5000]


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The schema as the command writes it; any warning is an error."""
    file = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", file=str(file))
    return yaml.safe_load(file.read_text())


def operations(schema):
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_valid_openapi_3(schema):
    assert schema["openapi"].startswith("3.")
    assert schema["info"]["title"] == "Inventory API"


def test_it_holds_every_route_and_method_and_no_other(schema):
    routes = {(route.template(), method) for route in list_api_routes() for method in route.methods}
    assert set(operations(schema)) == routes


def test_every_operation_says_what_it_does(schema):
    for place, operation in operations(schema).items():
        assert operation.get("description"), place


def test_every_operation_names_its_errors(schema):
    for place, operation in operations(schema).items():
        answers = operation["responses"]
        expected = {"429", "503"} if place[0].endswith("/register/") else {"401", "429", "503"}
        assert expected <= set(answers), place
        refs = {status: answer["$ref"] for status, answer in answers.items() if "$ref" in answer}
        assert set(refs.values()) <= {f"#/components/responses/{name}" for name in schema["components"]["responses"]}
        assert ("400" in answers) or "requestBody" not in operation, place


def test_one_way_to_sign_in_is_shown_and_none_where_none_is_needed(schema):
    assert list(schema["components"]["securitySchemes"]) == ["token"]
    found = operations(schema)
    assert found["/api/products/", "GET"]["security"] == [{"token": []}]
    assert not any(found["/api/login/", "POST"].get("security", []))


def test_signing_up_among_the_users_works_with_and_without_a_token(schema):
    assert operations(schema)["/api/users/", "POST"]["security"] == [{"token": []}, {}]


def test_every_post_that_creates_or_moves_stock_says_that_it_takes_a_key(schema):
    posts = {place: o for (place, method), o in operations(schema).items() if method == "POST"}
    taking = {
        place
        for place, operation in posts.items()
        if "422" in operation["responses"] and operation["parameters"][0]["name"] == "Idempotency-Key"
    }
    created = {place for place, operation in posts.items() if "201" in operation["responses"]}
    assert taking == created - {"/api/register/", "/api/auth/register/"} | {"/api/products/import/"}


def test_what_an_address_alone_does_is_named_after_it(schema):
    found = {place: operation["operationId"] for place, operation in operations(schema).items()}
    assert found["/api/products/alerts/", "GET"] == "products_alerts"
    assert found["/api/stock/operations/{}/reverse/", "POST"] == "stock_operations_reverse"
    assert (found["/api/stock/", "POST"], found["/api/stock/", "GET"]) == ("stock_create", "stock_list")
    assert found["/api/stock/{}/", "GET"] == "stock_retrieve"


def test_it_is_served_to_everybody(client, db, schema):
    answer = client.get("/api/schema/", headers={"Authorization": "Bearer expired"})
    assert answer.status_code == 200
    assert yaml.safe_load(answer.content)["paths"] == schema["paths"]


def test_it_is_served_as_json_too(client, db, schema):
    answer = client.get("/api/schema/?format=json")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == schema["paths"].keys()


def test_it_is_made_once_for_all_who_ask_at_the_same_time(monkeypatch):
    made, make = [], SchemaGenerator.get_schema

    def counted(*args, **kwargs):
        made.append(make(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    monkeypatch.setattr(views, "SCHEMA_CACHE", SchemaCache())
    types = [*FORMS["yaml"], *FORMS["json"]] * 2
    answers = run_concurrently(
        *(lambda accept=accept: Client().get("/api/schema/", headers={"Accept": accept}) for accept in types)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(made) == 1


def test_threads_at_the_same_time_get_the_same_whole_schema(monkeypatch, schema):
    monkeypatch.setattr(views, "SCHEMA_CACHE", SchemaCache())
    answers = run_concurrently(
        *[lambda: Client(raise_request_exception=False).get("/api/schema/?format=json")] * AT_ONCE
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["components"].keys() == schema["components"].keys()
    assert answers[0].json()["components"]["schemas"].keys() == schema["components"]["schemas"].keys()


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_two_names_and_the_same_text(client, form):
    answers = [client.get("/api/schema/", headers={"Accept": name}) for name in FORMS[form]]
    assert [answer.headers["Content-Type"].partition(";")[0] for answer in answers] == FORMS[form]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["Content-Disposition"] == f'inline; filename="Inventory API.{form}"'


def test_json_is_indented_as_it_is_asked_for(client):
    for indent, expected in [("2", 2), ("0", 4), ("99", 8), ("x", 4)]:
        answer = client.get("/api/schema/", headers={"Accept": f"application/json; indent={indent}"})
        assert re.match(rb'{\n( +)"', answer.content)[1] == b" " * expected


@pytest.mark.parametrize("name", ["version", "lang"])
def test_nothing_in_the_address_is_taken_but_the_format(client, name):
    for text in [*HOSTILE, "de"]:
        answer = client.get(f"/api/schema/?{name}={text}")
        assert (answer.status_code, list(answer.json())) == (400, [name])
        assert "Content-Disposition" not in answer.headers


def test_the_page_opens_for_everybody_and_refers_to_no_other_host(client, db):
    page = client.get("/api/docs/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    text = page.text
    hosts = set(re.findall(r"(?:https?:)?//([A-Za-z0-9-]+\.[A-Za-z0-9.-]+)", text))
    assert hosts <= {"testserver"}
    assert '<script src="/api/docs/?script="></script>' in text
    script = client.get("/api/docs/?script=")
    assert (script.status_code, script.headers["Content-Type"]) == (200, "application/javascript")
    assert "/api/schema/" in script.text


def test_what_the_page_needs_is_served_from_here(client, db):
    text = client.get("/api/docs/").text
    files = set(re.findall(r'<(?:script src|link [^>]*href)="([^"?]+)"', text))
    assert {file.rsplit(".", 1)[-1] for file in files} == {"js", "css", "svg"}
    for file in files:
        assert file.startswith("/static/")
        answer = client.get(file)
        assert answer.status_code == 200
        assert len(b"".join(answer.streaming_content)) > 100
        answer.close()
