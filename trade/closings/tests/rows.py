"""The rows of a shop with a row of every model: cash put into the drawer of a till, taken out, and its closings."""

from decimal import Decimal

from records.events.services import number_all_events
from trade.closings.models import Cash, Closing
from trade.closings.services import make_closing, move_cash


def create_rows(shop):
    amount, of_till = Decimal(shop.number) / 100, {"by": shop.worker, "till": shop.till}
    cash = move_cash(kind="in", amount=amount, reason=f"{shop.word} reason", **of_till)
    number_all_events(shop.owner.pk)
    closing = make_closing(counted=amount, kept=amount, note=f"{shop.word} note", **of_till)
    move_cash(kind="out", amount=amount, reason=f"{shop.word} bank", **of_till)
    number_all_events(shop.owner.pk)
    make_closing(counted=Decimal(0), kept=Decimal(0), note=f"{shop.word} empty", **of_till)
    return {Cash: cash, Closing: closing}
