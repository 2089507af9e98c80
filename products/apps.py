from core.shop_apps import ShopApp


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
    breaks = ("products.models.tallies.find_breaks",)
    enums = {
        "FieldTypeEnum": "products.models.FieldType",
        "ImportStateEnum": "products.filing.reading.progress.IMPORT_STATES",
    }
    not_moved = {"products.Tally": "numbers of products, which follow from these"}
