from core.shop_apps import ShopApp


class TillsApp(ShopApp):
    name = "trade.tills"
    demo_keys = {"till": "tills.Till.name"}
    provides = {"claim_key": "trade.tills.services.claim_number", "till_of_key": "trade.tills.services.find_till"}
    events = {
        "till.dropped": {"till": "id", "number": "number", "note": "text"},
        "till.unproven": {"till": "id", "first": "number", "last": "number"},
    }
    uses = {"tills": "tills_till WHERE owner_id = %(owner)s::bigint"}
