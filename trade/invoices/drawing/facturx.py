"""A PDF for people with the XML for programs in it: Factur-X, which is PDF/A-3.

The libraries that write it take 10 MB, so they are imported with the first file.
"""

import logging
import re
from importlib import import_module
from io import BytesIO
from typing import Any

ISSUED = re.compile(rb'IssueDateTime>\s*<udt:DateTimeString format="102">(\d{4})(\d\d)(\d\d)')
# The instants at which the library has written, in PDF and in XMP.
WRITTEN = re.compile(rb"(?<=D\\072)\d{14}|(?<=Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
INTENT = (
    b"<</OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/DestOutputProfile %d 0 R>>]>>"
)
HEADER = b"%PDF-1.6"  # the library writes another version, which knows no files with a relationship
VERSION, DAY = b"\x04\x20\x00\x00", b"\x07\xd0\x00\x01\x00\x01" + bytes(6)

logging.getLogger("drafthorse").setLevel(logging.WARNING)  # it logs each file


def embed(pdf: bytes, xml: bytes) -> bytes:
    """Return the PDF with the XML of EN 16931 in it. It says that it was written on the day of issue."""
    drafthorse, pypdf = import_module("drafthorse.pdf"), import_module("pypdf")
    writer, file = pypdf.PdfWriter(clone_from=BytesIO(pdf)), BytesIO()
    add_profile(writer)
    writer.write(file)
    title, author = writer.metadata.title, writer.metadata.author
    shown = {"author": author, "title": title, "subject": title, "keywords": ""}
    language = writer.root_object["/Lang"]
    content = HEADER + drafthorse.attach_xml(file.getvalue(), xml, "EN 16931", shown, language)[len(HEADER) :]
    day = b"-".join(ISSUED.findall(xml)[0])
    written = {14: day.replace(b"-", b"") + b"000000", 19: day + b"T00:00:00"}
    return WRITTEN.sub(lambda found: written[len(found[0])], content)


def add_profile(writer: Any) -> None:
    """Add the colour profile to the PDF, which PDF/A requires."""
    kinds = import_module("pypdf.generic")
    profile = kinds.DecodedStreamObject()
    profile.set_data(make_profile())
    profile.update(kinds.read_object(BytesIO(b"<</N 3>>"), writer))
    number = writer._add_object(profile).idnum
    writer.root_object.update(kinds.read_object(BytesIO(INTENT % number), writer))


def make_profile() -> bytes:
    """Return the profile of sRGB in version 4.2, the latest that PDF/A-3 allows, with a fixed date."""
    colours = import_module("PIL.ImageCms")
    made: bytes = colours.ImageCmsProfile(colours.createProfile("sRGB")).tobytes()
    return made[:8] + VERSION + made[12:24] + DAY + made[36:]
