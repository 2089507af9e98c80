from core.shop_apps import ShopApp


class NoticesApp(ShopApp):
    name = "records.events.notices"
    is_optional = True
