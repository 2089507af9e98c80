"""Errors of invoices."""

from core.errors import Conflict, DomainError


class InvoiceIncomplete(DomainError):
    code = "invoice_incomplete"
    detail = "The shop or the customer lacks something that an invoice needs."
    when = "the shop or the customer lacks something that every invoice has"
    also = "`missing`: such as `shop.street` or `customer.city`, or `customer` if the sale has none"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(missing=", ".join(missing))
        self.numbers = {"missing": missing}


class EInvoiceMissing(InvoiceIncomplete):
    code = "einvoice_missing"
    detail = "This file needs more: {missing}."
    when = "the shop or the customer lacks something that `format=xrechnung` needs besides what every invoice has"
    also = "`missing`: such as `shop.iban` or `customer.invoice_email`"


class RateMissing(DomainError):
    code = "rate_missing"
    detail = (
        "Some lines have no VAT, and nothing says why. Choose the category of the rate of 0 before the sale, or write"
        " the reason into the settings of the shop."
    )
    when = "a line of the sale has no rate of VAT without a reason, or a rate of 0 whose category was not chosen then"
    also = "`lines`: the movements, each with its product and name"


class NothingToInvoice(Conflict):
    code = "nothing_to_invoice"
    detail = "Nothing of this sale is left: it was undone, or everything came back."
    when = "the sale was undone, or everything came back before its invoice was issued"
    also = "`operation`"


class Invoiced(Conflict):
    code = "invoiced"
    detail = "This sale has an invoice. What comes back is booked as a return, which gets a credit note."
    when = "the sale has an invoice already, or it or a return of it can't be undone because it has one"
    also = "`invoice`: its id and number"


class CustomerDiffers(Conflict):
    code, is_outdated = "customer_differs", True
    detail = "The sale has another customer: leave the customer out."
    when = "an invoice names another customer than the sale has"
    also = "`customer`: that of the sale"
