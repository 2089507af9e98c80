"""Links in mails, by which suppliers read their orders without signing in, and ask for complete orders by mail."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from suppliers.models import Supplier
from trade.purchasing.models import Order
from users.access.roles import Right, may_act_for
from users.models import User

SALT = "purchasing.orders"
LIFETIME = timedelta(days=90)


def build_order_link(order: Order) -> str:
    """Return the address of the order's page for its supplier. It does not depend on a request's Host header."""
    token = signing.dumps([order.owner_id, order.pk, order.sent_at.timestamp()], salt=SALT)  # type: ignore[union-attr]  # a sent order's
    return settings.PUBLIC_URL + reverse("order-by-mail", args=[token])


def find_order(token: str) -> Order | None:
    """Return the order of a link. Return None if the link is not valid or has expired, or if the shop is closed.

    After a restore, the database may give the same id to another order, which was sent at another time.
    """
    try:
        owner_id, pk, sent_at = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    order: Order | None = Order.objects.filter(owner_id=owner_id, pk=pk).select_related("supplier").first()
    if order is None or order.sent_at is None or order.sent_at.timestamp() != sent_at:
        return None
    return order if User.objects.get(pk=owner_id).is_active_owner else None


def find_reply_address(order: Order) -> str:
    """Return the confirmed address of the user who has asked for the mail, or "" if it is not confirmed now.

    It is empty as well if this user may not send orders of the shop any more.
    """
    sender = order.mailed_by or order.owner.leader
    return sender.email if sender.email_confirmed and may_act_for(sender, order.owner_id, Right.MANAGE_ORDERS) else ""


def has_accepted(supplier: Supplier | None, address: str) -> bool:
    """Return whether the reader of the address has asked for complete orders of this shop by mail."""
    return supplier is not None and supplier.accepted_email == address


def accept_orders(order: Order) -> None:
    """Store that the reader of the link wants complete orders by mail, unless the supplier has another address now."""
    if order.supplier is not None:
        supplier = Supplier.objects.filter(owner_id=order.owner_id, pk=order.supplier.pk)
        supplier.filter(contact_email=order.mail_to).update(accepted_email=order.mail_to)
