"""The files of invoices: PDF, Factur-X and XRechnung. Each is kept as it was when it was first made."""

from collections.abc import Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import QuerySet
from django.http import HttpResponse

from core.files.papers import LettersMissing
from core.sentences import writing_numbers
from stock.errors import ReportTooLong
from trade.customers.models import Customer
from trade.invoices.drawing.cii import list_missing, write_cii
from trade.invoices.drawing.facturx import embed
from trade.invoices.drawing.paper import draw_invoice
from trade.invoices.errors import EInvoiceMissing
from trade.invoices.models import FileFormat, Invoice, InvoiceFile
from trade.invoices.services import keep_file
from users.models import User

MAX_INVOICES = 1_000  # the most invoices of an archive
INVOICES_AT_A_TIME = 100
PDF, XML = "application/pdf", "application/xml"
# The type of each format, and the end of the name of its files.
FORMS = {
    FileFormat.PDF.value: (PDF, ".pdf"),
    FileFormat.FACTURX.value: (PDF, "-facturx.pdf"),
    FileFormat.XRECHNUNG.value: (XML, ".xml"),
}
REFUSED = "not-written.txt"
OF_SHOP = ("invoice_email", "invoice_phone", "einvoice_address", "iban", "bic")


def get_file(invoice: Invoice, file_format: str, shop: User) -> bytes:
    """Return the file, which is made and kept if there is none yet. Raise EInvoiceMissing or LettersMissing."""
    kept = InvoiceFile.objects.filter(owner_id=invoice.owner_id, invoice_id=invoice.pk, format=file_format)
    content = kept.values_list("content", flat=True).first()
    if content is None:
        made = make_file(invoice, file_format, shop)
        content = keep_file(invoice=invoice, file_format=file_format, content=made)
    return bytes(content)


def make_file(invoice: Invoice, file_format: str, shop: User) -> bytes:
    document, details = invoice.document, read_details(invoice, shop)
    if missing := list_missing(file_format, document, details):
        raise EInvoiceMissing(missing=missing)
    if file_format == FileFormat.XRECHNUNG:
        return write_cii(document, details, file_format)
    with writing_numbers(shop.shop_decimal_sign):
        pdf = draw_invoice(document, shop.shop_language, details)
    return embed(pdf, write_cii(document, details, file_format)) if file_format == FileFormat.FACTURX else pdf


def read_details(invoice: Invoice, shop: User) -> dict[str, Any]:
    """Return what files have besides what was issued, as shop and customer have it now."""
    customer = find_buyer(invoice)
    email = customer.invoice_email and f"EM:{customer.invoice_email}"
    of_shop = {name: getattr(shop, name) for name in OF_SHOP}
    buyer = {"buyer_einvoice_address": customer.einvoice_address or email, "buyer_reference": customer.buyer_reference}
    return of_shop | buyer


def find_buyer(invoice: Invoice) -> Customer:
    customer: Customer = Customer.objects.get(owner_id=invoice.owner_id, pk=invoice.customer_id)
    return customer


def name_file(invoice: Invoice, file_format: str) -> str:
    return f"{invoice.name}{FORMS[file_format][1]}"


def file_response(invoice: Invoice, file_format: str, shop: User) -> HttpResponse:
    """Return the file as a download. Raise EInvoiceMissing or LettersMissing."""
    content = get_file(invoice, file_format, shop)
    disposition = {"Content-Disposition": f'attachment; filename="{name_file(invoice, file_format)}"'}
    return HttpResponse(content, content_type=FORMS[file_format][0], headers=disposition)


class Pieces(RawIOBase):
    """A buffer of what was written since the last take()."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.content += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self.content = bytes(self.content), bytearray()
        return taken


def write_archive(invoices: QuerySet, shop: User) -> Iterator[bytes]:
    """Yield a ZIP with the files of these invoices in pieces, the oldest first. Raise ReportTooLong before the first.

    Each has a PDF and an XRechnung, or a Factur-X if data for the XRechnung are missing. A text file names the files
    that can't be drawn.
    """
    ids = list(invoices.order_by("id").values_list("pk", flat=True)[: MAX_INVOICES + 1])
    if len(ids) > MAX_INVOICES:
        raise ReportTooLong(limit=MAX_INVOICES)
    pieces, refused = Pieces(), list[str]()
    with ZipFile(pieces, "w", ZIP_DEFLATED) as archive:
        for start in range(0, len(ids), INVOICES_AT_A_TIME):
            some = invoices.filter(pk__in=ids[start : start + INVOICES_AT_A_TIME])
            for invoice in some.select_related("credits").order_by("id"):
                add_files(archive, invoice, shop, refused)
                yield pieces.take()
        if refused:
            archive.writestr(ZipInfo(REFUSED), "\n".join(refused), ZIP_DEFLATED)
    yield pieces.take()


def add_files(archive: ZipFile, invoice: Invoice, shop: User, refused: list[str]) -> None:
    formats = [FileFormat.PDF, FileFormat.XRECHNUNG]
    while formats:
        file_format = formats.pop().value
        try:
            content = get_file(invoice, file_format, shop)
        except EInvoiceMissing:
            formats = [FileFormat.FACTURX]
        except LettersMissing as error:
            refused.append(f"{name_file(invoice, file_format)}: {error}")
        else:
            day = (invoice.issued_on.year, invoice.issued_on.month, invoice.issued_on.day, 0, 0, 0)
            archive.writestr(ZipInfo(name_file(invoice, file_format), day), content, ZIP_DEFLATED)
