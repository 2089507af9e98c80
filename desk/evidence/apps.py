from core.shop_apps import ShopApp


class EvidenceApp(ShopApp):
    name = "desk.evidence"
    is_optional = True
    needs = ("takeout",)
