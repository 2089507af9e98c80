from core.shop_apps import ShopApp


class WebhooksApp(ShopApp):
    name = "records.events.webhooks"
    is_optional = True
    place = 1
    events = {"webhook.off": {"webhook": "id", "reason": "text", "position": "number"}}
    after_restore = "records.events.webhooks.sql.SWITCH_OFF_RESTORED"
    enums = {"WebhookStateEnum": "records.events.webhooks.models.WebhookState"}
    secrets = {"events_webhook": frozenset(["secret", "previous_secret", "previous_until", "lease", "leased_until"])}
    problems = {
        "webhooks.view_webhook": (
            "records.events.webhooks.services.list_failing",
            "webhook",
            "failing or switched off",
        )
    }
