from core.shop_apps import ShopApp


class SellingApp(ShopApp):
    name = "trade.selling"
    uses = {"payments": "stock_payment WHERE owner_id = %(owner)s::bigint"}
