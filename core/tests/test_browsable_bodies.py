"""A page that is shown after a body which nobody could read, or nobody has read: an answer, and never a 500."""

import pytest

from stock.models import Operation
from testing.cast import client_of
from users.models import User

HTML = {"Accept": "text/html"}
BAD_KEY = {"Idempotency-Key": "\u00e9"}  # is refused before the body is read
FORM = "application/x-www-form-urlencoded"
UNREADABLE = [
    ("text/csv", b"x"),
    ("image/png", b"\x89PNG"),
    ("application/json", b"[1]"),
    ("application/json", b"{"),
    ("application/json", b'{"a": "\\ud800"}'),
    ("application/json", b"[" * 100_000),
    (FORM, b"a=%FF"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(300))),
    ("multipart/form-data", b"x"),
]
CREATED_AT = [
    "/api/products/", "/api/items/", "/api/suppliers/", "/api/categories/", "/api/users/", "/api/stock/",
    "/api/stock/operations/", "/api/stock/counts/",
]  # fmt: skip


def answer_to(client, address, body, content_type, method="POST", **headers):
    client.raise_request_exception = False
    return client.generic(method, address, body, content_type, headers=HTML | headers)


def page_after(*args, **headers):
    """The status of the page; it is one."""
    answer = answer_to(*args, **headers)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.status_code


@pytest.mark.parametrize(("content_type", "body"), UNREADABLE)
def test_restoring_reads_no_body(as_alice, kettle, content_type, body):
    assert page_after(as_alice, f"/api/products/{kettle.pk}/restore/", body, content_type) in (200, 409)


@pytest.mark.parametrize("address", CREATED_AT)
def test_a_key_is_refused_before_the_body_is_read(as_alice, address):
    for content_type, body in UNREADABLE:
        assert page_after(as_alice, address, body, content_type, **BAD_KEY) == 400, (content_type, body[:20])


def test_a_reversal_and_an_import_are_refused_before_the_body_is_read(as_alice, kettle):
    addresses = [f"/api/stock/operations/{Operation.objects.get().pk}/reverse/", "/api/products/import/?bad=1"]
    for address in addresses:
        for content_type, body in UNREADABLE:
            assert page_after(as_alice, address, body, content_type, **BAD_KEY) == 400, (
                address,
                content_type,
                body[:20],
            )


@pytest.mark.parametrize(("content_type", "body"), UNREADABLE)
def test_an_import_with_a_wrong_parameter(as_alice, content_type, body):
    assert page_after(as_alice, "/api/products/import/?bad=1", body, content_type) == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_that_the_view_reads_itself_is_refused(as_alice, kettle, method):
    address = "/api/products/" if method == "POST" else f"/api/products/{kettle.pk}/"
    for content_type, body in UNREADABLE:
        answer = answer_to(as_alice, address, body, content_type, method)
        assert answer.status_code in (400, 415), (content_type, body[:20])


def test_a_body_that_was_refused_with_its_key_is_shown_again(as_alice):
    answer = as_alice.post("/api/suppliers/", {"name": "Acme & sons"}, format="json", headers=HTML | BAD_KEY)
    assert answer.status_code == 400
    assert "Acme &amp; sons" in answer.text


def test_who_may_not_come_in_has_no_body_read(db, monkeypatch):
    """A page that says so and no more asks for nothing that costs work."""

    def refuse(*args, **kwargs):
        raise AssertionError

    for parser in ("StrictJSONParser", "StrictFormParser", "StrictMultiPartParser"):
        monkeypatch.setattr(f"core.http.parsers.{parser}.parse", refuse)
    for content_type, body in UNREADABLE:
        assert page_after(client_of(None), "/api/products/", body, content_type) == 401
    assert not User.objects.exists()
