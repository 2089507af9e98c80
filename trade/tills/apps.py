from core.shop_apps import ShopApp


class TillsApp(ShopApp):
    name = "trade.tills"
    uses = {"tills": "tills_till WHERE owner_id = %(owner)s::bigint"}
