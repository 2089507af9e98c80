"""Prices that are probably a mistake. Pages, tills and files share this rule; programs may book every price."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core.sentences import fill

FACTOR = 10  # a price that is at least ten times the usual one has probably lost its decimal sign
# The SQL condition that a price is doubtful. `usual` is NULL for a new product.
IS_DOUBTFUL = f"({{price}} = 0 OR {{usual}} > 0 AND {{price}} >= {{usual}} * {FACTOR})"


def find_doubt(price: Decimal | None, usual: Decimal | None) -> str:
    """Return why the price is doubtful, beside the usual one if there is one. It is empty for other prices.

    isDoubtful() of the till is the same.
    """
    if price is None:
        return ""
    if price == 0:
        return _("The price is zero.")
    if usual and price >= usual * FACTOR:
        return fill("The price is {factor} times the usual one or more: {usual}.", factor=FACTOR, usual=usual)
    return ""
