"""Refusals outside /api/: a page for people, JSON for programs."""

import pytest
from django.test import Client

from core.http.security_headers import PAGE_POLICY
from core.tests.test_json_refusals import refused

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def is_page(answer, status, title):
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
    assert "Accept" in answer.headers["Vary"]
    assert f"<h1>{title}</h1>" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("address", ["/nowhere/", "/nowhere", "/%FF/", "/<script>/"])
def test_an_address_that_does_not_exist_is_a_page_for_a_browser(client, db, address):
    answer = client.get(address, headers=BROWSER)
    is_page(answer, 404, "Not Found")
    assert "<script>" not in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html", "", "nonsense"])
def test_it_is_json_for_a_program(client, db, accept):
    refused(client.get("/nowhere/", headers={"Accept": accept}), 404, "not_found")


def test_under_the_api_it_is_json_for_a_browser_too(client, db):
    refused(client.get("/api/nowhere/", headers=BROWSER), 404, "not_found")


def test_a_form_that_is_out_of_date_is_told_so(db):
    form = {"username": "alice", "password": "x"}
    for address in ("/api-auth/login/", "/admin/login/"):
        answer = Client(enforce_csrf_checks=True).post(address, form, headers=BROWSER)
        is_page(answer, 403, "Forbidden")
        assert "out of date" in answer.text
    refused(Client(enforce_csrf_checks=True).post("/api-auth/login/", form), 403, "permission_denied")


def test_a_bug_tells_its_number_in_the_log_and_nothing_else(client, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("inventory_api.views.render", fail)
    client.raise_request_exception = False
    answer = client.get("/", headers={**BROWSER, "X-Request-ID": "number-7"})
    is_page(answer, 500, "Internal Server Error")
    assert "number-7" in answer.text
    assert "secret" not in answer.text


def test_a_browser_finds_the_icon_it_asks_for(client, db):
    answer = client.get("/favicon.ico", follow=True)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    answer.close()
