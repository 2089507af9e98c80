"""Mails sent orders to their suppliers: a worker's job, so that no request waits for a mail server."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core import mail
from purchasing.files import TEMPLATE, make_context
from purchasing.models import MAX_MAIL_ERROR_LENGTH, Order, OrderState
from purchasing.received import attach_lines
from users.models import User

MAX_ORDERS = 100  # of one run; the next run continues
LEASE = timedelta(minutes=5)  # in which no other worker tries the same order
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440))  # after each failed try but the last
MAX_TRIES = len(PAUSES) + 1


def send_due_orders() -> int:
    """Mail the orders that are due, one after another. Return the number of mails."""
    if not settings.MAIL_ON:
        return 0
    due = Order.objects.filter(mail_due_at__lte=timezone.now()).order_by("mail_due_at", "id")
    return sum(send_order_mail(owner_id, pk) for owner_id, pk in due.values_list("owner_id", "pk")[:MAX_ORDERS])


def send_order_mail(owner_id: int, pk: int) -> bool:
    """Mail the order, unless another worker does. Return whether the mail server has accepted it.

    The order is marked before the mail is sent. If a worker is killed between sending the mail and storing the result,
    the mail is sent twice.
    """
    row = Order.objects.filter(owner_id=owner_id, pk=pk)
    now = timezone.now()
    if not row.filter(mail_due_at__lte=now).update(mail_due_at=now + LEASE, mail_tries=F("mail_tries") + 1):
        return False
    [order] = attach_lines(list(row))
    error = send(order)
    # An order that was closed meanwhile is not tried again.
    (row.filter(state=OrderState.SENT) if error else row).update(**note_result(order, error))
    return not error


def send(order: Any) -> str:
    """Send the mail, which the supplier answers to the shop's owner. Return the reason if it was not accepted."""
    shop: Any = User.objects.get(pk=order.owner_id)
    return mail.deliver_mail(
        template=TEMPLATE,
        to=order.mail_to,
        context=make_context(order, shop),
        log_fields={"order": order.pk},
        headers={"Reply-To": shop.email} if shop.email else {},
    )


def note_result(order: Order, error: str) -> dict[str, Any]:
    """Return the columns that store the result: the time of the next try, or none after MAX_TRIES."""
    now = timezone.now()
    if not error:
        return {"mailed_at": now, "mail_due_at": None, "mail_error": ""}
    is_last = order.mail_tries >= MAX_TRIES
    next_try = None if is_last else now + PAUSES[order.mail_tries - 1]
    return {"mail_due_at": next_try, "mail_error": error[:MAX_MAIL_ERROR_LENGTH]}
