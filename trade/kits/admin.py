"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import ReadOnlyAdmin, show_rows
from trade.kits.models import Kit, KitPart, SoldKit

show_rows(
    Kit,
    "id account name sku barcode price archived_at created_at",
    "external_id description updated_at",
    base=ReadOnlyAdmin,
    search_fields=("name", "sku", "barcode", "external_id"),
    of_account=True,
    found="kits",
    group="Goods",
)
show_rows(KitPart, "id account kit product quantity", filters="kit", group="Goods")
show_rows(SoldKit, "id account operation kit name sku quantity unit_price total", filters="kit", group="Goods")
