"""Labels of names in all scripts: broken where a line needs it, between whole characters, and printed with a font."""

import re
from itertools import pairwise

import pytest

from testing.cast.people import make_product
from testing.reading.labels import read_svg, read_texts, read_zpl
from testing.tables import all_cases
from trade.labels.drawing.contents import measure, split_graphemes
from trade.labels.drawing.formats import NAME_SIZE, split_text

CHINESE = "特级明前龙井绿茶礼盒装春茶浓香型二百五十克罐装"
THAI = "น้ำปลาแท้ตราปลาทองขวดใหญ่สำหรับครัวและร้านอาหาร"
GERMAN = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"
FAMILY, FLAG, HINDI = "👩\u200d👩\u200d👧\u200d👦", "🇩🇪", "क्ष"
FONT = "E:TT0003M_.FNT"


def make(owner, name, sku="X-1"):
    return f"/api/products/{make_product(owner, name, sku=sku).pk}/label/"


@pytest.mark.whole
@all_cases("code", ["qr", "barcode"])
@all_cases("name", [CHINESE, THAI, GERMAN])
def test_a_name_without_spaces_has_several_lines(as_alice, alice, name, code):
    label = as_alice.get(make(alice, name), {"code": code}).text
    lines = read_texts(label)[:-2]
    assert len(lines) in (2, 3)
    assert name.startswith("".join(lines).rstrip("…"))
    assert len(read_svg(label)) == 1


@pytest.mark.whole
@all_cases(
    ("name", "lines"),
    [
        ("Kettle", ["Kettle"]),
        ("Green tea of the hills", ["Green tea", "of the", "hills"]),
        ("Tee ABCDEFGHIJKLMNOP", ["Tee", "ABCDEFGHIJ", "KLMNOP"]),
        ("Tea 特级明前龙井绿茶", ["Tea 特级明", "前龙井绿茶"]),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFGHIJ", ["ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ ABCDEFGHIJ"]),
    ],
)
def test_a_line_is_broken_at_spaces_or_else_anywhere(name, lines):
    assert split_text(name, 20, 10 * 11 + 1, 3) == lines


@all_cases("name", [f"{part * 40}" for part in (FAMILY, FLAG, HINDI, "e\u0323\u0301", "น้ำ", "เก", "각")])
def test_no_line_begins_within_a_character(name):
    part = name[: len(name) // 40]
    assert split_graphemes(name) == [part] * 40
    for width in range(20, 200, 7):
        for line in split_text(name, NAME_SIZE, width, 3):
            assert len(line) % len(part) == 0


def test_no_line_but_the_last_is_wider_than_the_label():
    for name in (CHINESE, THAI, GERMAN, f"{GERMAN} {CHINESE} {THAI}"):
        lines = split_text(name, NAME_SIZE, 230, 50)
        assert max(measure(line, NAME_SIZE) for line in lines) <= 230
        assert "".join(lines).replace(" ", "") == name.replace(" ", "")
        assert all(map(all, pairwise(lines)))


def test_a_printer_gets_no_letters_that_it_lacks(as_alice, alice):
    answer = as_alice.get(make(alice, "Žatec Οὖζο 茶 茶"), {"format": "zpl"})
    assert (answer.status_code, answer.json()["code"]) == (400, "label_letters_missing")
    assert answer.json()["letters"] == "Ο ὖ ζ ο 茶"
    assert answer.json()["detail"].startswith("Label printers lack letters of this label: Ο ὖ ζ ο 茶. Print it as SVG,")
    assert as_alice.get(make(alice, "Žatec Οὖζο", "X-2"), {"format": "svg"}).status_code == 200


def test_a_sheet_names_the_lines_with_such_letters(as_alice, alice):
    products = [make_product(alice, name, sku=name) for name in ("Tea", "茶", "Œuf & Łosoś, ½ “kg”")]
    body = {"lines": [{"product": product.pk} for product in products], "format": "zpl"}
    answer = as_alice.post("/api/labels/", body).json()
    assert [(line["line"], line["code"], line["letters"]) for line in answer["lines"]] == [
        (1, "label_letters_missing", "茶")
    ]
    for form in ("svg", "html"):
        assert as_alice.post("/api/labels/", body | {"format": form}).status_code == 200


def test_a_font_of_the_printer_prints_these_letters_only(as_alice, alice, settings):
    settings.ZPL_FONT = FONT
    label = as_alice.get(make(alice, "茶"), {"format": "zpl"}).text
    assert read_zpl(label)[1] == ["茶", "10.00", "X-1"]
    assert re.findall(r"\^A.N,[^^]*", label) == [f"^A@N,28,28,{FONT}", "^A0N,22,22", "^A0N,20,20"]
    assert "^PA0,1,1,1\n" in label
    assert "^PA" not in as_alice.get(make(alice, "Tea", "X-2"), {"format": "zpl"}).text
