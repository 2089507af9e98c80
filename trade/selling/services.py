"""Sell and take back: the only writer of sales and of returns.

The lines of a sale may name goods with parts. The ledger books lines of products, at the prices that are decided here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.postgres.base import array, execute, fetch
from core.database.transactions import atomic
from core.fields import OwnedRelatedField
from stock.booking import services as ledger
from stock.booking.drafting import draft_line, draft_movements, refuse_price
from stock.booking.drafts import BookingLine, LockedProduct, MovementDraft, OperationDraft, by_id
from stock.booking.holdings import LineErrors
from stock.booking.locks import BookedMovement, lock_products, read_movements, read_stock
from stock.booking.operations import choose_named, make_movements, write_operation
from stock.errors import DiscountRefused, NothingCreated
from stock.importing.history import undo_import
from stock.models import RETURNED_TYPES, Import, Movement, MovementType, Operation, OperationReason
from trade.customers.models import Buyer, Customer
from trade.customers.services import hold_customer
from trade.selling.drafts import ReturnLine
from trade.selling.errors import CustomerOfNoSale, NotASale, ReturnedBeforeSale, choose_error
from trade.selling.goods import names_goods, refuse_goods
from trade.selling.hooks import SALES
from trade.selling.money import share_discount
from trade.selling.named_goods import LockedGoods, find_entries, list_named, lock_goods, name_goods_then
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.services import give_back, pay_new, undo_payments
from trade.selling.prices import find_price, has_net_prices, is_limited, read_sale_prices
from trade.selling.returns import check_reversal, draft_returns, is_shared, keep_returned, list_scrapped
from trade.selling.sold import list_sold, read_returned
from trade.selling.sql import INSERT_RETURN, INSERT_RETURNED, KEEP_SOLD, KEEP_SOLD_LATE, WRITTEN_OFF
from users.models import User


def book(*, draft: OperationDraft, lines: list[BookingLine]) -> list[Movement]:
    """Book the lines of a request as one operation, or none, and return its movements. Raise the errors of sell()."""
    if has_fields_of_sales(draft) or list_named(draft, lines):
        return sell(draft=draft, lines=lines)
    return ledger.book(draft=draft, lines=lines)


def has_fields_of_sales(draft: OperationDraft) -> bool:
    """Return whether the operation is a sale, or has what only a sale can have, which is then refused."""
    return bool(
        draft.reason == OperationReason.SALE or draft.discount or any(draft.received.values()) or draft.customer
    )


@atomic
def sell(*, draft: OperationDraft, lines: list[BookingLine]) -> list[Movement]:
    """Sell the lines as one operation, or none, and return its movements. Of goods with parts, the parts go out.

    Raise InvalidLines with the errors of all lines, or an error of hold_buyer(), share_discount() or pay_new().
    """
    draft = hold_buyer(draft) if draft.customer else draft
    return sell_locked(draft, lock_goods(draft, lines))


def sell_locked(draft: OperationDraft, goods: LockedGoods) -> list[Movement]:
    """Sell goods that are locked, in a transaction of the caller."""
    find = partial(find_price, draft, goods.prices)
    movements = draft_movements(draft, goods.locked, goods.lines, goods.errors, find)
    return write_sale(draft, movements, goods.locked.list_moved(movements), goods)


@atomic
def book_one(*, draft: OperationDraft, line: BookingLine) -> Movement:
    """Book an operation of one line and return its movement. Raise the error of the line itself, not InvalidLines.

    If it is booked later, and its code was that of goods with parts then, it is refused as their id is. Raise also the
    errors of hold_buyer().
    """
    if draft.occurred_at and (kinds := list_named(draft, [line])):
        [line] = name_goods_then(draft, [line], kinds)
        refuse_goods(line.product)
    draft = hold_buyer(draft) if draft.customer else draft
    locked, sells = lock_products(draft.owner_id, [line.product], draft.occurred_at), has_fields_of_sales(draft)
    prices = read_sale_prices(draft, locked, [line]) if sells else None
    price = partial(find_price, draft, prices) if sells else refuse_price
    movements = draft_line(draft, locked, read_stock(draft, locked, [line]), line, price)
    goods = LockedGoods(locked, [line], (), LineErrors(), prices) if prices else None
    return choose_named(write_sale(draft, movements, locked.products, goods), line)


def hold_buyer(draft: OperationDraft) -> OperationDraft:
    """Lock the customer of a sale, and return the draft with its id.

    What a till has numbered is sold already, also to a customer who was archived meanwhile. Raise CustomerOfNoSale,
    CustomerArchived, or ValidationError if the shop has no such customer.
    """
    if draft.reason != OperationReason.SALE:
        raise CustomerOfNoSale
    is_numbered = draft.till is not None and draft.till == draft.by.numbered_till
    try:
        held = hold_customer(draft.owner_id, draft.customer or 0, may_be_archived=is_numbered)
    except Customer.DoesNotExist:
        names = {"row": gettext(str(Customer._meta.verbose_name)), "pk_value": draft.customer}
        unknown = str(OwnedRelatedField.default_error_messages["does_not_exist"])
        raise ValidationError({"customer": [unknown.format(**names)]}) from None
    return replace(draft, customer=held.pk, is_customer_archived=held.archived_at is not None)


def write_sale(
    draft: OperationDraft,
    movements: list[MovementDraft],
    products: list[LockedProduct],
    goods: LockedGoods | None = None,
) -> list[Movement]:
    """Write an operation. A sale has its discount, its rates of VAT, its payments, and the goods with parts.

    Of the `goods` that it has sold, it keeps what made their prices.
    """
    if draft.discount:
        movements = share_discount(draft.discount, movements, draft.by.shop_currency)
        if not draft.is_promised:
            check_discount(draft.by, draft.occurred_at)
    operation, ids = write_operation(draft, movements, products)
    if draft.reason == OperationReason.SALE:
        keep_sold(draft, movements, ids)
    if goods:
        goods.keep(operation)
    operation.customer_archived = draft.is_customer_archived
    if draft.customer or draft.received.get("later"):
        Buyer.objects.create(owner_id=draft.owner_id, operation=operation, customer_id=draft.customer)
    if any(draft.received.values()):
        operation.payments = pay_new(draft, operation)
    booked = make_movements(movements, operation, ids)
    if goods and goods.prices:
        goods.prices.keep(operation, booked)
    return booked


def check_discount(by: User, occurred_at: datetime | None = None) -> None:
    """Raise DiscountRefused if the user sells at list prices alone. An order has asked when it was written."""
    if is_limited(by, occurred_at):
        raise DiscountRefused


def keep_sold(draft: OperationDraft, movements: list[MovementDraft], ids: list[int]) -> None:
    """Write the rates and the discounts of a sale. Nothing is executed in a shop without rates, without a discount.

    A sale that is booked later has the rates that its products had when it happened, and is net as prices were then.
    A price that an order has kept is net as it was agreed.
    """
    shop = draft.by.shop_owner
    if not (draft.discount or (shop and shop.has_taxes)):
        return
    sold = [
        (pk, movement.product_id, movement.discount, movement.is_net)
        for pk, movement in zip(ids, movements, strict=True)
        if movement.movement_type == MovementType.OUT
    ]
    values = {
        "owner": draft.owner_id,
        "is_net": has_net_prices(draft.by),
        "movements": array(pk for pk, *_ in sold),
        "products": array(product for _, product, *_ in sold),
        "discounts": [discount for *_, discount, _ in sold],
        "nets": [is_net for *_, is_net in sold],
        "at": draft.occurred_at,
        "setting": "prices_include_tax",
    }
    execute(KEEP_SOLD_LATE if draft.occurred_at else KEEP_SOLD, values)


@atomic
def take_back(
    *,
    by: User,
    sale: Operation,
    lines: list[ReturnLine] | None = None,
    reference: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    expected_returns: int | None = None,
    payments: Sequence[PaymentDraft] = (),
) -> list[Movement]:
    """Book what comes back of a sale, by default all that is left, as one operation, and return its movements.

    Another operation writes off what is scrapped. The pieces bring back their part of the sale's value. `sale` may be a
    delivery: then the goods go back to the supplier, with their part of its value.
    `expected_returns` is the number of standing returns that the client expects. Raise NotASale, ReturnedBeforeSale,
    SaleReversed, ReturnedMeanwhile, LocationArchived or InvalidLines; without lines, the first error of a product.
    `payments` are what is given back: see give_back(), which may raise an error. Other apps take part by SaleHook.
    """
    booked = read_movements(sale.owner_id, [sale.pk])
    if not any(movement.movement_type == RETURNED_TYPES.get(sale.reason) for movement in booked):
        raise NotASale(operation=sale.pk)
    if occurred_at is not None and occurred_at < sale.occurred_at:
        raise choose_error(ReturnedBeforeSale, sale.reason)(operation=sale.pk)
    lines, errors = find_entries(sale, lines)
    named = [line.product for line in lines or [] if line.product and not names_goods(line.product)]
    products = [by_id(movement.product_id) for movement in booked]
    sold = list_sold(sale, booked, by)
    locked = lock_products(sale.owner_id, [*products, *named], occurred_at)
    afters = [hook.before_return(by, sale) for hook in SALES]
    read_returned(sale, sold, expected_returns)
    draft = OperationDraft(
        by=by,
        account_id=sale.owner_id,
        reason=OperationReason.RETURN,
        reference=reference,
        note=note,
        occurred_at=occurred_at,
    )
    movements, are_scrapped, taken = draft_returns(draft, locked, sale, sold, lines, errors)
    operation, ids = write_operation(draft, movements, locked.list_moved(movements))
    if not is_shared(by, sold, lines, taken):
        keep_returned(sale, taken, ids)
    operation.returns = sale.pk
    if scrapped := list_scrapped(movements, are_scrapped):
        operation.scrapped = ledger.write_off(replace(draft, occurred_at=operation.occurred_at), scrapped)[0].pk
    link = {"owner": sale.owner_id, "sale": sale.pk, "operation": operation.pk, "scrapped": operation.scrapped}
    execute(INSERT_RETURN, link)
    if payments:
        operation.payments = give_back(sale, operation, payments)
    for finish in filter(None, afters):
        finish(operation)
    return make_movements(movements, operation, ids)


def write_off(draft: OperationDraft, operation: Operation, damaged: list[BookedMovement]) -> None:
    """Write off what an operation has brought that is damaged, by another one, which is reversed together with it.

    The operation is a delivery, or has taken back goods without their sale. `damaged` has the damaged parts of its
    movements.
    """
    written, ids = ledger.write_off(replace(draft, occurred_at=operation.occurred_at), damaged)
    operation.scrapped = written.pk
    link = {"owner": operation.owner_id, "sale": operation.pk, "operation": written.pk, "scrapped": written.pk}
    execute(INSERT_RETURN, link)
    sources = [one.pk for one in damaged]
    execute(INSERT_RETURNED, {**link, "movements": ids, "sources": sources, "worths": [None] * len(ids)})


@atomic
def reverse_operation(*, by: User, operation: Operation, reference: str = "", note: str = "") -> Operation:
    """Book the opposite of every movement of the operation as a new operation, and return the new one.

    What was written off of the goods that it has brought is undone before it, or written off again after it. Both
    reversals have the same time. If this undoes a sale or a return, its payments are undone, too. Raise an error of
    book_reversal() or check_reversal().
    """
    undone_id, occurred_at, reversal = None, None, operation

    def check(reversed_operation: Operation) -> None:
        nonlocal undone_id
        undone_id = check_reversal(reversed_operation, by)

    for one in list_together(operation):
        booked = ledger.book_reversal(by, one, reference, note, check, occurred_at)
        occurred_at, reversal = booked.occurred_at, booked if one is operation else reversal
    reversal.payments = undo_payments(undone_id, reversal) if undone_id else []
    return reversal


def list_together(operation: Operation, *, locks: bool = True) -> list[Operation]:
    """Return the operations to reverse together, in their order: this one, and what was written off of its goods.

    If something was, lock the products of the operation first, so that nobody reverses one of the two meanwhile.
    """
    owner_id, values = operation.owner_id, {"owner": operation.owner_id, "operation": operation.pk}
    rows = fetch(WRITTEN_OFF, values)
    if rows and locks:
        lock_products(owner_id, [by_id(movement.product_id) for movement in read_movements(owner_id, [operation.pk])])
        rows = fetch(WRITTEN_OFF, values)
    for pk, is_first, is_together in rows:
        if is_together:
            other = Operation.objects.get(owner_id=owner_id, pk=pk)
            return [other, operation] if is_first else [operation, other]
    return [operation]


def undo_operation(
    *, by: User, operation: Operation, archive_created: bool = False, **remarks: Any
) -> tuple[Operation, dict[str, list[int]]]:
    """Reverse the operation. With `archive_created`, also archive what this import has created and nothing else uses.

    Return the reversal, and the ids of the archived rows by kind. Raise NothingCreated, or an error of
    reverse_operation().
    """
    if not archive_created:
        return reverse_operation(by=by, operation=operation, **remarks), {}
    row = Import.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk).first()
    if row is None:
        raise NothingCreated(operation=operation.pk)
    return undo_import(by=by, row=row, **remarks)
