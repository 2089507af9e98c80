from core.shop_apps import ShopApp


class CustomersApp(ShopApp):
    name = "trade.customers"
    kinds = {"customer": {}}
    events = {"customer.merged": {"id": "id", "into": "id"}}
