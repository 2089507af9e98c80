"""The digests of invoices, and what verification finds in them.

The event of each invoice has its digest, and a seal covers the row and the event. So a document that was changed, added
or deleted differs from its event, and an event that was changed differs from its seal.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from typing import Any

from records.events.models import Event, EventType
from trade.invoices.models import Invoice, InvoiceFile, InvoiceKind

ISSUED = {InvoiceKind.INVOICE: EventType("invoice.issued"), InvoiceKind.CREDIT_NOTE: EventType("credit_note.issued")}
COLUMNS = ("kind", "issued_on", "due_on", "delivered_on", "currency")
NAMED = ("kind", "year", "number", "credits", "operation", "digest")  # what the event of an invoice tells


def compute_digest(document: dict[str, Any]) -> bytes:
    """Return the SHA-256 of the document as JSON."""
    return sha256(json.dumps(document, sort_keys=True).encode()).digest()


def describe(invoice: Invoice) -> dict[str, Any]:
    """Return the data of the event of the invoice."""
    return {
        "invoice": invoice.pk, "number": invoice.name, "operation": invoice.operation_id,
        "digest": bytes(invoice.digest).hex(),
    }  # fmt: skip


def find_breaks(owner_id: int, limit: int) -> list[tuple[int, int, str]]:
    """Return what is wrong with the invoices of the account, as rows like those of stock.proofs.

    Rows and their events are added meanwhile. So each is compared with what is read after it.
    """
    rows = Invoice.objects.filter(owner_id=owner_id)
    invoices = list(rows.only(*NAMED).order_by("kind", "year", "number"))
    issued: Any = Event.objects.filter(owner_id=owner_id, type__in=ISSUED.values()).values_list("data", flat=True)
    events = {data["invoice"]: data for data in issued}
    missing = sorted({*events} - {*rows.values_list("pk", flat=True)})
    found = [*check_numbers(invoices), *check_documents(rows), *check_files(owner_id)]
    found += [
        f"invoice {invoice.name} is not that of its event"
        for invoice in invoices
        if events.get(invoice.pk) != describe(invoice)
    ]
    found += [f"invoice {events[pk]['number']} is missing" for pk in missing]
    return [(0, 0, what) for what in found[:limit]]


def check_numbers(invoices: list[Invoice]) -> Iterator[str]:
    """Yield the gaps in the numbers of each year."""
    for _, series in groupby(invoices, key=lambda one: (one.kind, one.year)):
        for number, invoice in enumerate(series, 1):
            if invoice.number != number:
                yield f"invoice {invoice.name} does not have the next number"
                break


def check_documents(rows: Any) -> Iterator[str]:
    """Yield the differences between the invoices and their documents, which are not all in memory at a time."""
    for invoice in rows.iterator(chunk_size=100):
        document = invoice.document
        says = {name: document.get(name) for name in COLUMNS} | document.get("totals", {})
        columns = {name: str(value) for name in (*COLUMNS, "net", "tax", "gross") if (value := getattr(invoice, name))}
        if compute_digest(document) != bytes(invoice.digest) or document.get("number") != invoice.name:
            yield f"invoice {invoice.name} was changed"
        elif any(says[name] != value for name, value in columns.items()):
            yield f"invoice {invoice.name} is not what it says"


def check_files(owner_id: int) -> Iterator[str]:
    """Yield the files that are not what was made."""
    for file in InvoiceFile.objects.filter(owner_id=owner_id).iterator(chunk_size=100):
        if sha256(bytes(file.content)).digest() != bytes(file.digest):
            yield f"the {file.format} of invoice {file.invoice_id} was changed"
