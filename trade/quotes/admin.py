"""The pages of the support desk for this app. Staff only read these rows."""

from typing import Any

from django.db.models import Q

from core.kinds import parse_id
from core.support.admin import ReadOnlyAdmin, show_rows
from trade.quotes.models import Quote, QuotedKits, QuoteLine


class QuoteBase(ReadOnlyAdmin):
    search_help_text = "The number or a whole reference."

    def select_found(self, text: str) -> Any:
        return Quote.objects.filter(Q(number=parse_id(text) or 0) | Q(reference=text))


OF_LINES = "quantity list_price unit_price total price_from"
show_rows(
    Quote,
    "id account number customer valid_until total currency order closed_at made_by_username created_at",
    "reference note made_by updated_at",
    base=QuoteBase,
    search_fields=("=reference", "number__exact"),
    of_account=True,
    found="quotes",
    group="Ordered and reserved",
)
show_rows(QuoteLine, f"id account quote product {OF_LINES}", filters="quote", group="Ordered and reserved")
show_rows(QuotedKits, f"id account quote kit {OF_LINES}", filters="quote", group="Ordered and reserved")
