"""Documents as PDF, such as orders and receipts."""

from importlib import import_module
from typing import Any


def begin_document(title: str, shop: Any) -> Any:
    """Return a Document of core.files.pdf in the active language. It begins with the shop and the title."""
    # The library of the module takes 9 MB and 0.2 s, and many processes never write a PDF.
    return import_module("core.files.pdf").Document(title, shop)
