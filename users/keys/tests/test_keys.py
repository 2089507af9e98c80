"""API keys: the routes that make, show, rename, roll and revoke them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from testing.cast.people import client_of, client_with_key, make_key, make_user
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.keys import services as keys
from users.models import ApiKey, KeyScope, SecurityEvent, User

KEYS = "/api/keys/"
BODY = {"name": "till 1", "scope": "book"}
FIELDS = ["id", "name", "scope", "prefix", "user", "username", "created_at", "expires_at", "last_used_at", "revoked_at"]


def status_with(text, address="/api/products/"):
    """Return status and code of a GET with the key."""
    response = client_of(None).get(address, headers={"Authorization": f"Bearer {text}"})
    return response.status_code, response.json().get("code")


def create(client, **fields):
    response = client.post(KEYS, {**BODY, **fields})
    assert response.status_code == 201, response.content
    return response.json()


def let_expire(pk):
    ApiKey.objects.filter(pk=pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def list_events():
    return [(e.kind, str(e.user), str(e.actor), str(e.api_key)) for e in SecurityEvent.objects.order_by("id")]


# --- Creating -----------------------------------------------------------------------------------------


def test_the_response_has_the_key_and_its_fields(as_alice, alice):
    made = create(as_alice)
    assert list(made) == [*FIELDS, "key"]
    assert keys.TEXT.fullmatch(made["key"])[1] == made["prefix"]
    assert (made["user"], made["username"], made["last_used_at"], made["revoked_at"]) == (alice.pk, "alice", None, None)
    assert status_with(made["key"]) == (200, None)


def test_no_other_response_has_the_key(as_alice):
    made = create(as_alice)
    for address in (KEYS, f"{KEYS}{made['id']}/", "/api/users/events/"):
        assert made["key"] not in as_alice.get(address).text
    assert list(as_alice.get(f"{KEYS}{made['id']}/").json()) == FIELDS


def test_the_database_has_a_digest_and_no_secret(as_alice):
    secret = create(as_alice)["key"][17:]
    with connection.cursor() as cursor:
        cursor.execute("SELECT users_apikey::text, encode(digest, 'escape') FROM users_apikey")
        assert not any(secret in str(column) for column in cursor.fetchone())


@all_cases(("days", "lives"), [({}, 365), ({"expires_in_days": 1}, 1), ({"expires_in_days": 3650}, 3650)])
def test_a_key_expires_after_its_days(as_alice, days, lives):
    create(as_alice, **days)
    key = ApiKey.objects.get()
    assert abs(key.expires_at - key.created_at - timedelta(days=lives)) < timedelta(minutes=1)


def test_a_key_with_null_days_never_expires(as_alice):
    assert create(as_alice, expires_in_days=None)["expires_at"] is None


@all_cases(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 65}, "name"), ({"name": "a\u2028b"}, "name"),
        ({"name": "\u202e1"}, "name"),
        ({"scope": "all"}, "scope"), ({"scope": None}, "scope"), ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 3651}, "expires_in_days"), ({"expires_in_days": "1e400"}, "expires_in_days"),
        ({"expires_in_days": "9" * 400}, "expires_in_days"),
    ],
)  # fmt: skip
def test_refuses_wrong_fields(as_alice, body, field):
    response = as_alice.post(KEYS, {**BODY, **body})
    assert (response.status_code, list(response.json())) == (400, [field])
    assert not ApiKey.objects.exists()


@all_cases("sent", ["2026-12-01T00:00:00Z", None])
def test_refuses_the_time_of_expiry_and_names_the_days(as_alice, sent):
    """If it was ignored, a key that is meant for a day would work for a year."""
    refused = as_alice.post(KEYS, {**BODY, "expires_at": sent})
    said = "Send expires_in_days instead: 1 to 3650 days, or null for a key that never expires."
    assert (refused.status_code, refused.json()) == (400, {"expires_at": [said]})
    assert not ApiKey.objects.exists()


def test_refuses_another_time_of_expiry_for_the_key_that_replaces_one(as_alice):
    made = create(as_alice)
    refused = as_alice.post(f"{KEYS}{made['id']}/roll/", {"expires_at": "2026-12-01T00:00:00Z"})
    assert (refused.status_code, list(refused.json())) == (400, ["expires_at"])
    assert status_with(made["key"]) == (200, None)


def test_a_second_request_with_the_same_idempotency_key_makes_another_key(as_alice):
    """The table of Idempotency-Keys would store the secret."""
    headers = {"Idempotency-Key": "1"}
    first, second = (as_alice.post(KEYS, BODY, headers=headers).json() for _ in range(2))
    assert first["key"] != second["key"]


@pytest.mark.quick
def test_refuses_more_live_keys_than_allowed(as_alice, alice, monkeypatch):
    assert keys.MAX_LIVE_KEYS == 50
    monkeypatch.setattr(keys, "MAX_LIVE_KEYS", 2)
    made = [make_key(alice)[0] for _ in range(2)]
    response = as_alice.post(KEYS, BODY)
    assert (response.status_code, response.json()["code"], response.json()["limit"]) == (400, "too_many_keys", 2)
    let_expire(made[0].pk)
    assert as_alice.post(KEYS, BODY).status_code == 201
    assert as_alice.post(KEYS, BODY).status_code == 400
    keys.revoke(by=Caller(), key=made[1])
    assert as_alice.post(KEYS, BODY).status_code == 201


# --- Who sees which -----------------------------------------------------------------------------------


@pytest.mark.quick
def test_an_owner_sees_the_keys_of_its_workers_and_a_worker_its_own(as_alice, as_bob, as_charlie, as_dora):
    of_alice, of_bob = create(as_alice)["id"], create(as_bob)["id"]
    assert [row["id"] for row in as_alice.get(KEYS).json()["results"]] == [of_bob, of_alice]
    assert [row["id"] for row in as_bob.get(KEYS).json()["results"]] == [of_bob]
    assert as_charlie.get(KEYS).json()["results"] == []
    assert as_dora.get(KEYS).status_code == 403
    for client, number in [(as_bob, of_alice), (as_charlie, of_bob)]:
        for method in ("GET", "PATCH", "DELETE"):
            assert client.generic(method, f"{KEYS}{number}/").status_code == 404
        assert client.post(f"{KEYS}{number}/roll/").status_code == 404


def test_the_number_of_statements_does_not_depend_on_the_keys(as_alice, alice, bob, django_assert_num_queries):
    for _ in range(2):
        make_key(alice)
        make_key(bob)
        with django_assert_num_queries(3):
            assert as_alice.get(KEYS).status_code == 200


# --- Renaming, revoking, rolling --------------------------------------------------------------------------


@all_cases("method", ["patch", "put"])
def test_renames_a_key_and_changes_nothing_else(as_alice, method):
    made = create(as_alice)
    response = getattr(as_alice, method)(f"{KEYS}{made['id']}/", {"name": "till 2", "scope": "manage", "user": 0})
    assert response.json() == {**{name: made[name] for name in FIELDS}, "name": "till 2"}


@pytest.mark.quick
def test_revokes_a_key_at_once_and_keeps_its_row(as_alice):
    made = create(as_alice)
    assert as_alice.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert status_with(made["key"]) == (401, "key_revoked")
    revoked_at = as_alice.get(f"{KEYS}{made['id']}/").json()["revoked_at"]
    assert as_alice.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert as_alice.get(f"{KEYS}{made['id']}/").json()["revoked_at"] == revoked_at is not None


def test_an_owner_revokes_a_workers_key_and_can_not_roll_it(as_alice, as_bob):
    made = create(as_bob)
    response = as_alice.post(f"{KEYS}{made['id']}/roll/")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert as_alice.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert status_with(made["key"]) == (401, "key_revoked")


@pytest.mark.quick
def test_rolling_without_overlap_revokes_the_old_key(as_alice):
    old = create(as_alice, expires_in_days=10)
    response = as_alice.post(f"{KEYS}{old['id']}/roll/")
    new = response.json()
    assert (response.status_code, new["name"], new["scope"]) == (201, "till 1", "book")
    assert [status_with(made["key"])[1] for made in (old, new)] == ["key_revoked", None]
    key = ApiKey.objects.get(pk=new["id"])
    assert abs(key.expires_at - key.created_at - timedelta(days=10)) < timedelta(minutes=1)


@pytest.mark.quick
def test_rolling_with_an_overlap_lets_the_old_key_work_until_its_end(as_alice):
    old = create(as_alice, expires_in_days=None)
    new = as_alice.post(f"{KEYS}{old['id']}/roll/", {"overlap_hours": 72}).json()
    assert new["expires_at"] is None
    left = ApiKey.objects.get(pk=old["id"]).expires_at - timezone.now()
    assert timedelta(hours=71.9) < left < timedelta(hours=72)
    assert [status_with(made["key"])[0] for made in (old, new)] == [200, 200]
    let_expire(old["id"])
    assert status_with(old["key"]) == (401, "key_expired")


@pytest.mark.quick
def test_an_overlap_never_makes_a_key_live_longer(as_alice):
    old = create(as_alice, expires_in_days=1)
    as_alice.post(f"{KEYS}{old['id']}/roll/", {"overlap_hours": 72})
    assert as_alice.get(f"{KEYS}{old['id']}/").json()["expires_at"] == old["expires_at"]


@all_cases("hours", [-1, 73, "x", None, 0.5])
def test_refuses_a_wrong_overlap(as_alice, hours):
    made = create(as_alice)
    response = as_alice.post(f"{KEYS}{made['id']}/roll/", {"overlap_hours": hours})
    assert (response.status_code, list(response.json())) == (400, ["overlap_hours"])


def test_refuses_to_roll_a_key_that_ended_or_was_rolled(as_alice):
    revoked, expired, rolled = (create(as_alice)["id"] for _ in range(3))
    as_alice.delete(f"{KEYS}{revoked}/")
    let_expire(expired)
    assert as_alice.post(f"{KEYS}{rolled}/roll/", {"overlap_hours": 1}).status_code == 201
    for number in (revoked, expired, rolled):
        response = as_alice.post(f"{KEYS}{number}/roll/", {"overlap_hours": 1})
        assert (response.status_code, response.json()["code"]) == (409, "key_ended")


def test_rolling_without_overlap_works_with_the_greatest_number_of_keys(as_alice, alice):
    made = [make_key(alice)[0] for _ in range(keys.MAX_LIVE_KEYS)]
    assert as_alice.post(f"{KEYS}{made[0].pk}/roll/", {"overlap_hours": 1}).json()["code"] == "too_many_keys"
    assert as_alice.post(f"{KEYS}{made[0].pk}/roll/").status_code == 201


def test_a_roll_that_fails_leaves_the_old_key(as_alice, monkeypatch):
    made = create(as_alice)
    monkeypatch.setattr(keys, "generate_text", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        as_alice.post(f"{KEYS}{made['id']}/roll/")
    assert status_with(made["key"]) == (200, None)


# --- What ends a key ------------------------------------------------------------------------------------


def test_a_new_password_leaves_keys_alone(as_bob, bob):
    made = create(as_bob)
    services.change_user(by=Caller(), user=bob, password="another-horse-8")
    assert status_with(made["key"]) == (200, None)


def test_deactivation_of_the_user_stops_its_keys(as_bob, bob):
    made = create(as_bob)
    services.deactivate(by=Caller(), user=bob)
    assert status_with(made["key"]) == (401, "user_inactive")


def test_deactivation_of_the_employer_stops_the_keys(as_bob, alice):
    made = create(as_bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert status_with(made["key"]) == (401, "user_inactive")


def test_a_key_works_where_its_user_works_now(as_bob, bob, charlie, kettle):
    text = create(as_bob)["key"]
    assert client_with_text(text).get("/api/products/").json()["count"] == 1
    User.objects.filter(pk=bob.pk).update(employer=charlie)
    assert client_with_text(text).get("/api/products/").json()["count"] == 0


def test_a_managing_key_of_a_former_owner_manages_nothing(alice):
    client = client_with_key(alice, KeyScope.MANAGE)
    assert client.post("/api/suppliers/", {"name": "Acme"}).status_code == 201
    User.objects.filter(pk=alice.pk).update(role=Role.WORKER)
    assert client.post("/api/suppliers/", {"name": "Other"}).status_code == 403


def client_with_text(text):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


# --- Events ---------------------------------------------------------------------------------------------


def test_records_what_happens_to_keys(as_alice, as_bob):
    made = create(as_bob)
    client_of(None).get("/api/", headers={"Authorization": f"Bearer {made['key']}"}, REMOTE_ADDR="203.0.113.7")
    as_alice.delete(f"{KEYS}{made['id']}/")
    as_alice.delete(f"{KEYS}{made['id']}/")
    name = f"till 1 ({made['prefix']})"
    assert list_events() == [
        ("api_key_created", "bob", "None", name),
        ("api_key_used_from_new_network", "bob", "None", name),
        ("api_key_revoked", "bob", "alice", name),
    ]
    [_, used, _] = as_alice.get("/api/users/events/").json()["results"]
    assert (used["api_key"], used["address"]) == (made["id"], "203.0.113.7")


# --- Constraints ----------------------------------------------------------------------------------------


@all_cases(
    ("change", "constraint"),
    [
        ("scope = 'all'", "users_apikey_scope"),
        ("digest = '\\x00'", "users_apikey_digest"),
        ("digest = digest || '\\x00'", "users_apikey_digest"),
    ],
)
def test_the_database_refuses_wrong_keys(alice, change, constraint):
    make_key(alice)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE users_apikey SET {change}")


def test_the_database_refuses_a_prefix_twice(alice):
    first, second = make_key(alice)[0], make_key(alice)[0]
    with pytest.raises(IntegrityError, match="users_apikey_prefix"), transaction.atomic():
        ApiKey.objects.filter(pk=first.pk).update(prefix=second.prefix)


def test_a_key_without_a_shop_reads_empty_lists(db):
    erin = make_user("erin", role=Role.WORKER)
    assert client_with_key(erin).get("/api/products/").json()["count"] == 0
