"""Mail sent orders to their suppliers. This is a job of the worker, so that no request waits for a mail server."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from core import mail
from core.due_work import Job, Waiting
from core.translation import gettext_noop
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.mail_pages import TEMPLATE, make_context
from trade.purchasing.models import MAX_MAIL_ERROR_LENGTH, Order, OrderState
from trade.purchasing.order_links import build_order_link, find_reply_address, has_accepted

NOTICE = "order_notice"  # the template for an address whose reader has not asked for complete orders
MAX_ORDERS = 100  # the limit of one run; the next run continues
LEASE = timedelta(minutes=5)  # during this time no other worker tries the same order
# The pauses after failed tries. There is none after the last try.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440))
MAX_TRIES = len(PAUSES) + 1


def send_due_orders() -> int:
    """Mail the orders that are due, in rounds with one order of each account. Return the number of mails.

    So an order waits for one order of each other account, however many of their orders are due.
    """
    if not settings.MAIL_ON:
        return 0
    sent = tried = 0
    while tried < MAX_ORDERS and (orders := find_round()[: MAX_ORDERS - tried]):
        sent += sum(send_order_mail(owner_id, pk) for _, pk, owner_id in orders)
        tried += len(orders)
    return sent


def find_round() -> list[tuple[datetime, int, int]]:
    """Return the time, the id and the account of each account's next due order, the longest due first."""
    due: Any = Order.objects.filter(mail_due_at__lte=timezone.now()).order_by("owner_id", "mail_due_at", "id")
    return sorted(due.distinct("owner_id").values_list("mail_due_at", "pk", "owner_id"))


def send_order_mail(owner_id: int, pk: int) -> bool:
    """Mail the order, unless another worker does. Return whether the mail server has accepted it.

    The order is marked before the mail is sent. If a worker is killed between sending the mail and storing the result,
    the mail is sent twice.
    """
    row = Order.objects.filter(owner_id=owner_id, pk=pk)
    now = timezone.now()
    if not row.filter(mail_due_at__lte=now).update(mail_due_at=now + LEASE, mail_tries=F("mail_tries") + 1):
        return False
    [order] = attach_order_lines(list(row))
    error = deliver_order_mail(order)
    row = row.filter(mail_to=order.mail_to)  # meanwhile an owner may have asked to mail it to another address
    # If the order was closed meanwhile, it is not tried again.
    (row.filter(state=OrderState.SENT) if error else row).update(**note_result(order, error))
    return not error


def deliver_order_mail(order: Any) -> str:
    """Send the mail, to be answered to who has asked for it. Return the reason if it was not accepted, or "".

    The mail is a link without any text of the shop, unless the supplier has asked for complete orders.
    """
    shop, sender_email = order.owner, find_reply_address(order)
    if not sender_email:
        return gettext_noop("Who sent it has no confirmed e-mail address, or may not send orders any more.")
    context = make_context(order, shop)
    # All tries have one id: if the server has accepted a mail but its answer was lost, the supplier sees it once.
    message_id = f"<order.{order.pk}.{order.updated_at.timestamp()}@{mail.find_domain()}>"
    is_known = has_accepted(order.supplier, order.mail_to)
    failure = mail.try_mail(
        template=TEMPLATE if is_known else NOTICE,
        to=order.mail_to,
        language=shop.shop_language,
        sign=shop.shop_decimal_sign,
        context=context if is_known else {**context, "link": build_order_link(order), "sender_email": sender_email},
        log_fields={"order": order.pk},
        headers={"Reply-To": sender_email, "Message-ID": message_id},
    )
    return str(failure or "")


def note_result(order: Order, error: str) -> dict[str, Any]:
    """Return the values of the columns that store the result. After MAX_TRIES there is no time of a next try."""
    now = timezone.now()
    if not error:
        return {"mailed_at": now, "mail_due_at": None, "mail_error": ""}
    next_try = None if order.mail_tries >= MAX_TRIES else now + PAUSES[order.mail_tries - 1]
    return {"mail_due_at": next_try, "mail_error": error[:MAX_MAIL_ERROR_LENGTH]}


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(send_due_orders)]


def measure_waiting() -> dict[str, Waiting]:
    return {"order_mails": Waiting.of(Order.objects.filter(mail_due_at__lte=Now()), "mail_due_at")}
