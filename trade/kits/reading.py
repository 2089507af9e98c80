"""The parts of kits, how many kits there are, and what a kit costs."""

from collections.abc import Sequence

from stock.booking.drafts import NOTHING
from stock.reading.parts import count_wholes, read_parts, sum_costs
from trade.kits.models import Kit


def attach_parts(kits: Sequence[Kit]) -> list[Kit]:
    """Set the parts of these kits of one account, how many kits there are, and their sums. Return the kits."""
    parts = read_parts("kits_kitpart", "kit", kits[0].owner_id, [kit.pk for kit in kits]) if kits else {}
    for kit in kits:
        kit.shown = parts[kit.pk]
        kit.available = count_wholes(kit.shown)
        kit.list_price = sum((part.list_price for part in kit.shown), NOTHING)
        kit.cost = sum_costs(kit.shown)
    return list(kits)
