from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class PricesApp(ShopApp):
    """Prices for customers, quantities and days. `applying.py` finds the one that applies, for all ways of selling."""

    name = "trade.prices"
    is_optional = True
    stays_with = ("prices_pricegroup", "prices_pricerow", "prices_pricefrom")
    events = {
        **{f"price_group.{what}": {"price_group": "id"} for what in ("created", "changed", "archived", "restored")},
        "customer.changed": {"customer": "id"},
    }
    kinds = {
        "price_group": {
            "trade.prices.described.write_row": {
                "group": str | None, "from": int | None, "price": str, "starts_on": str | None, "ends_on": str | None,
            }
        }
    }  # fmt: skip
    uses = {
        "prices": "prices_pricegroup WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM prices_pricerow WHERE owner_id = %(owner)s::bigint"
    }
    finds = {"price_group": Finds(_("Price groups"))}
    demo_keys = {"price_group": "prices.PriceGroup.name"}
    provides = {
        "scale_prices": "trade.prices.edits.scale_rows",
        "former_prices": "trade.prices.edits.find_former",
        "restore_prices": "trade.prices.edits.restore_rows",
        "prices_of": "trade.prices.edits.list_terms",
        "expected_price": "trade.prices.serializers.PriceRowSerializer",
        "shown_prices": "trade.prices.reading.list_shown",
        "for_till": "trade.prices.reading.list_for_till",
        "till_fields": "trade.prices.serializers.TILL_FIELDS",
        "for_lines": "trade.prices.reading.list_for_lines",
        "price_book": "trade.prices.applying.read_book",
        "customer_terms": "trade.prices.fields.CustomerTerms",
    }
    sealed = {"prices_pricefrom": ("movement", {"id": "id", "owner_id": "id", "movement_id": "id", "made_by": "value"})}
