"""The paper of a quote as a document, in the language of the shop."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from core.files.papers import NOTE
from core.pages.columns import Display
from core.sentences import fill, writing_for
from stock.booking.drafts import NOTHING
from trade.quotes.models import Quote
from trade.reservations.files import draw_order, make_lines, read_off, say_off
from users.models import User


def make_document(quote: Quote, shop: User) -> Any:
    """Return the document of a quote with attached lines. Amounts are in the currency of the quote."""
    with writing_for(shop):
        display = Display(shop.time_zone, quote.currency, is_kept=True)
        rows, found = make_lines([(line, line) for line in quote.shown], display, shop)
        total = found or NOTHING
        off = read_off(quote, total, quote.currency)
        added = quote.total - total + off
        sums = say_off(off, display) + ([(gettext("VAT"), display.money(added))] if added else [])
        facts = fill("Valid until {day}", day=display.date(quote.valid_until)), quote.reference
        title = fill("Quote {number}", number=quote.number)
        document = draw_order(quote, title, facts, rows, [*sums, (gettext("Total"), display.money(quote.total))], shop)
        names = ("net", "tax", "gross")
        taxes = [
            (f"{display.decimal(Decimal(one['rate']).normalize())} %", *(display.amount(one[name]) for name in names))
            for one in quote.taxes
            if one["rate"] is not None
        ]
        if taxes:
            document.put_table([*map(gettext, ("VAT", "Without VAT", "VAT", "With VAT"))], taxes)
        document.put(quote.note, NOTE)
        return document
