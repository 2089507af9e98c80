from core.shop_apps import ShopApp


class CustomersApp(ShopApp):
    name = "trade.customers"
    demo_keys = {"customer": "customers.Customer.name"}
    events = {"customer.merged": {"id": "id", "into": "id"}}
