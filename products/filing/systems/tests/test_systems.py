"""The exports of other systems: which one a header is of, and what its columns are."""

import csv

import pytest

from products.filing.columns import COLUMN_NAMES
from products.filing.systems.systems import (
    AXIS,
    KEPT,
    KIND,
    LEFT,
    LIST_OF_AXES,
    LIST_OF_VALUES,
    PAIRS,
    PARENT,
    PARENT_CODE,
    PICTURE,
    PLACE,
    PLACES,
    SYSTEMS,
    VALUE,
    VARIANT,
    VARIATIONS,
    System,
    find_system,
)
from products.filing.systems.tests.system_files import SYSTEM_FILES, Sample
from testing.tables import all_cases


def find_delimiter(text: str) -> str:
    return ";" if text.count(";") > text.count(",") else ","


def read_header(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=find_delimiter(line)))


def describe_all(header: str) -> dict[str, str]:
    """Return the system's name as `system`, and what each column is by its name."""
    names = read_header(header)
    system = find_system(names)
    assert system
    return {"system": system.name} | {name: system.describe(name)[0] for name in names}


@all_cases(
    ("header", "system", "kinds"),
    [
        (
            "Handle,Title,Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,"
            "Variant Compare At Price,Image Src,Price / EU",
            "Shopify",
            {"Handle": PARENT, "Option1 Name": AXIS, "Option1 Value": VALUE, "Variant Price": "price",
             "Variant Compare At Price": KEPT, "Price / EU": LEFT, "Image Src": PICTURE},
        ),
        (
            "Title,URL handle,Vendor,Product category,SKU,Barcode,Option1 name,Option1 value,Price,Compare-at price,"
            "Unit price base measure,Inventory quantity,Product image URL,Colour (product.metafields.shopify.colour)",
            "Shopify",
            {"URL handle": PARENT, "SKU": "sku", "Price": "price", "Unit price base measure": LEFT,
             "Inventory quantity": "quantity", "Product image URL": PICTURE, "Compare-at price": KEPT},
        ),
        (
            "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,On hand (current)",
            "Shopify inventory",
            {"Location": "location", "On hand (current)": "quantity", "COO": KEPT},
        ),
        (
            "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Main Street",
            "Shopify inventory",
            {"Main Street": PLACE, "HS Code": KEPT},
        ),
        (
            "ID,Type,SKU,Name,In stock?,Stock,Sale price,Regular price,Categories,Images,Parent,Attribute 1 name,"
            "Attribute 1 value(s),Meta: x",
            "WooCommerce",
            {"Type": KIND, "ID": "external_id", "In stock?": LEFT, "Stock": "quantity", "Sale price": KEPT,
             "Regular price": "price", "Parent": PARENT_CODE, "Attribute 1 value(s)": VALUE, "Meta: x": LEFT},
        ),
        (
            "ID,Typ,Artikelnummer,Name,Vorrätig?,Lager,Angebotspreis,Regulärer Preis,Kategorien,Übergeordnetes Produkt,"
            "Attribut 1 Name,Attribut 1 Wert(e)",
            "WooCommerce",
            {"Typ": KIND, "Vorrätig?": LEFT, "Lager": "quantity", "Regulärer Preis": "price", "Angebotspreis": KEPT,
             "Attribut 1 Name": AXIS, "Attribut 1 Wert(e)": VALUE},
        ),
        (
            "ID,Type,UGS,Nom,En stock ?,Stock,Tarif promo,Tarif régulier,Catégories,Parent,Nom de l’attribut 1",
            "WooCommerce",
            {"UGS": "sku", "En stock ?": LEFT, "Tarif régulier": "price", "Nom de l’attribut 1": AXIS},
        ),
        (
            "ID,Tipo,SKU,Nombre,¿En inventario?,Inventario,Precio rebajado,Precio normal,Superior,"
            "Nombre del atributo 2,Valor(es) del atributo 2",
            "WooCommerce",
            {"Inventario": "quantity", "¿En inventario?": LEFT, "Precio normal": "price", "Superior": PARENT_CODE},
        ),
        (
            "ID,Tipo,SKU,Nome,Magazzino,Prezzo in offerta,Prezzo di listino,Genitore,Nome dell'attributo 1",
            "WooCommerce",
            {"Magazzino": "quantity", "Prezzo di listino": "price", "Genitore": PARENT_CODE},
        ),
        (
            "ID,Type,SKU,Naam,Gepubliceerd,Op voorraad?,Voorraad,Actieprijs,Reguliere prijs,Categorieën,Hoofd",
            "WooCommerce",
            {"Voorraad": "quantity", "Op voorraad?": LEFT, "Reguliere prijs": "price", "Hoofd": PARENT_CODE},
        ),
        (
            "Token,Item Name,Variation Name,SKU,GTIN,Price,Online Sale Price,Option Name 1,Option Value 1,"
            "Current Quantity Shop,New Quantity Shop,Stock Alert Count Shop,Price Shop",
            "Square",
            {"Token": "external_id", "Variation Name": VARIANT, "Current Quantity Shop": PLACE,
             "New Quantity Shop": LEFT, "Online Sale Price": KEPT},
        ),
        (
            "id,handle,sku,name,product_category,variant_option_one_name,variant_option_one_value,supply_price,"
            "retail_price,brand_name,supplier_name,inventory_Main_Outlet,reorder_point_Main_Outlet,inventory_Depot",
            "Lightspeed",
            {"id": "external_id", "brand_name": KEPT, "inventory_Main_Outlet": PLACE, "retail_price": "price",
             "supply_price": "cost_price", "reorder_point_Main_Outlet": "min_threshold"},
        ),
        (
            "id,handle,sku,name,type,supply_price,retail_price,supplier_name,inventory_Depot",
            "Vend",
            {"type": "category", "supplier_name": "supplier"},
        ),
        (
            "Handle,SKU,Name,Sold by weight,Option 1 name,Option 1 value,Cost,Track stock,Price [Bar],In stock [Bar]",
            "Loyverse",
            {"In stock [Bar]": PLACE, "Price [Bar]": "price", "Cost": "cost_price", "Track stock": LEFT},
        ),
        (
            "Handle,REF,Nombre,Vendido por peso,Opción 1 nombre,Opción 1 valor,Coste,Codigo de barras,"
            "Seguir el Inventario,Precio [Bar],En inventario [Bar],Existencias bajas [Bar]",
            "Loyverse",
            {"REF": "sku", "Opción 1 nombre": AXIS, "En inventario [Bar]": PLACE, "Precio [Bar]": "price",
             "Existencias bajas [Bar]": "min_threshold"},
        ),
        (
            "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,IMAGE1,IMAGE10,VARIATION 1 VALUES,SKU",
            "Etsy",
            {"IMAGE1": PICTURE, "IMAGE10": PICTURE, "TAGS": "tags", "VARIATION 1 VALUES": KEPT, "QUANTITY": "quantity"},
        ),
        (
            "TITEL,BESCHREIBUNG,PREIS,WÄHRUNGSCODE,STÜCKZAHL,TAGS,MATERIALIEN,BILD1,BILD2,BESTANDSEINHEIT",
            "Etsy",
            {"STÜCKZAHL": "quantity", "BILD2": PICTURE, "BESTANDSEINHEIT": "sku", "PREIS": "price"},
        ),
        (
            "TITOLO,DESCRIZIONE,PREZZO,CODICE VALUTA,QUANTITÀ,TAG,MATERIALI,IMMAGINE1,SKU",
            "Etsy",
            {"QUANTITÀ": "quantity", "TAG": "tags", "IMMAGINE1": PICTURE},
        ),
        (
            "Item ID,Item Name,SKU,UPC,Rate,Purchase Rate,Reorder Point,Vendor,Brand,Stock On Hand,Opening Stock Value,"
            "Usage unit,Warehouse Name,CF.Shelf",
            "Zoho Inventory",
            {"Rate": "price", "Purchase Rate": "cost_price", "Brand": KEPT, "Stock On Hand": "quantity",
             "Opening Stock Value": LEFT, "Warehouse Name": "location", "CF.Shelf": KEPT, "Vendor": "supplier"},
        ),
        (
            "Product Name,Attribute Name1,Attribute Option Name1,Item Name,SKU,Selling Price,Stock On Hand",
            "Zoho Inventory",
            {"Product Name": PARENT, "Attribute Name1": AXIS, "Attribute Option Name1": VALUE, "Item Name": "name"},
        ),
        (
            "Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax excluded or Price tax included;"
            "Wholesale price;Reference #;Supplier;Manufacturer;EAN13;Quantity;Minimal quantity;Unity;Unit price",
            "PrestaShop",
            {"Price tax excluded or Price tax included": "price", "Unit price": KEPT, "Unity": KEPT,
             "Manufacturer": KEPT, "Minimal quantity": LEFT, "Product ID": "external_id", "Supplier": "supplier"},
        ),
        (
            "ID;Actif (0/1);Nom *;Catégories (x,y,z...);Prix TTC;Prix d'achat;Référence #;Quantité;Prix unitaire",
            "PrestaShop",
            {"Prix TTC": "price", "Prix d'achat": "cost_price", "Référence #": "sku", "Prix unitaire": KEPT},
        ),
        (
            "Product ID*;Attribute (Name:Type:Position)*;Value (Value:Position)*;Reference;Impact on price;Quantity",
            "PrestaShop combinations",
            {"Product ID*": PARENT_CODE, "Attribute (Name:Type:Position)*": LIST_OF_AXES,
             "Value (Value:Position)*": LIST_OF_VALUES, "Impact on price": KEPT, "Quantity": "quantity"},
        ),
        (
            "sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,price,special_price,"
            "base_image,small_image,additional_images,qty,out_of_stock_qty,is_in_stock,configurable_variations",
            "Magento",
            {"product_type": KIND, "configurable_variations": VARIATIONS, "qty": "quantity", "is_in_stock": LEFT,
             "small_image": LEFT, "additional_images": PICTURE, "special_price": KEPT},
        ),
        (
            "sku,parent_sku,locale,attribute_family_code,type,categories,images,name,price,cost,inventories,"
            "configurable_variants",
            "Bagisto",
            {"parent_sku": PARENT_CODE, "inventories": PLACES, "cost": "cost_price", "type": KIND},
        ),
        (
            "name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand",
            "Vendure",
            {"slug": PARENT, "optionGroups": LIST_OF_AXES, "optionValues": LIST_OF_VALUES, "stockOnHand": "quantity"},
        ),
        (
            "handleId,fieldType,name,productImageUrl,collection,sku,price,surcharge,inventory,cost,productOptionName1,"
            "productOptionType1,productOptionDescription1,productOptionName5",
            "Wix",
            {"handleId": PARENT, "fieldType": KIND, "productOptionDescription1": VALUE, "surcharge": KEPT,
             "productOptionName5": LEFT},
        ),
        (
            "handle,fieldType,name,plainDescription,media,price,strikethroughPrice,inventory,sku,barcode,"
            "productOptionName1,productOptionType1,productOptionChoices1",
            "Wix",
            {"handle": PARENT, "productOptionChoices1": VALUE, "media": PICTURE, "strikethroughPrice": KEPT},
        ),
        (
            "Product ID [Non Editable],Variant ID [Non Editable],Product Type [Non Editable],Product Page,Title,SKU,"
            "Option Name 1,Option Value 1,Price,Sale Price,On Sale,Stock,Categories,Hosted Image URLs",
            "Squarespace",
            {"Product ID [Non Editable]": PARENT, "Variant ID [Non Editable]": "external_id", "Sale Price": KEPT,
             "Product Type [Non Editable]": LEFT, "Option Value 1": VALUE},
        ),
        (
            "External ID,Name,Internal Reference,Sales Price,Cost,Quantity On Hand,Forecasted Quantity,Product Type",
            "Odoo",
            {"External ID": "external_id", "Internal Reference": "sku", "Forecasted Quantity": LEFT},
        ),
        (
            "Name,Variant Values,Internal Reference,Sales Price,Quantity On Hand",
            "Odoo",
            {"Variant Values": PAIRS, "Quantity On Hand": "quantity"},
        ),
        (
            "Référence interne,Nom,Prix de vente,Coût,Quantité en stock,Catégorie de produits,Unité de mesure",
            "Odoo",
            {"Coût": "cost_price", "Quantité en stock": "quantity", "Unité de mesure": "unit"},
        ),
        (
            "Interne Referenz,Name,Verkaufspreis,Kosten,Vorrätige Menge,Produktkategorie",
            "Odoo",
            {"Kosten": "cost_price", "Vorrätige Menge": "quantity"},
        ),
        (
            "Referencia interna,Nombre,Precio de venta,Coste,Cantidad a mano,Categoría de producto",
            "Odoo",
            {"Coste": "cost_price", "Cantidad a mano": "quantity"},
        ),
        (
            "ID,Name,IPN,Description,Keywords,Category,Category Path,Units,Minimum Stock,Total Stock,Active,Image",
            "InvenTree",
            {"ID": "external_id", "IPN": "sku", "Total Stock": "quantity", "Minimum Stock": "min_threshold"},
        ),
        (
            "name;description;category;footprint;tags;quantity;storage_location;manufacturer;supplier;spn;price;minamount",
            "Part-DB",
            {"price": "cost_price", "supplier": "supplier", "manufacturer": KEPT, "spn": "supplier_sku"},
        ),
        (
            "Company,Name,Category,Supplier,Manufacturer,QTY,Location,Min Amount,Item Number,Purchase Cost",
            "Snipe-IT",
            {"QTY": "quantity", "Min Amount": "min_threshold", "Purchase Cost": "cost_price", "Manufacturer": KEPT},
        ),
        (
            "Item Name,Purchase Date,Purchase Cost,Location,Company,Order Number,Serial number,Category,Quantity",
            "Snipe-IT",
            {"Item Name": "name", "Serial number": KEPT, "Order Number": KEPT},
        ),
        (
            "Company,Name,Asset Tag,Category,Supplier,Model,Purchase Cost,Checkout Type,Checked Out To: Email",
            "Snipe-IT",
            {"Asset Tag": "sku", "Checked Out To: Email": LEFT},
        ),
        (
            "Id,ProductCode,ProductType,Name,Category,UnitOfMeasure,UnitCost,LotAndExpiryControl,Manufacturer,"
            "VendorCode,VendorName,UPC",
            "OpenBoxes",
            {"UnitCost": "cost_price", "ProductType": LEFT, "Manufacturer": KEPT, "VendorName": "supplier"},
        ),
        (
            "Product code,Product name,Lot number,Expiration date,Bin location,OB QOH,Physical QOH,Comment",
            "OpenBoxes",
            {"Expiration date": "expires_on", "Bin location": "location", "Physical QOH": "quantity"},
        ),
        (
            "HB.name,HB.asset_id,HB.location,HB.tags,HB.quantity,HB.purchase_price,HB.sold_price,HB.field.Colour",
            "Homebox",
            {"HB.asset_id": "sku", "HB.purchase_price": "cost_price", "HB.sold_price": KEPT, "HB.field.Colour": KEPT},
        ),
        (
            "id,name,description,location_id,qu_id_stock,min_stock_amount,active",
            "Grocy",
            {"id": "external_id", "min_stock_amount": "min_threshold", "qu_id_stock": LEFT},
        ),
        (
            "Product,Product group,Amount,Value,Next due date,Default location",
            "Grocy",
            {"Amount": "quantity", "Next due date": "expiration_date", "Value": LEFT, "Default location": KEPT},
        ),
        (
            "code,url,product_name,quantity,brands,categories,categories_tags,countries_tags,fat_100g,image_url",
            "Open Food Facts",
            {"code": "barcode", "quantity": KEPT, "fat_100g": LEFT, "image_url": PICTURE},
        ),
        (
            "id,title,description,availability,condition,price,link,image_link,brand,item_group_id,color,gtin",
            "Meta catalogue",
            {"id": "external_id", "item_group_id": PARENT, "color": "option:Colour", "availability": LEFT},
        ),
    ],
)  # fmt: skip
def test_recognises_a_system_by_its_header(header, system, kinds):
    described = describe_all(header)
    assert described["system"] == system
    assert {name: described[name] for name in kinds} == kinds


@pytest.mark.parametrize(
    "header",
    [
        "name,sku,barcode,price,quantity,category,supplier",
        "Name,Type,SKU,Regular price,Sale price,Stock,Categories,Tags,Images",
        "Handle,Name,SKU,Price,Stock",
        "Product,Product group,Price,Stock,Location",
        "Title,Description,Price,Quantity,Tags,Image,SKU",
        "Item Name,SKU,Selling Price,Stock On Hand,Warehouse",
        "Reference,Name,Category,Price,Quantity,Supplier,Manufacturer",
        "Product code,Product name,Lot number,Expiration date,Bin location,Quantity",
        "Name,Category,Supplier,Location,Quantity,Purchase Cost",
        "Internal Reference,Name,Sales Price,Cost,Quantity",
        "id,title,description,price,link,brand",
        "name,description,category,tags,quantity,location,price",
        "Artikelnummer;Bezeichnung;Preis;Bestand;Kategorie;Lieferant",
        "Référence;Désignation;Prix de vente;Quantité;Catégorie;Fournisseur",
        "Código;Nombre;Tipo;Precio;Cantidad;Proveedor",
        "Codice;Descrizione;Prezzo;Quantità;Fornitore",
        "",
    ],
)
def test_the_file_of_a_small_shop_is_of_no_system(header):
    assert find_system(read_header(header)) is None


def test_our_own_export_is_of_no_system():
    assert find_system([*COLUMN_NAMES, "option:size", "field:brand"]) is None


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_no_name_has_two_meanings(system: System):
    meanings: dict[str, set[str]] = {}
    for name, (kind, _) in system.list_names():
        meanings.setdefault(name, set()).add(kind)
    both = {"itemname": {PARENT, "name"}}  # of Square, which has no other name of a parent
    assert {name: kinds for name, kinds in meanings.items() if len(kinds) > 1 and kinds != both.get(name)} == {}


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_columns_of_a_system_are_known_and_each_axis_has_a_value(system: System):
    columns = [kind for kind in system.columns if not kind.startswith(("*", "option:"))]
    assert [column for column in columns if column not in COLUMN_NAMES] == []
    assert len(system.columns.get(AXIS, ())) == len(system.columns.get(VALUE, ()))


def test_describes_the_position_and_the_text_of_a_name():
    loyverse = find_system(["Handle", "Sold by weight", "Track stock"])
    assert loyverse
    assert loyverse.describe("IN STOCK [Corner shop]") == (PLACE, 0, "Corner shop")
    assert loyverse.describe("Option 2 value") == (VALUE, 1, "")
    assert loyverse.describe("Colour of the lid") == ("", 0, "")


@pytest.mark.parametrize("sample", SYSTEM_FILES.values(), ids=SYSTEM_FILES)
def test_the_sample_files_are_recognised(sample: Sample):
    header, *rows = csv.reader(sample.text.splitlines(), delimiter=find_delimiter(sample.text))
    system = find_system(header)
    assert system
    assert system.name == sample.recognised["system"]
    assert {len(row) for row in rows} == {len(header)}


def test_each_system_has_a_sample_file():
    recognised = [find_system(read_header(sample.text.splitlines()[0])) for sample in SYSTEM_FILES.values()]
    assert [system.name for system in SYSTEMS if system not in recognised] == []
