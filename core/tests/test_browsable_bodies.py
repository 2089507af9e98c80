"""Pages for requests whose body is unreadable or was not read by the view. They never have status 500."""

import pytest
from django.conf import settings

from stock.models import Operation
from testing.cast.people import client_of
from testing.tables import all_cases
from users.models import User

HTML = {"Accept": "text/html"}
BAD_KEY = {"Idempotency-Key": "\u00e9"}  # the service refuses it before it reads the body
FORM = "application/x-www-form-urlencoded"
UNREADABLE = [
    ("text/csv", b"x"),
    ("image/png", b"\x89PNG"),
    ("application/json", b"[1]"),
    ("application/json", b"{"),
    ("application/json", b'{"a": "\\ud800"}'),
    ("application/json", b"[" * 100_000),
    (FORM, b"a=%FF"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(settings.MAX_FORM_FIELDS + 1))),
    ("multipart/form-data", b"x"),
]
CREATED_AT = [
    "/api/products/", "/api/items/", "/api/suppliers/", "/api/categories/", "/api/users/", "/api/stock/",
    "/api/stock/operations/", "/api/stock/counts/",
]  # fmt: skip


def send(client, address, body, content_type, method="POST", **headers):
    client.raise_request_exception = False
    return client.generic(method, address, body, content_type, headers=HTML | headers)


def get_page_status(*args, **headers):
    """Send the request and return the status of the page, after checking that it is HTML."""
    response = send(*args, **headers)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    return response.status_code


@pytest.mark.parametrize(("content_type", "body"), UNREADABLE)
def test_restore_ignores_the_body(as_alice, kettle, content_type, body):
    assert get_page_status(as_alice, f"/api/products/{kettle.pk}/restore/", body, content_type) in (200, 409)


@all_cases("address", CREATED_AT)
def test_refuses_an_invalid_key_before_reading_the_body(as_alice, address):
    for content_type, body in UNREADABLE:
        assert get_page_status(as_alice, address, body, content_type, **BAD_KEY) == 400, (content_type, body[:20])


def test_refuses_a_reversal_and_an_import_before_reading_the_body(as_alice, kettle):
    addresses = [f"/api/stock/operations/{Operation.objects.get().pk}/reverse/", "/api/products/import/?bad=1"]
    for address in addresses:
        for content_type, body in UNREADABLE:
            assert get_page_status(as_alice, address, body, content_type, **BAD_KEY) == 400, (
                address,
                content_type,
                body[:20],
            )


@all_cases(("content_type", "body"), UNREADABLE)
def test_refuses_an_import_with_an_unknown_parameter(as_alice, content_type, body):
    assert get_page_status(as_alice, "/api/products/import/?bad=1", body, content_type) == 400


@all_cases("method", ["POST", "PUT", "PATCH"])
def test_refuses_an_unreadable_body_that_the_view_reads(as_alice, kettle, method):
    address = "/api/products/" if method == "POST" else f"/api/products/{kettle.pk}/"
    for content_type, body in UNREADABLE:
        response = send(as_alice, address, body, content_type, method)
        assert response.status_code in (400, 415), (content_type, body[:20])


def test_a_page_shows_the_body_of_a_request_with_an_invalid_key(as_alice):
    response = as_alice.post("/api/suppliers/", {"name": "Acme & sons"}, format="json", headers=HTML | BAD_KEY)
    assert response.status_code == 400
    assert "Acme &amp; sons" in response.text


def test_does_not_parse_the_body_of_an_anonymous_request(db, monkeypatch):
    """The page of a 401 shows no body, so parsing it would be wasted work."""

    def refuse(*args, **kwargs):
        raise AssertionError

    for parser in ("StrictJSONParser", "StrictFormParser", "StrictMultiPartParser"):
        monkeypatch.setattr(f"core.http.parsers.{parser}.parse", refuse)
    for content_type, body in UNREADABLE:
        assert get_page_status(client_of(None), "/api/products/", body, content_type) == 401
    assert not User.objects.exists()
