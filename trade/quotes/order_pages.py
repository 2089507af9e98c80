"""The pages that write a quote, and change one."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.kinds import DATE
from core.pages.form_fields import Field
from trade.quotes.models import Quote, QuoteState
from trade.quotes.reading import attach_quotes
from trade.reservations.order_pages import ORDERED, ChangeReservationPage, ReservePage

VALID = {
    "customer": ORDERED["customer"],
    "valid_until": Field(gettext_lazy("Valid until"), DATE, help_text=gettext_lazy("Empty: 30 days from today.")),
}


class QuotePage(ReservePage):
    """Writes a quote."""

    title = button = gettext_lazy("New quote")
    done = ngettext_lazy("Wrote {number:,} line.", "Wrote {number:,} lines.", "number")
    route = "quote-list"
    next_page = "quote-detail"
    fields = {**VALID, **{name: ReservePage.fields[name] for name in ("reference", "discount", "note")}}
    said_sum = "total"


class ChangeQuotePage(ChangeReservationPage):
    """Changes a quote and its lines."""

    title = gettext_lazy("Change the quote")
    done = gettext_lazy("Saved the quote.")
    route = next_page = "quote-detail"
    fields = {
        **VALID,
        "valid_until": VALID["valid_until"].replace(help_text=""),
        **{name: one for name, one in ChangeReservationPage.fields.items() if name not in ORDERED},
    }
    said_sum = QuotePage.said_sum
    open_states = (QuoteState.OPEN, QuoteState.EXPIRED)

    @cached_property
    def reservation(self) -> Any:
        """Return the quote with its lines."""
        rows: Any = Quote.objects.for_user(self.user).detailed()
        [quote] = attach_quotes([get_object_or_404(rows, pk=self.kwargs["pk"])], self.user.shop_today())
        return quote
