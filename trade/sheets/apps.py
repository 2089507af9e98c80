from core.shop_apps import ShopApp


class SheetsApp(ShopApp):
    name = "trade.sheets"
    is_optional = True
