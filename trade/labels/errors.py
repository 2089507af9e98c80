"""The errors of scanned codes and labels."""

from rest_framework import status

from core.errors import DomainError
from stock.errors import InvalidLines


class CodeUnknown(DomainError):
    """No live product has the scanned code. `gs1` has its GS1 data, which can fill a form for a new product or lot."""

    status = status.HTTP_404_NOT_FOUND
    code = "code_unknown"
    detail = "No product has this code."
    when = "no product has a scanned code"
    also = "`gs1`: what it says by GS1, or null"


class NothingToEncode(DomainError):
    code = "label_without_code"
    detail = "This product has neither a barcode nor a SKU: give it one of them."
    when = "the product or the kit has neither a barcode nor a SKU"
    also = "`product`, or `kit`"


class CodeNeedsQR(DomainError):
    code = "label_needs_qr"
    detail = "Only ASCII characters fit into a barcode of lines, and this code has others: choose the QR code."
    when = "the code has characters other than ASCII: request a QR code"
    also = "`product`"


class LabelTooSmall(DomainError):
    code = "label_too_small"
    detail = "A scanner could not read this code on a label of this size: choose a larger one, or the QR code."
    when = (
        "the code or the lines do not fit on the label: [sizes](scanning.md#labels). The code must be large enough for"
        " a scanner"
    )
    also = "`product`"


class LabelTooSmallForQR(LabelTooSmall):
    detail = "A scanner could not read this QR code on a label of this size: choose a larger one."


class LabelTooFull(LabelTooSmall):
    detail = "A label of this size has no room for all lines: choose a larger one, or fewer lines."


class LettersMissing(DomainError):
    code = "label_letters_missing"
    detail = (
        "Label printers lack letters of this label: {letters}. Print it as SVG, or let the operator of the service name"
        " a font of the printer."
    )
    when = "the printer lacks letters of the label: request SVG. The operator has not set `ZPL_FONT`"
    also = "`product`, `letters`"


class NothingDrawn(InvalidLines):
    detail = "Nothing was drawn. Refused lines: {total}."
