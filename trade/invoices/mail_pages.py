"""The link to the file of an invoice, which is mailed to the customer."""

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.mail import require_mail
from trade.invoices.files import file_response, get_file
from trade.invoices.models import Invoice
from users.models import User
from web.mailed_links import MailedLink

LINK = MailedLink("invoice", "invoices.files", "invoice-by-mail", "invoice_notice")


def mail_invoice(*, shop: User, invoice: Invoice, file_format: str, to: str) -> None:
    """Make the file, and mail the link to it after the current transaction.

    Raise EInvoiceMissing, LettersMissing or an error of MailedLink.send().
    """
    require_mail()
    get_file(invoice, file_format, shop)
    LINK.send(shop, invoice, to, file_format)


@method_decorator(never_cache, name="dispatch")
class InvoiceByMail(View):
    """Sends the file to a customer. The link in a mail opens it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Return the file. Raise LinkEnded."""
        invoice, shop, (file_format,) = LINK.open(token, Invoice.objects.all())
        return file_response(invoice, file_format, shop)
