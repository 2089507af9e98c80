from core.shop_apps import ShopApp


class StockApp(ShopApp):
    name = "stock"
    uses = {
        "places": "stock_location WHERE owner_id = %(owner)s::bigint",
        "lots": "stock_lot WHERE owner_id = %(owner)s::bigint",
        "making": "stock_recipe WHERE owner_id = %(owner)s::bigint",
    }
    enums = {
        "MovementTypeEnum": "stock.models.MovementType",
        "ReasonEnum": "stock.models.OperationReason",
        "PaymentKindEnum": "stock.models.PaymentKind",
    }
    currency_fixed_by = "stock.booking.services.fixes_currency"
