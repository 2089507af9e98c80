from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _

# Without an operation, `data` has an `operation` of null.
LEVEL = {"operation": "id_or_none", "product": "id", "quantity": "number", "min_threshold": "number_or_none"}


class StockApp(ShopApp):
    name = "stock"
    demo_keys = {"operation": "stock.Operation.reference"}
    events = {
        "operation.booked": {"operation": "id"},
        "stock.low": LEVEL,
        "stock.recovered": LEVEL,
        "lot.expiring": {"product": "id", "lot": "id", "expires_on": "text", "quantity": "number"},
        "ledger.sealed": {
            "seal": "id", "number": "number", "from_position": "number", "to_position": "number",
            "digest": "text", "previous": "text",
        },
    }  # fmt: skip
    kinds = {"location": {}, "lot": {}}
    finds = {
        "lot": Finds(_("Lots"), rows="stock.places.look_ups.find_lots"),
        "location": Finds(_("Places"), about="note"),
    }
    uses = {
        "places": "stock_location WHERE owner_id = %(owner)s::bigint",
        "lots": "stock_lot WHERE owner_id = %(owner)s::bigint",
        "making": "stock_recipe WHERE owner_id = %(owner)s::bigint",
    }
    enums = {
        "MovementTypeEnum": "stock.models.MovementType",
        "ReasonEnum": "stock.models.OperationReason",
    }

    def ready(self) -> None:
        from stock.booking.services import CurrencyOfLedger
        from users.hooks import CURRENCIES

        CURRENCIES.register(CurrencyOfLedger())
