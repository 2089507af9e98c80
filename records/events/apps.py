from core.shop_apps import ShopApp


class EventsApp(ShopApp):
    name = "records.events"
    enums = {"EventTypeEnum": "records.events.models.EventType"}
