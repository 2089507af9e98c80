from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class KitsApp(ShopApp):
    name = "trade.kits"
    events = {key: {"kit": "id"} for key in ("kit.created", "kit.changed", "kit.archived")}
    kinds = {"kit": {"products.changed_values.write_tile": {"kit": int}}}
    finds = {
        "kit": Finds(_("Kits"), about="sku", further=("sku", "barcode")),
    }
    uses = {"kits": "kits_kit WHERE owner_id = %(owner)s::bigint"}
    goods = ("trade.kits.kinds.KITS",)
    breaks = ("trade.kits.proofs.find_breaks",)
