"""The pages of webhooks, including those of the support desk."""

from django.contrib.admin.models import LogEntry

from core.pages.links import find_form_page
from records.events.webhooks.models import OffReason, Webhook, WebhookState
from records.events.webhooks.tests.conftest import send_all

URL = "https://shop.example.org/events"
FIELDS = [
    "id", "url", "types", "state", "off_reason", "position", "behind", "failures", "last_status", "last_attempt_at",
    "next_attempt_at", "created_at",
]  # fmt: skip


def test_the_page_of_a_webhook_shows_the_last_attempts_and_buttons(webhook, browser, sell):
    sell(1)
    send_all(webhook)
    text = browser.get_page(f"/api/webhooks/{webhook.pk}/")
    for part in ("Last attempts", "operation.booked", "Send a test", "Roll the secret", "Send again", "Switch off"):
        assert part in text
    assert webhook.secret not in text


def test_the_form_shows_the_secret_once_and_puts_it_into_no_cookie(browser):
    added = browser.post("/api/webhooks/", url=URL, types=["lot.expiring", "stock.low"])
    webhook = Webhook.objects.get()
    assert (added.status_code, webhook.types) == (201, ["stock.low", "lot.expiring"])
    assert f'<code id="shown-once">{webhook.secret}</code>' in added.text
    assert "not shown again" in added.text
    assert not any(webhook.secret in cookie.value for cookie in browser.client.cookies.values())
    assert webhook.secret not in browser.get_page("/api/webhooks/")


def test_the_form_has_the_types_in_the_words_of_the_feed(browser, alice):
    alice.language = "de"
    alice.save(update_fields=["language"])
    assert '<option value="stock.low">Bestand knapp</option>' in browser.get_page(find_form_page("/api/webhooks/"))


def test_the_form_changes_the_state_and_the_types(webhook, browser):
    address = f"/api/webhooks/{webhook.pk}/"
    others = ["Send a test", "Send again", "Roll the secret", "Delete"]
    assert sorted(browser.list_buttons(address)) == sorted(["Switch off or edit", *others])
    assert browser.put(address, state="off", types=["stock.low", "lot.expiring"]).headers["Location"] == address
    assert sorted(browser.list_buttons(address)) == sorted(["Switch on or edit", *others])
    page = find_form_page(address)
    values = browser.task_values(page)
    assert (values["types"], values["state"]) == (["stock.low", "lot.expiring"], ["off"])
    assert browser.client.post(page, {**values, "types": []}).status_code == 303
    webhook.refresh_from_db()
    assert (webhook.types, webhook.state) == ([], WebhookState.OFF)
    browser.client.post(page, browser.task_values(page) | {"state": ["on"]})
    webhook.refresh_from_db()
    assert (webhook.types, webhook.state) == ([], WebhookState.ON)


def test_the_forms_of_a_webhook_send_again_and_delete_it(webhook, browser, sell):
    sell(1)
    send_all(webhook)
    address = f"/api/webhooks/{webhook.pk}/"
    assert browser.post(f"{address}redeliver/", after="x").status_code == 400
    assert browser.post(f"{address}redeliver/", after=str(webhook.position - 1)).headers["Location"] == address
    assert "will be sent again." in browser.get_page(address)
    Webhook.objects.update(state="off", off_reason="gone")
    browser.post(f"{address}redeliver/", after="0")
    assert "will be sent again once you switch the webhook on." in browser.get_page(address)
    assert browser.delete(address).headers["Location"] == "/api/webhooks/"
    assert not Webhook.objects.exists()


def test_the_form_that_rolls_the_secret_has_no_other_fields(webhook, browser):
    address = f"/api/webhooks/{webhook.pk}/roll-secret/"
    assert all(name.startswith(("_", "csrf")) for name in browser.task_values(find_form_page(address)))
    page = browser.post(address)
    webhook.refresh_from_db()
    assert webhook.secret in page.text


def test_the_form_of_a_test_says_what_came_back(webhook, browser):
    sent = browser.post(f"/api/webhooks/{webhook.pk}/test/")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/api/webhooks/{webhook.pk}/")
    assert "The receiver answered 204." in browser.get_page(sent.headers["Location"])


def test_the_desk_shows_states_and_attempts_but_no_secret(webhook, support, sell):
    sell(1)
    send_all(webhook)
    pages = [
        support.get(address).text
        for address in (
            "/admin/webhooks/webhook/",
            f"/admin/webhooks/webhook/{webhook.pk}/change/",
            f"/admin/webhooks/deliveryattempt/?owner={webhook.owner_id}&webhook={webhook.pk}",
        )
    ]
    assert all(webhook.secret not in page for page in pages)
    assert webhook.url in pages[0]
    assert "operation.booked" in pages[2]


def test_the_desk_switches_a_webhook_off_and_logs_it(webhook, support):
    action = {"action": "switch_off", "_selected_action": [webhook.pk]}
    assert support.post("/admin/webhooks/webhook/", action, follow=True).status_code == 200
    webhook.refresh_from_db()
    assert (webhook.state, webhook.off_reason) == (WebhookState.OFF, OffReason.SUPPORT)
    assert LogEntry.objects.get().change_message == "Switched off."
