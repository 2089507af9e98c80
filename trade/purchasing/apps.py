from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class PurchasingApp(ShopApp):
    name = "trade.purchasing"
    demo_keys = {"order": "purchasing.Order.reference"}
    events = {
        **{key: {"order": "id"} for key in ("order.sent", "order.closed")},
        "order.received": {"order": "id", "operation": "id", "quantity": "number"},
    }
    finds = {
        "purchase-order": Finds(
            _("Purchase orders"), _("Purchase order {number}"), "trade.purchasing.reading.find_orders"
        ),
    }
    still_open = {
        "product": ("trade.purchasing.reading.name_sent", "trade.purchasing.reading.name_drafts"),
        "supplier": ("trade.purchasing.reading.name_of_supplier",),
    }
    uses = {
        "purchasing": "purchasing_order WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM suppliers_supplier WHERE owner_id = %(owner)s::bigint"
    }
    enums = {
        "OrderStateEnum": "trade.purchasing.models.OrderState",
        "DemandBasisEnum": "trade.purchasing.demand.BASES",
        "OfferChoiceEnum": "trade.purchasing.demand.CHOICES",
    }
    problems = {
        "purchasing.view_order": ("trade.purchasing.services.list_unmailed", "purchase order", "could not be mailed")
    }
    after_restore = "trade.purchasing.sql.HOLD_MAILS"

    def ready(self) -> None:
        from trade.purchasing.services import CurrencyOfOrders
        from users.hooks import CURRENCIES

        CURRENCIES.register(CurrencyOfOrders())
