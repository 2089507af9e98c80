"""The errors that refuse a quote."""

from rest_framework import status

from core.errors import NEVER, Conflict
from core.http.renderers import Changed
from stock.errors import InvalidLines


class QuoteClosed(Conflict):
    code = "quote_closed"
    advice = NEVER
    detail = "This quote is already {state}."
    when = "the quote is accepted or declined already"
    also = "`quote`, `state`, `order` (null unless it was accepted)"


class QuoteChanged(Changed):
    """The quote has another `updated_at` than the client expects."""

    status = status.HTTP_409_CONFLICT


class TooManyQuotes(Conflict):
    code = "too_many_quotes"
    detail = "You can have at most {limit} open quotes."
    when = "the shop has the most open quotes that it may have. Expired ones don't count"
    also = "`limit`"


class CurrencyChanged(Conflict):
    code = "currency_changed"
    detail = "This quote was written before the shop had a currency. Change its lines, or copy it."
    when = "a quote without a currency is accepted in a shop that has one by now"
    also = "`currency`: that of the shop"


class NothingQuoted(InvalidLines):
    """The errors of the refused lines of a quote."""

    detail = "Nothing was quoted. Refused lines: {total}."
