from core.shop_apps import ShopApp


class EventsApp(ShopApp):
    name = "records.events"
    enums = {
        "EventTypeEnum": "records.events.models.EventType",
        "WebhookStateEnum": "records.events.models.WebhookState",
    }
    secrets = {"events_webhook": frozenset(["secret", "previous_secret", "previous_until", "lease", "leased_until"])}
