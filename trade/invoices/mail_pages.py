"""The link to the file of an invoice, which is mailed to the customer."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.errors import LinkEnded
from core.mail import require_mail, send_mail_later
from trade.invoices.files import file_response, get_file
from trade.invoices.models import Invoice
from users.models import User
from users.sign_in import rate_limits

SALT = "invoices.files"
LIFETIME = timedelta(days=90)
NOTICE = "invoice_notice"  # the template of the mail


def mail_invoice(*, shop: User, invoice: Invoice, file_format: str, to: str) -> None:
    """Make the file, and mail the link to it after the current transaction.

    Raise MailOff, EmailNotConfirmed, Throttled after many mails, EInvoiceMissing or LettersMissing.
    """
    require_mail()
    get_file(invoice, file_format, shop)
    owner: Any = shop.leader
    rate_limits.count_mail(owner=owner, to=to, is_known=False)
    token = signing.dumps([invoice.owner_id, invoice.pk, invoice.created_at.timestamp(), file_format], salt=SALT)
    link = settings.PUBLIC_URL + reverse("invoice-by-mail", args=[token])
    send_mail_later(
        template=NOTICE,
        to=to,
        language=shop.shop_language,
        context={"link": link, "owner_email": owner.email},
        log_fields={"invoice": invoice.pk},
        headers={"Reply-To": owner.email},
    )


@method_decorator(never_cache, name="dispatch")
class InvoiceByMail(View):
    """Sends the file to a customer. The link in a mail opens it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Return the file. Raise LinkEnded if the link is not valid or has expired, or if the shop is closed.

        After a restore, the database may give the same id to another invoice, which was issued at another time.
        """
        try:
            owner_id, pk, issued_at, file_format = signing.loads(token, salt=SALT, max_age=LIFETIME)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise LinkEnded from error
        invoice = Invoice.objects.filter(owner_id=owner_id, pk=pk).first()
        if invoice is None or invoice.created_at.timestamp() != issued_at:
            raise LinkEnded
        shop = User.objects.get(pk=owner_id)
        if not shop.is_active_owner:
            raise LinkEnded
        return file_response(invoice, file_format, shop)
