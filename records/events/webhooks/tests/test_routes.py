"""The routes of webhooks."""

import time
from functools import partial

import pytest

from core.database.transactions import AccountLock
from records.events.webhooks import addresses, services
from records.events.webhooks.errors import TooManyWebhooks
from records.events.webhooks.models import MAX_URL_LENGTH, Webhook, WebhookState
from records.events.webhooks.services import MAX_WEBHOOKS
from records.events.webhooks.tests.conftest import make_webhook, send_all
from records.events.webhooks.tests.receivers import run_receiver
from testing.cast.people import client_of, make_user
from testing.races import disable_account_locks, try_concurrently
from testing.tables import all_cases
from users.access.roles import Role

URL = "https://shop.example.org/events"
FIELDS = [
    "id", "url", "types", "state", "off_reason", "position", "behind", "failures", "last_status", "last_attempt_at",
    "next_attempt_at", "created_at",
]  # fmt: skip


def add(client, **fields):
    response = client.post("/api/webhooks/", {"url": URL, **fields})
    assert response.status_code == 201, response.content
    return response.json()


def refuse(client, **fields):
    """Return the fields of the refusal."""
    response = client.post("/api/webhooks/", {"url": URL, **fields})
    assert response.status_code == 400, response.content
    return response.json()


def test_the_secret_is_in_the_answer_that_creates_it_and_nowhere_else(as_alice):
    webhook = add(as_alice)
    assert list(webhook) == [*FIELDS, "secret"]
    assert webhook["secret"].startswith("whsec_")
    for address in ("/api/webhooks/", f"/api/webhooks/{webhook['id']}/"):
        assert "whsec_" not in as_alice.get(address).text
    assert list(as_alice.get(f"/api/webhooks/{webhook['id']}/").json()) == FIELDS


def test_a_webhook_begins_on_at_the_end_of_the_feed_with_all_types(as_alice, kettle):
    webhook = add(as_alice)
    assert (webhook["state"], webhook["types"], webhook["behind"]) == ("on", [], 0)
    assert webhook["position"] == as_alice.get("/api/events/").json()["next"] > 0


def test_behind_of_a_stopped_webhook_counts_events_that_nobody_has_read(webhook, as_alice, sell):
    as_alice.patch(f"/api/webhooks/{webhook.pk}/", {"state": "off"})
    sell(3)
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").json()["behind"] == 3
    assert as_alice.get("/api/webhooks/").json()["results"][0]["behind"] == 3
    assert as_alice.get(f"/api/events/?after={webhook.position}").json()["next"] == webhook.position + 3
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").json()["behind"] == 3


def test_behind_is_the_number_of_events_after_the_position(webhook, as_alice, sell):
    sell(3)
    as_alice.get("/api/events/")
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").json()["behind"] == 3
    [listed] = as_alice.get("/api/webhooks/").json()["results"]
    assert listed["behind"] == 3


@pytest.mark.quick
def test_the_same_key_creates_one_webhook_and_returns_its_secret_again(as_alice):
    first, again = (as_alice.post("/api/webhooks/", {"url": URL}, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Webhook.objects.count() == 1


@all_cases(
    ("field", "value"),
    [
        ("url", "http://user@shop.example.org/"),
        ("url", "https://0x7f.1/"),
        ("url", "https://shop.example.org:25/"),
        ("url", ""),
        ("url", None),
        ("url", 7),
        ("url", "https://shop.example.org/" + "a" * MAX_URL_LENGTH),
        ("types", "operation.booked"),
        ("types", ["operation.booked", "nonsense"]),
        ("types", [7]),
        ("types", [["operation.booked"]]),
        ("types", {"operation.booked": 1}),
        ("types", None),
        ("state", "paused"),
    ],
)
def test_wrong_fields_are_named(as_alice, field, value):
    assert list(refuse(as_alice, **{field: value})) == [field]


@pytest.mark.quick
def test_types_are_kept_once_and_in_their_order(as_alice):
    types = ["stock.low", "operation.booked", "stock.low"]
    assert add(as_alice, types=types)["types"] == ["operation.booked", "stock.low"]


def test_an_address_that_is_not_public_is_refused_when_adding_and_changing(as_alice, monkeypatch, settings):
    webhook = add(as_alice)
    settings.DEMO = False
    for hidden in ("10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1"):
        monkeypatch.setattr(addresses, "resolve_host", lambda *_, hidden=hidden: ["8.8.8.8", hidden])
        assert refuse(as_alice)["code"] == "address_not_public", hidden
        changed = as_alice.patch(f"/api/webhooks/{webhook['id']}/", {"url": "https://other.example/"})
        assert (changed.status_code, changed.json()["code"]) == (400, "address_not_public"), hidden
    assert Webhook.objects.get().url == URL


def test_an_http_url_of_another_machine_is_refused(as_alice):
    refusal = refuse(as_alice, url="http://8.8.8.8/events")
    assert (refusal["code"], "its own machine only" in refusal["detail"]) == ("address_not_public", True)


def test_a_name_that_does_not_resolve_yet_is_accepted(as_alice, monkeypatch):
    def fail(*_):
        raise addresses.NameNotFound

    monkeypatch.setattr(addresses, "resolve_host", fail)
    assert add(as_alice)["url"] == URL


def test_an_eleventh_webhook_is_refused(as_alice, alice):
    for _ in range(MAX_WEBHOOKS):
        add(as_alice)
    refusal = refuse(as_alice)
    assert (refusal["code"], refusal["limit"]) == ("too_many_webhooks", MAX_WEBHOOKS)
    as_alice.delete(f"/api/webhooks/{Webhook.objects.earliest('id').pk}/")
    add(as_alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False])
def test_concurrent_requests_never_add_too_many(alice, monkeypatch, is_locked):
    """Without the lock of the account, which is the negative control, there are too many."""
    if not is_locked:
        disable_account_locks(monkeypatch)
    slow_down(monkeypatch)
    for _ in range(MAX_WEBHOOKS - 1):
        services.create_webhook(by=alice, url=URL)
    jobs = [partial(services.create_webhook, by=alice, url=URL)] * 4
    refused = [one for one in try_concurrently(*jobs) if isinstance(one, TooManyWebhooks)]
    assert (Webhook.objects.count() == MAX_WEBHOOKS) == is_locked
    assert (len(refused) == 3) == is_locked


def slow_down(monkeypatch):
    """Let time pass between counting and inserting."""
    find = services.find_head

    def find_slowly(owner_id):
        time.sleep(0.1)
        return find(owner_id)

    monkeypatch.setattr(services, "find_head", find_slowly)


def test_changes_fields(as_alice):
    webhook = add(as_alice)
    address = f"/api/webhooks/{webhook['id']}/"
    changed = as_alice.patch(address, {"types": ["stock.low"], "url": "https://other.example/"}).json()
    assert (changed["types"], changed["url"]) == (["stock.low"], "https://other.example/")
    off = as_alice.patch(address, {"state": "off"}).json()
    assert (off["state"], off["off_reason"]) == ("off", "switched_off")
    on = as_alice.patch(address, {"state": "on"}).json()
    assert (on["state"], on["off_reason"]) == ("on", "")


def test_read_only_fields_are_not_changed(as_alice):
    webhook = add(as_alice)
    changed = as_alice.patch(f"/api/webhooks/{webhook['id']}/", {"position": 7, "secret": "x", "failures": 3}).json()
    assert (changed["position"], changed["failures"]) == (webhook["position"], 0)
    assert Webhook.objects.get().secret == webhook["secret"]


@pytest.mark.quick
@all_cases("changes", [({"state": "off"}, {"state": "on"}), ({"url": "https://other.example/new"},)])
def test_switching_on_and_another_address_forget_the_failures(alice, as_alice, kettle, sell, changes):
    with run_receiver(503) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell()
        send_all(webhook)
    assert webhook.failures == 1
    for change in changes:
        changed = as_alice.patch(f"/api/webhooks/{webhook.pk}/", change).json()
    assert (changed["failures"], changed["behind"]) == (0, 1)


def test_deletes_a_webhook_with_its_attempts(webhook, as_alice, sell):
    sell(2)
    send_all(webhook)
    assert as_alice.delete(f"/api/webhooks/{webhook.pk}/").status_code == 204
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").status_code == 404
    assert not Webhook.objects.exists()


def test_only_owners_use_webhooks(webhook, as_bob, as_dora, as_nobody):
    addresses = ("/api/webhooks/", f"/api/webhooks/{webhook.pk}/", f"/api/webhooks/{webhook.pk}/attempts/")
    for client, status in ((as_bob, 403), (as_dora, 403), (as_nobody, 401)):
        answers = [client.post("/api/webhooks/", {"url": URL}), *map(client.get, addresses)]
        assert [answer.status_code for answer in answers] == [status] * 4


@pytest.mark.quick
def test_a_manager_has_no_webhooks(alice):
    as_mona = client_of(make_user("mona", role=Role.MANAGER, employer=alice))
    answers = [as_mona.post("/api/webhooks/", {"url": URL}), as_mona.get("/api/webhooks/")]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_webhook_of_another_shop_is_missing(webhook, as_charlie):
    address = f"/api/webhooks/{webhook.pk}/"
    found = [as_charlie.get(address), as_charlie.patch(address, {"state": "off"}), as_charlie.delete(address)]
    found += [as_charlie.post(f"{address}{name}/", {"after": 0}) for name in ("test", "roll-secret", "redeliver")]
    found.append(as_charlie.get(f"{address}attempts/"))
    assert {response.status_code for response in found} == {404}
    webhook.refresh_from_db()
    assert webhook.state == WebhookState.ON


def test_only_locks_of_what_is_written_follow_the_lock():
    assert list(AccountLock)[-3:] == [AccountLock.WEBHOOKS, AccountLock.CODES, AccountLock.NUMBERS]
