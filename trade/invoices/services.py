"""Issue invoices of sales, and the credit notes of what comes back. Nothing changes or deletes one.

A transaction locks the products, then the sale, then the numbers of the shop, and gives the number at its end: so the
numbers have no gaps, and an invoice and a return of its sale see each other.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.model_fields import merge_metadata
from core.ownership import save_fields
from records.events.services import record
from stock.booking.drafts import NOTHING
from stock.models import Operation
from trade.customers.models import Customer
from trade.customers.services import hold_customer
from trade.invoices import sql
from trade.invoices.drafting import SUMS, draft_credited, draft_invoiced, write
from trade.invoices.errors import CustomerDiffers, Invoiced, InvoiceIncomplete
from trade.invoices.models import Invoice, InvoiceFile, InvoiceKind
from trade.invoices.proofs import ISSUED, KEPT, compute_digest, describe, describe_file
from trade.selling.hooks import AfterReturn, SaleHook
from trade.selling.payments.money import list_paid
from trade.selling.payments.services import hold_sale
from users.models import User

DAYS_AROUND, DAY = timedelta(days=366), timedelta(days=1)  # the most between a sale and its delivery
YEARS_TO_PAY = 5
OF_SHOP = ("street", "postcode", "city", "country", "currency")
OF_CUSTOMER = ("street", "postcode", "city", "country")
SELLER = ("legal_name", "vat_id", "tax_number", "registration", "street", "postcode", "city", "country")
BUYER = ("name", "legal_name", "vat_id", "street", "postcode", "city", "country")


def find_invoices(owner_id: int, sales: Collection[int]) -> dict[int, Invoice]:
    """Return the invoices of these sales, by the ids of the sales."""
    found = Invoice.objects.filter(owner_id=owner_id, operation_id__in=sales, kind=InvoiceKind.INVOICE)
    return {one.operation_id: one for one in found.defer("document")}


def refuse_invoiced(owner_id: int, operation_id: int) -> None:
    """Lock the sale that the operation is or returns. Raise Invoiced if it has an invoice."""
    sale_id = hold_sale(owner_id, operation_id)
    if invoice := find_invoices(owner_id, [sale_id]).get(sale_id):
        raise Invoiced(invoice={"id": invoice.pk, "number": invoice.name})


class InvoicedSales(SaleHook):
    """A sale that has an invoice is not undone, and each of its returns gets a credit note."""

    def before_return(self, by: User, sale: Operation) -> AfterReturn | None:
        """Lock the sale. If it has an invoice, return what issues the credit note of the return."""
        hold_sale(sale.owner_id, sale.pk)
        invoice = find_invoices(sale.owner_id, [sale.pk]).get(sale.pk)
        return partial(issue_credit_note, by, sale, invoice) if invoice else None

    before_undo = staticmethod(refuse_invoiced)


@atomic
def issue_invoice(
    *,
    by: User,
    sale: Operation,
    customer: Customer | None = None,
    due_on: date | None = None,
    delivered_on: date | None = None,
    dry_run: bool = False,
    **texts: str,
) -> Invoice:
    """Issue the invoice of a sale, and return it. With `dry_run`, return it without a number, and write nothing.

    `texts` may be a buyer_reference, a purchase_reference and a note. Days are those of the shop.

    Raise Invoiced, CustomerDiffers, InvoiceIncomplete, NothingToInvoice, RateMissing, or ValidationError for a day.
    """
    shop: Any = by.shop_owner
    named, sent = find_customer(sale), customer.pk if customer else None
    sold_on = by.shop_day(sale.occurred_at)
    if delivered_on and (abs(delivered_on - sold_on) > DAYS_AROUND or delivered_on - DAY > by.shop_today()):
        reason = gettext("Goods are delivered at most 366 days before or after their sale, and not after tomorrow.")
        raise ValidationError({"delivered_on": [reason]})
    buyer: Any = hold_customer(sale.owner_id, pk, may_be_archived=bool(named)) if (pk := named or sent) else None
    refuse_invoiced(sale.owner_id, sale.pk)
    if sent and sent not in (named, buyer.pk):
        raise CustomerDiffers(customer=buyer.pk)
    refuse_incomplete(shop, buyer)
    said = draft_invoiced(sale, by, shop)
    if not (named or dry_run):
        execute(sql.NAME_CUSTOMER, {"owner": sale.owner_id, "sale": sale.pk, "customer": buyer.pk})
    invoice = Invoice(
        owner_id=sale.owner_id, kind=InvoiceKind.INVOICE, operation=sale, customer=buyer,
        delivered_on=delivered_on or sold_on,
        document={
            "credits": None, "buyer_reference": texts.get("buyer_reference") or buyer.buyer_reference,
            "purchase_reference": texts.get("purchase_reference", ""), "note": texts.get("note", ""),
            "terms": shop.invoice_terms,
            "seller": {"name": shop.shop_name, **{name: getattr(shop, name) for name in SELLER}},
            "buyer": {name: getattr(buyer, name) for name in BUYER},
        },
    )  # fmt: skip
    number, today = (0, by.shop_today()) if dry_run else take_number(invoice, by)
    invoice.due_on = due_on or today + timedelta(days=shop.invoice_days)
    last = f"{today.year + YEARS_TO_PAY}{str(today)[4:]}"  # compared as a text: not each year has a February 29
    if not str(today) <= str(invoice.due_on) <= last:
        raise ValidationError({"due_on": [gettext("An invoice is due today or later, at most five years from now.")]})
    complete(invoice, said, number, today, list_paid(sale))
    return invoice if dry_run else write_invoice(invoice)


def find_customer(sale: Operation) -> int | None:
    """Return the id of the customer of the sale."""
    [[customer]] = fetch(sql.CUSTOMER_OF, {"owner": sale.owner_id, "sale": sale.pk})
    return None if customer is None else int(customer)


def refuse_incomplete(shop: User, customer: Customer | None) -> None:
    """Raise InvoiceIncomplete with what the shop and the customer lack."""
    missing = [f"shop.{name}" for name in OF_SHOP if not getattr(shop, name)]
    missing += [] if shop.shop_name or shop.legal_name else ["shop.name"]
    missing += [] if shop.vat_id or shop.tax_number else ["shop.vat_id"]
    missing += [f"customer.{name}" for name in OF_CUSTOMER if not getattr(customer, name)] if customer else ["customer"]
    if missing:
        raise InvoiceIncomplete(missing=missing)


def issue_credit_note(by: User, sale: Operation, invoice: Invoice, returned: Operation) -> Invoice:
    """Issue the credit note of a return that this transaction has just written, and return it. The sale is locked.

    Seller and buyer are those of the invoice, whatever has become of them.
    """
    shop: Any = by.shop_owner
    of_invoice = invoice.document
    said = draft_credited(sale, returned, of_invoice, shop)
    kept = {name: of_invoice[name] for name in ("buyer_reference", "purchase_reference", "seller", "buyer")}
    note = Invoice(
        owner_id=sale.owner_id, kind=InvoiceKind.CREDIT_NOTE, operation=returned, customer_id=invoice.customer_id,
        credits=invoice, delivered_on=by.shop_day(returned.occurred_at),
        document={
            "credits": {"number": invoice.name, "issued_on": invoice.issued_on.isoformat()}, "note": "", "terms": "",
            **kept,
        },
    )  # fmt: skip
    number, today = take_number(note, by)
    given_back = [(kind, -amount) for kind, amount in list_paid(sale, returned)]
    complete(note, said, number, today, given_back)
    return write_invoice(note)


def take_number(invoice: Invoice, by: User) -> tuple[int, date]:
    """Lock the numbers of the shop until the transaction ends, and return the next one of this year, and the day."""
    lock_account(invoice.owner_id, AccountLock.NUMBERS)
    today = by.shop_today()
    [[last]] = fetch(sql.LAST_NUMBER, {"owner": invoice.owner_id, "kind": str(invoice.kind), "year": today.year})
    return int(last) + 1, today


def complete(
    invoice: Invoice, said: dict[str, Any], number: int, today: date, payments: Sequence[tuple[str, Decimal]]
) -> None:
    """Set the number, the day and the amounts of an invoice, and what is printed of them."""
    invoice.year, invoice.number, invoice.issued_on, invoice.currency = today.year, number, today, said["currency"]
    invoice.net, invoice.tax, invoice.gross = (Decimal(said["totals"][name]) for name in SUMS)
    paid = sum((amount for _, amount in payments), NOTHING)
    invoice.document |= {
        "kind": str(invoice.kind),
        "number": invoice.name,
        "issued_on": today.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "delivered_on": invoice.delivered_on.isoformat(),
        **said,
        "totals": {**said["totals"], "paid": write(paid), "due": write(invoice.gross - paid)},
        "payments": [{"kind": kind, "amount": write(amount)} for kind, amount in payments],
    }


def write_invoice(invoice: Invoice) -> Invoice:
    """Insert the invoice with its event, and return it."""
    invoice.digest = compute_digest(invoice.document)
    [[invoice.created_at]] = fetch("SELECT clock_timestamp()")
    invoice.save()
    record(owner_id=invoice.owner_id, event_type=ISSUED[InvoiceKind(invoice.kind)], data=describe(invoice))
    return invoice


@atomic
def change_metadata(*, owner_id: int, pk: int, metadata: dict[str, str | None]) -> Invoice:
    """Change the metadata of an invoice, and return it. Raise Invoice.DoesNotExist or TooManyMetadataKeys."""
    invoice: Invoice = Invoice.objects.filter(owner_id=owner_id).get_locked(pk)
    save_fields(invoice, {"metadata": merge_metadata(invoice.metadata, metadata)})
    return invoice


@atomic
def keep_file(*, invoice: Invoice, file_format: str, content: bytes) -> bytes:
    """Keep the file of an invoice as it was first made, with an event of its digest, and return what is kept."""
    Invoice.objects.filter(owner_id=invoice.owner_id).get_locked(invoice.pk)
    kept = InvoiceFile.objects.filter(owner_id=invoice.owner_id, invoice_id=invoice.pk, format=file_format).first()
    if kept is None:
        [[now]] = fetch("SELECT clock_timestamp()")
        kept = InvoiceFile(
            owner_id=invoice.owner_id, invoice=invoice, format=file_format, content=content,
            digest=sha256(content).digest(), created_at=now,
        )  # fmt: skip
        kept.save()
        record(owner_id=invoice.owner_id, event_type=KEPT, data=describe_file(kept))
    return bytes(kept.content)
