"""What a delivery cost besides its goods: it is shared over what came in, and kept beside the ledger."""

from dataclasses import replace
from decimal import Decimal

from rest_framework.exceptions import PermissionDenied

from core.archiving import require_live
from core.database.transactions import AccountLock, lock_account
from core.money.amounts import share
from core.money.currencies import get_money_decimals
from products.models import MAX_VALUE
from stock.booking.drafts import CENTS, NOTHING, LockedProduct, LockedProducts, MovementDraft, OperationDraft, divide
from stock.errors import ExtraCostsOfNoPurchase, NothingToShare, SupplierOfNoPurchase, TooManyExtraCosts, ValueTooHigh
from stock.models import Delivery, ExtraCost, ExtraShare, MovementType, Operation, OperationReason

MAX_EXTRA_COSTS = 10


def hold_supplier(draft: OperationDraft) -> OperationDraft:
    """Return the draft with its supplier, who stays live until the transaction ends. Raise ValidationError."""
    lock_account(draft.owner_id, AccountLock.CATALOGUE, shared=True)
    return replace(draft, **require_live(supplier=draft.supplier))


def check_delivery(draft: OperationDraft) -> None:
    """Raise an error if the operation has a supplier or extra costs that it can't have."""
    if draft.extra_costs and draft.by.is_device:
        raise PermissionDenied
    if draft.reason != OperationReason.PURCHASE:
        raise ExtraCostsOfNoPurchase if draft.extra_costs else SupplierOfNoPurchase
    if len(draft.extra_costs) > MAX_EXTRA_COSTS:
        raise TooManyExtraCosts(limit=MAX_EXTRA_COSTS, requested=len(draft.extra_costs))


def share_extra_costs(
    draft: OperationDraft, movements: list[MovementDraft], locked: LockedProducts
) -> list[MovementDraft]:
    """Return the movements of a delivery, of which those that came in have their shares in its extra costs.

    The shares are proportional to what the goods cost, or to their amounts if all cost 0. They are whole cents, or
    whole units of a currency without decimals, and add up to the extra costs. Goods without stock have none. Raise
    NothingToShare or ValueTooHigh.
    """
    products = {product.product_id: product for product in locked.products}
    came = [
        place
        for place, one in enumerate(movements)
        if one.movement_type == MovementType.IN and products[one.product_id].keeps_stock
    ]
    if not came:
        raise NothingToShare
    weights = [int(movements[place].value.scaleb(CENTS)) for place in came]
    if not any(weights):
        finest = max(movements[place].decimals for place in came)
        weights = [movements[place].quantity * 10 ** (finest - movements[place].decimals) for place in came]
    cents = int(sum((one.cost for one in draft.extra_costs), NOTHING).scaleb(CENTS))
    step = 1 if get_money_decimals(draft.by.shop_currency) or cents % 100 else 100
    return add_shares(movements, dict(zip(came, share(cents, weights, step), strict=True)), products)


def add_shares(
    movements: list[MovementDraft], shares: dict[int, int], products: dict[int, LockedProduct]
) -> list[MovementDraft]:
    """Return the movements with these shares, in cents, in their values. What goes out after them takes its part."""
    for one in movements:
        products[one.product_id].stock_value -= one.value if one.movement_type == MovementType.IN else -one.value
    shared = []
    for place, one in enumerate(movements):
        product, extra = products[one.product_id], Decimal(shares.get(place, 0)).scaleb(-CENTS)
        if one.movement_type == MovementType.IN:
            value = one.value + extra
            product.stock_value += value
        else:
            value = divide(product.stock_value, one.quantity, one.old_quantity)
            product.stock_value -= value
        if product.stock_value > MAX_VALUE:
            raise ValueTooHigh(product=product.product_id, limit=MAX_VALUE)
        shared.append(one._replace(value=value, extra_cost=extra))
    return shared


def keep_delivery(draft: OperationDraft, operation: Operation, movements: list[MovementDraft], ids: list[int]) -> None:
    """Write the extra costs of a delivery, the shares of its movements, and its supplier."""
    owner_id = draft.owner_id
    ExtraCost.objects.bulk_create(
        ExtraCost(owner_id=owner_id, operation=operation, **one._asdict()) for one in draft.extra_costs
    )
    ExtraShare.objects.bulk_create(
        ExtraShare(owner_id=owner_id, movement_id=pk, cost=one.extra_cost)
        for pk, one in zip(ids, movements, strict=True)
        if one.extra_cost
    )
    operation.extra_costs = [{"name": one.name, "amount": str(one.cost)} for one in draft.extra_costs]
    if draft.supplier:
        Delivery.objects.create(owner_id=owner_id, operation=operation, supplier=draft.supplier)
        operation.supplier_id, operation.supplier_name = draft.supplier.pk, draft.supplier.name
