"""Errors outside of REST framework. Browsers get a page, and programs get JSON."""

from django.test import Client

from core.http.middleware import PAGE_POLICY
from core.tests.test_json_refusals import assert_error
from testing.reading.browser import Browser
from testing.tables import all_cases

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def assert_page(response, status, title):
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert response.headers["Content-Security-Policy"] == PAGE_POLICY
    assert "Accept" in response.headers["Vary"]
    assert f"<h1>{title}</h1>" in response.text
    assert 'href="/"' in response.text


@all_cases("address", ["/nowhere/", "/nowhere", "/%FF/", "/<script>/"])
def test_a_browser_gets_a_page_for_a_missing_address(client, db, address):
    response = client.get(address, headers=BROWSER)
    assert_page(response, 404, "Not Found")
    assert "<script>" not in response.text


@all_cases("accept", ["*/*", "application/json", "application/json, text/html", "", "nonsense"])
def test_a_program_gets_json_for_a_missing_address(client, db, accept):
    assert_error(client.get("/nowhere/", headers={"Accept": accept}), 404, "not_found")


def test_a_browser_gets_a_page_with_links_under_the_api(client, db):
    response = client.get("/api/nowhere/", headers=BROWSER)
    assert_page(response, 404, "Not Found")
    assert 'href="/api/"' in response.text
    assert_error(client.get("/api/nowhere/", headers={"Accept": "*/*"}), 404, "not_found")


def test_the_page_of_an_address_without_its_slash_links_to_the_right_one(client, db):
    response = client.post("/api/products", headers=BROWSER)
    assert_page(response, 404, "Not Found")
    assert 'href="/api/products/"' in response.text


def test_the_error_of_an_invalid_csrf_token_says_that_the_form_is_out_of_date(db):
    form = {"username": "alice", "password": "x"}
    for address in ("/api-auth/login/", "/admin/login/"):
        response = Client(enforce_csrf_checks=True).post(address, form, headers=BROWSER)
        assert_page(response, 403, "Forbidden")
        assert "out of date" in response.text
    assert_error(Client(enforce_csrf_checks=True).post("/api-auth/login/", form), 403, "permission_denied")


def test_the_page_of_a_500_shows_only_the_request_id(client, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("inventory_api.start_views.render", fail)
    client.raise_request_exception = False
    response = client.get("/", headers={**BROWSER, "X-Request-ID": "number-7"})
    assert_page(response, 500, "Internal Server Error")
    assert "number-7" in response.text
    assert "secret" not in response.text


FILES = [
    ("/api/products/export/?nonsense=1", 400, "nonsense: "),
    ("/api/sales/?format=csv&from=yesterday", 400, "from: "),
    ("/api/reports/margins/?format=csv&from=2026-02-02&to=2026-01-01", 400, "to: This must be later than from."),
    ("/api/reports/margins/?format=nonsense", 400, "nonsense"),
    ("/api/kits/?format=xlsx&nonsense=1", 400, "nonsense: "),
    ("/api/closings/7/file/?format=csv", 404, "There is nothing at this address."),
]


@all_cases(("address", "status", "told"), FILES)
def test_wrong_parameters_of_a_file_are_a_page_in_a_browser(alice, address, status, told):
    response = Browser(alice).client.get(address, headers=BROWSER)
    assert_page(response, status, {400: "Bad Request", 404: "Not Found"}[status])
    assert told in response.text


@all_cases("address", ["/api/sales/?format=json&from=yesterday", "/api/products/export/?nonsense=1"])
def test_wrong_parameters_are_json_for_a_program(alice, as_alice, address):
    assert as_alice.get(address, headers={"Accept": "*/*"}).headers["Content-Type"] == "application/json"
    if "json" in address:
        assert Browser(alice).client.get(address, headers=BROWSER).headers["Content-Type"] == "application/json"


def test_a_file_of_a_list_asks_a_browser_to_sign_in(client, db):
    assert client.get("/api/sales/?format=csv", headers=BROWSER).status_code == 302


def test_serves_the_icon(client, db):
    response = client.get("/favicon.ico", follow=True)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    response.close()
