"""Barcodes in files are read in the form in which a scanner reads them, and other codes as they are."""

import re

import pytest

from core.texts.barcodes import (
    DOUBTFUL,
    LOST_ZERO,
    MARKS,
    PLAIN,
    SEPARATED,
    SEVERAL,
    Barcode,
    MixedCodes,
    UsualWays,
    read_barcode,
)
from testing.tables import all_cases

PEN, CASE, BOOK, UPC, SHORT = "4006381333931", "4006381333948", "9783161484100", "012345678905", "12345670"


@all_cases(
    ("cell", "barcode"),
    [
        ("'9009518582030", Barcode("9009518582030", MARKS)), ("\u20199009518582030", Barcode("9009518582030", MARKS)),
        ("4006381333931.0", Barcode(PEN, MARKS)), ("4006381333931,00", Barcode(PEN, MARKS)),
        ("'20517", Barcode("20517", MARKS)), ("20517.0", Barcode("20517", MARKS)),
        ("12345678905", Barcode(UPC, LOST_ZERO)), ("'12345678905", Barcode(UPC, LOST_ZERO)),
        ("12345678906", Barcode("012345678906", LOST_ZERO, is_right=False)),
        ("4 006381 333931", Barcode(PEN, SEPARATED)), ("978-3-16-148410-0", Barcode(BOOK, SEPARATED)),
        ("4\u00a0006381\u00a0333931", Barcode(PEN, SEPARATED)), ("4,006,381,333,931", Barcode(PEN, SEPARATED)),
        ("4.006.381.333.931", Barcode(PEN, SEPARATED)),
        ("978\u20113\u201116\u2011148410\u20110", Barcode(BOOK, SEPARATED)),
        ("4 006381 333932", Barcode("4006381333932", SEPARATED, is_right=False)),
        (f"{PEN}, {CASE}", Barcode(PEN, SEVERAL, (CASE,))), (f"{PEN}\n{CASE}", Barcode(PEN, SEVERAL, (CASE,))),
        (f"{PEN} / {CASE}", Barcode(PEN, SEVERAL, (CASE,))), (f"{PEN} {CASE}", Barcode(PEN, SEVERAL, (CASE,))),
        (f"'{PEN};{CASE}.0;978-3-16-148410-0;{PEN}", Barcode(PEN, SEVERAL, (CASE, BOOK))),
    ],
)  # fmt: skip
def test_reads_the_code_that_a_scanner_reads(cell, barcode):
    assert read_barcode(cell) == barcode
    assert not re.match(PLAIN, cell)


@all_cases(
    "cell",
    [
        "", PEN, UPC, SHORT, "4006381333932", "77", "007", "1234567", "A-1", "A 1", "T-'1", "'A12", "12-345", "1 2",
        "-9", "+1", "12.5", "4006381333931.5", "2.0", "https://id.gs1.org/01/04006381333931/10/A7",
        "(01)04006381333931(10)A7",
        f"{PEN}/L7", f"{PEN}/2", "12,345;6", "A,B", "a|b", "٤٠٠٦٣٨١٣٣٣٩٣١", "²²²²²²²²",
    ],
)  # fmt: skip
def test_other_codes_stay_as_they_are(cell):
    assert read_barcode(cell) == Barcode(cell)


@all_cases("cell", [f"{PEN}, A-1", f"{PEN}; 123", f"A-1|{PEN}", f"{PEN}\nA"])
def test_a_list_with_barcodes_and_other_codes_is_refused(cell):
    assert not re.match(PLAIN, cell)
    with pytest.raises(MixedCodes):
        read_barcode(cell)


@all_cases(
    ("cells", "ways"),
    [
        (["12345678905"], {LOST_ZERO}), (["12345678905", "12345678906"], set()),
        (["12345678905", "36000291452", "12345678906"], {LOST_ZERO}),
        (["978-3-16-148410-0", "4 006381 333931", "4 006381 333932"], {SEPARATED}),
        (["12-34-56-70", "12-34-56-71", "12345678905"], {LOST_ZERO}), ([f"{PEN}, A", PEN], set()),
    ],
)  # fmt: skip
def test_most_numbers_of_a_column_decide_about_doubtful_ones(cells, ways):
    usual = UsualWays()
    for cell in cells:
        usual.add(cell)
    assert {way for way in DOUBTFUL if way in usual} == ways
