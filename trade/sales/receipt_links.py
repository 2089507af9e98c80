"""Mail a link to the receipt of a sale, by which a customer reads it without signing in.

The mail has no text of the shop, because anybody can enter the address of a stranger: see ADR 23. The address is kept
nowhere.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from core.mail import require_mail, send_mail_later
from stock.models import Operation, OperationReason
from users.models import User
from users.sign_in import rate_limits

SALT = "sales.receipts"
LIFETIME = timedelta(days=90)
NOTICE = "receipt_notice"  # the template of the mail


def mail_receipt(*, shop: User, sale: Operation, to: str) -> None:
    """Mail the link after the current transaction. Raise MailOff, EmailNotConfirmed, or Throttled after many mails."""
    require_mail()
    owner: Any = shop.leader
    rate_limits.count_mail(owner=owner, to=to, is_known=False)
    context = {"link": build_receipt_link(sale), "owner_email": owner.email}
    send_mail_later(
        template=NOTICE,
        to=to,
        language=shop.shop_language,
        context=context,
        log_fields={"sale": sale.pk},
        headers={"Reply-To": owner.email},
    )


def build_receipt_link(sale: Operation) -> str:
    """Return the address of the receipt for the customer. It does not depend on a request's Host header."""
    token = signing.dumps([sale.owner_id, sale.pk, sale.created_at.timestamp()], salt=SALT)
    return settings.PUBLIC_URL + reverse("receipt-by-mail", args=[token])


def find_sale(token: str) -> Operation | None:
    """Return the sale of a link. Return None if the link is not valid or has expired, or if the shop is closed.

    After a restore, the database may give the same id to another sale, which was booked at another time.
    """
    try:
        owner_id, pk, booked_at = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    sales = Operation.objects.filter(owner_id=owner_id, pk=pk, reason=OperationReason.SALE).detailed()
    sale: Operation | None = sales.first()
    if sale is None or sale.created_at.timestamp() != booked_at:
        return None
    return sale if User.objects.get(pk=owner_id).is_active_owner else None
