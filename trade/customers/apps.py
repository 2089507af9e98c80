from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class CustomersApp(ShopApp):
    name = "trade.customers"
    kinds = {"customer": {}}
    finds = {"customer": Finds(_("Customers"), about="email", further=("email", "phone", "external_id"))}
    demo_keys = {"customer": "customers.Customer.name"}
    events = {"customer.merged": {"id": "id", "into": "id"}}
