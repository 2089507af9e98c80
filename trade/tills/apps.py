from core.shop_apps import ShopApp


class TillsApp(ShopApp):
    name = "trade.tills"
    demo_keys = {"till": "tills.Till.name"}
    events = {
        "till.dropped": {"till": "id", "number": "number", "note": "text"},
        "till.unproven": {"till": "id", "first": "number", "last": "number"},
    }
    uses = {"tills": "tills_till WHERE owner_id = %(owner)s::bigint"}

    def ready(self) -> None:
        from records.idempotency.hooks import KEYS
        from stock.hooks import TILLS
        from trade.tills.services import NumberKeys, TillsOfKeys

        KEYS.register(NumberKeys())
        TILLS.register(TillsOfKeys())
