"""What a column means, by its name and by its cells. In each table, both are changed in turn."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from products.filing.header_cells import read_names
from products.filing.judging import judge_columns
from products.filing.samples import Sample
from products.filing.tests.importing import import_file, upload
from products.models import Product
from stock.models import Location
from testing.tables import all_cases

MOVING = "?moving=true"
WHOLE, CENTS = ("3", "12", "7", "4"), ("12.50", "3.00", "9.95", "4.00")
RATES, MANY_RATES = ("7", "19 %", "19", "7,0"), tuple(f"{number}.35" for number in range(12))
AMOUNTS = tuple(f"{number}.95" for number in (3, 7, 120, 15))
DAYS = ("2099-01-31", "2099-02-28", "2099-03-31", "2099-04-30")
WORDS, FLAGS, CONSTANT = ("red", "blue", "green", "grey"), ("1", "0", "1", "0"), ("5", "5", "5", "5")


def judge(*columns, **options):
    """Return what each column behind the name is read as, `?price` for a question, and `~price` for a hint."""
    names = ["Name", *(name for name, _cells in columns)]
    rows = [(line, [f"Tea {line}", *(cells[line] for _name, cells in columns)]) for line in range(len(columns[0][1]))]
    header = judge_columns(read_names(names, {}), Sample(rows.__iter__), iter, **options)
    return [write(cell) for cell in header[1:]]


def write(cell):
    if cell.hint:
        return "~" + "/".join(cell.hint)
    return cell.column or ("?" + "/".join(cell.may_be) if cell.may_be else "")


@all_cases(
    "name",
    [
        "PVP con IVA", "Price incl VAT", "Preis inkl. MwSt", "Цена с НДС", "Prix de vente TTC public", "Price level 1",
        "Prezzo IVA inclusa", "Preço com IVA", "Prijs incl. btw", "Cena z VAT", "Cena kus s DPH", "Cena s PDV",
        "Cijena s PDV-om", "KDV dahil fiyat", "Ціна з ПДВ", "Цена с ДДС", "Τιμή με ΦΠΑ", "Pris inkl. moms",
        "Hinta sis. ALV", "Preț cu TVA", "Harga termasuk PPN", "税込価格", "含税价", "سعر شامل الضريبة",
        "מחיר כולל מע\"מ", "Eladási ár áfával",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("cells", "expected"), [(CENTS, "price"), (WHOLE, "price"), (WORDS, ""), (FLAGS, "")])
def test_a_word_of_prices_outweighs_one_of_taxes(name, cells, expected):
    [found] = judge((name, cells))
    assert (found if found == "price" else "") == expected


@pytest.mark.quick
@all_cases(
    "name",
    [
        "VAT", "VAT %", "VAT rate", "MwSt", "MwSt-Satz", "USt", "USt-Satz", "TVA", "Taux TVA", "IVA", "Tipo IVA",
        "BTW", "Moms", "MVA", "НДС", "Ставка НДС", "ПДВ", "ДДС", "Tax rate", "GST %", "DPH", "Stawka VAT", "áfa",
        "KDV oranı", "ALV", "PDV", "Stopa PDV", "DDV", "ΦΠΑ", "PPN", "税率", "부가세율", "Steuersatz %",
        "Aliquota IVA (%)", "Cotă TVA", "Aliquota", "Alícuota",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("cells", "expected"), [(RATES, "tax"), (MANY_RATES, ""), (CONSTANT, "tax")])
def test_a_name_of_vat_means_the_rate_if_a_shop_may_have_as_many(name, cells, expected):
    assert judge((name, cells)) == [expected]


@all_cases(
    "name",
    [
        "VPE", "Watt", "Vintage", "Catalogue page", "Store A", "Odai",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("cells", "asked", "hinted"),
    [(WHOLE, "?quantity", "~quantity"), (FLAGS, "", ""), (CONSTANT, "", ""), (WORDS, "", "")],
)
def test_whole_numbers_without_a_word_of_stock_are_a_question(name, cells, asked, hinted):
    assert judge(("Price", CENTS), (name, cells))[1] == asked
    assert judge(("Price", CENTS), (name, cells), is_asked=False)[1] == hinted


@all_cases(
    ("name", "expected"),
    [
        ("Stock 31 May", "quantity"), ("Bestand am 31.5.", "quantity"), ("Cantidad aprox", "quantity"),
        ("Остаток на складе", "quantity"), ("Готова кількість", "quantity"), ("在庫数計", "quantity"),
        ("Zaliha na dan", "quantity"), ("Количество бр", "quantity"), ("Varastossa nyt", "quantity"),
        ("Menge pro Karton", "?quantity"), ("Qty per box", "?quantity"), ("Max stock", ""), ("Stock value", ""),
        ("Sold qty", ""),
    ],
)  # fmt: skip
def test_a_word_of_stock_in_the_name_reads_whole_numbers(name, expected):
    assert judge(("Price", CENTS), (name, WHOLE))[1] == expected


@pytest.mark.quick
@all_cases(
    "name",
    [
        "Sales quantity", "Stock status", "Stockist", "Stock date", "Stock in partner",
        "Stock turnover", "In stock since", "Qty step", "Quantity unit", "Bestandswert", "Verkaufte Menge",
        "Aantal besteld", "Beholdning verdi", "Cantidad vendida",
        "Quantité vendue", "Quantité commandée", "Estoque reservado",
        "Ilość zamówiona", "Ilość w opakowaniu", "Кількість в упаковці", "Количество в коробке",
        "Заказано количество", "Резерв количество", "Množství v balení", "在庫区分", "在庫金額",
        "库存金额", "발주수량", "판매수량", "재고금액", "Přijaté množství", "Satılan stok",
        "Geblokkeerde voorraad", "Поръчано количество", "ПАРТНЕР Кол-во", "Παραγγελθείσα ποσότητα",
        "Inspected quantity",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("cells", "asked", "hinted"), [(WHOLE, "?quantity", "~quantity"), (CONSTANT, "", ""), (WORDS, "", "")]
)
def test_another_word_beside_one_of_stock_is_a_question(name, cells, asked, hinted):
    assert judge(("Price", CENTS), (name, cells))[1] == asked
    assert judge(("Price", CENTS), (name, cells), is_asked=False)[1] == hinted
    # A plain name of stock is read.
    assert judge(("Price", CENTS), (name, cells), ("Total stock (pcs)", WHOLE))[1:] == ["", "quantity"]
    assert judge(("Price", CENTS), (name, WHOLE), ("Stock today", WHOLE))[1:] == ["", "quantity"]


@pytest.mark.quick
@all_cases(
    "name",
    [
        "Price group", "Price code", "Price date", "Preisgruppe", "Preiseinheit", "Total price", "Gesamtpreis",
        "Price change %", "Grundpreis", "Old price", "Former price", "Previous price", "Compare-at price",
        "Старая цена", "Precio anterior", "Prix barré", "Member price", "Stara cena", "Vecchio prezzo", "Preço antigo",
        "Oude prijs", "Eski fiyat", "Стара ціна", "Цена за коробку", "Gammelt pris", "Vanha hinta", "旧価格",
        "价格等级", "가격그룹", "Παλιά τιμή", "السعر القديم", "מחיר ישן", "Τιμή ομάδας", "Deposit price",
        "Price per 100 g", "Цена за 100 г", "Prix (1 l)",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("cells", "asked", "hinted"), [(CENTS, "?price", "~price"), (WHOLE, "?price", "~price"), (WORDS, "", "")]
)
def test_another_word_beside_one_of_prices_is_a_question(name, cells, asked, hinted):
    assert judge(("Stock", WHOLE), (name, cells))[1] == asked
    assert judge(("Stock", WHOLE), (name, cells), is_asked=False)[1] == hinted
    assert judge((name, cells), ("Our price incl. VAT", CENTS)) == ["", "price"]


@all_cases(
    "name",
    [
        "Price list", "Preisliste", "Giá cũ", "Shipping price", "Price unit", "Price per kg", "Stock value",
        # Levels, places, flags, and times of delivery and warranty.
        "Reorder qty", "Safety stock", "Cantidad mínima", "Stock máximo", "Stock ideal", "Quantità minima",
        "Estoque ideal", "Остаток минимальный", "安全庫存", "מלאי מינימום", "LT", "Lead time", "produce_delay", "MOQ",
        "Store no.", "Aisle", "Active", "Supplier ID", "Warranty months", "Garantie", "Délai", "Plazo", "Termin",
        "Záruka", "Garancia", "Süre", "Срок", "Гарантія", "Διάρκεια", "Garanti", "Takuu", "Termen", "Jaminan", "保証",
        "保修", "보증", "الضمان", "אחריות",
    ],
)  # fmt: skip
@pytest.mark.parametrize("cells", [WHOLE, CENTS])
def test_a_word_of_another_thing_is_no_question(name, cells):
    assert judge((name, cells), ("Size", WORDS))[0] == ""


@pytest.mark.quick
@all_cases(
    "name",
    [
        "ex VAT", "incl. VAT", "VAT excl.", "без НДС", "с НДС", "ohne MwSt", "inkl. MwSt", "zzgl. MwSt", "sin IVA",
        "con IVA", "IVA inclusa", "excl. BTW", "s DPH", "bez DPH", "€ без ПДВ", "hors TVA", "uden moms", "税抜", "含税",
        "KDV hariç", "z VAT", "sis. ALV", "χωρίς ΦΠΑ", "כולל מעמ", "HT",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("cells", "expected"), [(AMOUNTS, "price"), (CENTS, "?price"), (("7", "19", "19", "7"), "?price"), (FLAGS, "")]
)
def test_a_price_that_is_named_by_its_tax_alone_is_no_rate(name, cells, expected):
    assert judge((name, cells)) == [expected]
    asked = expected.replace("?", "~")
    assert judge((name, cells), is_asked=False) == [asked]


@all_cases("name", ["Стоимость", "Стоимость, руб", "Вартість", "Стойност"])
@pytest.mark.parametrize(("cells", "may_be"), [(CENTS, "price/cost_price"), (WHOLE, "price/cost_price"), (WORDS, "")])
def test_a_word_of_money_is_the_price_or_the_cost(name, cells, may_be):
    assert judge(("Stock", WHOLE), (name, cells))[1] == (may_be and f"?{may_be}")
    assert judge(("Stock", WHOLE), (name, cells), is_asked=False)[1] == (may_be and f"~{may_be}")
    assert judge(("Price", WHOLE), (name, cells))[1] == (may_be and "~cost_price")


@all_cases(
    ("name", "expected"),
    [
        ("Мощность", ""), ("Ecotax", ""), ("Stock value", ""), ("Shipping cost", ""), ("Cost center", ""),
        ("Сумма", ""), ("Price per kg", ""), ("Landed", ""), ("Landed cost", "~cost_price"),
        ("유통사 매입단가", "~cost_price"),
        ("Kosten", "~cost_price"), ("Coût moyen", "~cost_price"), ("Koszt netto", "~cost_price"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("cells", [CENTS, WHOLE])
def test_only_a_name_of_costs_is_asked_about_as_the_cost(name, expected, cells):
    assert judge(("Price", CENTS), ("Stock", WHOLE), (name, cells))[2] == expected


KINDS = tuple(str(line % 3 + 1) for line in range(90))
MANY = tuple(str(line * 7 % 23) for line in range(90))


@pytest.mark.quick
@all_cases(
    ("columns", "expected"),
    [
        # A name that resembles a usual one counts only if the cells fit.
        ((("NOTE", ("new", "old", "old", "new")), ("Kind", ("ZZ", "LS", "ZZ", "LS")), ("Thing", WORDS)), ["", "", ""]),
        ((("Available from", ("1 May", "2 May", "3 May", "-")),), [""]),
        ((("Available from", WHOLE),), ["~quantity"]),
        ((("Sålt antal", WHOLE),), ["~quantity"]),
        ((("Prise", CENTS), ("Stock", WHOLE)), ["?price", "quantity"]),
        # Few numbers of kinds are no prices, and a word of costs is asked about also without cents.
        ((("배송유형", KINDS), ("유통사 매입단가", MANY), ("Stock", MANY)), ["", "~cost_price", "quantity"]),
        ((("Warranty", KINDS), ("Stock", MANY)), ["", "quantity"]),
        # A number with decimals is no code, and may be a quantity if they are zeros.
        ((("A", ("34.000", "39.000", "46.000", "4.000")), ("Price", CENTS)), ["~quantity", "price"]),
        ((("A", ("34.0", "39.0", "46.0", "4.0")), ("Price", CENTS)), ["~quantity", "price"]),
        ((("A", ("34.125", "39.250", "46.000", "4.000")), ("Price", CENTS)), ["", "price"]),
        ((("A", ("34,1", "39,2", "46,3", "4,4")), ("Stock", WHOLE)), ["~price", "quantity"]),
        # Columns of one kind are one question.
        ((("1 Kg", ("80", "90", "70", "60")), ("500 g", WHOLE), ("250 g ", CENTS)),
         ["~price/cost_price"] * 3),
        ((("Retail", WHOLE), ("Wholesale", ("2", "9", "5", "3"))), ["price", "~cost_price"]),
        ((("Стоимость, руб", WHOLE), ("Стоимость опт", CENTS)), ["~price/cost_price"] * 2),
        # Prices under an unknown name are told, also without cents, above 100,000, or with three decimals.
        ((("Venta", ("9.5", "12.7", "5", "8")), ("Stock", WHOLE)), ["~price", "quantity"]),
        ((("Venta", ("9000", "120000", "5500", "7000")), ("Stock", WHOLE)), ["~price/sku", "quantity"]),
        ((("Venta", ("9000", "2162.903", "5500", "70")), ("Stock", WHOLE)), ["~price", "quantity"]),
        ((("Venta", ("4001", "4002", "4003", "4004")), ("Stock", WHOLE)), ["", "quantity"]),
        # Plain words beside those of prices, costs, stock and thresholds, in several languages.
        *(
            (((name, CENTS),), ["price"])
            for name in (
                "PRECIO LISTA", "Precio de lista", "Preço de tabela", "Prezzo di listino", "Listenpreis(e)",
                "sell_price", "Price per piece", "precoNormal", "Pret vanzare cu TVA",
            )
        ),
        ((("buy_price", CENTS), ("price", CENTS)), ["cost_price", "price"]),
        *((((name, WHOLE), ("Price", CENTS)), ["quantity", "price"]) for name in ("Qty left", "Quantité restante")),
        *(
            (((name, WHOLE), ("Stock", WHOLE)), ["min_threshold", "quantity"])
            for name in ("Reorder at", "Par level", "Alert at", "Low stock alert")
        ),
        # A word in another language is no word of money, and a date is that of expiry only if a word says so.
        *(
            ((("Price", CENTS), (name, ("6109100", "6209100", "6115100", "610"))), ["price", "sku"])
            for name in ("Custom SKU", "Customs code", "Cd_AR")
        ),
        *(
            ((("Price", CENTS), (name, DAYS)), ["price", "~expiration_date"])
            for name in ("Next delivery", "Available from", "Warranty until", "Reorder on")
        ),
        *((((name, DAYS),), ["expiration_date"]) for name in ("Good until", "Use-by date", "Verfall am")),
        # The surest name of a link wins, whatever its cells are.
        ((("Supplier", ("A", "A", "", "A")), ("Manufacturer", WORDS)), ["supplier", "supplier"]),
    ],
)  # fmt: skip
def test_cells_and_names_of_several_columns_are_compared(columns, expected):
    assert judge(*columns, is_moving=True, is_asked=False) == expected


@all_cases("name", ["קוד", "كود", "รหัส", "コード", "코드", "编码", "Koodi"])
def test_a_word_for_code_is_the_sku(name):
    assert [cell.column for cell in read_names([name], {})] == ["sku"]


@pytest.mark.quick
@all_cases(
    ("columns", "moving", "told"),
    [
        # A name differs from row to row.
        ((("Item", ("FOOD", "FOOD", "WINE", "WINE")), ("Articulo", WORDS)), ["", "name"], ["", "name"]),
        ((("Produkt", WORDS), ("Nazwa", WORDS[::-1])), ["?name", "?name"], None),
        ((("Item", ("A-1", "B-2", "C-3", "D-4")), ("Item name", WORDS)), ["sku", "name"], ["sku", "name"]),
        # Of prices and quantities, one with numbers is read, and equal ones are no question.
        ((("Sale price", ("", "4.00", "", "")), ("Regular price", CENTS)), ["?price", "?price"], None),
        ((("Sale price", ("", "-", "", "")), ("Regular price", CENTS)), ["", "price"], ["price", "price"]),
        ((("PVP", ("1", "", "3", "4")), ("Precio", CENTS)), ["?price", "?price"], ["price", "price"]),
        ((("PVP", CENTS), ("Precio", ("€12.50", "3,00", "9.95 €", "4.00"))), ["price", "price"], None),
        ((("EK", ("1", "", "3", "4")), ("Einkaufspreis", CENTS)), ["?cost_price", "?cost_price"], None),
        ((("Sale price", CENTS[::-1]), ("Regular price", CENTS)), ["?price", "?price"], None),
        ((("Qty", WHOLE), ("Qty", ("", "", "1", ""))), ["?quantity", "?quantity"], ["quantity", "quantity"]),
        ((("Qty", WHOLE), ("Qty", ("", "", "", ""))), ["quantity", ""], None),
        ((("On hand", ("3", "", "5", "1")), ("Available", WHOLE)), ["?quantity", "?quantity"], None),
        ((("Остаток", WHOLE), ("Количество", ("3", "12", "7", ""))), ["?quantity", "?quantity"], None),
        ((("On hand", ("3", "12", "", "1")), ("Available", ("3", "", "12", "1"))), ["?quantity", "?quantity"], None),
        ((("On hand", WHOLE), ("Available", WHOLE[::-1])), ["?quantity", "?quantity"], None),
        ((("On hand", WHOLE), ("Available", WHOLE)), ["quantity", "quantity"], None),
        ((("Name", WORDS), ("EUR", CENTS), ("HUF", WHOLE)), ["name", "?price", "?price"], None),
        ((("Price net", CENTS), ("Price gross", CENTS)), ["?price", "?price"], None),
        # A column without cells leaves its meaning to another one.
        ((("Price", CENTS), ("Stock", ("",) * 4), ("Lager", WHOLE)), ["price", "quantity", "?quantity"], None),
    ],
)  # fmt: skip
def test_the_cells_decide_between_columns_of_one_name(columns, moving, told):
    rows = [list(row) for row in zip(*(cells for _name, cells in columns), strict=True)]
    names = [name for name, _cells in columns]
    sample = Sample(lambda: iter(enumerate(rows, 2)))
    header = judge_columns(read_names(names, {}), sample, iter, is_moving=True)
    best = {cell.column: max(one.score for one in header if one.column == cell.column) for cell in header}
    assert [write(cell) if not cell.column or cell.score == best[cell.column] else "" for cell in header] == moving
    if told:
        assert [write(cell) for cell in judge_columns(read_names(names, {}), sample, iter)] == told


NAMED_A = {"name": "columns==A:name", "none": "columns==A:"}


@contextmanager
def rolled_back():
    """Undo what a case has written, so that the next one finds an empty shop."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def list_products(*fields):
    return [tuple(str(value) for value in row) for row in Product.objects.order_by("id").values_list(*fields)]


@all_cases(
    ("text", "query", "fields", "found"),
    [
        # A word among whole numbers is no currency.
        ("SKU,Name,Stock,Warranty\nA,Tea,3,12\nB,Pot,4,24\nC,Cup,5,none\n", MOVING, ("price", "quantity"),
         [("0.00", "3"), ("0.00", "4"), ("0.00", "5")]),
        # An empty quantity or price stays empty, and an empty code does not.
        ("Name,Price,On hand,Available\nTea,1,5,5\nPot,2,,9\nCup,3,7,7\nJar,4,1,1\nPan,5,2,2\n",
         f"{MOVING}&columns=On hand:quantity", ("quantity",), [("5",), ("0",), ("7",), ("1",), ("2",)]),
        ("Name,Price,EAN,UPC\nTea,1,0,4006381333931\nPot,2,4000417025005,\nCup,3,n/a,9009518582030\n", MOVING,
         ("barcode",), [("4006381333931",), ("4000417025005",), ("9009518582030",)]),
        ("Name,Price,Barcode\nTea,1,0\nPot,2,-\nCup,3,1111111111111\nJar,4,4006381333931\n", MOVING,
         ("barcode",), [("",), ("",), ("",), ("4006381333931",)]),
        ("Name,Price,Barcode\nTea,1,tbc\nPot,2,no barcode\nCup,3,要確認\n", MOVING, ("barcode",), [("",)] * 3),
        *(
            (f"Name,Price,{names}\nTea,1,Acme,A\nPot,2,,B\nCup,3,Acme,C\n", MOVING, (field,),
             [("Acme",), ("None",), ("Acme",)])
            for names, field in (("Supplier,Manufacturer", "supplier__name"), ("Category,Type", "category__name"))
        ),
        # A name that says so is that of products with codes, and needs no question.
        ("SKU,Set name,Price\nA1,Tea,1\nA2,Pot,2\nA3,Cup,3\n", MOVING, ("name",), [("Tea",), ("Pot",), ("Cup",)]),
        # The word for a name wins over a description, and the description is the name if there is no other.
        ("메뉴 코드,메뉴명,기본 판매가,설명\nA,Tea,2.50,x y z\nB,Pot,3.50,a b c\nC,Cup,4.50,d e f\n", MOVING, ("name",),
         [("Tea",), ("Pot",), ("Cup",)]),
        ("Code,Description,Price\nA,Tea,2\nB,Pot,3\nC,Cup,4\n", MOVING, ("name",), [("Tea",), ("Pot",), ("Cup",)]),
        # All lines are wider than the header, and a row with a 0 is no title.
        ("name,price,size\nDior,285,100ml,1\nYSL,315,90ml,1\n", MOVING, ("name",), [("Dior",), ("YSL",)]),
        ("ITEM,Price,BOTTLE N$\nGin,1,260\nRock Shandy,,0\nTonic,2,15\n", MOVING, ("name",),
         [("Gin",), ("Rock Shandy",), ("Tonic",)]),
        # A code without which rows of one name would be lost.
        ("Kulör,Price,idnr\n" + "".join(f"RAL {line % 9},30,pb-{line}\n" for line in range(12)),
         f"{MOVING}&columns=Kul%C3%B6r:name", ("sku",), [(f"pb-{line}",) for line in range(12)]),
        # The numbers in front of the rows of a file without a header are its ids.
        ("1;Kajko;12.47\n2;Tytus;69.97\n3;Kajko;32.67\n", f"{MOVING}&header=none&columns==B:name,=C:price",
         ("external_id", "price"), [("1", "12.47"), ("2", "69.97"), ("3", "32.67")]),
        # Stock that is 0 in all rows, and decimals under a word of stock.
        ("Name,Price,current_inventory\nTea,1,0\nPot,2,0\nCup,3,0\n", MOVING, ("quantity",), [("0",)] * 3),
        ("Name;Price;Mängd\nTea;1,50;8,5\nPot;2;19,6\n", MOVING, ("quantity",), [("85",), ("196",)]),
        # A word is no quantity, and most words are no column of quantities.
        ("Name,Price,Stock\nTea,1,3\nPot,2,lots\nCup,3,5\n", MOVING, ("quantity",), [("3",), ("0",), ("5",)]),
        ("Name,Price,Stock\nTea,1,viele\nPot,2,wenig\nCup,3,5 da\n", MOVING, ("quantity",), [("0",)] * 3),
        # What stands below the totals is no product, unless it has a price or stock.
        ("Name,Price,Stock\nTea,1,3\nTotal,1,3\nTransaction costs,,0\nShipping,,\n", MOVING, ("name",), [("Tea",)]),
        ("Name,Price,Stock\nTea,1,3\nTotal,1,3\nPot,2,0\nCup,,0\n", MOVING, ("name",),
         [("Tea",), ("Pot",), ("Cup",)]),
        # Different ids are those of products, also if two have one name.
        *(
            (f"{name},Name,Price\n7,Tea,1\n8,Tea,2\n9,Cup,3\n", MOVING, ("external_id", "name"),
             [("7", "Tea"), ("8", "Tea"), ("9", "Cup")])
            for name in ("Product ID", "item_id", "Listing Id", "Artikel-ID", "id_producto")
        ),
        ("Product ID,Name,Price\n7,Tea,1\n7,Pot,2\n", MOVING, ("external_id",), [("None",), ("None",)]),
        # A line that is too long or too short is left out, and the others are not.
        ("Name,Price,Stock\nTea,1,3\nPot,2\nCup,3,4,5\nJar,4,5\n", MOVING, ("name",), [("Tea",), ("Jar",)]),
        # The names of pages.
        *(
            (f"{names}\nTea;A;1,50;3\n", "", ("sku", "price", "quantity"), [("A", "1.50", "3")])
            for names in (
                "Name;SKU;Price;In stock", "Name;Artikelnummer;Preis;Auf Lager", "Nom;Référence;Prix;En stock",
                "Nombre;Referencia;Precio;En existencia",
            )
        ),
        # Cells with commas and tabs between them, and the decimal comma of the own files with semicolons.
        ("Name,\tPrice,\tStock\nTea, green,\t1.5,\t2\nPot,\t2,\t3\n", MOVING, ("name", "price"),
         [("Tea, green", "1.50"), ("Pot", "2.00")]),
        ("id;name;price;decimals;quantity;stock_sequence\n;Rice;1;3;1,500;\n", "", ("quantity",), [("1500",)]),
        ('id,name,price,decimals,quantity,stock_sequence\n,Rice,1,3,"1,500",\n', "", ("quantity",), [("1500000",)]),
        ("Name,Price,SKU\nTea,1,0\nPot,2,1111\nCup,3,none\n", MOVING, ("sku",), [("",), ("1111",), ("",)]),
        # Titles of sections in a file with few columns.
        ("Name,Price\nGREEN TEAS,\nSencha,2\nBancha,3\nPots & cups,\nPot,4\nCup,5\n", MOVING, ("name",),
         [("Sencha",), ("Bancha",), ("Pot",), ("Cup",)]),
        ("Name,Price\nSencha,\nBancha,\nPot,4\n", MOVING, ("name",), [("Sencha",), ("Bancha",), ("Pot",)]),
        ("Name,SKU,Price\nTea,A,2\n,GREEN TEAS,\nPot,B,3\n", MOVING, ("name",), [("Tea",), ("Pot",)]),
        # An id that repeats identifies nothing.
        ("id,Name,Price\n1,Tea,3\n1,Pot,4\n2,Cup,5\n", MOVING, ("name", "external_id"),
         [("Tea", "None"), ("Pot", "None"), ("Cup", "None")]),
        ("id,Name,Price\n1,Tea,3\n2,Pot,4\n3,Cup,5\n", MOVING, ("external_id",), [("1",), ("2",), ("3",)]),
        # Signs that nobody sees, prices of Sweden, packs of nothing, and pieces of pieces.
        ("Name,Price,SKU\nT\u0081ea,99:-,A\u200bB\nPo\u00adt,99\u00a0:-,\ufeffC\n", MOVING, ("name", "sku", "price"),
         [("Tea", "AB", "99.00"), ("Pot", "C", "99.00")]),
        ("Name,Price,Stock,Pack size\nTea,1,1.6683,0\n", MOVING, ("quantity", "decimals", "pack_size"),
         [("1668", "3", "1000")]),
        # A text that Unicode decomposes into more letters is no month.
        ("Name,Price,Kind\nTea,1,냉동수산가공식품\nPot,2,thuỷ sản đông lạnh\nCup,3,ệệệệệệệệệệệệ\n", MOVING, ("price",),
         [("1.00",), ("2.00",), ("3.00",)]),
        # Titles of sections and sentences in a file without prices, and beside the zeros of formulas.
        ("Name;Pack;Status\nRICE;;\nSamba;1 Kg;In\nIdly;5 Kg;In\n;;\nSNACKS and SWEETS;;\nMurukku;125g;Out\n"
         "Sev;125g;In\n", MOVING, ("name",), [("Samba",), ("Idly",), ("Murukku",), ("Sev",)]),
        ("Group;Name;Price;Sum\n1;Tea;1,50;0,00\n1;Cup;2,95;0,00 €\n;Prices without obligation;;0,00 €\n", MOVING,
         ("name",), [("Tea",), ("Cup",)]),
        ("Name;Brand;Shelf\nTea;;\nCup;B;1\nPot;;\nJar;;2\n", MOVING, ("name",),
         [("Tea",), ("Cup",), ("Pot",), ("Jar",)]),
        # A header below many lines.
        ("Note\n" * 40 + "Code,Name,Price\nA1,Tea,1.50\nA2,Cup,2.95\n", MOVING, ("sku", "price"),
         [("A1", "1.50"), ("A2", "2.95")]),
        ("".join(f"{line}. Read this\n" for line in range(48)) + "Roba;Kom;MPC\nTea;3;2,50\nPot;4;3,50\n",
         f"{MOVING}&columns=Roba:name", ("name", "price"), [("Tea", "2.50"), ("Pot", "3.50")]),
        # The rows show the delimiter, because numbers and texts have commas, too.
        ("Artikel;Preis, EUR\nTee;1,50\nTasse;2,95\n", MOVING, ("name", "price"),
         [("Tee", "1.50"), ("Tasse", "2.95")]),
        ("Name;Preis, EUR;Menge, Stk\nTee;1,50;3\nTasse;2,95;4\n", MOVING, ("name", "price", "quantity"),
         [("Tee", "1.50", "3"), ("Tasse", "2.95", "4")]),
        ("Name|Price|Stock\nTea|1.50|3\nCup|2.00|4\n", "", ("name", "price", "quantity"),
         [("Tea", "1.50", "3"), ("Cup", "2.00", "4")]),
        # Pieces in other letters. A quantity that is not exact is left out, as is a cost that can't be one.
        ("Name;Price;Stock\nTea;1;2 шт.\nCup;2;>10 шт.\nPot;3;4 шт\nJar;4;5 個\nPan;5;more than 10\nLid;6;10+\n",
         MOVING, ("quantity",), [("2",), ("0",), ("4",), ("5",), ("0",), ("0",)]),
        ("Name;Price;Остаток\nTea;1;2 шт.\nPot;3;4 шт.\n", "", ("name", "quantity"), [("Tea", "2"), ("Pot", "4")]),
        ("Name,Price,Cost\nTea,1,-0.50\nCup,2,1.50\nPot,3,on request\n", MOVING, ("name", "cost_price"),
         [("Tea", "None"), ("Cup", "1.50"), ("Pot", "None")]),
        # A header that is recognised by its form, below titles.
        ("Price list,,\n,,\nRoba,Kom,MPC\nTea,3,2.50\nPot,4,3.50\nCup,1,4.00\n",
         f"{MOVING}&columns=Roba:name,Kom:quantity", ("name", "quantity", "price"),
         [("Tea", "3", "2.50"), ("Pot", "4", "3.50"), ("Cup", "1", "4.00")]),
        # A stock summary of Tally without prices: no name is that of its table.
        ("Cards Ltd,\nStock Summary,\n,Cards Ltd\nParticulars,1-Apr-25 to 3-Feb-26\n,Closing Balance\n,Quantity\n"
         "Card A,5\nCard B,\nCard C,2.5\nGrand Total,7.5\n", MOVING, ("name", "quantity"),
         [("Card A", "5"), ("Card B", "0"), ("Card C", "25")]),
        # A file without a header.
        ("Tea,2.50\nPot,3.50\n", "?header=none&columns==A:name,=B:price", ("name", "price"),
         [("Tea", "2.50"), ("Pot", "3.50")]),
        ("Tea,2.50\nPot,3.50\n", "?header=1&columns==A:name,=B:price", ("name",), [("Pot",)]),
        ("Tea,2.50\nPot,3.50\n", f"{MOVING}&columns==A:name,=B:price", ("name",), [("Pot",)]),
    ],
)  # fmt: skip
def test_a_file_is_read_without_a_guess(as_alice, text, query, fields, found):
    with rolled_back():
        import_file(as_alice, text, query)
        assert list_products(*fields) == found


@all_cases(
    ("text", "query", "asked"),
    [
        ("Name,Price,VPE\nTea,1,3\nPot,2,4\nCup,3,6\n", "",
         [("columns", {"quantity": "columns==C:quantity", "none": "columns==C:"})]),
        ("Name,Price,VPE\nTea,1,3\nPot,2,4\nCup,3,6\n", MOVING,
         [("columns", {"quantity": "columns==C:quantity", "none": "columns==C:"})]),
        ("Name,Price,VPE\nTea,1,3\nPot,2,4\nCup,3,6\n", "?unknown=ignore",
         [("columns", {"quantity": "columns==C:quantity", "none": "columns==C:"})]),
        ("Name,Price,VPE\nTea,1,3\nPot,2,4\nCup,3,6\n", f"{MOVING}&columns==C:", []),
        ("Name,Price,VPE,Watt\nTea,1,3,4\nPot,2,4,8\nCup,3,6,1\n", MOVING, [("columns", {
            "VPE (C)": "columns==C:quantity,=D:", "Watt (D)": "columns==C:,=D:quantity",
            "quantity [VPE], quantity [Watt]": "columns==C:quantity [VPE],=D:quantity [Watt]",
            "none": "columns==C:,=D:",
        })]),
        ('Name,Price,Odai,"Shop 2, back"\nTea,1,3,4\nPot,2,4,8\nCup,3,6,1\n', MOVING, [("columns", {
            "Odai (C)": "columns==C:quantity,=D:", "Shop 2, back (D)": "columns==C:,=D:quantity",
            "quantity [Odai], quantity [Shop 2, back]": 'columns==C:quantity [Odai],"=D:quantity [Shop 2, back]"',
            "none": "columns==C:,=D:",
        })]),
        ("Name,Price,Qty,Qty\nTea,1,3,4\nPot,2,4,8\n", "", [("columns", {
            "Qty (C)": "columns==C:quantity,=D:", "Qty (D)": "columns==C:,=D:quantity", "none": "columns==C:,=D:",
        })]),
        *(
            (f"Name,{name},Price\nTea,A,1\nTea,B,2\nCup,A,3\n", MOVING, [("columns", {
                f"option:{name}": f"columns==B:option:{name}", "location": "columns==B:location",
                "name_part": "columns==B:name_part", "none": "columns==B:",
            })])
            for name in ("Volume", "サイズ", "Depósito", "Hylle", "Scaffale")
        ),
        ("Name,Volume,Price\nTea,A,1\nTea,A,2\nCup,A,3\n", MOVING, []),
        ("Name,PRECIO,EUROS\nTea,1,9.60\nPot,1,3.20\nCup,1,4.50\nJar,1,6\n", MOVING, [("columns", {
            "PRECIO (B)": "columns==B:price,=C:", "EUROS (C)": "columns==B:,=C:price", "none": "columns==B:,=C:",
        })]),
        # Whole numbers beside equal prices with decimals are no prices.
        ("Name,Price,Odai,Shop 2\nTea,1.50,3,6\nPot,1.50,8,11\nCup,1.50,5,8\n", MOVING, [("columns", {
            "Odai (C)": "columns==C:quantity,=D:", "Shop 2 (D)": "columns==C:,=D:quantity",
            "quantity [Odai], quantity [Shop 2]": "columns==C:quantity [Odai],=D:quantity [Shop 2]",
            "none": "columns==C:,=D:",
        })]),
        ("Name,PRECIO,EUROS\nTea,1,9\nPot,1,3\nCup,1,4\nJar,1,6\n", MOVING, [("columns", {
            "EUROS (C)": "columns==C:price,=B:", "PRECIO (B)": "columns==C:,=B:price", "none": "columns==C:,=B:",
        })]),
        *(
            ("Name,Price,On hand,Available\nTea,1,3,10\nPot,2,,20\nCup,3,5,30\n", query, [("columns", {
                "On hand (C)": "columns==C:quantity,=D:", "Available (D)": "columns==C:,=D:quantity",
                "quantity [On hand], quantity [Available]": "columns==C:quantity [On hand],=D:quantity [Available]",
                "none": "columns==C:,=D:",
            })])
            for query in ("", MOVING, f"{MOVING}&unknown=keep", "?unknown=ignore")
        ),
        # The sizes of bottles are no stock, and a column without a name may have the names.
        ("Preisliste;;\n;;\n;Menge;Preis\nCola;0,33;2 CHF\nWasser;0,5;3 CHF\nBier;0,33;4 CHF\n", MOVING,
         [("columns", NAMED_A), ("columns", {"quantity": "columns==B:quantity", "none": "columns==B:"})]),
        # The only column of money is asked about, also if all cells are equal, and a column that tells most rows apart.
        ("Name,Valor\nTea,5.00\nPot,6.00\nCup,7.00\n", MOVING, [("columns", {
            "price": "columns==B:price", "cost_price": "columns==B:cost_price", "none": "columns==B:",
        })]),
        # 0 and 1 alone may be no and yes.
        ("item_name,in_stock,price\n" + "".join(f"A{line} b,{line % 2},{line}.50\n" for line in range(20)), MOVING,
         [("columns", {"quantity": "columns==B:quantity", "none": "columns==B:"})]),
        # A code is read, and the numbers of rows and percentages tell nothing apart.
        ("Sl.No,Material,Name,Price,Discount\n" + "".join(
            f"{line},11-{line},Part {line % 3},{line}.50,{line}.00%\n" for line in range(1, 9)), MOVING, []),
        # Of several columns of numbers, the one with a word of money is asked about.
        ("Name;Pris_kr_kg;CO2_text;Stock\nTea;30;17;1\nPot;35;39;2\nCup;30;20;3\nJar;31;22;4\n", MOVING,
         [("columns", {"price": "columns==B:price", "none": "columns==B:"})]),
        ("Name,D,E\nTea,5.00,a\nPot,5.00,b\nCup,5.00,c\n", MOVING,
         [("columns", {"price": "columns==B:price", "none": "columns==B:"})]),
        ("Name,PACKAGE,Price\nA,1 X 10 KG,1\nA,10 X 2 KG,2\n" + "".join(
            f"{name},{size} KG,{size}\n" for name in "BCDE" for size in (1, 2)) + "F,1 KG,1\nF,1 KG,2\n", MOVING,
         [("columns", {
             "option:PACKAGE": "columns==B:option:PACKAGE", "location": "columns==B:location",
             "name_part": "columns==B:name_part", "none": "columns==B:",
         })]),
        ("Tea,2.50\nPot,3.50\n", "?columns==A:name,=B:price",
         [("header", {"yes": "header=none", "no": "header=1"})]),
        ("Tea,2.50\nPot,3.50\n", f"{MOVING}&columns==A:name,=B:price",
         [("header", {"yes": "header=none", "no": "header=1"})]),
        ("Name,Price,Tax\nTea,1,20\nPot,2,Yes\n", "",
         [("rates", {"yes": "create_rates=true", "no": "columns==C:"})]),
        ("Name,Price,Tax\nTea,1,20 %\nPot,2,Standard\n", MOVING,
         [("rates", {"yes": "create_rates=true", "no": "columns==C:"})]),
        # One answer decides about all columns of a file without a header.
        ("Acme,B-7a,640,3,Front brake pad\nAcme,B-8c,290,7,Rear lamp\nAcme,C-9d,400,12,Oil filter\n"
         "Cork,B-7a,900,5,Side mirror\n", MOVING,
         [("header", {"yes": "header=none", "no": "header=1"}),
          ("columns", {
              "C (C) price, D (D) quantity": "columns==C:price,=D:quantity",
              "C (C) quantity, D (D) price": "columns==C:quantity,=D:price",
              "C (C) price": "columns==C:price,=D:", "D (D) price": "columns==C:,=D:price",
              "C (C) quantity": "columns==C:quantity,=D:", "D (D) quantity": "columns==C:,=D:quantity",
              "none": "columns==C:,=D:",
          })]),
        ("Acme,B-7a,640,3,Front brake pad\nAcme,B-8c,290,7,Rear lamp\nAcme,C-9d,400,12,Oil filter\n"
         "Cork,B-7a,900,5,Side mirror\n", f"{MOVING}&header=none&columns==B:sku,=C:price,=D:quantity", []),
        # A column of words that nothing names.
        *((";Stock;Price\nTea;3;1,50\nCup;4;2,95\n", query, [("columns", NAMED_A)]) for query in (MOVING, "")),
        ("Tea\nCup\nPot\n", MOVING, [("header", {"yes": "header=none", "no": "header=1"})]),
        ("Tea\nCup\nPot\n", f"{MOVING}&header=none", [("columns", NAMED_A)]),
        ("Ware\nCup\nPot\n", f"{MOVING}&header=1", [("columns", NAMED_A)]),
        ("Name,Price,Publié,Enabled\nTea,1,1,TRUE\nPot,2,0,FALSE\nCup,3,1,TRUE\n", MOVING, []),
        ("Name,Price,Stock\nTea,1,2\n", "", []),
    ],
)  # fmt: skip
def test_what_a_file_does_not_show_is_one_question(as_alice, text, query, asked):
    answer = upload(as_alice, text, query).json()
    assert [(one["of"], one["answers"]) for one in answer["questions"]] == asked
    assert all(one["text"] and one["samples"] for one in answer["questions"])


@all_cases(
    ("header", "query"),
    [
        ("Name,Volume,Price", f"{MOVING}&columns==B:name_part"),
        ("Name,Volume,Price", "?columns=Volume:name_part"),
        ("A xx,Volume,Price", f"{MOVING}&columns==A:name,=B:name_part"),
    ],
)
def test_what_tells_rows_apart_may_be_part_of_the_name(as_alice, header, query):
    answer = import_file(as_alice, f"{header}\nTea,250 g,1\nTea,500 g,2\nCup,,3\n", query)
    assert (answer["questions"], answer["left_out"]) == ([], [])
    assert list_products("name") == [("Tea 250 g",), ("Tea 500 g",), ("Cup",)]


def write_rows(header, number, row):
    return "\n".join([header, *(",".join(map(str, row(line))) for line in range(number))]) + "\n"


OFFERS = [(f"Tea {line // 2}", "AB"[line % 2], 3 + line) for line in range(8)]
PAID = {"price": "columns==B:price", "cost_price": "columns==B:cost_price", "none": "columns==B:"}
STOCK = {"quantity": "columns==C:quantity", "none": "columns==C:"}
MAY_BE_PAID = " is read as price, although it may be a price without VAT, or what you pay."


@all_cases(
    ("text", "column", "asked", "note"),
    [
        *(
            (f"Name,{name}\nTea,2.50\nPot,3.50\nCup,4.00\n", "price", [PAID], f'"{name}"{MAY_BE_PAID}')
            for name in (
                "Net price", "Nettopreis", "Price excl. VAT", "Dealer price", "単価(税抜)", "Опт. цена", "Цена без НДС",
                "Neto cena bez PDV-a", "Prix HT", "Cena netto", "批发价",
            )
        ),
        ("Name,Gross price\nTea,2.50\nPot,3.50\nCup,4.00\n", "price", [], ""),
        ("Name,Net price,Cost\nTea,2.50,1\nPot,3.50,2\nCup,4.00,3\n", "price", [], ""),
        # What several suppliers ask for the same products is paid.
        (write_rows("Name,Supplier,Price", 8, OFFERS.__getitem__), "price",
         [{"price": "columns==C:price", "cost_price": "columns==C:cost_price", "none": "columns==C:"}],
         f'"Price"{MAY_BE_PAID}'),
        (write_rows("Name,Supplier,Price", 8, lambda line: (f"Tea {line}", "AB"[line % 2], 3 + line)), "price", [], ""),
        (write_rows("Name,Supplier,Price", 8, lambda line: (*OFFERS[line][:2], 3)), "price", [], ""),
        # A second price is not left out without a word, unless it is equal or rare.
        ("Name,Retail price,Member price\nTea,25,24\nPot,35,30\nCup,40,40\n", "price", [{
            "Retail price (B)": "columns==B:price,=C:", "Member price (C)": "columns==B:,=C:price",
            "none": "columns==B:,=C:",
        }], ""),
        ("Name,Retail price,Member price\nTea,25,25\nPot,35,35\nCup,40,40\n", "price", [], ""),
        ("Name,Retail price,Member price\nTea,25,24\nPot,35,\nCup,40,\n", "price", [], ""),
        # In a price list, a few quantities are what somebody has ordered.
        (write_rows("Name,Price,Qty", 40, lambda line: (f"Tea {line}", 3, 2 if line < 4 else "")), None, [STOCK],
         'The cells of "Qty" look like quantity, but it is not used. Choose quantity for it if that is right.'),
        (write_rows("Name,Price,Qty", 40, lambda line: (f"Tea {line}", 3, 2 if line < 5 else "")), "quantity", [], ""),
        (write_rows("Name,Price,Qty", 40, lambda line: (f"Tea {line}", 3, line if line < 4 else "")), "quantity", [],
         ""),
        (write_rows("Name,Price,Qty", 10, lambda line: (f"Tea {line}", 3, "" if line else 2)), "quantity", [], ""),
        (write_rows("name,price,quantity", 40, lambda line: (f"Tea {line}", 3, 2 if line < 4 else "")), "quantity", [],
         ""),
    ],
)  # fmt: skip
def test_an_amount_that_may_be_another_is_told_and_an_open_question(as_alice, text, column, asked, note):
    with rolled_back():
        answer = import_file(as_alice, text, MOVING)
    columns = [one["column"] for one in answer["columns"]]
    assert (column or "quantity") in columns if column else "quantity" not in columns
    assert [one["answers"] for one in answer["questions"]] == asked
    assert note in [*answer["notes"], ""]
    assert any(MAY_BE_PAID in one for one in answer["notes"]) == (MAY_BE_PAID in note)


@all_cases(
    ("text", "left"),
    [
        ("Name,Price,Stock\nTea,1,>10\nPot,2,3\n", "Cells in the column quantity {}: 1, for example line 2: >10."),
        ("Name,Price,Cost\nTea,1,2\nPot,2,-3\n", "Cells in the column cost_price {}: 1, for example line 3: -3."),
    ],
)
def test_a_cell_that_is_left_out_is_told(as_alice, text, left):
    answer = import_file(as_alice, text, f"{MOVING}&dry_run=true")
    assert left.format("that are no values of it and are left out") in answer["notes"]
    assert upload(as_alice, text).json()["rows"][0]["cell"] in (">10", "-3")


def test_a_column_of_words_in_place_of_stock_is_told(as_alice):
    answer = import_file(as_alice, "Name,Price,Stock\nTea,1,viele\nPot,2,wenig\n", MOVING)
    assert answer["notes"] == ['"Stock" is not read as quantity, because most of its cells are words.']


def test_products_without_a_price_are_told(as_alice):
    answer = import_file(as_alice, "Name,Stock\nTea,1\nPot,2\n", MOVING)
    assert answer["notes"] == ["New products without a price, which cost 0.00: 2, for example line 2."]


@all_cases(
    ("choice", "answers", "found"),
    [
        ("", {"1500": "decimal_sign=point", "1.5": "decimal_sign=comma"}, ("1500", "0")),
        ("&decimal_sign=point", None, ("1500", "0")),
        ("&decimal_sign=comma", None, ("15", "1")),
    ],
)
def test_a_number_that_no_other_one_explains_is_a_question(as_alice, choice, answers, found):
    with rolled_back():
        answer = import_file(as_alice, "Name\tStock\nRice\t1,500\n", f"{MOVING}{choice}")
        assert ([one["answers"] for one in answer["questions"]], list_products("quantity", "decimals")) == (
            [answers] * bool(answers), [found],
        )  # fmt: skip
    assert import_file(as_alice, "Name;Price;Stock\nRice;1,5;1,500\n", f"{MOVING}&dry_run=true")["questions"] == []


@all_cases(("choice", "keeps"), [("", [True, True, True, True]), ("&no_quantity=uncounted", [True, False, True, True])])
def test_products_without_a_quantity_are_asked_about_once(as_alice, choice, keeps):
    with rolled_back():
        answer = import_file(
            as_alice, "Name,Price,Stock\nTea,1,3\nCoffee,2,\nCup,3,n/a\nPot,4,2\nPot,4,\n", f"{MOVING}{choice}"
        )
        assert {"name": "no_quantity", "value": choice[13:] or "zero", "number": 1} in answer["choices"]
        assert [*Product.objects.order_by("id").values_list("keeps_stock", flat=True)] == keeps


@all_cases("columns", ["Odai:quantity [Odai],Shop 2:quantity [Shop 2]", '=C:quantity [Odai],"=D:quantity [Shop 2]"'])
def test_columns_of_places_are_read_by_an_answer(as_alice, columns):
    text = "Name,Price,Odai,Shop 2\nTea,1,3,4\nPot,2,,5\n"
    with rolled_back():
        import_file(as_alice, text, f"?create_missing=true&columns={columns.replace('=', '%3D')}")
        assert {*Location.objects.values_list("name", flat=True)} == {"Odai", "Shop 2"}
        assert list_products("quantity") == [("7",), ("5",)]


def test_an_import_that_is_corrected_does_not_conflict_with_itself(as_alice, alice):
    import_file(as_alice, "name,price\nTea,1\n")
    text = as_alice.get("/api/products/export/").getvalue().decode()
    assert import_file(as_alice, text.replace("Tea", "Te"))["updated"] == 1
    answer = import_file(as_alice, text.replace("Tea", "Green tea"))
    assert (answer["conflicts"], list_products("name")) == ([], [("Green tea",)])
    as_alice.patch(f"/api/products/{Product.objects.get().pk}/", {"name": "By hand"}, format="json")
    answer = import_file(as_alice, text.replace("Tea", "Black tea"))
    assert (len(answer["conflicts"]), list_products("name")) == (1, [("By hand",)])


@all_cases("cell", ["16192493.87", "1619249387", "9999999999.5"])
def test_a_quantity_that_is_too_high_is_quoted_as_it_is_in_the_file(as_alice, cell):
    answer = upload(as_alice, f"Name,Price,Stock\nTea,1,{cell}\n", MOVING).json()
    assert [(row["column"], row["cell"]) for row in answer["rows"]] == [("quantity", cell)]


@pytest.mark.usefixtures("alice")
def test_a_new_product_in_two_places_is_no_change(as_alice):
    import_file(as_alice, "Name,Price,Stock\nPot,1,1\n")
    rows = "Tea,1,2,Shop\nTea,1,3,Store\nPot,2,4,Shop\n"
    query = "?create_missing=true&dry_run=true"
    answer = import_file(as_alice, f"name,price,quantity,location\n{rows}", query)
    assert [one["name"] for one in answer["changes"]] == ["Pot"]
