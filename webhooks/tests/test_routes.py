"""The routes of webhooks."""

import time
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from standardwebhooks import Webhook as Verifier

from core.transactions import AccountLock
from testing.races import disable_account_locks, try_concurrently
from users.models import Attempt as Counter
from webhooks import addresses, services
from webhooks.errors import TooManyWebhooks
from webhooks.models import MAX_URL_LENGTH, OffReason, State, Webhook
from webhooks.services import MAX_WEBHOOKS
from webhooks.tests.conftest import make_webhook, send_all
from webhooks.tests.receivers import hang, reply, run_receiver

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


def test_behind_is_the_number_of_events_after_the_position(webhook, as_alice, sell):
    sell(3)
    as_alice.get("/api/events/")
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").json()["behind"] == 3
    [listed] = as_alice.get("/api/webhooks/").json()["results"]
    assert listed["behind"] == 3


def test_the_same_key_creates_one_webhook_and_returns_its_secret_again(as_alice):
    first, again = (as_alice.post("/api/webhooks/", {"url": URL}, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
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


def test_types_are_kept_once_and_in_their_order(as_alice):
    types = ["stock.low", "operation.booked", "stock.low"]
    assert add(as_alice, types=types)["types"] == ["operation.booked", "stock.low"]


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
def test_an_address_that_is_not_public_is_refused_when_adding_and_changing(as_alice, monkeypatch, settings, address):
    webhook = add(as_alice)
    settings.DEMO = False
    monkeypatch.setattr(addresses, "resolve", lambda *_: ["8.8.8.8", address])
    assert refuse(as_alice)["code"] == "address_not_public"
    changed = as_alice.patch(f"/api/webhooks/{webhook['id']}/", {"url": "https://other.example/"})
    assert (changed.status_code, changed.json()["code"]) == (400, "address_not_public")
    assert Webhook.objects.get().url == URL


def test_a_name_that_does_not_resolve_yet_is_accepted(as_alice, monkeypatch):
    def fail(*_):
        raise addresses.NameNotFound

    monkeypatch.setattr(addresses, "resolve", fail)
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
    """Without the lock of the account, the negative control, there are too many."""
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


def test_switching_on_forgets_the_failures(alice, as_alice, kettle, sell):
    with run_receiver(503) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell()
        send_all(webhook)
    assert webhook.failures == 1
    address = f"/api/webhooks/{webhook.pk}/"
    as_alice.patch(address, {"state": "off"})
    changed = as_alice.patch(address, {"state": "on"}).json()
    assert (changed["failures"], changed["behind"]) == (0, 1)


def test_deletes_a_webhook_with_its_attempts(webhook, as_alice, sell):
    sell(2)
    send_all(webhook)
    assert as_alice.delete(f"/api/webhooks/{webhook.pk}/").status_code == 204
    assert as_alice.get(f"/api/webhooks/{webhook.pk}/").status_code == 404
    assert not Webhook.objects.exists()


# --- Test, roll, redeliver, attempts --------------------------------------------------------------------


def test_a_test_sends_a_signed_ping_and_returns_what_came_back(alice, as_alice):
    with run_receiver(reply(418, b"teapot")) as receiver:
        webhook = make_webhook(alice, receiver.url)
        result = as_alice.post(f"/api/webhooks/{webhook.pk}/test/").json()
    assert {**result, "ms": 0} == {
        "webhook": webhook.pk, "status": 418, "ms": 0, "error": "", "answer": "teapot"
    }  # fmt: skip
    [(headers, body)] = receiver.requests
    sent = Verifier(webhook.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (sent["type"], sent["data"]) == ("ping", {"webhook": webhook.pk})
    assert headers["webhook-id"].startswith("ping_")
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.last_status) == (0, None)


def test_a_test_of_a_receiver_that_hangs_says_so(alice, as_alice, monkeypatch):
    monkeypatch.setattr(services, "PING_SECONDS", 0.2)
    with run_receiver(hang(1)) as receiver:
        webhook = make_webhook(alice, receiver.url)
        result = as_alice.post(f"/api/webhooks/{webhook.pk}/test/").json()
    assert (result["status"], result["error"]) == (None, "There was no answer in time.")


def test_tests_are_limited(webhook, as_alice):
    statuses = [as_alice.post(f"/api/webhooks/{webhook.pk}/test/").status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert Counter.objects.filter(key=f"ping:{webhook.owner_id}").exists()


def test_after_rolling_both_secrets_sign_for_a_day(webhook, as_alice, sell, receiver):
    old = webhook.secret
    rolled = as_alice.post(f"/api/webhooks/{webhook.pk}/roll-secret/")
    new = rolled.json()["secret"]
    assert (rolled.status_code, new == old) == (201, False)
    sell()
    send_all(webhook)
    verify(receiver, new, old)
    webhook.previous_until = webhook.created_at
    webhook.save(update_fields=["previous_until"])
    sell()
    send_all(webhook)
    assert receiver.requests[-1][0]["webhook-signature"].count("v1,") == 1
    verify(receiver, new)


def verify(receiver, *secrets):
    headers, body = receiver.requests[-1]
    for secret in secrets:
        Verifier(secret).verify(body, {name.lower(): value for name, value in headers.items()})


def test_rolling_with_the_same_key_rolls_once(webhook, as_alice):
    address = f"/api/webhooks/{webhook.pk}/roll-secret/"
    first, again = (as_alice.post(address, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.content == again.content
    webhook.refresh_from_db()
    assert webhook.secret == first.json()["secret"]


def test_redelivery_sets_the_position_back_and_never_forward(webhook, as_alice, sell):
    sell(2)
    send_all(webhook)
    address = f"/api/webhooks/{webhook.pk}/redeliver/"
    back = as_alice.post(address, {"after": 1}).json()
    assert (back["position"], back["behind"]) == (1, webhook.position - 1)
    refused = as_alice.post(address, {"after": 2})
    assert refused.status_code == 400
    assert refused.json() == {"after": ["Write a position from 0 to 1, where the webhook is now."]}
    assert as_alice.post(address, {}).status_code == 400
    assert as_alice.post(address, {"after": -1}).status_code == 400


def test_lists_the_attempts_newest_first(alice, as_alice, kettle, sell):
    with run_receiver(204, reply(500, b"broken")) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell(2)
        send_all(webhook)
    last, first = as_alice.get(f"/api/webhooks/{webhook.pk}/attempts/").json()["results"]
    assert list(first) == ["position", "type", "status", "ms", "error", "dead", "answer", "at"]
    assert [(row["position"], row["status"], row["answer"]) for row in (first, last)] == [
        (webhook.position, 204, ""), (webhook.position + 1, 500, "broken")
    ]  # fmt: skip


@pytest.mark.parametrize("client", ["as_bob", "as_dora", "as_nobody"])
def test_only_owners_use_webhooks(webhook, request, client):
    user = request.getfixturevalue(client)
    for address in ("/api/webhooks/", f"/api/webhooks/{webhook.pk}/", f"/api/webhooks/{webhook.pk}/attempts/"):
        assert user.get(address).status_code in (401, 403)
    assert user.post("/api/webhooks/", {"url": URL}).status_code in (401, 403)


def test_a_webhook_of_another_shop_is_missing(webhook, as_charlie):
    address = f"/api/webhooks/{webhook.pk}/"
    found = [as_charlie.get(address), as_charlie.patch(address, {"state": "off"}), as_charlie.delete(address)]
    found += [as_charlie.post(f"{address}{name}/", {"after": 0}) for name in ("test", "roll-secret", "redeliver")]
    found.append(as_charlie.get(f"{address}attempts/"))
    assert {response.status_code for response in found} == {404}
    webhook.refresh_from_db()
    assert webhook.state == State.ON


def test_the_lock_is_the_last_of_the_account():
    assert list(AccountLock)[-1] is AccountLock.WEBHOOKS


# --- Pages and the support desk ---------------------------------------------------------------------------


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


def test_the_page_of_a_webhook_shows_the_last_attempts_and_buttons(webhook, browser, sell):
    sell(1)
    send_all(webhook)
    text = browser.get(f"/api/webhooks/{webhook.pk}/", headers={"Accept": "text/html"}).text
    for part in ("Last attempts", "operation.booked", "Send a test", "Roll the secret", "Send again", "Switch off"):
        assert part in text
    assert webhook.secret not in text


def test_the_form_shows_the_secret_once_and_puts_it_into_no_cookie(browser):
    text = {"Accept": "text/html"}
    added = browser.post("/api/webhooks/", {"url": URL, "types": ["stock.low"]}, headers=text)
    secret = Webhook.objects.get().secret
    assert added.status_code == 201
    assert secret in added.text
    assert "not shown again" in added.text
    assert not any(secret in cookie.value for cookie in browser.cookies.values())
    assert secret not in browser.get("/api/webhooks/", headers=text).text


def test_the_form_that_rolls_the_secret_has_no_other_fields(webhook, browser):
    page = browser.post(f"/api/webhooks/{webhook.pk}/roll-secret/", {}, headers={"Accept": "text/html"})
    webhook.refresh_from_db()
    assert webhook.secret in page.text
    assert 'name="url"' not in page.text


def test_the_form_of_a_test_says_what_came_back(webhook, browser):
    html = {"Accept": "text/html"}
    sent = browser.post(f"/api/webhooks/{webhook.pk}/test/", {}, headers=html)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/api/webhooks/{webhook.pk}/")
    assert "The receiver answered 204." in browser.get(sent.headers["Location"], headers=html).text


def test_the_desk_shows_states_and_attempts_but_no_secret(webhook, support, sell):
    sell(1)
    send_all(webhook)
    pages = [
        support.get(address).text
        for address in (
            "/admin/webhooks/webhook/",
            f"/admin/webhooks/webhook/{webhook.pk}/change/",
            f"/admin/webhooks/attempt/?owner={webhook.owner_id}&webhook={webhook.pk}",
        )
    ]
    assert all(webhook.secret not in page for page in pages)
    assert webhook.url in pages[0]
    assert "operation.booked" in pages[2]


def test_the_desk_switches_a_webhook_off_and_logs_it(webhook, support):
    action = {"action": "switch_off", "_selected_action": [webhook.pk]}
    assert support.post("/admin/webhooks/webhook/", action, follow=True).status_code == 200
    webhook.refresh_from_db()
    assert (webhook.state, webhook.off_reason) == (State.OFF, OffReason.SUPPORT)
    assert LogEntry.objects.get().change_message == "Switched off."


@pytest.mark.parametrize(("action", "body"), [("roll-secret", {}), ("redeliver", {"after": 0})])
def test_a_repeated_request_with_a_key_gets_the_first_response(webhook, as_alice, action, body):
    address = f"/api/webhooks/{webhook.pk}/{action}/"
    first, again = (as_alice.post(address, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code in (200, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
