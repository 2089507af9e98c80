"""Errors in the format of RFC 9457, and the page of all codes to which they link."""

import re

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from inventory_api.error_codes import read_error_codes
from testing.laws.walk import address_of, list_calls, send_and_roll_back
from testing.tables import all_cases

PROBLEM = "application/problem+json"
PAGE = "http://testserver/api/docs/errors/"


def send(client, method, address, body=None, accept=PROBLEM, **headers):
    return client.generic(
        method, address, body or "", content_type="application/json", headers={"Accept": accept, **headers}
    )


def read_problem(response, status):
    """Return the problem in a response, after checking its status and headers."""
    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert int(response.headers.get("Content-Length", len(response.content))) == len(response.content)
    assert "Accept" in response.headers["Vary"]
    return response.json()


def test_a_domain_error_has_the_standard_members_and_its_own_keys(as_alice, kettle):
    body = f'{{"product": {kettle.pk}, "movement_type": "OUT", "quantity": 99}}'
    found = read_problem(send(as_alice, "POST", "/api/stock/", body), 400)
    assert found == {
        "type": f"{PAGE}#insufficient_stock",
        "title": "Insufficient stock",
        "status": 400,
        "advice": "change",
        "detail": f"Only {kettle.quantity} in stock, 99 requested.",
        "code": "insufficient_stock",
        "product": kettle.pk,
        "available": kettle.quantity,
        "requested": 99,
    }


def test_lists_field_errors_under_errors(as_alice):
    found = read_problem(send(as_alice, "POST", "/api/products/", '{"price": "x"}'), 400)
    assert (found["code"], found["type"]) == ("invalid", f"{PAGE}#invalid")
    assert found["errors"] == as_alice.post("/api/products/", {"price": "x"}).json()
    assert "name, price" in found["detail"]


def test_parameters_with_the_names_of_members_are_wrong_fields(as_alice):
    problem = as_alice.get("/api/products/?detail=1&code=2", headers={"Accept": "application/problem+json"}).json()
    assert (problem["code"], problem["detail"]) == ("invalid", "These fields or parameters are wrong: detail, code.")
    assert [*problem["errors"]] == ["detail", "code"]


def test_every_route_returns_problems(world):
    """The requests are signed out and have an unknown parameter, so that every route returns an error."""
    client = world.client("nobody")
    for call in list_calls():
        address = f"{address_of(call, 'nobody', world)}?no_such_thing=1"
        response = send_and_roll_back(client, call.method, address, {}, Accept=PROBLEM)
        assert response.headers["Content-Type"] == PROBLEM, str(call)


EARLY_ERRORS = [
    (404, "GET", "/api/nothing/", {}),
    (404, "POST", "/api/stock", {}),
    (404, "GET", "/nothing", {}),
    (411, "POST", "/api/stock/", {"Transfer-Encoding": "chunked"}),
    (400, "GET", "/api/", {"Host": "evil.example"}),
    (400, "GET", "/", {"Cookie": 'a="\\000"'}),
]


@pytest.mark.quick
@all_cases(("status", "method", "address", "headers"), EARLY_ERRORS)
def test_errors_before_rest_framework_are_problems(db, status, method, address, headers):
    client = Client(raise_request_exception=False)
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    response = client.generic(method, address, HTTP_ACCEPT=PROBLEM, **meta)
    found = read_problem(response, status)
    assert found["type"].endswith(f"/api/docs/errors/#{found['code']}")


def test_a_body_that_is_too_large_is_a_problem(as_alice):
    body = '{"name": "' + "x" * settings.MAX_JSON_BYTES + '"}'
    assert read_problem(send(as_alice, "POST", "/api/suppliers/", body), 413)["code"] == "body_too_large"


def test_an_unavailable_database_is_a_problem_with_retry_after(as_alice, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("users.sign_in.tokens.TokenAuthentication.get_user", fail)
    response = send(as_alice, "GET", "/api/products/")
    assert (read_problem(response, 503)["code"], response.headers["Retry-After"]) == ("database_unavailable", "1")


@all_cases("accept", ["application/json", f"{PROBLEM}, application/json", f"{PROBLEM}, */*", "*/*"])
def test_a_client_that_accepts_json_gets_plain_json(as_alice, accept):
    response = send(as_alice, "GET", "/api/products/0/", accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")
    assert response.json() == {"detail": "Not found.", "code": "not_found"}


@all_cases("accept", [PROBLEM, "Application/Problem+JSON; q=0.5", f"{PROBLEM}, application/json;q=0"])
def test_a_client_that_accepts_only_problems_gets_successes_as_json(as_alice, accept):
    response = send(as_alice, "GET", "/api/products/", accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")


PARAMETERS = [f"{PROBLEM};charset=utf-8", f"{PROBLEM}; profile=x; q=0.5", f"{PROBLEM}, {PROBLEM};charset=x"]


@all_cases("accept", PARAMETERS)
def test_ignores_parameters_of_the_accepted_type(as_alice, accept):
    response = send(as_alice, "GET", "/api/products/", accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert read_problem(send(as_alice, "GET", "/api/products/0/", accept=accept), 404)["code"] == "not_found"


@pytest.mark.quick
@all_cases("json", ["application/json;charset=utf-8", "application/*", "application/json;q=0.1;indent=2"])
def test_a_client_that_accepts_json_with_parameters_gets_plain_json(as_alice, json):
    response = send(as_alice, "GET", "/api/products/0/", accept=f"{PROBLEM};charset=utf-8, {json}")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")


def test_a_client_that_accepts_csv_gets_the_file_or_a_problem(as_alice):
    accept = f"text/csv, {PROBLEM}"
    file = send(as_alice, "GET", "/api/products/export/", accept=accept)
    refusal = send(as_alice, "GET", "/api/products/export/?supplier=x", accept=accept)
    assert file.headers["Content-Type"].startswith("text/csv")
    assert read_problem(refusal, 400)["code"] == "invalid"
    assert read_problem(send(as_alice, "GET", "/api/products/", accept=accept), 406)["code"] == "not_acceptable"


def test_an_unreadable_accept_header_is_a_400(as_alice):
    response = send(as_alice, "GET", "/api/products/", accept=f"{PROBLEM}; x*=nothing''%ff")
    assert response.status_code == 400


# --- The page -------------------------------------------------------------------------------------------


def test_the_page_lists_every_code_of_the_table(client, db):
    page = client.get("/api/docs/errors/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    ids = re.findall(r'<tr id="(\w+)">', page.text)
    table = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    assert ids == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(ids) > 40


@all_cases("accept", ["*/*", "application/json", PROBLEM])
def test_the_page_ignores_the_accept_header(client, db, accept):
    response = client.get("/api/docs/errors/", headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_page_is_read_only(client, db):
    response = client.post("/api/docs/errors/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_a_row_of_the_page_has_the_columns_of_the_table(client, db):
    row = next(row for row in read_error_codes() if row.code == "insufficient_stock")
    assert row.status == 400
    assert row.when.startswith('less is in stock, or <a href="/docs/reservations/">available</a>, than was requested. ')
    assert row.also.startswith("<code>product</code>, <code>available</code>, <code>requested</code>; ")
    assert row.also in client.get("/api/docs/errors/").text


def test_the_page_links_to_the_documentation(client, db):
    page = client.get("/api/docs/errors/").text
    assert '<a href="/docs/scanning/#codes-of-several-products">scanning</a>' in page
    assert "](" not in page


def test_the_page_works_without_other_hosts_and_in_a_deployment(client, db):
    assert not re.search(r'(src|href)="(https?:)?//', client.get("/api/docs/errors/").text)
    assert "docs" not in (settings.BASE_DIR / ".dockerignore").read_text().split()
