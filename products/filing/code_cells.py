"""Read the cells of a file with barcodes and further codes, and note what was changed in them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext_lazy
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUOTED_LENGTH
from core.sentences import fill
from core.texts.barcodes import (
    DOUBTFUL,
    LOST_ZERO,
    MARKS,
    SEPARATED,
    SEVERAL,
    Barcode,
    MixedCodes,
    UsualWays,
    read_barcode,
    strip_marks,
)
from core.translation import gettext_noop as _
from products.codes.fields import CodesTextField
from products.codes.services import parse_codes

KEPT = "kept"  # a number that may be a barcode in a doubtful way
NOTES = {
    MARKS: _("Barcodes with marks that no scanner reads, read without them: {number}, for example {cell}."),
    SEPARATED: _("Barcodes with signs between their digits, read without them: {number}, for example {cell}."),
    LOST_ZERO: _("Barcodes that have lost the zero at their start, read with it: {number}, for example {cell}."),
    SEVERAL: _(
        "Cells with several barcodes: {number}, for example {cell}. The first one is the barcode of the product, and"
        " the others are further codes."
    ),
    KEPT: _("Barcodes that may be written wrongly, kept as they are: {number}, for example {cell}."),
}
MIXED_CODES = gettext_lazy(
    "This cell has several codes, and not all of them are barcodes: keep one, and put the others into a column codes."
)


class BarcodeCell(NamedTuple):
    """The code of a cell of barcodes, its text if the code differs from it, and the other codes in it, one per line."""

    code: str
    changed: str
    further: str


NO_BARCODE = BarcodeCell("", "", "")


class BarcodeReader:
    """Reads the barcodes of a file, and counts the barcodes that are changed by it.

    Call observe() for all cells before a cell with a doubtful number is read.
    """

    def __init__(self) -> None:
        self.usual_ways = defaultdict[str, UsualWays](UsualWays)  # by column
        self.counts, self.examples = Counter[str](), dict[str, str]()  # by way

    def observe(self, name: str, text: str) -> bool:
        """Record how the numbers in a cell are written. Return whether other cells decide how one of them is read."""
        texts = [text.strip()] if name == "barcode" else [code["code"] for code in parse_codes(text)]
        return sum(map(self.usual_ways[name].add, texts)) > 0

    def read_barcode(self, text: str) -> BarcodeCell:
        """Read a cell of barcodes. Raise ValidationError."""
        text = text.strip()
        barcode = self.judge(text, "barcode")
        further = CodesTextField().run_validation("\n".join(barcode.further)) if barcode.further else ""
        self.count(barcode.way, text)
        return BarcodeCell(barcode.code, text if barcode.code != text else "", further)

    def read_codes(self, text: str) -> str:
        """Return the codes of a cell of further codes, each in a line with its quantity. Raise ValidationError."""
        lines = []
        for code in parse_codes(text):
            barcode = self.judge(code["code"], "codes")
            self.count(barcode.way, code["code"])
            lines += [
                " = ".join([one, *filter(None, [code.get("quantity")])]) for one in (barcode.code, *barcode.further)
            ]
        return "\n".join(lines)

    def judge(self, text: str, name: str) -> Barcode:
        """Return the barcode of a text in this column. A number that is probably another code is returned unchanged."""
        try:
            barcode = read_barcode(text)
        except MixedCodes:
            raise ValidationError(MIXED_CODES) from None
        is_usual = barcode.way not in DOUBTFUL or barcode.way in self.usual_ways[name]
        signs = is_usual, barcode.is_right  # its column has barcodes that are written so, and its check digit is right
        if all(signs):
            return barcode
        bare = strip_marks(text)
        if any(signs):
            return Barcode(bare, KEPT)
        return Barcode(bare, MARKS if bare != text else "")

    def count(self, way: str, text: str) -> None:
        if way:
            self.counts[way] += 1
            self.examples.setdefault(way, text[:MAX_QUOTED_LENGTH])

    def list_notes(self, kept: Iterable[str] = ()) -> list[str]:
        """Return what the user should know about the barcodes. Texts in `kept` are not changed, so they don't count."""
        counts = self.counts - Counter(self.judge(text, "barcode").way for text in kept)
        return [fill(note, number=counts[way], cell=self.examples[way]) for way, note in NOTES.items() if counts[way]]
