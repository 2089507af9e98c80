from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class SuppliersApp(ShopApp):
    name = "suppliers"
    kinds = {"supplier": {}}
    finds = {"supplier": Finds(_("Suppliers"))}
    demo_keys = {"supplier": "suppliers.Supplier.name"}
    events = {"supplier.merged": {"id": "id", "into": "id"}}
