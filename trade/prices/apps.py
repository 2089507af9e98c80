from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class PricesApp(ShopApp):
    """Prices for customers, quantities and days. `applying.py` finds the one that applies, for all ways of selling."""

    name = "trade.prices"
    is_optional = True
    place = 6
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
    sealed = {"prices_pricefrom": ("movement", {"id": "id", "owner_id": "id", "movement_id": "id", "made_by": "value"})}

    def ready(self) -> None:
        from stock.goods.edits.hooks import FURTHER_PRICES
        from stock.hooks import PRICE_SOURCES
        from trade.customers.hooks import BESIDE_CUSTOMERS
        from trade.prices.fields import GroupBesideCustomer
        from trade.prices.reading import KeptSources, PricesOfSales
        from trade.prices.serializers import EditedPrices, PricesOfTills
        from trade.selling.hooks import PRICES
        from trade.tills.hooks import CATALOGUES

        BESIDE_CUSTOMERS.register(GroupBesideCustomer())
        PRICES.register(PricesOfSales())
        PRICE_SOURCES.register(KeptSources())
        CATALOGUES.register(PricesOfTills())
        FURTHER_PRICES.register(EditedPrices())
