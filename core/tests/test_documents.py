"""PDF files: their pages, tables and letters."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from core.files.papers import NOTE, LettersMissing
from core.files.pdf import WIDTH, Document, fit
from testing.reading.pdf import read_pages
from testing.tables import all_cases

TITLES = ("Product", "SKU", "Price")


def start(title="Order 7", name="Tea & <Kettles>", address="Mill Lane 3\nOxford", number="GB 1"):
    return Document(title, SimpleNamespace(shop_name=name, shop_address=address, tax_number=number))


def make_long():
    document = start()
    rows = [(f"Tea {number}", f"T-{number}", f"{number}.00") for number in range(100)]
    document.put_table(TITLES, rows, [("Sum", "1.00"), ("Total", "4,950.00 EUR")], texts=2)
    return document


@pytest.mark.quick
def test_each_page_has_the_header_and_its_number():
    first, *others = pages = read_pages(make_long().finish("a4"))
    assert first.startswith(
        "Tea & <Kettles> Mill Lane 3 Oxford Tax number: GB 1 Order 7 Product SKU Price Tea 0 T-0 0.00"
    )
    assert all(page.startswith("Product SKU Price Tea ") for page in others)
    assert [page[-13:] for page in pages] == [f"Order 7 {n} / {len(pages)}" for n in range(1, len(pages) + 1)]
    assert len(pages) == 3
    assert " Tea 99 T-99 99.00 Sum 1.00 Total 4,950.00 EUR " in pages[-1]
    assert all(" ".join(pages).count(f" T-{number} ") == 1 for number in range(100))


@all_cases(("paper", "size"), [("a4", (595, 841)), ("letter", (612, 792))])
def test_all_pages_have_the_paper(paper, size):
    boxes = re.findall(rb"/MediaBox \[ 0 0 (\d+)\S* (\d+)", make_long().finish(paper))
    assert {tuple(map(int, box)) for box in boxes} == {size}
    assert len(boxes) == 3


@all_cases(
    "text",
    [
        "Zażółć gęślą jaźń", "Škoda Řeřicha", "Ägypten ẞ", "Ελληνικά ά", "Съешь ещё їжак", "Đà Nẵng", "Ångström",
        "12 € 3 ₽ 4 ₺ 5 ₹ £6 ¥7", "½ × 3 – “a” … ™ № 5 µm ±2 °C", "n\u0303 x\u0301",
    ],
)  # fmt: skip
def test_letters_of_europe_are_written(text):
    document = start()
    document.put(text)
    assert f"Order 7 {text} Order 7 1 / 1" in read_pages(document.finish("a4"))[0]


@all_cases(
    ("text", "letters"),
    [
        ("שלום", list("שלום")), ("شاي", list("شاي")), ("乌龙茶 tea", list("乌龙茶")), ("Tea 🍵!", ["🍵"]),
        ("อร่อย", list("อร่ย")), ("\ue000", ["\ue000"]), ("あいうえおかきくけこさし", list("あいうえおかきくけこ")),
    ],
)  # fmt: skip
@pytest.mark.quick
def test_letters_that_the_font_lacks_are_named_with_their_text(text, letters):
    for add in (start, lambda text: start(name=text), lambda text: start().put_table(TITLES, [("Tea", text, "1")])):
        document = add(text) or start(text)
        with pytest.raises(LettersMissing) as refused:
            document.finish("a4")
        assert refused.value.as_dict() | {"detail": ""} == {
            "detail": "", "code": "letters_missing", "letters": " ".join(letters), "text": text,
        }  # fmt: skip
        assert " ".join(letters) in str(refused.value)


@all_cases(
    ("text", "written"),
    [
        ("a\x00b\x07c\td", "a b c d"), ("zero\u200bwidth\ufeff", "zerowidth"), ("a\u202eb\u2066c", "abc"),
        ("soft\u00adhyphen", "softhyphen"), ("❤\ufe0f", "❤"), ("a\r\nb\u2028c", "a b c"),
        ("<b>a</b> &amp; <img src='file:///etc/passwd'/>", "<b>a</b> &amp; <img src='file:///etc/passwd'/>"),
        ("(a) \\ b) Tj", "(a) \\ b) Tj"),
    ],
)  # fmt: skip
def test_signs_without_ink_are_left_out_and_markup_is_text(text, written):
    document = start()
    document.put(text)
    document.put_table(TITLES, [(text, "T", "1")])
    [page] = read_pages(document.finish("a4"))
    assert page.endswith(f"Order 7 {written} Product SKU Price {written} T 1 Order 7 1 / 1")


def test_long_words_break_and_nothing_is_lost():
    document = start()
    document.put_table(TITLES, [("Q" * 255, "Z" * 64, "99,999,999,999,999,999,999.99")], texts=2)
    document.put("note " * 3000, NOTE)
    text = " ".join(read_pages(document.finish("a4")))
    assert (text.count("Q"), text.count("Z"), text.count("note")) == (255, 64, 3000)
    assert "99,999,999,999,999,999,999.99" in text


def test_a_column_without_values_is_left_out():
    document = start()
    document.put_table(TITLES, [("Tea", "", "1"), ("Cup", "", "")], [("Total", "1")], texts=2)
    assert "Order 7 Product Price Tea 1 Cup Total 1" in read_pages(document.finish("a4"))[0]


def test_facts_stand_beside_a_text_and_those_without_a_value_are_left_out():
    document = start()
    document.put_beside("Tea House", "Mill Lane 3\nOxford", [("Date", "1 May"), ("Order", ""), ("Due", "9 May")])
    content = document.finish("a4")
    assert "Order 7 Tea House Mill Lane 3 Oxford Date 1 May Due 9 May Order 7" in read_pages(content)[0]
    assert b"Helvetica" not in content


def test_a_title_is_in_one_line_before_the_first_column_gets_more_than_a_third():
    titles, needs = [60.0, 90.0, 80.0], [400.0, 30.0, 20.0]
    assert fit(needs, titles)[1:] == [90, 80]
    assert fit([100.0, 300.0, 20.0], [60.0, 400.0, 80.0])[1:] == [300, 80]


def test_a_sum_may_have_an_amount_in_several_columns():
    document = start()
    document.put_table(("Rate", "VAT", "Sum"), [("20", "1", "6")], [("Total", "1", "6")])
    assert "Rate VAT Sum 20 1 6 Total 1 6" in read_pages(document.finish("a4"))[0]


def test_a_strong_sum_is_bold():
    document = start()
    document.put_table(TITLES, [("Tea", "T", "1")], [("Sum", "1"), ("Total", "2")], strong=["Total"])
    bold = start()
    bold.put_table(TITLES, [("Tea", "T", "1")], [("Sum", "1"), ("Total", "2")])
    assert (document.parts[-1]._cellStyles[3][2].fontname, bold.parts[-1]._cellStyles[3][2].fontname) == (
        "DejaVuSans-Bold", "DejaVuSans",
    )  # fmt: skip


@all_cases("needs", [[10.0], [100, 20, 30], [900, 900, 900], [50, 800, 10, 600], [600, 20], [20, 600]])
def test_columns_fill_the_width_of_the_page(needs):
    widths = fit(needs)
    assert sum(widths) == pytest.approx(WIDTH)
    for need, width in zip(needs, widths, strict=True):
        assert width >= min(need, WIDTH * 2 / 3 / len(needs))


def test_documents_that_are_written_at_the_same_time_are_equal():
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: make_long().finish("a4"), range(12)))
    assert len(set(written)) == 1
