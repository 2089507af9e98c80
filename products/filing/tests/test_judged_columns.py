"""A column with an unknown name is read as what its cells are, or somebody is asked."""

import pytest

from products.filing.header_cells import read_names
from products.filing.judging import judge_columns
from products.filing.samples import Sample
from products.filing.tests.importing import import_file, upload
from products.models import Product
from testing.tables import all_cases

BARCODES = ("4006381333931", "4000417025005", "5449000000996", "9009518582030")


def judge(*columns):
    """Return what each unknown column is read as, or may be. A column has its name and its cells."""
    names, rows = [name for name, *_cells in columns], zip(*(cells for _name, *cells in columns), strict=True)
    sample = Sample([(line, list(row)) for line, row in enumerate(rows, 2)].__iter__)
    header = judge_columns(read_names(names, {}), sample, iter)
    return [cell.column or cell.question.partition(" may be ")[2].partition(",")[0] or None for cell in header[1:]]


NAMES = ("Name", "Tea", "Pot", "Cup", "Can")


@all_cases(
    ("columns", "expected"),
    [
        ([("Rate", "12.50", "3.00", "9.95", "4.00")], ["price"]),
        ([("Tarif 2026", "12,50 €", "3,00 €", "9,95 €", "")], ["price"]),
        ([("Cena", "$12", "$3", "$9", "$5")], ["price"]),
        ([("Pcs here", "3", "0", "12", "3")], ["price / quantity"]),
        ([("Price", "3.00", "1.00", "12.00", "3.00"), ("Pcs here", "3", "0", "12", "3")], ["price", "quantity"]),
        ([("Rate", "12.50", "3.00", "9.95", "4.00"), ("Pcs here", "3", "0", "12", "3")], ["price", "quantity"]),
        ([("Rate", "12.50", "3.00", "9.95", "4.00"), ("MRP", "14.50", "4.00", "9.99", "5.00")], ["price", "price"]),
        ([("Scan me", *BARCODES)], ["barcode"]),
        ([("Scan me", *BARCODES[:2], "", "")], ["barcode"]),
        ([("Inner", *BARCODES), ("Outer", *reversed(BARCODES))], ["barcode", "barcode"]),
        ([("Good until", "2099-01-31", "2099-02-28", "", "2099-01-31")], ["expiration_date"]),
        ([("Our ref", "TE-1", "TE-2", "PO-1", "CA-9")], ["sku"]),
        ([("BarcodeId", *BARCODES)], ["barcode"]),
        # These names contain words for prices, costs and quantities.
        ([("Cena katalogowa hurt", "3", "1", "12", "3")], ["price"]),
        ([("سعر الجملة", "3", "1", "12", "3"), ("Price", "4", "2", "13", "4")], [None, "price"]),
        ([("Netto beli", "3.00", "1.00", "12.00", "3.00")], [None]),
        ([("Stock 31 May", "3.00", "1.00", "12.00", "3.00")], ["quantity"]),
        ([("Price", "4", "2", "13", "4"), ("Immagine", "3", "1", "12", "3")], ["price", None]),
        # These are no essential columns.
        ([("Bought on", "2020-01-31", "2020-02-28", "", "2020-01-31")], [None]),
        ([("Shelf", "A1", "A1", "B2", "A1")], [None]),
        ([("Weight", "250", "500", "125", "80")], [None]),
        ([("Grösse", "26 cm", "20 cm", "8 cm", "9 cm")], [None]),
        ([("Nr", "1", "2", "3", "4")], [None]),
        ([("Duty", "19.00", "19.00", "19.00", "19.00")], [None]),
        ([("Margin", "12.50%", "3.00%", "9.95%", "4.00%")], [None]),
        ([("Lista de Precios", "retail", "retail", "trade", "retail")], [None]),
        ([("Supplier ID", "12", "13", "15", "40")], [None]),
    ],
)  # fmt: skip
def test_judges_columns_by_their_cells(columns, expected):
    assert judge(NAMES, *columns) == expected


GTIN_8 = ("96385074", "40170725", "12345670")  # such ids prove little: one number of eight digits in ten is a GTIN


@all_cases(
    ("name", "cells", "expected"),
    [
        ("ProductID", GTIN_8[:1], "external_id"), ("ProductID", GTIN_8[:2], "external_id"),
        ("ProductID", GTIN_8, "barcode"),
        ("ProductID", GTIN_8[:1] * 4, None), ("ProductID", (*GTIN_8[:2], GTIN_8[0]), None),
        ("Scan me", GTIN_8[:1], "barcode?"), ("Scan me", GTIN_8[:1] * 4, "barcode?"),
        ("Scan me", GTIN_8[:2], "barcode"), ("Scan me", BARCODES[:1], "barcode"), ("Scan me", BARCODES[:2], "barcode"),
        ("Scan me", BARCODES, "barcode"),
        ("Here", ("1",), "quantity?"), ("Here", ("1", "2"), "quantity?"), ("Here", ("1", "1"), "quantity?"),
        ("Here", ("4", "2", "9"), "quantity?"), ("Here", ("4", "2", "9", ""), "quantity?"),
        ("Stock 31 May", ("1",), "quantity"), ("Stock 31 May", ("1", "1"), "quantity"),
        ("Our ref", ("TE-1",), None), ("Our ref", ("TE-1", "TE-2"), None), ("Our ref", ("TE-1", "TE-2", "P"), None),
        ("Our ref", ("TE-1", "TE-2", "PO-1"), "sku"),
        ("Good until", ("2099-01-31",), "expiration_date"), ("Day", ("20990131",), None),
    ],
)  # fmt: skip
def test_numbers_of_few_rows_fit_by_chance(name, cells, expected):
    """A short barcode is a question, and so is a quantity without a word for it. Ids with few barcodes are unknown."""
    header = read_names(["Name", "Price", name], {})
    rows = [(line, [f"Tea {line}", f"{line}.50", cell]) for line, cell in enumerate(cells, 2)]
    judged = judge_columns(header, Sample(rows.__iter__), iter)[2]
    assert (judged.column or "?".join([*judged.may_be, ""]) or None) == expected


@pytest.mark.parametrize("query", ["", "?moving=true"])
def test_a_price_with_an_unknown_name_is_read_with_a_note(as_alice, query):
    answer = import_file(as_alice, "Name,Rate,Stock\nTea,12.50,3\n", query)
    assert str(Product.objects.get().price) == "12.50"
    assert '"Rate" is read as price, because its cells fit' in " ".join(answer["notes"])


@all_cases(
    ("text", "note"),
    [
        ("Name,Stock,Skolko\nTea,3,12\nPot,4,3\n", 'The cells of "Skolko" look like price'),
        ("Name,Price,Landed cost\nTea,3.50,1.25\nPot,4.90,3.10\n", 'The cells of "Landed cost" look like cost_price'),
    ],
)
def test_a_note_names_a_column_that_may_be_the_price_or_the_cost(as_alice, text, note):
    assert note in " ".join(import_file(as_alice, text, "?moving=true&dry_run=true")["notes"])


@all_cases(
    ("text", "name"),
    [
        ("Chto,Price\nGreen tea,3.50\nPot,4.90\nCup,1.20\n", "Green tea"),
        ("Descrizione,Prezzo\nTè verde,3.50\nVaso,4.90\nTazza,1.20\n", "Tè verde"),
        # The products are new, so they need names, even if a code identifies them.
        ("SKU,Chto,Price\nT-1,Tea,3.50\nP-1,Pot,4.90\nC-1,Cup,1.20\n", "Tea"),
        ("SKU,Descripcion,Price\nT-1,Tea,3.50\nP-1,Pot,4.90\nC-1,Cup,1.20\n", "Tea"),
        (
            "Photo,Chto,Price\nhttps://a.example/1,Bowl,3.5\nhttps://a.example/2,Pot,4.9\nhttps://a.example/3,Cup,1\n",
            "Bowl",
        ),
    ],
)
def test_the_only_column_of_different_words_is_the_name(as_alice, text, name):
    import_file(as_alice, text, "?moving=true")
    assert Product.objects.filter(name=name).exists()


@pytest.mark.quick
@all_cases(
    ("text", "asked"),
    [
        ("Chto,Kakoy,Price\nTea,green,3.50\nPot,red,4.90\nCup,blue,1.20\n", {"Chto": ["name"], "Kakoy": ["name"]}),
        ("inv_name,Price,Brand\nHook,1.50,SB\nYarn,3.00,LB\nYarn,4.00,LB\n", {"inv_name": ["name"]}),
    ],
)
def test_asks_which_column_is_the_name(as_alice, text, asked):
    answer = upload(as_alice, text, "?moving=true").json()
    assert answer["code"] == "invalid_file"
    assert {column["name"]: column["may_be"] for column in answer["columns"] if column["may_be"]} == asked


def test_a_few_words_for_kinds_are_no_names(as_alice):
    rows = "".join(f"T-{line},{'ZZ' if line % 3 else 'LS'},{line}.50\n" for line in range(1, 90))
    answer = upload(as_alice, f"SKU,F TYPE,Price\n{rows}", "?moving=true").json()
    assert [column["may_be"] for column in answer["columns"]] == [[], [], []]


@all_cases("header", ["Tea,3.50", "4006381333931,Tea", "Tea", "Tea,Tea"])
def test_a_row_of_a_product_is_not_a_header(as_alice, header):
    rows = "".join(f"{name}{header[header.index(',') :] if ',' in header else ''}\n" for name in ("Pot", "Cup", "Can"))
    answer = upload(as_alice, f"{header}\n{rows}", "?moving=true").json()
    assert (answer["code"], [column for column in answer["columns"] if column["may_be"]]) == ("invalid_file", [])


def test_a_column_that_says_yes_or_no_has_no_quantities(as_alice):
    answer = import_file(as_alice, "sku,nome,prezzo_eur,disponibilita\nT-1,Tea,3.5,InStock\n", "?moving=true")
    assert [column["column"] for column in answer["columns"]][:3] == ["sku", "name", "price"]
    assert [*Product.objects.values_list("sku", "quantity")] == [("T-1", 0)]


def test_the_description_stays_the_name_if_the_code_is_chosen_while_moving_in(as_alice):
    text = "Codice E Foto,Descrizione,Prezzo\nA1,Tè,3.50\nA1,Vaso,4.90\nA3,Tazza,1.20\nA4,Filtro,1.00\n"
    answer = upload(as_alice, text, "?moving=true&columns=Codice E Foto:sku&dry_run=true").json()
    assert [column["column"] for column in answer["columns"]] == ["sku", "name", "price"]


def test_a_question_names_each_column_that_may_be_the_sku(as_alice):
    text = "Nome,ProdCode,Hidden\nTea,TE-1,X1\nPot,PO-1,X2\nCup,CU-1,X3\n"
    answer = import_file(as_alice, text, "?moving=true")
    assert [[*question["answers"]] for question in answer["questions"]] == [["ProdCode (B)", "Hidden (C)", "none"]]


def test_a_code_that_two_of_many_products_have_is_a_question(as_alice):
    rows = "".join(f"{chr(97 + number % 26)}{number // 26} tea,C-{number % 39},1.50\n" for number in range(40))
    answer = import_file(as_alice, f"Name,Nostro,Price\n{rows}", "?moving=true")
    assert [[*question["answers"]] for question in answer["questions"]] == [["sku", "none"]]


def test_a_code_is_the_sku_if_each_product_has_its_own_in_a_list_by_store(as_alice):
    text = "Name,Location,Our ref,Qty\nTea,A,TE-1,1\nTea,B,TE-1,2\nPot,A,PO-1,3\nPot,B,PO-1,4\nCup,A,CU-1,5\n"
    import_file(as_alice, text, "?moving=true")
    assert {*Product.objects.values_list("sku", "quantity")} == {("TE-1", 3), ("PO-1", 7), ("CU-1", 5)}


@all_cases(
    ("column", "cells"),
    [("IMG_PRODUCT", "https://a.example/{}.jpg"), ("update", ""), ("update", "yes {}"), ("SKUS", "")],
)
def test_a_similar_name_is_a_question_only_if_the_cells_fit(column, cells):
    header = judge_columns(
        read_names(["Price", "Name", column] if column != "IMG_PRODUCT" else ["Price", "SKU", column], {}),
        Sample([(line, ["3.50", f"T{line}", cells.format(line)]) for line in range(5)].__iter__),
        iter,
    )
    assert header[2].may_be == ()


TWO_PRICES = "Name,Rate,MRP\nTea,12.50,14.00\nPot,8.00,9.50\n"


@pytest.mark.parametrize("query", ["", "?moving=true"])
def test_one_of_two_possible_prices_has_to_be_chosen(as_alice, query):
    answer = upload(as_alice, TWO_PRICES, query).json()
    assert answer["code"] == "invalid_file"
    assert [column["question"][:17] for column in answer["columns"]] == ["", '"Rate" may be pri', '"MRP" may be pric']
    assert "send columns=Rate:price with the file" in answer["detail"]
    assert not Product.objects.exists()


def test_the_user_chooses_one_of_two_possible_prices(as_alice):
    import_file(as_alice, TWO_PRICES, "?columns=Rate:price,MRP:")
    assert [str(price) for price in Product.objects.order_by("id").values_list("price", flat=True)] == ["12.50", "8.00"]


def test_programs_that_ignore_unknown_columns_are_not_asked(as_alice):
    assert import_file(as_alice, TWO_PRICES, "?unknown=ignore&no_price=zero")["created"] == 2


@pytest.mark.quick
def test_a_column_of_a_recognised_system_is_not_judged(as_alice):
    text = "Handle,Title,Variant Price,Variant Inventory Qty,Extra\ntea,Tea,5,1,4006381333931\n"
    import_file(as_alice, text, "?moving=true")
    assert Product.objects.get().barcode == "4006381333931"
