"""GET /api/keys/self/: the key of the request."""

from rest_framework.test import APIClient

from testing.cast.people import client_of, client_with_key, make_key
from testing.cast.tills import Device
from testing.laws.schemas import find_mistakes
from testing.tables import all_cases
from users.models import KeyScope

SELF = "/api/keys/self/"


@all_cases("scope", KeyScope.values)
def test_a_key_of_every_scope_reads_what_it_is(alice, bob, scope, django_assert_max_num_queries):
    type(alice).objects.filter(pk=alice.pk).update(shop_name="Tea & Things", currency="CHF", time_zone="Europe/Zurich")
    key, text = make_key(bob, scope=scope, name="script")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")
    client.get(SELF)  # notes the use of the key
    with django_assert_max_num_queries(1):
        answer = client.get(SELF)
    assert answer.json() == {
        "name": "script", "scope": scope, "role": "worker", "username": "bob", "shop": "Tea & Things",
        "currency": "CHF", "time_zone": "Europe/Zurich", "expires_at": key.expires_at and answer.json()["expires_at"],
    }  # fmt: skip


def test_the_response_matches_the_schema(schema, alice, dora):
    for user in (alice, dora):
        assert find_mistakes(schema, client_with_key(user).get(SELF), SELF, "get") == []


def test_the_key_of_a_till_reads_what_it_is(alice):
    answer = Device(alice).client.get(SELF)
    assert (answer.status_code, answer.json()["username"], answer.json()["scope"]) == (200, "alice", "book")


def test_the_shop_is_null_for_a_key_without_one(dora):
    found = client_with_key(dora).get(SELF).json()
    assert [found[name] for name in ("role", "shop", "currency", "time_zone")] == ["worker", None, None, None]


def test_a_request_without_a_key_gets_a_404_that_says_so(alice, as_nobody):
    refused = client_of(alice).get(SELF)
    assert (refused.status_code, refused.json()["code"]) == (404, "no_key")
    assert as_nobody.get(SELF).status_code == 401
