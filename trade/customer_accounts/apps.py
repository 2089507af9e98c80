from core.shop_apps import ShopApp


class CustomerAccountsApp(ShopApp):
    """What customers owe: their accounts, payments that are shared over their sales, and the report of all of them."""

    name = "trade.customer_accounts"
    is_optional = True
    more_pages = {"customer": ("customer-account",)}
    reports = ("trade.customer_accounts.reports.OWED",)
