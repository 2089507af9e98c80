"""Requests that would cause errors in Django are refused as JSON before any route runs."""

import pytest

from inventory_api.wsgi import Handler
from testing.tables import all_cases

pytestmark = pytest.mark.django_db
ADDRESSES = ["/api/", "/api/products/", "/admin/", "/api/login/"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("session", ['"a\\000b"', '"\\001"', '"a\\177"'])
def test_a_session_cookie_with_an_escaped_control_character_is_a_400(client, address, session):
    response = client.get(address, headers={"Cookie": f"sessionid={session}"})
    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"


@pytest.mark.parametrize("address", ["/api/products/", "/api/login/", "/healthz"])
@pytest.mark.parametrize("charset", ["punycode", "idna", "hex", "utf-16", "unicode_escape", "no-such"])
def test_decodes_text_as_utf_8_with_any_charset(rf, address, charset):
    """The test uses the real entry point, because Django's own request class fails when the test client creates it."""
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    environ = rf._base_environ(
        PATH_INFO=address, QUERY_STRING="a=%ff", CONTENT_TYPE=content_type, REQUEST_METHOD="POST", CONTENT_LENGTH="0"
    )
    statuses = []
    b"".join(Handler()(environ, lambda status, _: statuses.append(int(status[:3]))))
    assert statuses[0] in (400, 401, 403, 405)


UNREADABLE = ["text/html; a*=no-such-charset''b", "text/html; a*=idna''%41", "text/html; a*0*=x''b", "x" * 10_001]


@pytest.mark.parametrize("address", [*ADDRESSES, "/", "/healthz", "/no-such-page", "/api/docs/"])
@pytest.mark.parametrize("header", UNREADABLE)
def test_a_header_with_unreadable_parameters_is_a_400(client, address, header):
    """Django and REST framework raise ValueError for them, and Django does so before the first middleware."""
    responses = [client.get(address, headers={"Accept": header}), client.generic("POST", address, b"{}", header)]
    assert [(response.status_code, response.json()["code"]) for response in responses] == [(400, "bad_request")] * 2
    assert all(response.headers["X-Request-ID"] for response in responses)


def test_accepts_a_valid_extended_parameter(client):
    assert client.get("/api/", headers={"Accept": "application/json; a*=utf-8''%C3%A9"}).status_code in (401, 406)


def test_a_nul_in_a_query_of_the_admin_is_a_400(client, alice):
    assert client.get("/admin/products/product/?name=%00").status_code == 400


def test_accepts_valid_cookies_headers_and_charsets(client):
    headers = {"Cookie": "sessionid=abc; note=a%00b", "X-Text": "Ünïcode\tand tabs"}
    assert client.get("/healthz", headers=headers).status_code == 200
    body = b'{"username": "x", "password": "y"}'
    assert client.generic("POST", "/api/login/", body, "application/json; charset=UTF-8").status_code == 401


@all_cases("method", ["OPTIONS", "POST", "DELETE"])
def test_the_docs_page_only_accepts_get(client, method):
    assert client.generic(method, "/api/docs/").status_code == 405


@all_cases("when", ["x", "1_000", "0000-01-01", "2000-01-01T00:00:00+23:59", "2026-02-30", 5, None])
def test_shows_an_invalid_time_of_a_browsers_form(as_alice, kettle, when):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": "x", "occurred_at": when}
    response = as_alice.post("/api/stock/", body, format="json", headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


@all_cases("when", ["2000-01-01T00:00:00+23:59", "2199-12-31T23:59:59-23:59"])
def test_converts_a_time_to_utc_before_it_checks_its_range(as_alice, kettle, when):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "occurred_at": when}
    assert as_alice.post("/api/stock/", body).status_code == 400
    assert as_alice.get("/api/stock/", {"after": when}).status_code == 400
