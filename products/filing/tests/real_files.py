"""Files as people have them, and the messages about those that the import refuses."""

from products.filing.tests.spreadsheets import (
    build_archive,
    build_ods,
    build_ods_row,
    build_ods_text,
    build_ods_value,
    build_xlsx,
)

GERMAN = "Artikelnummer;Bezeichnung;Preis;Bestand;MHD\r\n0017;Käse, jung;1.234,50 €;12;31.12.2026\r\nT-2;Tee;3,2;1;\r\n"
US = (
    "SKU,Product Name,Unit Price,Qty,Expiry Date\r\n"
    '0017,"Cheese, young","$1,234.50",12,12/31/2026\r\nT-2,Tea,3.2,1,\r\n'
)
CHEESE, TEA = ("0017", "Käse, jung", "1234.50", 12, "2026-12-31"), ("T-2", "Tee", "3.20", 1, "None")
US_CHEESE, US_TEA = ("0017", "Cheese, young", *CHEESE[2:]), ("T-2", "Tea", *TEA[2:])
FRENCH = (
    "Référence;Désignation;Prix;Quantité;DLC\r\n"
    "0017;Käse, jung;1\u00a0234,50\u00a0€;12;31/12/2026\r\nT-2;Tee;3,20\u00a0€;1;\r\n"
)
WORKBOOK_TEXTS = ("sku", "name", "price", "quantity", "expiration_date", "0017", "Käse, jung", "T-2", "Tee")
EXCEL_ROWS = """<row r="1" spans="1:5" x14ac:dyDescent="0.25" xmlns:x14ac="x"><c r="A1" t="s"><v>0</v></c>
<c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>
<row r="2" spans="1:5"><c r="A2" t="s"><v>5</v></c><c r="B2" t="s"><v>6</v></c><c r="C2" s="2"><f>1000+234.5</f>
<v>1234.5</v></c><c r="D2"><v>12</v></c><c r="E2" s="1"><v>46387</v></c></row>
<row r="3" spans="1:5"><c r="A3" t="s"><v>7</v></c><c r="B3" t="s"><v>8</v></c><c r="C3" s="2">
<v>3.2000000000000002</v></c><c r="D3"><v>1</v></c></row>"""
# A new sheet of Google has a thousand rows and 26 columns, which it writes with their styles.
BLANK_CELLS = "".join(f'<c r="{letter}9" s="2"/>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
GOOGLE_ROWS = EXCEL_ROWS + "".join(
    f'<row r="{row}">{BLANK_CELLS.replace("9", str(row))}</row>' for row in range(4, 1001)
)  # fmt: skip
INLINE_ROWS = """<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>price</t>
</is></c><c r="C1" t="inlineStr"><is><t>sku</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>Tee</t></is>
</c><c r="B2" t="inlineStr"><is><t>3,20</t></is></c><c r="C2" s="3"><v>17</v></c></row>"""
ODS_HEADER = build_ods_row(*map(build_ods_text, WORKBOOK_TEXTS[:5]))
ODS = ODS_HEADER + build_ods_row(
    build_ods_text("0017"), build_ods_text("Käse, jung"), build_ods_value("currency", "1234.5", "1.234,50 €"),
    build_ods_value("float", "12", "12"), build_ods_value("date", "2026-12-31", "31.12.26"),
) + build_ods_row(
    build_ods_text("T-2"), build_ods_text("Tee"), build_ods_value("float", "3.2", "3,2"),
    build_ods_value("float", "1", "1"),
)  # fmt: skip

ACCEPTED = {
    "Excel, German, CSV": ("p.csv", GERMAN.encode("cp1252"), [CHEESE, TEA]),
    "Excel, German, CSV UTF-8": ("p.csv", GERMAN.encode("utf-8-sig"), [CHEESE, TEA]),
    "Excel, German, Unicode text": ("p.txt", GERMAN.replace(";", "\t").encode("utf-16"), [CHEESE, TEA]),
    "Excel, German, with sep=": ("p.csv", b"sep=;\r\n" + GERMAN.encode("cp1252"), [CHEESE, TEA]),
    "Excel, French, CSV": ("p.csv", FRENCH.encode("cp1252"), [CHEESE, TEA]),
    "Excel, French, CSV UTF-8, narrow spaces": (
        "p.csv", FRENCH.replace("\u00a0", "\u202f").encode("utf-8-sig"), [CHEESE, TEA],
    ),
    "Excel, US, CSV": ("p.csv", US.encode("cp1252"), [US_CHEESE, US_TEA]),
    "Excel, US, CSV of an old Mac": ("p.csv", US.replace("\r\n", "\r").encode(), [US_CHEESE, US_TEA]),
    "Excel, US, accounting format": (
        "p.csv", US.replace("$1,234.50", " $1,234.50 ").replace("3.2,1", " $3.20 ,1").encode(), [US_CHEESE, US_TEA],
    ),
    "Google Sheets, CSV": ("p.csv", US.removesuffix("\r\n").encode(), [US_CHEESE, US_TEA]),
    "LibreOffice, CSV, all texts in quotes": (
        "p.csv",
        b'"sku","name","price","quantity","expiration_date"\n'
        b'"0017","Cheese, young",1234.5,12,2026-12-31\n"T-2","Tea",3.2,1,\n',
        [US_CHEESE, US_TEA],
    ),
    "Numbers, German, CSV": ("p.csv", GERMAN.replace(" €", "\u00a0€").encode(), [CHEESE, TEA]),
    "Excel, a code kept by =": ("p.csv", GERMAN.replace("0017", '"=""0017"""').encode("cp1252"), [CHEESE, TEA]),
    "trailing blank columns and rows": (
        "p.csv", GERMAN.replace("\r\n", ";;\r\n").encode() + b";;;;;;\r\n;;;;;;\r\n", [CHEESE, TEA],
    ),
    "title above the header": (
        "p.csv",
        b"Preisliste 2026;;\r\n\r\nName;Preis;Menge\r\nTee;1,50;2\r\n",
        [("", "Tee", "1.50", 2, "None")],
    ),
    "Numbers, with the name of the table": (
        "p.csv", b"Table 1\nname;price\nTee;1,50\n", [("", "Tee", "1.50", 0, "None")],
    ),
    "header of two lines": (
        "p.csv",
        "Liste;;;\nWaren-;;Preis;\ngruppe;Artikel;in Euro;Bestand\nTee;Grüner;1,50;2\n".encode(),
        [("", "Grüner", "1.50", 2, "None")],
    ),
    "Excel, xlsx": ("p.xlsx", build_xlsx(EXCEL_ROWS, WORKBOOK_TEXTS), [CHEESE, TEA]),
    "Excel, xlsx with further sheets": (
        "p.xlsx", build_xlsx(EXCEL_ROWS, WORKBOOK_TEXTS, ("Tabelle1", "Tabelle2")), [CHEESE, TEA],
    ),
    "Google Sheets, xlsx": ("p.xlsx", build_xlsx(GOOGLE_ROWS, WORKBOOK_TEXTS), [CHEESE, TEA]),
    "a program's xlsx, texts in cells, padded code": (
        "p.xlsx", build_xlsx(INLINE_ROWS), [("00017", "Tee", "3.20", 0, "None")],
    ),
    "LibreOffice, ods": ("p.ods", build_ods(ODS), [CHEESE, TEA]),
}  # fmt: skip

ROUNDED = "A spreadsheet has rounded this code: format the column as text, then enter the whole code again."
READ_AS_DATE = "A spreadsheet has turned this into a date: format the column as text, then enter it again."
DATE_IN_NUMBER = "A spreadsheet has turned this into a date: format the cell as a number, then enter it again."
ERROR = "This is an error of a formula in the spreadsheet: correct the formula, or empty the cell."
TWO_NUMBERS = "This may be thousands or decimal places: enter it as 1234.50, without a sign for thousands."
TWO_DATES = "The day may be the first or the second number: enter the date as 2026-12-31."
PLACES = "This has more than 2 decimal places: round it."
NEGATIVE = "This is too low: enter 0 or more."
NUMBER = "This is not a number: enter it as 1234.50."
PERCENTAGE = "This is a percentage: enter the amount itself, as 1234.50."


def build_cells(*cells):
    """Return rows of a sheet: a header, and one row of these cells. Each cell is given as the XML after its place."""
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
    placed = "".join(f'<c r="{letter}2" {cell}</c>' for letter, cell in zip("ABC", cells, strict=False))
    return f'{header}<row r="2">{placed}</row>'


CELLS = ("sku", "name", "price", "Tee")
NAME, PRICE = 't="s"><v>3</v>', "><v>1</v>"
BAD_ROWS = {
    "Excel, German, rounded EAN": (
        "EAN;Bezeichnung;Preis\r\n4,01235E+12;Tee;1,50\r\n".encode("cp1252"), (2, "barcode", "4,01235E+12", ROUNDED),
    ),
    "Excel, US, rounded UPC": (b"UPC,Name,Price\r\n4.01235E+12,Tea,1.50\r\n", (2, "barcode", "4.01235E+12", ROUNDED)),
    "xlsx, code of 16 digits": (
        build_xlsx(build_cells("><v>1.2345678901234567E15</v>", NAME, PRICE), CELLS),
        (2, "sku", "1234567890123460", ROUNDED),
    ),
    "xlsx, code read as a date": (
        build_xlsx(build_cells('s="1"><v>46085</v>', NAME, PRICE), CELLS), (2, "sku", "2026-03-04", READ_AS_DATE),
    ),
    "xlsx, price read as a date": (
        build_xlsx(build_cells(NAME, NAME, 's="1"><v>46143</v>'), CELLS),
        (2, "price", "2026-05-01", DATE_IN_NUMBER),
    ),
    "xlsx, not a number": (
        build_xlsx(build_cells(NAME, NAME, "><v>1e999</v>"), CELLS), (2, "price", "inf", NUMBER),
    ),
    "xlsx, error of a formula": (
        build_xlsx(build_cells(PRICE, NAME, 't="e"><f>VLOOKUP(1,A:B,2)</f><v>#N/A</v>'), CELLS),
        (2, "price", "#N/A", ERROR),
    ),
    "ods, error of a formula": (
        build_ods(ODS_HEADER + build_ods_row(
            build_ods_text("T-1"), build_ods_text("Tee"), build_ods_text("#DIV/0!"), build_ods_value("float", "1", "1"),
        )),
        (2, "price", "#DIV/0!", ERROR),
    ),
    "Excel, German, error of a formula": (b"Name;Preis\r\nTee;#NV\r\n", (2, "price", "#NV", ERROR)),
    "thousands or decimals": (
        b"Name;Preis\r\nTee;1,234\r\nKaffee;1,5\r\nKakao;1.5\r\n", (2, "price", "1,234", TWO_NUMBERS)
    ),
    "day or month": (b"name,price,expires\r\nTea,1,01/02/2026\r\n", (2, "expiration_date", "01/02/2026", TWO_DATES)),
    "percentage": (b"name,price\r\nTea,19%\r\n", (2, "price", "19%", PERCENTAGE)),
    "negative price": (b"name,price\r\nTea,-1.50\r\n", (2, "price", "-1.50", NEGATIVE)),
    "negative in brackets": (b'name,price\r\nTea,"(1.50)"\r\n', (2, "price", "(1.50)", NUMBER)),
    "parts of a cent": (b"name,price\r\nTea,1.505\r\nPot,1.50\r\n", (2, "price", "1.505", PLACES)),
    "text in a number": (b"name,price\r\nTea,on request\r\n", (2, "price", "on request", NUMBER)),
}  # fmt: skip

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
REFUSED = {
    "old Excel": (OLE + b"Workbook", "It is an old Excel file (.xls): save it as .xlsx or as CSV."),
    "Excel with a password": (
        OLE + "EncryptedPackage".encode("utf-16-le"), "The workbook has a password: save it without one, or as CSV.",
    ),
    "LibreOffice with a password": (build_ods("", "<manifest:encryption-data/>"), "The workbook has a password"),
    "binary workbook": (build_archive({"xl/workbook.bin": ""}), "It is a binary workbook (.xlsb)"),
    "Numbers": (build_archive({"Index/Document.iwa": ""}), "It is a file of Numbers: export it as Excel or as CSV."),
    "Word": (build_archive({"word/document.xml": ""}), "It is a text document"),
    "another archive": (build_archive({"photo.jpg": ""}), "It can't be read as a workbook: it may be damaged."),
    "half a workbook": (build_xlsx(EXCEL_ROWS, WORKBOOK_TEXTS)[:900], "it may be damaged"),
    "a web page named .xls": (b"\r\n<html><table><tr><td>name</td></tr></table></html>", "It is a web page or XML"),
    "XML of Excel 2003": (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "It is a web page or XML"),
    "PDF": (b"%PDF-1.7\n", "It is a PDF: open the table it was made from"),
    "JSON": (b'[{"name": "Tea"}]', "It is JSON, not a table"),
    "no header": (b"Tee;1,50;2\r\nPot;2,50;3\r\n", "The first row looks like the others. Is it a product?"),
    "a value without a header": (
        b"name,,price\nTea,,1\nPot,A3,1\n",
        'Column 2 has no name in the header, but "A3" in line 3: name the column, or empty it.',
    ),
    "a summary in front, as Numbers exports it": (
        build_xlsx(
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', ("This document was exported from Numbers.",),
            ("Export Summary", "Products"),
        ),
        'Only the sheet "Export Summary" is read. Other sheets are ignored: Products.',
    ),
    "an empty sheet": (build_xlsx(""), "It needs a column that identifies the products: id, sku, external_id,"),
    "only a header": (b"name;price\r\n;\r\n", "It has no rows below the header: add at least one."),
}  # fmt: skip
