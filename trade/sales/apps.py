from core.shop_apps import ShopApp


class SalesApp(ShopApp):
    name = "trade.sales"
    provides = {"number_sales": "trade.sales.numbers.give_numbers_until"}
