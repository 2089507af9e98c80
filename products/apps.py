from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _

OFFER = {
    "id": int, "name": str, "supplier_sku": str, "pack_size": int, "cost_price": str | None, "min_packs": int,
    "lead_days": int | None, "note": str,
}  # fmt: skip


class ProductsApp(ShopApp):
    name = "products"
    demo_keys = {
        "category": "products.Category.name",
        "group": "products.Group.name",
        "id": "products.Product.sku",  # of a line of an edit
        **dict.fromkeys(("product", "product_id", "products"), "products.Product.sku"),
        "tax": "products.Tax.name",
    }
    events = {f"product.{what}": {"product": "id"} for what in ("created", "changed", "archived", "restored")}
    uses = {
        "variants": "products_group WHERE owner_id = %(owner)s::bigint",
        "amounts": "products_product WHERE owner_id = %(owner)s::bigint AND (decimals > 0 OR NOT unit = '')",
        "fields": "products_customfield WHERE owner_id = %(owner)s::bigint",
        "pictures": "products_picture WHERE owner_id = %(owner)s::bigint",
        "offers": "products_offer WHERE owner_id = %(owner)s::bigint",
    }
    kinds = {
        "product": {
            "products.changed_values.write_code": {"code": str, "quantity": int},
            "products.changed_values.write_part": {"name": str, "quantity": int},
            "products.changed_values.write_tile": {"product": int},
            "products.changed_values.write_offer": OFFER,
        },
        **{key: {} for key in ("category", "group", "field", "tax")},
    }
    finds = {"category": Finds(_("Categories")), "group": Finds(_("Groups"))}
    breaks = ("products.models.tallies.find_breaks",)
    enums = {
        "FieldTypeEnum": "products.models.FieldType",
        "ImportStateEnum": "products.filing.reading.progress.IMPORT_STATES",
    }
    not_moved = {"products.Tally": "numbers of products, which follow from these"}
