from core.shop_apps import ShopApp


class KitsApp(ShopApp):
    name = "trade.kits"
    events = {key: {"kit": "id"} for key in ("kit.created", "kit.changed", "kit.archived")}
    kinds = {"kit": {"products.changed_values.write_tile": {"kit": int}}}
    uses = {"kits": "kits_kit WHERE owner_id = %(owner)s::bigint"}
    breaks = ("trade.kits.proofs.find_breaks",)
