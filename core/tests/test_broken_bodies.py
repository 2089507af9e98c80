"""A body that ends early is a 400, not a 500, because it is the client's error."""

import json
import logging
from io import BytesIO

import pytest
from django.test import Client

from testing.cast.saved_world import load_world
from testing.laws import walk
from users.models import User

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
CSV = "text/csv"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
JSON_CALLS = [
    call for call in walk.list_calls() if walk.JSON in call.operation.get("requestBody", {}).get("content", {})
]


class BrokenBody(BytesIO):
    """A body whose connection was closed. Reading more bytes than have arrived raises an error."""

    def read(self, size=-1):
        piece = super().read(size)
        if size < 0 or len(piece) < size:
            raise ConnectionResetError(104, "Connection reset by peer")
        return piece


def send(client, address, content, media_type, method="POST", **extra):
    body = {"wsgi.input": BrokenBody(content), "CONTENT_LENGTH": "1000"}
    return client.generic(method, address, content, content_type=media_type, **body, **extra)


def assert_refused(response, caplog):
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/json")
    assert response.json() == {"detail": "The body could not be read: it ended early.", "code": "parse_error"}
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []


def test_every_route_refuses_a_broken_body(db, caplog):
    world = load_world()
    client = world.client("alice")
    assert len(JSON_CALLS) > 20
    for call in JSON_CALLS:
        address = walk.address_of(call, "alice", world)
        for extra in ({}, {"HTTP_IDEMPOTENCY_KEY": "k"}):
            response = send(client, address, json.dumps({"name": "x"})[:-1].encode(), walk.JSON, call.method, **extra)
            assert_refused(response, caplog)


@pytest.mark.parametrize(
    ("content", "media_type"), [(b"name=x", FORM), (PART, MULTIPART), (b"", MULTIPART)], ids=["form", "file", "empty"]
)
def test_refuses_a_broken_form(as_alice, caplog, content, media_type):
    assert_refused(send(as_alice, "/api/suppliers/", content, media_type), caplog)


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
@pytest.mark.parametrize(("content", "media_type"), [(b"name,price\nPot,1.00\n", CSV), (PART + b"name", MULTIPART)])
def test_refuses_a_broken_import(as_alice, caplog, query, content, media_type):
    assert_refused(send(as_alice, f"/api/products/import/{query}", content, media_type), caplog)


@pytest.mark.parametrize(("content", "media_type"), [(b"name=x", FORM), (b"{", walk.JSON), (PART, MULTIPART)])
def test_a_browser_gets_the_error_as_a_page(as_alice, caplog, content, media_type):
    response = send(as_alice, "/api/suppliers/", content, media_type, HTTP_ACCEPT="text/html")
    assert (response.status_code, "it ended early" in response.text) == (400, True)
    assert [record for record in caplog.records if record.exc_info] == []


def test_an_error_that_precedes_reading_the_body_is_returned_unchanged(as_alice, as_nobody, caplog):
    for client, address, status in [(as_nobody, "/api/suppliers/", 401), (as_alice, "/api/suppliers/?x=1", 400)]:
        response = send(client, address, b"name=x", FORM, HTTP_ACCEPT="text/html")
        assert (response.status_code, "it ended early" in response.text) == (status, False)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("address", ["/api-auth/login/", "/admin/login/", "/admin/products/product/{}/change/"])
@pytest.mark.parametrize(("content", "media_type"), [(b"name=x", FORM), (PART, MULTIPART)], ids=["form", "file"])
def test_refuses_a_broken_form_outside_of_the_api(kettle, caplog, address, content, media_type):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("support"))
    assert_refused(send(client, address.format(kettle.pk), content, media_type), caplog)


def test_a_broken_form_without_a_csrf_token_is_a_403(db, caplog):
    client = Client(enforce_csrf_checks=True)
    response = send(client, "/api-auth/login/", b"name=x", FORM)
    assert response.status_code == 403
    assert [record for record in caplog.records if record.exc_info] == []
