"""Keep what a sale has beside its movements: the rate of VAT of each line, and its part of the discount."""

from decimal import Decimal

from core.database.postgres.base import execute
from stock.booking.drafts import MovementDraft, OperationDraft
from stock.booking.sql import KEEP_SOLD, KEEP_SOLD_LATE, array
from stock.models import MovementType, Sold


def keep_sold(draft: OperationDraft, movements: list[MovementDraft], ids: list[int]) -> None:
    """Write the rates and the discounts of a sale. Nothing is executed in a shop without rates, without a discount.

    A sale that is booked later has the rates that its products had when it happened, and is net as prices were then.
    """
    shop = draft.by.shop_owner
    if not (draft.discount or (shop and shop.has_taxes)):
        return
    sold = [
        (pk, movement.product_id, movement.discount)
        for pk, movement in zip(ids, movements, strict=True)
        if movement.movement_type == MovementType.OUT
    ]
    values = {
        "owner": draft.owner_id,
        "is_net": shop is not None and not shop.prices_include_tax,
        "movements": array(pk for pk, _, _ in sold),
        "products": array(product for _, product, _ in sold),
        "discounts": [discount for _, _, discount in sold],
        "at": draft.occurred_at,
        "setting": "prices_include_tax",
    }
    execute(KEEP_SOLD_LATE if draft.occurred_at else KEEP_SOLD, values)


def has_sold_at(owner_id: int, rate: Decimal) -> bool:
    """Return whether the account has sold something with this rate of VAT."""
    return Sold.objects.filter(owner_id=owner_id, rate=rate).exists()
