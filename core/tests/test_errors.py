"""The format of errors. Field errors have REST framework's format, others are `{"detail", "code"}`."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.test import RequestFactory

from core.http import errors
from inventory_api import start_views
from products.models import Category
from suppliers.models import Supplier
from testing.cast.people import PASSWORD, make_product
from testing.tables import all_cases

JSON = "application/json"


def read_error(response):
    """Return the status and the JSON of an error."""
    assert response.headers["Content-Type"] == JSON
    return response.status_code, response.json()


def test_a_field_error_is_named_after_the_field(as_alice):
    response = as_alice.post("/api/suppliers/", {"contact_email": "x"})
    assert read_error(response) == (
        400,
        {"name": ["This field is required."], "contact_email": ["Enter a valid email address."]},
    )


def test_malformed_json_is_a_400_with_a_code(as_alice):
    status, body = read_error(as_alice.post("/api/suppliers/", "{", content_type=JSON))
    assert (status, set(body), body["code"]) == (400, {"detail", "code"}, "parse_error")


def test_an_anonymous_request_is_a_401_that_names_the_scheme(as_nobody):
    response = as_nobody.get("/api/suppliers/")
    detail = "Authentication credentials were not provided."
    assert read_error(response) == (401, {"detail": detail, "code": "not_authenticated"})
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_wrong_role_is_a_403(as_bob):
    response = as_bob.post("/api/suppliers/", {"name": "Acme"})
    detail = "Only the shop's owner or manager may do this."
    assert read_error(response) == (403, {"detail": detail, "code": "permission_denied"})


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_row_of_another_account_is_a_404_with_the_same_bytes_as_a_missing_row(as_alice, charlie, method):
    foreign = Supplier.objects.create(owner=charlie, name="Acme")
    responses = [getattr(as_alice, method)(f"/api/suppliers/{pk}/", {"name": "x"}) for pk in (foreign.pk, 999999)]
    assert read_error(responses[0]) == (404, {"detail": "Not found.", "code": "not_found"})
    assert responses[0].content == responses[1].content
    assert Supplier.objects.get().name == "Acme"


def test_an_invalid_id_is_a_404_like_that_of_a_missing_row(as_alice):
    for part in ["0", "9" * 19, "9" * 20, "9" * 400, "-1", "1e5", "abc", "%00", "1_0", "%D9%A1", "%FF", "1%0A"]:
        response = as_alice.get(f"/api/suppliers/{part}/")
        assert response.content == b'{"detail":"Not found.","code":"not_found"}', part
        assert response.status_code == 404


def test_a_wrong_method_is_a_405_that_names_the_others(as_alice):
    response = as_alice.put("/api/stock/", {})
    assert read_error(response) == (405, {"detail": 'Method "PUT" not allowed.', "code": "method_not_allowed"})
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@all_cases("accept", ["application/xml", "text/csv", "image/png"])
def test_an_unsupported_accept_header_is_a_406(as_alice, accept):
    response = as_alice.get("/api/suppliers/", headers={"Accept": accept})
    detail = "Could not satisfy the request Accept header."
    assert read_error(response) == (406, {"detail": detail, "code": "not_acceptable"})


def test_an_unsupported_content_type_is_a_415(as_alice):
    response = as_alice.post("/api/suppliers/", "name: Acme", content_type="application/yaml")
    detail = 'Unsupported media type "application/yaml" in request.'
    assert read_error(response) == (415, {"detail": detail, "code": "unsupported_media_type"})


@pytest.mark.quick
@pytest.mark.parametrize(
    ("address", "last"),
    [("/api/suppliers/", 1), ("/api/products/", 3), ("/api/reports/movements/", 3), ("/api/reports/margins/", 1)],
)
def test_a_page_past_the_end_is_a_404_that_names_the_last_page(as_alice, alice, address, last):
    for number in range(5):
        make_product(alice, f"Pot {number}", 1)
    response = as_alice.get(f"{address}?page=9999&page_size=2")
    detail = f"There is no page 9,999: the last one is page {last}."
    assert read_error(response) == (404, {"detail": detail, "code": "not_found"})
    page = as_alice.get(f"{address}?page=9999&page_size=2", headers={"Accept": "text/html"}).text
    assert detail in page
    assert "deleted" not in page


@pytest.mark.parametrize("address", ["/nowhere/", "/api/nowhere/", "/api//", "/api/products/1/2/", "/%FF/", "/a%00b/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_missing_address_is_a_404(client, db, address, method):
    response = client.generic(method, address)
    assert read_error(response) == (404, {"detail": "Not found.", "code": "not_found"})


@pytest.mark.parametrize("address", ["/api/products", "/api/products/7", "/api"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_redirects_a_read_without_the_slash(client, db, address, method):
    response = client.generic(method, f"{address}?search=a%26b&page=2")
    assert response.status_code == 301
    assert response.headers["Location"] == f"{address}/?search=a%26b&page=2"


@all_cases("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_write_without_the_slash_is_a_404_that_names_the_address(as_alice, method):
    response = as_alice.generic(method, "/api/suppliers", b'{"name": "Acme"}', content_type=JSON)
    detail = "Not found: this address ends with a slash, /api/suppliers/"
    assert read_error(response) == (404, {"detail": detail, "code": "missing_slash", "address": "/api/suppliers/"})
    assert not Supplier.objects.exists()


def test_an_address_that_is_missing_with_and_without_the_slash_is_a_plain_404(client, db):
    for address in ("/nowhere", "/healthz/", "/api/products/abc"):
        assert read_error(client.post(address)) == (404, {"detail": "Not found.", "code": "not_found"})


@all_cases("host", ["evil.example", "evil.example:80", "a b", "testserver,evil.example"])
def test_an_unknown_host_is_a_400(client, host):
    response = client.get("/", headers={"Host": host})
    assert read_error(response) == (400, {"detail": "Bad request.", "code": "bad_request"})


def fail_with(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), ValueError("secret"), IntegrityError("secret")])
def test_a_bug_in_a_view_of_the_api_is_a_500_without_details(as_alice, monkeypatch, error):
    monkeypatch.setattr(start_views.RootView, "get", fail_with(error))
    as_alice.raise_request_exception = False
    body = {"detail": "Something went wrong on our side.", "code": "error"}
    assert read_error(as_alice.get("/api/")) == (500, body)


@pytest.mark.quick
def test_a_bug_in_another_view_is_the_same_500(client, monkeypatch):
    monkeypatch.setattr("inventory_api.start_views.render", fail_with(ZeroDivisionError("secret")))
    client.raise_request_exception = False
    body = {"detail": "Something went wrong on our side.", "code": "error"}
    assert read_error(client.get("/")) == (500, body)


@all_cases(
    ("error", "expected"),
    [
        (PermissionDenied(), (403, {"detail": "Permission denied.", "code": "permission_denied"})),
        (ValidationError("Wrong."), (400, {"non_field_errors": ["Wrong."]})),
    ],
)
def test_djangos_exceptions_in_a_view_of_the_api_have_the_same_format(as_alice, monkeypatch, error, expected):
    monkeypatch.setattr(start_views.RootView, "get", fail_with(error))
    status, body = read_error(as_alice.get("/api/"))
    assert (status, set(body), body.get("code")) == (expected[0], set(expected[1]), expected[1].get("code"))


def test_djangos_403_is_json(db):
    response = errors.permission_denied(RequestFactory().get("/"), PermissionDenied())
    assert (response.status_code, response.content) == (
        403,
        b'{"detail":"Permission denied.","code":"permission_denied"}',
    )


@all_cases("model", [Supplier, Category])
def test_a_name_in_use_is_a_field_error(as_alice, alice, model):
    model.objects.create(owner=alice, name="Taken")
    address = {Supplier: "/api/suppliers/", Category: "/api/categories/"}[model]
    status, body = read_error(as_alice.post(address, {"name": "TAKEN"}))
    assert (status, list(body)) == (400, ["name"])
    assert model.objects.count() == 1


def test_a_wrong_password_is_a_401_in_json(as_nobody, alice):
    response = as_nobody.post(
        "/api/login/", {"username": "alice", "password": f"{PASSWORD}x"}, headers={"Accept": "application/json"}
    )
    assert read_error(response)[0] == 401


def test_a_renderer_does_not_change_later_responses(client, as_alice):
    before = as_alice.get("/api/products/999999/").content
    client.get("/api/docs/?format=json")
    client.get("/api/docs/", headers={"Accept": "image/png"})
    assert as_alice.get("/api/products/999999/").content == before
