"""What other apps show of orders."""

from django.db.models import F, Q, QuerySet

from core.pages.finding import Asked, select
from core.texts.folding import match_words
from trade.purchasing.models import Order


def find_orders(asked: Asked) -> QuerySet:
    """Return the orders with this number, and the newest with these words."""
    number, words = Q(pk=asked.number), match_words(asked.words, ["reference", "supplier_name"])
    rows = asked.owned(Order).filter(number | asked.is_newest(Order, words))
    return select(rows, F("pk"), F("supplier_name"), F("created_at"), number)
