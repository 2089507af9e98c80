"""Documents as PDF, such as orders and receipts."""

from importlib import import_module
from typing import Any

from core.errors import DomainError

PAPERS = ("a4", "letter")
NOTE = "note"  # the style of a paragraph


class LettersMissing(DomainError):
    code = "letters_missing"
    detail = "A PDF file can't show these letters: {letters}. They are in: {text}"
    when = "the font of `format=pdf` lacks letters of the document. It lacks, for instance, Arabic and Chinese letters"
    also = "`letters`, at most ten, and `text`, the first one that has such a letter"


def begin_document(title: str, shop: Any) -> Any:
    """Return a Document of core.files.pdf in the active language. It begins with the shop and the title."""
    # The library of the module takes 9 MB and 0.2 s, and many processes never write a PDF.
    return import_module("core.files.pdf").Document(title, shop)
