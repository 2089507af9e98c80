from core.shop_apps import ShopApp


class ClosingsApp(ShopApp):
    name = "trade.closings"
    is_optional = True
    place = 3
    stays_with = ("closings_closing", "closings_cash")
    sealed = {
        "closings_cash": (
            "cash",
            {
                "id": "id",
                "owner_id": "id",
                "till_id": "id",
                "performer_id": "id",
                "kind": "value",
                "amount": "amount",
                "reason": "value",
                "created_at": "time",
            },
        )
    }
    events = {
        "closing.made": {"closing": "id", "number": "number", "till": "id_or_none", "digest": "text"},
        "cash.moved": {"cash": "id", "till": "id_or_none", "kind": "text", "amount": "text"},
    }
    breaks = ("trade.closings.proofs.find_breaks",)

    def ready(self) -> None:
        from trade.closings.services import CurrencyOfClosings
        from users.hooks import CURRENCIES

        CURRENCIES.register(CurrencyOfClosings())
