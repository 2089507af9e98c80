from core.shop_apps import ShopApp


class KitsApp(ShopApp):
    name = "trade.kits"
    events = {key: {"kit": "id"} for key in ("kit.created", "kit.changed", "kit.archived")}
    uses = {"kits": "kits_kit WHERE owner_id = %(owner)s::bigint"}
    goods = ("trade.kits.kinds.KITS",)
    breaks = ("trade.kits.proofs.find_breaks",)
