"""What no route should ever see is refused before any of them, as JSON."""

import pytest

from inventory_api.wsgi import Handler

pytestmark = pytest.mark.django_db
ADDRESSES = ["/api/", "/api/products/", "/admin/", "/api/login/"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("session", ['"a\\000b"', '"\\001"', '"a\\177"'])
def test_a_session_cookie_with_an_escaped_control_character_is_a_400(client, address, session):
    answer = client.get(address, headers={"Cookie": f"sessionid={session}"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"


@pytest.mark.parametrize("address", ["/api/products/", "/api/login/", "/healthz"])
@pytest.mark.parametrize("charset", ["punycode", "idna", "hex", "utf-16", "unicode_escape", "no-such"])
def test_text_is_utf_8_whatever_charset_it_names(rf, address, charset):
    """Through the real entry point: Django's own request fails while it is made, where the test client makes it."""
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
def test_a_header_whose_parameters_cannot_be_read_is_a_400(client, address, header):
    """Both Django and REST framework raise ValueError on them, Django before the first middleware."""
    answers = [client.get(address, headers={"Accept": header}), client.generic("POST", address, b"{}", header)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "bad_request")] * 2
    assert all(answer.headers["X-Request-ID"] for answer in answers)


def test_an_extended_parameter_is_read(client):
    assert client.get("/api/", headers={"Accept": "application/json; a*=utf-8''%C3%A9"}).status_code in (401, 406)


def test_a_nul_in_a_query_of_the_admin_is_a_400(client, alice):
    assert client.get("/admin/products/product/?name=%00").status_code == 400


def test_what_is_clean_goes_through(client):
    headers = {"Cookie": "sessionid=abc; note=a%00b", "X-Text": "Ünïcode\tand tabs"}
    assert client.get("/healthz", headers=headers).status_code == 200
    body = b'{"username": "x", "password": "y"}'
    assert client.generic("POST", "/api/login/", body, "application/json; charset=UTF-8").status_code == 401


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "DELETE"])
def test_the_docs_page_has_no_other_method(client, method):
    assert client.generic(method, "/api/docs/").status_code == 405


@pytest.mark.parametrize("when", ["x", "1_000", "0000-01-01", "2000-01-01T00:00:00+23:59", "2026-02-30", 5, None])
def test_a_wrong_time_in_a_browser_s_form_is_shown_and_no_500(as_alice, kettle, when):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": "x", "occurred_at": when}
    answer = as_alice.post("/api/stock/", body, format="json", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("when", ["2000-01-01T00:00:00+23:59", "2199-12-31T23:59:59-23:59"])
def test_a_time_at_the_end_of_time_is_moved_to_utc_before_it_is_judged(as_alice, kettle, when):
    body = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "occurred_at": when}
    assert as_alice.post("/api/stock/", body).status_code == 400
    assert as_alice.get("/api/stock/", {"after": when}).status_code == 400
