from core.shop_apps import ShopApp


class SuppliersApp(ShopApp):
    name = "suppliers"
    kinds = {"supplier": {}}
    events = {"supplier.merged": {"id": "id", "into": "id"}}
