"""What an import of a shop accepts in rows of invoices."""

from typing import Any

from core.json_forms import is_text
from trade.invoices.proofs import compute_digest


def is_document(document: Any) -> bool:
    """Return whether this can be what an invoice says. Its digest shows whether it is what was issued."""
    return isinstance(document, dict) and is_text(document.get("number")) and bool(compute_digest(document))


JSON_RULES = {"invoices_invoice.document": is_document}
