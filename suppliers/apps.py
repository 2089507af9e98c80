from core.shop_apps import ShopApp


class SuppliersApp(ShopApp):
    name = "suppliers"
    demo_keys = {"supplier": "suppliers.Supplier.name"}
    events = {"supplier.merged": {"id": "id", "into": "id"}}
