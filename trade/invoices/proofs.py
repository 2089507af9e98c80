"""The digests of invoices and of their files, and what verification finds in them.

The event of each invoice has its digest, and a seal covers the row and the event. So a document that was changed, added
or deleted differs from its event, and an event that was changed differs from its seal. So it is with the events of the
files. A file that release 1.5.0 has kept has none.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from typing import Any

from core.database.replicas import read
from records.events.models import EventType
from trade.invoices import sql
from trade.invoices.models import Invoice, InvoiceFile, InvoiceKind

ISSUED = {InvoiceKind.INVOICE: EventType("invoice.issued"), InvoiceKind.CREDIT_NOTE: EventType("credit_note.issued")}
KEPT = EventType("invoice_file.kept")
COLUMNS = ("kind", "issued_on", "due_on", "delivered_on", "currency")
INVOICES_AT_A_TIME = 1_000  # One statement reads the sales of these.


def compute_digest(document: dict[str, Any]) -> bytes:
    """Return the SHA-256 of the document as JSON."""
    return sha256(json.dumps(document, sort_keys=True).encode()).digest()


def describe(invoice: Invoice) -> dict[str, Any]:
    """Return the data of the event of the invoice."""
    return {
        "invoice": invoice.pk, "number": invoice.name, "operation": invoice.operation_id,
        "digest": bytes(invoice.digest).hex(),
    }  # fmt: skip


def describe_file(file: InvoiceFile) -> dict[str, Any]:
    """Return the data of the event of the file."""
    return {"invoice": file.invoice_id, "format": str(file.format), "digest": bytes(file.digest).hex()}


def find_breaks(owner_id: int, limit: int) -> list[tuple[int, int, str]]:
    """Return what is wrong with the invoices of the account, as rows like those of stock.proofs.

    A statement compares all rows with their events. Few documents, files and sales are in memory at a time.
    """
    found = chain(
        check_documents(Invoice.objects.filter(owner_id=owner_id)),
        check_files(owner_id),
        (what for [what] in read(sql.BREAKS, {"owner": owner_id, "limit": limit})),
        check_sales(owner_id, limit),
    )
    return [(0, 0, what) for what in islice(found, limit)]


def check_sales(owner_id: int, limit: int) -> Iterator[str]:
    """Yield the differences between invoices and credit notes and what was sold and came back."""
    last: int | None = 0
    while last is not None:
        values = {"owner": owner_id, "after": last, "number": INVOICES_AT_A_TIME, "limit": limit}
        [(last, found)] = read(sql.SALES, values)
        yield from found


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
