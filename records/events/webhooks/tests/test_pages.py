"""The pages of webhooks, including those of the support desk."""

import pytest
from django.contrib.admin.models import LogEntry

from records.events.models import OffReason, Webhook, WebhookState
from records.events.webhooks.tests.conftest import send_all

URL = "https://shop.example.org/events"
FIELDS = [
    "id", "url", "types", "state", "off_reason", "position", "behind", "failures", "last_status", "last_attempt_at",
    "next_attempt_at", "created_at",
]  # fmt: skip


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
            "/admin/events/webhook/",
            f"/admin/events/webhook/{webhook.pk}/change/",
            f"/admin/events/deliveryattempt/?owner={webhook.owner_id}&webhook={webhook.pk}",
        )
    ]
    assert all(webhook.secret not in page for page in pages)
    assert webhook.url in pages[0]
    assert "operation.booked" in pages[2]


def test_the_desk_switches_a_webhook_off_and_logs_it(webhook, support):
    action = {"action": "switch_off", "_selected_action": [webhook.pk]}
    assert support.post("/admin/events/webhook/", action, follow=True).status_code == 200
    webhook.refresh_from_db()
    assert (webhook.state, webhook.off_reason) == (WebhookState.OFF, OffReason.SUPPORT)
    assert LogEntry.objects.get().change_message == "Switched off."
