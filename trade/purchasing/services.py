"""The services that change orders.

Each is one transaction: lock the order's row, then its products; read, check, write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from core.archiving import require_live
from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from core.mail import require_mail
from core.model_fields import merge_metadata
from core.ownership import accept, delete_rows, save_fields
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import ExtraCostDraft, LockedProducts, OperationDraft, by_id, divide
from stock.booking.locks import BookedMovement, lock_products, read_movements
from stock.booking.services import book
from stock.models import Movement, MovementType, Operation, OperationReason
from suppliers.models import Supplier
from trade.purchasing import errors, sql
from trade.purchasing.demand import SUGGESTION_FIELDS
from trade.purchasing.lines import (
    MAX_LINES,
    OrderedLine,
    ReceivedLine,
    check_ordered,
    choose_booked,
    list_outstanding,
    list_suggestions,
    read_given,
    read_offers,
    read_received,
)
from trade.purchasing.models import IS_UNMAILED, Order, OrderLine, OrderState, Receipt, follow_supplier
from trade.purchasing.order_links import has_accepted
from trade.selling.services import write_off
from users.hooks import CurrencyHook
from users.models import User
from users.sign_in import rate_limits

SUGGESTIONS_TIMEOUT_SECONDS = 60

# --- Drafts ---------------------------------------------------------------------------------------------


@atomic
def create_order(*, by: User, supplier: Supplier, lines: list[OrderedLine], **fields: Any) -> Order:
    """Create a draft with all lines, or nothing, and return it. Raise NothingOrdered.

    `fields` may have `expected_on`, `reference`, `external_id`, `metadata` and `note`.
    """
    fields["metadata"] = merge_metadata({}, fields.get("metadata", {}))
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
    supplier = require_live(supplier=supplier)["supplier"]
    ordered = check_ordered(owner_id, lines)
    order = Order.objects.create(
        owner_id=owner_id,
        supplier=supplier,
        supplier_name=supplier.name,
        made_by=by,
        made_by_username=by.history_name,
        **fields,
    )
    insert_lines(order, ordered, supplier.pk)
    return order


@atomic
def create_suggested_order(*, by: User, supplier: Supplier, **fields: Any) -> Order:
    """Create a draft with the suggestions for the supplier, and return it.

    If more than MAX_LINES products are suggested, it has those that run out first. `fields` are those of
    create_order(), and SUGGESTION_FIELDS for list_suggestions(). The lock prevents two such requests from ordering the
    same products twice. Nothing else waits for it. The timeout is that of the report. Raise NothingSuggested.
    """
    set_time_limit(SUGGESTIONS_TIMEOUT_SECONDS, reads=True)
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.SUGGESTIONS)
    asked = {name: fields.pop(name) for name in SUGGESTION_FIELDS if name in fields}
    lines = list_suggestions(by, supplier.pk, MAX_LINES, **asked)
    if not lines:
        raise errors.NothingSuggested(supplier=supplier.pk)
    return create_order(by=by, supplier=supplier, lines=lines, **fields)


@atomic
def change_order(
    *,
    by: User,
    pk: int,
    lines: list[OrderedLine] | None = None,
    expected_updated_at: datetime | None = None,
    check: Callable[[Order], None] = accept,
    **fields: Any,
) -> Order:
    """Set the given fields of a draft, and return it. If lines are given, they replace its lines.

    Otherwise, a new supplier gives the lines its own costs, where they have those of the former one.
    `metadata` is merged. If it is all that is given, the order may have any state.
    `check` gets the locked order before any change, and refuses the change by an exception. Raise DoesNotExist,
    OrderChanged, OrderNotDraft or NothingOrdered.
    """
    owner_id: Any = by.account_id
    if "supplier" in fields:
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
        fields |= require_live(supplier=fields["supplier"])
        fields["supplier_name"] = fields["supplier"].name
    is_metadata = lines is None and fields.keys() == {"metadata"}
    lock = lock_order if is_metadata else lock_draft
    order = lock(by, pk, check, expected_updated_at)
    if "metadata" in fields:
        fields["metadata"] = merge_metadata(order.metadata, fields["metadata"])
    former_id = order.any_supplier_id
    supplier_id = fields["supplier"].pk if "supplier" in fields else former_id
    if lines is not None:
        ordered = check_ordered(owner_id, lines)
        delete_lines(order)
        insert_lines(order, ordered, supplier_id)
    elif supplier_id != former_id:
        follow_supplier(owner_id, [pk], former_id, supplier_id)
    save_fields(order, fields)
    return order


@atomic
def delete_order(*, by: User, pk: int, check: Callable[[Order], None] = accept) -> None:
    """Delete a draft with its lines. `check` is as in change_order(). Raise DoesNotExist or OrderNotDraft."""
    order = lock_draft(by, pk, check)
    delete_lines(order)
    delete_rows(Order, order.owner_id, [order])


# --- Sent orders ----------------------------------------------------------------------------------------


@atomic
def send_order(
    *,
    by: User,
    pk: int,
    expected_on: date | None = None,
    mail: bool = False,
    expected_updated_at: datetime | None = None,
    check: Callable[[Order], None] = accept,
) -> Order:
    """Mark a draft as sent, and return it. With `mail`, the worker mails it to the supplier's address.

    The order keeps the present names and units of its products. It is expected on the given day, else on the day of the
    draft, else after the lead time of what takes longest. `check` is as in change_order(). Raise DoesNotExist,
    OrderChanged, OrderNotDraft, OrderedArchived, MailOff, EmailNotConfirmed, SupplierWithoutAddress, or Throttled after
    too many mails.
    """
    order = lock_draft(by, pk, check, expected_updated_at)
    lines = OrderLine.objects.filter(owner_id=order.owner_id, order_id=pk, product__archived_at__isnull=False)
    if archived := lines.select_related("product").order_by("id").first():
        raise errors.OrderedArchived(archived.product)
    fields: dict[str, Any] = {"state": OrderState.SENT, "sent_at": timezone.now()}
    if mail:
        fields |= plan_mail(by, order)
    of_order = {"owner": order.owner_id, "order": pk, "supplier": order.any_supplier_id}
    expected_on = expected_on or order.expected_on
    if expected_on is None and order.supplier_id:
        supplier = Supplier.objects.for_user(by).get(pk=order.supplier_id)
        [(days,)] = fetch(sql.DAYS_OF_ORDER, {**of_order, "lead_days": supplier.lead_days})
        expected_on = by.shop_today() + timedelta(days=days)
    fields["expected_on"] = expected_on
    save_fields(order, fields)
    execute(sql.KEEP_SAID, of_order)
    record_order_event(order, EventType.ORDER_SENT)
    return order


def list_unmailed(owner: Any) -> Any:
    """Return the sent orders of the shop whose mails have failed."""
    return Order.objects.filter(IS_UNMAILED, owner=owner)


class CurrencyOfOrders(CurrencyHook):
    def is_fixed(self, owner_id: int, *, lock: bool) -> bool:
        """Return whether the shop has sent an order. With `lock`, none of its drafts is sent meanwhile."""
        orders = Order.objects.filter(owner_id=owner_id)
        if lock:
            list(orders.filter(state=OrderState.DRAFT).order_by("id").select_for_update(no_key=True).values_list("pk"))
        return orders.exclude(state=OrderState.DRAFT).exists()


@atomic
def mail_order(*, by: User, pk: int) -> Order:
    """Let the worker mail a sent order to the supplier's present address, even if it was mailed before. Return it.

    Raise DoesNotExist, OrderNotSent, OrderClosed, and what plan_mail() raises.
    """
    order = lock_sent(by, pk)
    save_fields(order, plan_mail(by, order))
    return order


@atomic
def receive(
    *,
    by: User,
    pk: int,
    lines: list[ReceivedLine] | None = None,
    reference: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    expected_deliveries: int | None = None,
    extra_costs: Sequence[ExtraCostDraft] = (),
) -> list[Movement]:
    """Book a delivery as one operation, and return its movements. Another operation writes off what is damaged.

    By default, all outstanding quantities have arrived. More than was ordered is booked, too. Reference and note are by
    default those of the order. `expected_deliveries` is the number of earlier deliveries that the client expects. Raise
    DoesNotExist, OrderNotSent, OrderClosed, OrderReceivedMeanwhile, NothingOutstanding, InvalidLines, or an error of
    share_extra_costs().
    """
    owner_id: Any = by.account_id
    order = lock_sent(by, pk)
    if expected_deliveries is not None:
        actual = Receipt.objects.filter(owner_id=owner_id, order_id=pk).count()
        if actual != expected_deliveries:
            raise errors.OrderReceivedMeanwhile(order=pk, actual=actual, expected=expected_deliveries)
    rows = OrderLine.objects.filter(owner_id=owner_id, order_id=pk).order_by("id")
    ordered = {row.product_id: row for row in rows}
    # The reversal of a delivery locks only products, so the received quantities are read under their locks.
    locked = lock_products(owner_id, [*map(by_id, ordered), *(line.product for line in lines or [])], occurred_at)
    has_costs = any(row.cost is not None for row in rows)
    received = read_received(owner_id, [pk]) if lines is None or has_costs else {}
    given = read_given(owner_id, pk) if has_costs else {}
    if lines is None:
        lines = list_outstanding(order, ordered, received)
        if not lines:
            raise errors.NothingOutstanding(order=pk)
    booked, refused = choose_booked(locked, lines, ordered, pk, received, given)
    draft = OperationDraft(
        by=by,
        reason=OperationReason.PURCHASE,
        reference=reference or order.reference,
        note=note or order.note,
        occurred_at=occurred_at,
        extra_costs=extra_costs,
    )
    movements = book(draft=draft, lines=booked, locked=locked, errors=refused)
    operation = movements[0].operation
    Receipt.objects.create(owner_id=owner_id, order_id=pk, operation=operation)
    quantity = sum(movement.quantity for movement in movements if movement.movement_type == MovementType.IN)
    record_order_event(order, EventType.ORDER_RECEIVED, operation=operation.pk, quantity=quantity)
    if any(line.damaged for line in lines):
        write_off(draft, operation, list_damaged(operation, lines, locked))
    return movements


def list_damaged(delivery: Operation, lines: list[ReceivedLine], locked: LockedProducts) -> list[BookedMovement]:
    """Return the damaged parts of the movements of a delivery, where they were put, with their parts of the values."""
    booked = read_movements(delivery.owner_id, [delivery.pk])[::-1]
    came = [one for one in booked if one.movement_type == MovementType.IN]
    damaged = []
    for line, one in zip(lines, came, strict=True):
        if line.damaged:
            quantity = locked.get_live(line.product).count_units(line.damaged)
            portions = [portion._replace(quantity=quantity) for portion in one.portions]
            value = divide(one.value, quantity, one.quantity)
            damaged.append(replace(one, quantity=quantity, value=value, portions=portions))
    return damaged


@atomic
def close_order(*, by: User, pk: int) -> Order:
    """Close a sent order, because the rest will not arrive, and return it. It is no longer mailed.

    Raise DoesNotExist, OrderNotSent or OrderClosed.
    """
    order = lock_sent(by, pk)
    save_fields(order, {"state": OrderState.CLOSED, "closed_at": timezone.now(), "mail_due_at": None})
    record_order_event(order, EventType.ORDER_CLOSED)
    return order


# --- Steps ----------------------------------------------------------------------------------------------


def lock_order(by: User, pk: int, check: Callable[[Order], None] = accept, updated_at: datetime | None = None) -> Order:
    """Lock the order and return it. Raise DoesNotExist, the exception of `check`, or OrderChanged.

    `updated_at` is that of the order which the client has read, or None if it does not say.
    """
    order: Order = Order.objects.for_user(by).get_locked(pk)
    check(order)
    if updated_at not in (None, order.updated_at):
        raise errors.OrderChanged(order=pk, updated_at=order.updated_at)
    return order


def lock_draft(by: User, pk: int, check: Callable[[Order], None] = accept, updated_at: datetime | None = None) -> Order:
    """Lock the order and return it. Raise OrderNotDraft, or the exceptions of lock_order()."""
    order = lock_order(by, pk, check, updated_at)
    if order.state != OrderState.DRAFT:
        raise errors.OrderNotDraft(order=pk, state=order.state)
    return order


def lock_sent(by: User, pk: int) -> Order:
    """Lock the order and return it. Raise DoesNotExist, OrderNotSent or OrderClosed."""
    order: Order = Order.objects.for_user(by).get_locked(pk)
    if order.state == OrderState.DRAFT:
        raise errors.OrderNotSent(order=pk)
    if order.state == OrderState.CLOSED:
        raise errors.OrderClosed(order=pk)
    return order


def insert_lines(order: Order, ordered: Mapping[int, OrderedLine], supplier_id: int | None) -> None:
    """Insert the lines of an order, given by product. The default of `unit_cost` is what the supplier asks for."""
    without_cost = [(pk, supplier_id) for pk, line in ordered.items() if line.unit_cost is None and line.cost is None]
    costs = {pk: terms.cost_price for (pk, _), terms in read_offers(order.owner_id, without_cost).items()}
    OrderLine.objects.bulk_create(
        OrderLine(
            owner_id=order.owner_id,
            order=order,
            product_id=product_id,
            quantity=int(line.quantity),
            unit_cost=costs.get(product_id, line.unit_cost),
            cost=line.cost,
        )
        for product_id, line in ordered.items()
    )


def delete_lines(order: Order) -> None:
    OrderLine.objects.filter(owner_id=order.owner_id, order_id=order.pk).delete()


def plan_mail(by: User, order: Order) -> dict[str, Any]:
    """Count a mail of the order to its supplier, and return the values with which the worker sends it.

    Raise MailOff, EmailNotConfirmed, SupplierWithoutAddress, or Throttled after too many mails.
    """
    require_mail()
    supplier = Supplier.objects.for_user(by).get(pk=order.supplier_id) if order.supplier_id else None
    address = supplier.contact_email if supplier else ""
    if not address:
        raise errors.SupplierWithoutAddress(order=order.pk)
    rate_limits.count_mail(owner=by, to=address, is_known=has_accepted(supplier, address))
    untried = {"mail_tries": 0, "mail_error": "", "mailed_at": None}
    return {"mail_to": address, "mailed_by": by, "mail_due_at": timezone.now(), **untried}


def record_order_event(order: Order, event_type: str, **numbers: int) -> None:
    record(owner_id=order.owner_id, event_type=event_type, data={"order": order.pk, **numbers})
