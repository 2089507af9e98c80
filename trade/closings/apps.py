from core.shop_apps import ShopApp


class ClosingsApp(ShopApp):
    name = "trade.closings"
    is_optional = True
    breaks = ("trade.closings.proofs.find_breaks",)
    currency_fixed_by = "trade.closings.services.fixes_currency"
