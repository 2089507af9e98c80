"""Errors in the form of RFC 9457, and the page of all codes that they lead to."""

import re

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from inventory_api.error_codes import error_codes
from testing.walk import address_of, calls, undone

PROBLEM = "application/problem+json"
PAGE = "http://testserver/api/docs/errors/"


def ask(client, method, address, body=None, accept=PROBLEM, **headers):
    return client.generic(
        method, address, body or "", content_type="application/json", headers={"Accept": accept, **headers}
    )


def problem(answer, status):
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert int(answer.headers.get("Content-Length", len(answer.content))) == len(answer.content)
    assert "Accept" in answer.headers["Vary"]
    return answer.json()


def test_a_rule_s_refusal_has_the_standard_members_and_its_numbers(as_alice, kettle):
    body = f'{{"product": {kettle.pk}, "movement_type": "OUT", "quantity": 99}}'
    found = problem(ask(as_alice, "POST", "/api/stock/", body), 400)
    assert found == {
        "type": f"{PAGE}#insufficient_stock",
        "title": "Insufficient stock",
        "status": 400,
        "detail": f"Only {kettle.quantity} in stock, 99 requested.",
        "code": "insufficient_stock",
        "product": kettle.pk,
        "available": kettle.quantity,
        "requested": 99,
    }


def test_field_errors_stand_under_errors(as_alice):
    found = problem(ask(as_alice, "POST", "/api/products/", '{"price": "x"}'), 400)
    assert (found["code"], found["type"]) == ("invalid", f"{PAGE}#invalid")
    assert found["errors"] == as_alice.post("/api/products/", {"price": "x"}).json()
    assert "name, price" in found["detail"]


def test_every_route_refuses_in_this_form(world):
    """Signed out or with a parameter that does not exist: no route is left out."""
    for call in calls():
        address = f"{address_of(call, 'nobody', world)}?no_such_thing=1"
        answer = undone(world.client("nobody"), call.method, address, {}, Accept=PROBLEM)
        assert answer.headers["Content-Type"] == PROBLEM, str(call)


BEFORE_REST_FRAMEWORK = [
    (404, "GET", "/api/nothing/", {}),
    (404, "POST", "/api/stock", {}),
    (404, "GET", "/nothing", {}),
    (411, "POST", "/api/stock/", {"Transfer-Encoding": "chunked"}),
    (400, "GET", "/api/", {"Host": "evil.example"}),
    (400, "GET", "/", {"Cookie": 'a="\\000"'}),
]


@pytest.mark.parametrize(("status", "method", "address", "headers"), BEFORE_REST_FRAMEWORK)
def test_what_is_refused_before_rest_framework_has_this_form_too(db, status, method, address, headers):
    client = Client(raise_request_exception=False)
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    answer = client.generic(method, address, HTTP_ACCEPT=PROBLEM, **meta)
    found = problem(answer, status)
    assert found["type"].endswith(f"/api/docs/errors/#{found['code']}")


def test_too_large_a_body_has_this_form(as_alice):
    body = '{"name": "' + "x" * settings.MAX_JSON_BYTES + '"}'
    assert problem(ask(as_alice, "POST", "/api/suppliers/", body), 413)["code"] == "body_too_large"


def test_the_database_away_has_this_form_and_its_header(as_alice, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("users.authentication.TokenAuthentication.get_user", away)
    answer = ask(as_alice, "GET", "/api/products/")
    assert (problem(answer, 503)["code"], answer.headers["Retry-After"]) == ("database_unavailable", "1")


@pytest.mark.parametrize("accept", ["application/json", f"{PROBLEM}, application/json", f"{PROBLEM}, */*", "*/*"])
def test_a_client_that_accepts_json_gets_it_as_before(as_alice, accept):
    answer = ask(as_alice, "GET", "/api/products/0/", accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert answer.json() == {"detail": "Not found.", "code": "not_found"}


@pytest.mark.parametrize("accept", [PROBLEM, "Application/Problem+JSON; q=0.5", f"{PROBLEM}, application/json;q=0"])
def test_where_nothing_is_wrong_a_client_of_problems_alone_gets_json(as_alice, accept):
    answer = ask(as_alice, "GET", "/api/products/", accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


PARAMETERS = [f"{PROBLEM};charset=utf-8", f"{PROBLEM}; profile=x; q=0.5", f"{PROBLEM}, {PROBLEM};charset=x"]


@pytest.mark.parametrize("accept", PARAMETERS)
def test_parameters_of_the_accepted_type_change_nothing(as_alice, accept):
    answer = ask(as_alice, "GET", "/api/products/", accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert problem(ask(as_alice, "GET", "/api/products/0/", accept=accept), 404)["code"] == "not_found"


@pytest.mark.parametrize("json", ["application/json;charset=utf-8", "application/*", "application/json;q=0.1;indent=2"])
def test_a_client_that_accepts_json_with_parameters_gets_it(as_alice, json):
    answer = ask(as_alice, "GET", "/api/products/0/", accept=f"{PROBLEM};charset=utf-8, {json}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


def test_a_reader_of_files_gets_its_file_or_a_problem(as_alice):
    accept = f"text/csv, {PROBLEM}"
    assert ask(as_alice, "GET", "/api/products/export/", accept=accept).headers["Content-Type"].startswith("text/csv")
    assert problem(ask(as_alice, "GET", "/api/products/export/?supplier=x", accept=accept), 400)["code"] == "invalid"
    assert problem(ask(as_alice, "GET", "/api/products/", accept=accept), 406)["code"] == "not_acceptable"


def test_a_header_that_can_not_be_read_is_a_400(as_alice):
    answer = ask(as_alice, "GET", "/api/products/", accept=f"{PROBLEM}; x*=nothing''%ff")
    assert answer.status_code == 400


# --- The page -------------------------------------------------------------------------------------------


def test_the_page_has_a_row_for_every_code_of_the_table(client, db):
    page = client.get("/api/docs/errors/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    ids = re.findall(r'<tr id="(\w+)">', page.text)
    table = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    assert ids == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(ids) > 40


@pytest.mark.parametrize("accept", ["*/*", "application/json", PROBLEM])
def test_the_page_is_answered_whatever_is_accepted(client, db, accept):
    answer = client.get("/api/docs/errors/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_page_is_only_read(client, db):
    answer = client.post("/api/docs/errors/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_row_says_what_the_table_says(client, db):
    row = next(row for row in error_codes() if row.code == "insufficient_stock")
    assert (row.status, row.when) == (400, "less is in stock than was requested")
    assert row.also == "<code>product</code>, <code>available</code>, <code>requested</code>"
    assert row.also in client.get("/api/docs/errors/").text


def test_the_page_needs_no_other_host_and_no_file_that_a_deployment_leaves_out(client, db):
    assert not re.search(r'(src|href)="(https?:)?//', client.get("/api/docs/errors/").text)
    assert "docs" not in (settings.BASE_DIR / ".dockerignore").read_text().split()
