from core.shop_apps import ShopApp


class TakeoutApp(ShopApp):
    name = "desk.takeout"
    is_optional = True
