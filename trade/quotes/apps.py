from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class QuotesApp(ShopApp):
    """Quotes: what customers may order, and at which prices. Accepting a quote makes an order."""

    name = "trade.quotes"
    is_optional = True
    place = 9
    stays_with = ("quotes_quote",)
    uses = {"quotes": "quotes_quote WHERE owner_id = %(owner)s::bigint"}
    events = {
        **{f"quote.{what}": {"quote": "id"} for what in ("created", "changed", "declined")},
        "quote.accepted": {"quote": "id", "order": "id", "was_expired": "flag"},
    }
    finds = {
        "quote": Finds(_("Quotes"), _("Quote {number}"), "trade.quotes.reading.find_quotes"),
    }
    demo_keys = {"quote": "quotes.Quote.number"}
    breaks = ("trade.quotes.proofs.find_breaks",)

    def ready(self) -> None:
        from trade.quotes.reading import AcceptedQuotes
        from trade.quotes.services import CurrencyOfQuotes
        from trade.reservations.hooks import ORIGINS
        from users.hooks import CURRENCIES

        ORIGINS.register(AcceptedQuotes())
        CURRENCIES.register(CurrencyOfQuotes())
