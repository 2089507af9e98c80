"""The headers of real price lists of wholesalers, in several languages: what their columns are read as."""

import pytest

from testing.tables import all_cases
from trade.purchasing.price_lists.tests.lists import make_supplier, send, take

pytestmark = pytest.mark.django_db
NAMED = [
    ("sku,ean,descrizione,marchio,prezzo_vendita,prezzo_pubblico", "015796,8054187279461,Cucina,A,397.92,529.0",
     "supplier_sku barcode name - cost_price price"),
    ("Cod.Art.Rossi;Descrizione Articolo;Prezzo Cliente;Prezzo Listino;Barcode Produttore",
     "RT-1;Presa;4,85;9,90;8012199991202", "supplier_sku name cost_price - barcode"),
    ("Artikel;Fabrikantscode;Omschrijving;Prijs;Prijs_incl_heffingen;Voorraad;EAN_code",
     "ACR-1;DG.1;Nitro;939.00;941.80;76;4711474490551", "supplier_sku - name cost_price - - barcode"),
    ("Artnr.;Product;Skal; Prijs per eenh. ; Prijs per colli ", "1;Aardappels;1; € 1.00 ; € 5.00 ",
     "supplier_sku name - cost_price -"),
    ("artikelnummer;omschrijving;prijsPer;Eenheid;verkoopprijs", "60300;Balk;1;m1;13,20",
     "supplier_sku name price_unit - cost_price"),
    ("Référence;Désignation;PA HT;PV TTC;Stock", "HTTP-1;Classeur;12,50;29,90;4",
     "supplier_sku name cost_price price -"),
    ("MARCA;REF;NOM;COST;TARIFAA;PVP;EAN", "A;R1;Uno;5,50;6;12,00;8012199991201",
     "- supplier_sku name cost_price - price barcode"),
    ("SKU,Brand,UPC,Vendor Wholesale Price,MSRP,Product Name", "S-1,A,012345678905,10.00,20.00,Test",
     "supplier_sku - barcode cost_price price name"),
    ("Art.-Nr.;Bezeichnung;VE;Preiseinheit;EK netto;UVP;Mindestbestellmenge;Lieferzeit",
     "1;Tee;12;1;4,20;9,90;24;5 Tage", "supplier_sku name pack_size price_unit cost_price price min_units lead_days"),
    # A word of buying is that of the cost, and one of selling is not, while another column may be it.
    ("SKU;Name;Purchase price excl. VAT;Selling price", "1;Tea;4,20;9,90", "supplier_sku name cost_price price"),
    ("SKU;Name;Cost ex VAT;Retail price", "1;Tea;4,20;9,90", "supplier_sku name cost_price price"),
    ("Artikelnr;Name;Verkaufspreis brutto;Einkaufspreis netto", "1;Tee;9,90;4,20",
     "supplier_sku name price cost_price"),
    ("Artnr;Namn;Inköpspris exkl. moms;Försäljningspris", "1;Te;4,20;9,90", "supplier_sku name cost_price price"),
    ("Referencia;Nombre;Precio compra;Precio venta", "1;Té;4,20;9,90", "supplier_sku name cost_price price"),
    ("SKU;Name;price;buy_price", "1;Tea;9,90;4,20", "supplier_sku name price cost_price"),
    ("SKU;Name;Selling price;Stock", "1;Tea;9,90;4", "supplier_sku name cost_price -"),
]  # fmt: skip


@all_cases(("header", "row", "columns"), NAMED)
def test_the_columns_of_real_lists_are_known(alice, as_alice, header, row, columns):
    body = take(as_alice, make_supplier(alice), f"{header}\n{row}\n", "?dry_run=true")
    assert " ".join(column["column"] or "-" for column in body["columns"]) == columns


@all_cases(
    "header",
    [
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Status",
        "stock_sequence,sku,name,price,quantity [Shop],field:brand,option:size,group",
        "ID,Type,SKU,Name,Regular price,Stock,In stock?,Parent",
    ],
)
def test_the_files_of_other_systems_are_read_as_lists(alice, as_alice, header):
    names = header.split(",")
    row = ["S-1" if "SKU" in name.upper() else "4.00" if "price" in name.lower() else "1" for name in names]
    body = take(as_alice, make_supplier(alice), f"{header}\n{','.join(row)}\n", "?create_missing=true")
    assert {"supplier_sku", "cost_price"} <= {column["column"] for column in body["columns"]}
    assert body["totals"]["rows"] == 1


@all_cases(
    "file", ["Kategorie,Marke,Modell,Preis\nSmartphone,A,Phone 8,9\nSmartphone,A,Phone 8,4\n", "Name;Anschrift\nA;B\n"]
)
def test_a_list_without_numbers_says_what_it_needs(alice, as_alice, file):
    body = send(as_alice, make_supplier(alice), file).json()
    assert (body["code"], "column" in body["detail"]) == ("invalid_file", True)


def test_a_price_that_may_be_the_cost_beside_one_of_sales_is_a_question(alice, as_alice):
    file = "SKU;Name;Skolko;Retail price\n1;Tea;4,20;9,90\n2;Pot;5,10;8,80\n"
    [asked] = send(as_alice, make_supplier(alice), file).json()["questions"]
    assert asked["answers"] == {
        "Skolko (C)": "columns==C:cost_price,=D:", "Retail price (D)": "columns==C:,=D:cost_price",
        "none": "columns==C:,=D:",
    }  # fmt: skip


@all_cases(
    ("file", "answers"),
    [
        *((f"SKU;Name;Skolko\nA1;Tea;{price}\nA2;Pot;5\nA3;Cup;6\n", {
            "cost_price": "columns==C:cost_price", "none": "columns==C:",
        }) for price in ("4", "4,20")),
        ("Foo;Name;Preis\n10001;Tea;4\n10002;Pot;5\n10009;Cup;5\n", {
            "supplier_sku": "columns==A:supplier_sku", "none": "columns==A:",
        }),
    ],
)  # fmt: skip
def test_a_column_that_a_list_needs_is_a_question(alice, as_alice, file, answers):
    supplier = make_supplier(alice)
    [asked] = send(as_alice, supplier, file).json()["questions"]
    assert asked["answers"] == answers
    assert take(as_alice, supplier, file, f"?{next(iter(answers.values()))}&dry_run=true")["unknown"] == 3


def test_titles_and_sections_are_no_rows(alice, as_alice):
    above = "Muster GmbH;;\nPreisliste 2027;;\n;;\n"
    file = f"{above}Art.-Nr.;Bezeichnung;Preis\nTee;;\n1;Sencha;4,20\n;Kaffee;\n2;Espresso;5,10\n"
    body = take(as_alice, make_supplier(alice), file, "?dry_run=true")
    assert (body["header_line"], body["unknown"]) == (4, 2)


def test_values_below_a_column_without_a_name_are_left_out(alice, as_alice):
    file = "Art.-Nr.,Bezeichnung,Preis,\n1,Sencha,4.20,https://a.example/1.jpg\n2,Espresso,5.10,\n"
    body = take(as_alice, make_supplier(alice), file, "?dry_run=true")
    assert (body["unknown"], body["left_out"]) == (2, [{"column": "D", "values": 1}])


def test_a_list_without_a_header_is_read_by_letters(alice, as_alice):
    file, columns = "1,Sencha,4.20\n2,Espresso,5.10\n", "columns==A:supplier_sku,=B:name,=C:cost_price"
    refused = send(as_alice, make_supplier(alice), file, f"?{columns}").json()
    assert [one["answers"]["yes"] for one in refused["questions"]] == ["header=none"]
    body = take(as_alice, make_supplier(alice, "Other"), file, f"?{columns}&header=none&dry_run=true")
    assert body["unknown"] == 2


@pytest.mark.quick
@all_cases(
    ("names", "chosen", "columns"),
    [
        ("Cod.Art.Rossi,Nome,Prezzo,Xyz", "", "supplier_sku name cost_price -"),
        ("Cod.Art.Rossi,Nome,Prezzo,Xyz", "Cod.Art.Rossi:,Xyz:supplier_sku", "- name cost_price supplier_sku"),
        ("Cod.Art.Rossi,Nome,Prezzo,Xyz", "Prezzo:,Xyz:cost_price", "supplier_sku name - cost_price"),
        ("SKU,Name,Price,Xyz", "SKU:,Xyz:supplier_sku", "- name cost_price supplier_sku"),
        ("SKU,Name,Price,Selling price", "Price:", "supplier_sku name - cost_price"),
        ("SKU,Name,Price,Xyz", "Xyz:name", "supplier_sku - cost_price name"),
    ],
)
def test_what_the_user_says_of_a_column_is_heard_before_its_name(alice, as_alice, names, chosen, columns):
    file = f"{names}\nA-1,Tea,4.20,7.15\nA-2,Pot,5.10,8.15\n"
    body = take(as_alice, make_supplier(alice), file, f"?columns={chosen}&dry_run=true")
    assert " ".join(one["column"] or "-" for one in body["columns"]) == columns


@all_cases("ids", ["112", "123"])
def test_an_id_beside_a_number_is_not_the_supplier_s_number(alice, as_alice, ids):
    rows = zip(ids, ("TE-1", "PO-2", "CU-3"), ("Tea", "Pot", "Cup"), strict=True)
    file = "\n".join(["id,code,name,price", *(f"{one},{code},{name},4.20" for one, code, name in rows)])
    body = take(as_alice, make_supplier(alice), f"{file}\n", "?dry_run=true")
    assert [one["column"] for one in body["columns"]] == [None, "supplier_sku", "name", "cost_price"]


def test_an_id_that_repeats_is_no_number_of_the_supplier(alice, as_alice):
    body = send(as_alice, make_supplier(alice), "id,name,price\n1,Tea,4.20\n1,Pot,5.10\n2,Cup,3.00\n").json()
    assert (body["code"], [one["column"] for one in body["columns"]]) == ("invalid_file", [None, "name", "cost_price"])
