"""What is known of documents without the library that writes them as PDF."""

from core.errors import DomainError

PAPERS = ("a4", "letter")
NOTE = "note"  # the style of a paragraph


class LettersMissing(DomainError):
    code = "letters_missing"
    detail = "A PDF file can't show these letters: {letters}. They are in: {text}"
    when = "the font of `format=pdf` lacks letters of the document. It lacks, for instance, Arabic and Chinese letters"
    also = "`letters`, at most ten, and `text`, the first one that has such a letter"
