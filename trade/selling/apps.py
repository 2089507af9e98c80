from core.shop_apps import ShopApp


class SellingApp(ShopApp):
    name = "trade.selling"
    events = {"sale.paid": {"operation": "id", "payments": "ids"}}
    breaks = ("trade.selling.payments.proofs.find_breaks",)
    enums = {"PaymentKindEnum": "stock.models.PaymentKind"}
    uses = {
        "payments": "stock_payment WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM customers_buyer WHERE owner_id = %(owner)s::bigint AND customer_id IS NULL"
    }

    def ready(self) -> None:
        from trade.selling.fields import TilesOfAccount
        from users.hooks import ACCOUNT_FIELDS

        ACCOUNT_FIELDS.register(TilesOfAccount())
