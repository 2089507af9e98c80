"""The pages of the support desk for this app. Staff only read these rows."""

from core.support.admin import show_rows
from trade.quotes.models import Quote, QuotedKits, QuoteLine

OF_LINES = "quantity list_price unit_price total price_from"
show_rows(
    Quote,
    "id account number customer valid_until total currency order closed_at made_by_username created_at",
    "reference note made_by updated_at",
    of_account=True,
    group="Ordered and reserved",
)
show_rows(QuoteLine, f"id account quote product {OF_LINES}", filters="quote", group="Ordered and reserved")
show_rows(QuotedKits, f"id account quote kit {OF_LINES}", filters="quote", group="Ordered and reserved")
