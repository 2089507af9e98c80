"""Read the cells of a file with barcodes and further codes, and note what was changed in them."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

from django.utils.translation import gettext_lazy
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUOTED_LENGTH
from core.sentences import fill
from core.translation import gettext_noop as _
from products.codes.barcodes import (
    DOUBTFUL,
    LOST_ZERO,
    MARKS,
    SEPARATED,
    SEVERAL,
    Barcode,
    MixedCodes,
    find_usual_ways,
    read_barcode,
    strip_marks,
)
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


class BarcodeReader:
    """Reads the barcodes of a file, and counts those that are written in another way than that in which they are read.

    `read_column` returns the texts of a column by its name. They decide about numbers that are written in a doubtful
    way. `changed` is the text of the last barcode if it was changed, and `further` the other codes in its cell.
    """

    def __init__(self, read_column: Callable[[str], Iterable[str]]) -> None:
        self.read_column = read_column
        self.counts, self.examples = Counter[str](), dict[str, str]()  # by way
        self.changed = self.further = ""

    @cached_property
    def usual_ways(self) -> set[str]:
        return find_usual_ways(self.read_column("barcode"))

    @cached_property
    def usual_ways_of_codes(self) -> set[str]:
        return find_usual_ways(code["code"] for text in self.read_column("codes") for code in parse_codes(text))

    def read_barcode(self, text: str) -> str:
        """Return the code of a cell of barcodes. Raise ValidationError."""
        text = text.strip()
        barcode = self.judge(text, lambda: self.usual_ways)
        self.changed = text if barcode.code != text else ""
        self.further = CodesTextField().run_validation("\n".join(barcode.further)) if barcode.further else ""
        self.count(barcode.way, text)
        return barcode.code

    def read_codes(self, text: str) -> str:
        """Return the codes of a cell of further codes, each in a line with its quantity. Raise ValidationError."""
        lines = []
        for code in parse_codes(text):
            barcode = self.judge(code["code"], lambda: self.usual_ways_of_codes)
            self.count(barcode.way, code["code"])
            lines += [
                " = ".join([one, *filter(None, [code.get("quantity")])]) for one in (barcode.code, *barcode.further)
            ]
        return "\n".join(lines)

    def judge(self, text: str, find_ways: Callable[[], set[str]]) -> Barcode:
        """Return the barcode of a text. A number that is probably another code is returned as it is."""
        try:
            barcode = read_barcode(text)
        except MixedCodes:
            raise ValidationError(MIXED_CODES) from None
        is_usual = barcode.way not in DOUBTFUL or barcode.way in find_ways()
        if is_usual and barcode.is_right:
            return barcode
        bare = strip_marks(text)
        if is_usual or barcode.is_right:  # one of its check digit and its column is that of a barcode
            return Barcode(bare, KEPT)
        return Barcode(bare, MARKS if bare != text else "")

    def count(self, way: str, text: str) -> None:
        if way:
            self.counts[way] += 1
            self.examples.setdefault(way, text[:MAX_QUOTED_LENGTH])

    def forget(self, text: str) -> None:
        """Do not count a changed barcode any longer: its product has exactly this text."""
        self.counts[self.judge(text, lambda: self.usual_ways).way] -= 1

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about the barcodes."""
        return [
            fill(note, number=self.counts[way], cell=self.examples[way])
            for way, note in NOTES.items()
            if self.counts[way] > 0
        ]
