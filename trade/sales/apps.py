from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class SalesApp(ShopApp):
    name = "trade.sales"
    finds = {
        "sale": Finds(_("Sales"), _("Sale {number}"), "trade.sales.numbers.find_numbered", has_search=False),
        "operation": Finds(
            _("Document numbers"),
            rows="trade.sales.numbers.find_operations",
            has_search=False,
            pages={"sale": "sale-detail"},
        ),
    }

    def ready(self) -> None:
        from stock.hooks import SEALS
        from trade.sales.numbers import NumbersOfSales

        SEALS.register(NumbersOfSales())
