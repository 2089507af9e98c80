"""Requests with an API key: which are accepted, which statements they execute, and what they store."""

import logging
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.http.logging import JSONFormatter
from ops.demo.credentials import DEMO_KEY
from testing.cast.people import client_of, client_with_key, make_key
from testing.tables import all_cases
from users.access.permissions import Caller
from users.keys import services as keys
from users.models import ApiKey, EventKind, KeyScope, SecurityEvent
from users.sign_in import tokens

PRODUCTS = "/api/products/"
NOT_VALID = {"detail": "There is no such API key.", "code": "key_not_valid"}
ELSEWHERE = "198.51.100.9"


def send(header, address=PRODUCTS, **extra):
    return client_of(None).get(address, headers={"Authorization": header}, **extra)


def count_new_networks():
    return SecurityEvent.objects.filter(kind=EventKind.API_KEY_USED_FROM_NEW_NETWORK).count()


@pytest.fixture
def text(alice):
    """Return a key of Alice that was used a moment ago."""
    text = make_key(alice)[1]
    assert send(f"Bearer {text}").status_code == 200
    return text


def corrupt(text, position):
    return text[:position] + ("a" if text[position] != "a" else "b") + text[position + 1 :]


@pytest.mark.quick
@all_cases("position", [4, 15, 17, 40, 59])
def test_an_unknown_and_a_wrong_key_get_the_same_answer(text, position):
    response = send(f"Bearer {corrupt(text, position)}")
    assert (response.status_code, response.json()) == (401, NOT_VALID)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_an_unknown_and_a_wrong_key_cost_the_same(text, monkeypatch):
    """Both take the same statement, with another prefix, and one comparison of digests of the same length."""
    compared = []
    monkeypatch.setattr(keys.hmac, "compare_digest", lambda *digests: compared.append([*map(len, digests)]))
    statements = []
    for position in (4, 59):  # one is in the prefix, the other in the secret
        with CaptureQueriesContext(connection) as captured:
            send(f"Bearer {corrupt(text, position)}")
        statements.append([query["sql"].replace(corrupt(text, position)[4:16], "PREFIX") for query in captured])
    assert statements[0] == statements[1]
    assert len(statements[0]) == 1
    assert compared == [[32, 32], [32, 32]]


@all_cases(
    "rest", ["", "_", "x", "x" * 10_000, "a" * 12, "a" * 12 + "_" + "b" * 42, "a" * 12 + "_" + "b" * 44, "ключ", "%00"]
)
def test_a_malformed_key_is_not_valid(db, rest):
    response = send(f"Bearer inv_{rest}".encode().decode("latin-1"))
    assert (response.status_code, response.json()["code"]) == (401, "key_not_valid")


def test_the_answers_about_a_key_need_its_secret(alice):
    for ending in ({"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(hours=1)}):
        key, text = make_key(alice)
        ApiKey.objects.filter(pk=key.pk).update(**ending)
        assert send(f"Bearer {corrupt(text, 30)}").json() == NOT_VALID
        assert send(f"Bearer {text}").json()["code"] in ("key_revoked", "key_expired")


# --- What a request costs ---------------------------------------------------------------------------------


def test_a_key_takes_as_many_statements_as_a_token(alice, bob, django_assert_num_queries):
    for user in (alice, bob):
        header = f"Bearer {make_key(user)[1]}"
        send(header)
        for sent in (header, f"Bearer {tokens.issue_tokens(user)['access']}"):
            with django_assert_num_queries(1):
                assert send(sent, "/api/").status_code == 200


def test_a_request_with_a_token_does_not_read_keys(as_alice):
    with CaptureQueriesContext(connection) as captured:
        as_alice.get(PRODUCTS)
    assert not [query for query in captured if "users_apikey" in query["sql"]]


# --- The use ----------------------------------------------------------------------------------------------


def test_notes_the_use_once_a_minute(text, django_assert_num_queries):
    first = ApiKey.objects.get().last_used_at
    send(f"Bearer {text}")
    send(f"Bearer {text}", REMOTE_ADDR=ELSEWHERE)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=1))
    with django_assert_num_queries(2):
        send(f"Bearer {text}", "/api/")
    assert ApiKey.objects.get().last_used_at >= first


def test_a_refused_request_is_noted(alice):
    client = client_with_key(alice, KeyScope.READ)
    assert client.post("/api/suppliers/", {}).status_code == 403
    assert ApiKey.objects.get().last_used_at is not None


def test_a_wrong_secret_is_not_noted(alice):
    text = make_key(alice)[1]
    send(f"Bearer {corrupt(text, 30)}", REMOTE_ADDR=ELSEWHERE)
    assert ApiKey.objects.get().last_used_at is None
    assert count_new_networks() == 0


def test_a_read_only_database_takes_no_note(text):
    ApiKey.objects.update(last_used_at=None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        assert send(f"Bearer {text}", REMOTE_ADDR=ELSEWHERE).status_code == 200
        transaction.set_rollback(True)
    assert ApiKey.objects.get().last_used_at is None


def test_each_new_network_is_one_event(text):
    for address in ["127.0.0.9", ELSEWHERE, ELSEWHERE, "198.51.100.200", "2001:db8::1", "2001:db8::2"]:
        assert send(f"Bearer {text}", REMOTE_ADDR=address).status_code == 200
    assert count_new_networks() == 2
    assert ApiKey.objects.get().networks == ["127.0.0.0/24", "198.51.100.0/24", "2001:db8::/48"]


def test_a_concurrent_request_does_not_record_the_network_again(alice):
    stale = make_key(alice)[0]
    for _ in range(2):
        keys.record_network(by=Caller(network="198.51.100.0/24"), key=stale)
    assert count_new_networks() == 1


def test_the_networks_of_a_key_are_limited(text):
    ApiKey.objects.update(networks=[f"10.0.{number}.0/24" for number in range(keys.MAX_NETWORKS)])
    assert send(f"Bearer {text}", REMOTE_ADDR=ELSEWHERE).status_code == 200
    assert (count_new_networks(), len(ApiKey.objects.get().networks)) == (0, keys.MAX_NETWORKS)


# --- History and logs ---------------------------------------------------------------------------------------


def test_the_history_names_user_and_key(alice, kettle):
    client = client_with_key(alice, name="till 1")
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    movement = client.post("/api/stock/", sale).json()
    assert (movement["performed_by"], movement["performed_by_username"]) == (alice.pk, "alice/till 1")
    assert client.get("/api/stock/").json()["results"][0]["performed_by_username"] == "alice/till 1"


def test_the_longest_names_fit_into_the_history(kettle, alice):
    alice.username = "a" * 150
    alice.save(update_fields=["username"])
    client = client_with_key(alice, KeyScope.MANAGE, name="t" * 64)
    operation = client.post(
        "/api/stock/operations/", {"lines": [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}]}
    ).json()
    assert operation["performed_by_username"] == f"{'a' * 150}/{'t' * 64}"
    reversal = client.post(f"/api/stock/operations/{operation['id']}/reverse/").json()
    assert reversal["performed_by_username"] == operation["performed_by_username"]


def test_a_key_works_with_idempotency_keys(alice, kettle):
    client = client_with_key(alice)
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    first, second = (client.post("/api/stock/", sale, headers={"Idempotency-Key": "1"}) for _ in range(2))
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_limit_of_requests_counts_a_user_with_all_its_keys(alice, settings):
    settings.REQUESTS_PER_MINUTE = 3
    clients = [client_with_key(alice), client_with_key(alice), client_of(alice)]
    assert [client.get("/api/").status_code for client in (*clients, *clients)] == [200] * 3 + [429] * 3


@all_cases("address", [PRODUCTS, "/api/users/me/", "/api/nowhere/"])
def test_the_log_has_the_prefix_and_never_the_secret(text, caplog, address):
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    send(f"Bearer {text}", address, REMOTE_ADDR=ELSEWHERE)
    send(f"Bearer {corrupt(text, 4)}", address)
    lines = [JSONFormatter().format(record) for record in caplog.records]
    assert text[17:] not in "\n".join(lines)
    if address != "/api/nowhere/":
        assert [line for line in lines if f'"key": "{text[4:16]}"' in line and '"request"' in line]


def test_a_failure_shows_no_secret(text, caplog, monkeypatch):
    monkeypatch.setattr(keys, "check_liveness", lambda _: 1 / 0)
    client = client_of(None)
    client.raise_request_exception = False
    response = client.get(PRODUCTS, headers={"Authorization": f"Bearer {text}"})
    secret = text[17:]
    lines = "\n".join(JSONFormatter().format(record) for record in caplog.records)
    assert (response.status_code, secret in response.text, secret in lines) == (500, False, False)
    assert "ZeroDivisionError" in lines


def test_a_page_is_refused_as_a_page(alice):
    client = client_with_key(alice, KeyScope.READ)
    for address, status in [(PRODUCTS, 200), ("/api/", 200), ("/api/users/me/", 403)]:
        assert client.get(address, headers={"Accept": "text/html"}).status_code == status


# --- The demo's key -----------------------------------------------------------------------------------------


@all_cases(("demo", "status"), [(True, 200), (False, 401)])
def test_the_printed_key_works_in_demo_mode_only(alice, settings, demo, status):
    make_key(alice, text=DEMO_KEY)
    settings.DEMO = demo
    response = send(f"Bearer {DEMO_KEY}")
    assert response.status_code == status
    assert demo or response.json() == NOT_VALID
