"""The encoding of a file is found by its letters."""

import pytest

from core.files.encodings import Doubtful, guess_encoding, list_unusual_lines
from testing.tables import all_cases


def guess(text, encoding):
    lines = text.encode(encoding).splitlines(keepends=True)
    return guess_encoding(list_unusual_lines(iter(lines)))


@pytest.mark.quick
@all_cases(
    ("encoding", "text"),
    [
        ("cp1252", "Bezeichnung;Preis\nKännchen;1,50\nGläser groß;2,50\n"),
        ("cp1252", "Désignation;Prix\nCrème brûlée;3,50\n"),
        ("cp1252", "Nombre;Precio\nPiñata;5\nJamón ibérico;7\n¿Qué?;1\n"),
        ("cp1252", "Nome;Preço\nPão de açúcar;3\nMaçã;5\n"),
        ("cp1252", "Wein;Preis\nChâteau Gruaud;5\nRiesling Spätlese;3\nAñejo;3\n"),  # of several languages
        ("cp1252", "Name;Price\nCafé;€5\nOil 10 µm;£3\nLeather m²;3\n“Best” – tea;4\n"),
        ("cp1250", "Nazwa;Cena\nŁyżka;12,50\nŻurek w słoiku;9,90\n"),
        ("cp1250", "Název;Cena\nLžíce;12\nTalíř hluboký;55\n"),
        ("cp1250", "Megnevezés;Ár\nBögre;100\nKőrözött;5\n"),
        ("cp1254", "Ürün adı;Fiyat\nÇay bardağı;12,50\nIşık;3\n"),
        ("cp850", "Bezeichnung;Preis\nKännchen;1,50\nGläser groß;2\n"),
        ("cp850", "Nombre;Precio\nPiñata;5\nJamón;6\n"),
        ("mac_roman", "Bezeichnung;Preis\nKännchen;3\nGroßes Gefäß;4\n"),
        ("iso8859_2", "Nazwa;Cena\nŁyżka;12\nŚliwka suszona;9\n"),
        ("cp1251", "Наименование;Цена\nЧашка белая;120,00\n"),
        ("cp1251", "Название;Цена\nЛожка;5\n"),
        ("cp1253", "Όνομα;Τιμή\nΦλιτζάνι;3,50\nΚαφές ελληνικός;5\n"),
        ("cp932", "商品名,価格\n緑茶,500\n急須セット,3000\n"),
        ("gb18030", "名称,价格\n绿茶,12.50\n紫砂壶,300\n"),
        ("big5", "名稱,價格\n綠茶,12.50\n紫砂壺,300\n"),
        ("cp949", "상품명,가격\n녹차,500\n찻주전자,3000\n"),
    ],
)  # fmt: skip
def test_finds_the_encoding(encoding, text):
    assert guess(text, encoding) == encoding


def test_letters_that_no_language_has_are_doubtful():
    with pytest.raises(Doubtful) as raised:
        guess_encoding(b"Name;Price\nM\x81\x8d\x9dller;5\n")
    assert raised.value.samples["cp1250"].startswith("Name;Price")


def test_a_sample_shows_the_doubtful_letters():
    with pytest.raises(Doubtful) as raised:
        guess_encoding(b"A long name of a product before the letters M\x81\x8d\x9dller;5\n")
    assert raised.value.samples["cp1250"].startswith("e the letters M")


def test_a_single_doubtful_sign_in_a_long_file_is_no_question():
    line = b"Te\xb4a;3\n"  # an accent in place of an apostrophe
    assert guess_encoding(line, 1000) == "cp1252"
    with pytest.raises(Doubtful):
        guess_encoding(line, 999)
