"""Small files in the forms that other systems export, and what an import of each makes.

The imports are those of a person who moves in: a product without a price costs nothing, negative stock is none, and
what a product has no column for is kept.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A file and its import.

    `products` are by their SKU, or by their name if they have none. Each has some values of the product, and of
    `group` (its name), `options` and `places` (the quantities by the name of the location). `recognised` is that of the
    answer: `products` counts parents and single products, `variants` the products that are in groups, `pictures` the
    links, and `places` the locations. `after` is the sample that is imported before.
    """

    text: str
    products: dict[str, dict[str, Any]]
    recognised: dict[str, str | int]
    after: str = ""


def recognise(
    system: str, products: int, variants: int = 0, pictures: int = 0, places: int = 0
) -> dict[str, str | int]:
    counts = {"products": products, "variants": variants, "pictures": pictures, "places": places}
    return {"system": system, **counts}


SYSTEM_FILES: dict[str, Sample] = {
    # The quantities have units, and the last row has totals.
    "Tally": Sample(
        """\
Particulars,Quantity,Rate,Value
Basmati 1 kg,10 Nos,82.50,825.00
Ghee,4 Jar,310.00,1240.00
Grand Total,,,2065.00
""",
        {
            "Basmati 1 kg": {"quantity": 10, "cost_price": "82.50", "price": "0.00"},
            "Ghee": {"quantity": 4, "cost_price": "310.00"},
        },
        recognise("Tally", 2),
    ),
    "1C": Sample(
        """\
Код;Артикул;Номенклатура;Ед. изм.;Начальный остаток;Приход;Расход;Конечный остаток
00-01;K-1;Краска белая;шт;5;10;3;12
00-02;;Кисть;шт;;2;;2
;;Итого;;5;12;3;14
""",
        {
            "K-1": {"name": "Краска белая", "quantity": 12, "unit": "шт", "external_id": "00-01"},
            "Кисть": {"quantity": 2},
        },
        recognise("1C", 2),
    ),
    # A product with two variants and a further picture, and a single product whose stock is negative.
    "Shopify": Sample(
        """\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Image Position,Cost per item
wool-hat,Wool hat,<p>Warm.</p>,Knit & Co,Hats,"winter, wool",TRUE,Size,S,HAT-S,4,19.90,'4006381333931,https://cdn.example/hat.jpg,1,8.00
wool-hat,,,,,,,,M,HAT-M,2,21.90,'4006381333948,,,8.50
wool-hat,,,,,,,,,,,,,https://cdn.example/hat-2.jpg,2,
door-bell,Door bell,,Ding,Doors,,TRUE,Title,Default Title,BELL,-1,35.00,,,,
""",
        {
            "HAT-S": {"price": "19.90", "quantity": 4, "barcode": "4006381333931", "category": "Hats",
                      "supplier": "Knit & Co", "cost_price": "8.00", "group": "Wool hat", "options": {"Size": "S"}},
            "HAT-M": {"price": "21.90", "quantity": 2, "barcode": "4006381333948", "category": "Hats",
                      "group": "Wool hat", "options": {"Size": "M"}},
            "BELL": {"name": "Door bell", "price": "35.00", "quantity": 0, "supplier": "Ding"},
        },
        recognise("Shopify", 2, 2, 2),
    ),
    # The form since 2025, with the last two rows of the same product without a price.
    "Shopify 2025": Sample(
        """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Cost per item,Unit price base measure,Inventory quantity,Product image URL
Tea towel,tea-towel,Linen,Loom,Home & Garden > Linens,,kitchen,TRUE,Active,TOWEL,,Title,Default Title,,9.50,12.00,4.00,,7,https://cdn.example/towel.jpg
Cushion,cushion,,Loom,Home & Garden > Decor,,,TRUE,Active,CUSH-R,,Colour,Red,,25.00,,,,3,https://cdn.example/cushion.jpg
,cushion,,,,,,,,CUSH-B,,,Blue,,,,,,0,
""",
        {
            "TOWEL": {"name": "Tea towel", "price": "9.50", "cost_price": "4.00", "quantity": 7, "category": "Linens"},
            "CUSH-R": {"price": "25.00", "quantity": 3, "group": "Cushion", "options": {"Colour": "Red"}},
            "CUSH-B": {"quantity": 0, "group": "Cushion", "options": {"Colour": "Blue"}},
        },
        recognise("Shopify", 2, 2, 2),
    ),
    # A row for each location.
    "Shopify inventory": Sample(
        """\
Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Incoming (not editable),Unavailable (not editable),Committed (not editable),Available (not editable),On hand (current),On hand (new)
wool-hat,Wool hat,Size,S,HAT-S,,,Main Street,0,0,1,3,4,
wool-hat,Wool hat,Size,S,HAT-S,,,Harbour,0,0,0,2,2,
wool-hat,Wool hat,Size,M,HAT-M,,,Main Street,0,0,0,1,1,
""",
        {
            "HAT-S": {"quantity": 6, "places": {"Main Street": 4, "Harbour": 2}, "options": {"Size": "S"}},
            "HAT-M": {"quantity": 1, "places": {"Main Street": 1}, "options": {"Size": "M"}},
        },
        recognise("Shopify inventory", 1, 2, 0, 2),
    ),
    # A column for each location. `not stocked` is no quantity.
    "Shopify inventory by columns": Sample(
        """\
Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,Main Street,Harbour
door-bell,Door bell,Title,Default Title,,,,,BELL,,DE,5,2
wool-hat,Wool hat,Title,Default Title,,,,,HAT,,,1,not stocked
""",
        {
            "BELL": {"name": "Door bell", "quantity": 7, "places": {"Main Street": 5, "Harbour": 2}},
            "HAT": {"quantity": 1, "places": {"Main Street": 1}},
        },
        recognise("Shopify inventory", 2, 0, 0, 2),
    ),
    # `variable` is a parent, whose variations name it by its SKU or its id. `In stock?` is no quantity.
    "WooCommerce": Sample(
        """\
ID,Type,SKU,Name,Published,In stock?,Stock,Low stock amount,Sale price,Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible
10,variable,MUG,Mug,1,1,,,,,"Kitchen, Kitchen > Cups",,"https://cdn.example/mug.jpg, https://cdn.example/mug-2.jpg",,Colour,"Red, Blue",1
11,variation,MUG-R,Mug - Red,1,1,5,,,12.00,,,,MUG,Colour,Red,
12,variation,MUG-B,Mug - Blue,1,0,-2,,,12.50,,,,id:10,Colour,Blue,
20,simple,SPOON,Spoon,1,1,30,5,2.00,3.00,Kitchen > Cutlery,"steel, small",,,,,
""",
        {
            "MUG-R": {"name": "Mug - Red", "price": "12.00", "quantity": 5, "external_id": "11", "group": "Mug",
                      "options": {"Colour": "Red"}},
            "MUG-B": {"price": "12.50", "quantity": 0, "group": "Mug", "options": {"Colour": "Blue"}},
            "SPOON": {"name": "Spoon", "price": "3.00", "quantity": 30, "min_threshold": 5, "category": "Cutlery",
                      "tags": ["steel", "small"]},
        },
        recognise("WooCommerce", 2, 2, 2),
    ),
    "WooCommerce in German": Sample(
        """\
ID,Typ,Artikelnummer,Name,Veröffentlicht,Vorrätig?,Lager,Angebotspreis,Regulärer Preis,Kategorien,Schlagwörter,Bilder,Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e)
10,variable,KANNE,Kanne,1,1,,,,Küche,,https://cdn.example/kanne.jpg,,Größe,"1 l, 2 l"
11,variation,KANNE-1,Kanne - 1 l,1,1,4,,"24,90",,,,KANNE,Größe,1 l
20,simple,SIEB,Sieb,1,1,9,"3,50","4,90",Küche > Siebe,Stahl,,,,
""",
        {
            "KANNE-1": {"price": "24.90", "quantity": 4, "group": "Kanne", "options": {"Größe": "1 l"}},
            "SIEB": {"price": "4.90", "quantity": 9, "category": "Siebe", "tags": ["Stahl"]},
        },
        recognise("WooCommerce", 2, 1, 1),
    ),
    # Two locations in columns, variants with options and one that only has a name, and no price.
    "Square": Sample(
        """\
Token,Item Name,Variation Name,SKU,Description,Categories,GTIN,Item Type,Price,Option Name 1,Option Value 1,Default Unit Cost,Default Vendor Name,Default Vendor Code,Enabled Pier,Current Quantity Pier,New Quantity Pier,Stock Alert Count Pier,Enabled Yard,Current Quantity Yard,New Quantity Yard
AAA1,Candle,Small,CAN-S,,Light,,Physical good,4.00,Size,Small,1.20,Wax Ltd,W-1,Y,10,,2,Y,3,
AAA2,Candle,Large,CAN-L,,Light,,Physical good,7.00,Size,Large,2.20,Wax Ltd,W-2,Y,4,,,Y,,
AAA3,Matches,Regular,MATCH,,Light,4006381333931,Physical good,variable,,,,,,Y,20,,,N,,
""",
        {
            "CAN-S": {"price": "4.00", "quantity": 13, "places": {"Pier": 10, "Yard": 3}, "external_id": "AAA1",
                      "supplier": "Wax Ltd", "group": "Candle", "options": {"Size": "Small"}},
            "CAN-L": {"quantity": 4, "places": {"Pier": 4}, "options": {"Size": "Large"}},
            "MATCH": {"name": "Matches", "price": "0.00", "quantity": 20, "barcode": "4006381333931"},
        },
        recognise("Square", 2, 2, 0, 2),
    ),
    # Two outlets, a variant with negative stock in one of them, and a path of categories.
    "Lightspeed": Sample(
        """\
id,handle,sku,composite_name,composite_sku,composite_quantity,name,description,product_category,variant_option_one_name,variant_option_one_value,tags,supply_price,retail_price,brand_name,supplier_name,supplier_code,active,track_inventory,inventory_Main_Outlet,reorder_point_Main_Outlet,restock_level_Main_Outlet,inventory_Depot,reorder_point_Depot,restock_level_Depot
u-1,rain-coat,9001,,,,Rain coat,,Clothes / Coats,Size,M,"rain,coat",20.00,49.00,Dry,Outdoor Ltd,OC-M,1,1,3,1,5,8,0,0
u-2,rain-coat,9002,,,,Rain coat,,Clothes / Coats,Size,L,"rain,coat",20.00,49.00,Dry,Outdoor Ltd,OC-L,1,1,-2,1,5,6,0,0
u-3,umbrella,9003,,,,Umbrella,,Rain/Sun,,,,5.00,12.00,,Outdoor Ltd,,1,1,7,0,0,0,0,0
""",
        {
            "9001": {"price": "49.00", "cost_price": "20.00", "quantity": 11, "places": {"Main_Outlet": 3, "Depot": 8},
                     "category": "Coats", "group": "Rain coat", "options": {"Size": "M"}},
            "9002": {"quantity": 6, "places": {"Depot": 6}, "options": {"Size": "L"}, "supplier_sku": "OC-L"},
            "9003": {"name": "Umbrella", "quantity": 7, "category": "Rain/Sun", "external_id": "u-3"},
        },
        recognise("Lightspeed", 2, 2, 0, 2),
    ),
    "Vend": Sample(
        """\
id,handle,sku,name,description,type,variant_option_one_name,variant_option_one_value,supply_price,retail_price,brand_name,supplier_name,supplier_code,active,track_inventory,inventory_Shop,reorder_point_Shop,inventory_Barn,reorder_point_Barn
v-1,spade,5001,Spade,,Garden,,,8.00,18.50,Digger,Tools Ltd,T-1,1,1,4,2,1,0
v-2,rake,5002,Rake,,Garden,,,7.00,15.00,,,,1,1,0,0,6,0
""",
        {
            "5001": {"price": "18.50", "quantity": 5, "places": {"Shop": 4, "Barn": 1}, "supplier": "Tools Ltd"},
            "5002": {"price": "15.00", "quantity": 6, "places": {"Barn": 6}, "category": "Garden"},
        },
        recognise("Vend", 2, 0, 0, 2),
    ),
    # The row of a variant has no name. `variable` is no price.
    "Loyverse": Sample(
        """\
Handle,SKU,Name,Category,Description,Sold by weight,Option 1 name,Option 1 value,Cost,Barcode,Track stock,Available for sale [Bar],Price [Bar],In stock [Bar],Low stock [Bar],Available for sale [Kiosk],Price [Kiosk],In stock [Kiosk],Low stock [Kiosk],"Tax - ""VAT"" (7%)"
coffee,10001,Coffee,Drinks,,N,Size,Small,0.40,,Y,Y,2.50,10,2,Y,2.50,5,,Y
coffee,10002,,,,,,Large,0.60,,Y,Y,3.20,8,,Y,3.20,-1,,Y
cake,10003,Cake,Food,,N,,,1.10,4006381333931,Y,Y,variable,6,,Y,variable,2,,N
""",
        {
            "10001": {"price": "2.50", "cost_price": "0.40", "quantity": 15, "places": {"Bar": 10, "Kiosk": 5},
                      "group": "Coffee", "options": {"Size": "Small"}},
            "10002": {"price": "3.20", "quantity": 8, "places": {"Bar": 8}, "options": {"Size": "Large"}},
            "10003": {"name": "Cake", "price": "0.00", "quantity": 8, "places": {"Bar": 6, "Kiosk": 2}},
        },
        recognise("Loyverse", 2, 2, 0, 2),
    ),
    "Loyverse in Spanish": Sample(
        """\
Handle,REF,Nombre,Categoria,Descripción,Vendido por peso,Opción 1 nombre,Opción 1 valor,Coste,Codigo de barras,Seguir el Inventario,Proveedor,Costo de compra,Disponibles para la venta [Horno],Precio [Horno],En inventario [Horno],Existencias bajas [Horno]
pan,20001,Pan,Panes,,N,,,0.80,,Y,Harinas SL,0.75,Y,1.90,25,5
queso,20002,Queso,Lácteos,,S,,,3.00,,Y,,,Y,9.50,4,
""",
        {
            "20001": {"name": "Pan", "price": "1.90", "cost_price": "0.80", "quantity": 25, "supplier": "Harinas SL"},
            "20002": {"price": "9.50", "quantity": 4, "places": {"Horno": 4}, "category": "Lácteos"},
        },
        recognise("Loyverse", 2, 0, 0, 1),
    ),
    # The values of options are in cells of one row, so that a listing is one product.
    "Etsy": Sample(
        """\
TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,IMAGE1,IMAGE2,IMAGE3,VARIATION 1 TYPE,VARIATION 1 NAME,VARIATION 1 VALUES,SKU
Silver ring,Handmade,45.00,EUR,6,"ring,silver",silver,https://cdn.example/r1.jpg,https://cdn.example/r2.jpg,,Ring size,Ring size,"52,54",RING
Brooch,,30.00,EUR,1,,brass,https://cdn.example/b1.jpg,,,,,,
""",
        {
            "RING": {"name": "Silver ring", "price": "45.00", "quantity": 6, "tags": ["ring", "silver"]},
            "Brooch": {"price": "30.00", "quantity": 1},
        },
        recognise("Etsy", 2, 0, 3),
    ),
    "Etsy in German": Sample(
        """\
TITEL,BESCHREIBUNG,PREIS,WÄHRUNGSCODE,STÜCKZAHL,TAGS,MATERIALIEN,BILD1,BILD2,VARIATIONSTYP 1,VARIATIONSNAME 1,VARIATIONSWERT 1,BESTANDSEINHEIT
Filzkorb,Aus Wolle,"18,50",EUR,4,"korb,filz",Wolle,https://cdn.example/k1.jpg,,,,,KORB
""",
        {"KORB": {"name": "Filzkorb", "price": "18.50", "quantity": 4, "tags": ["korb", "filz"]}},
        recognise("Etsy", 1, 0, 1),
    ),
    # A cost of three decimals that are no fractions, negative stock, and a group of two items.
    "Zoho Inventory": Sample(
        """\
Item ID,Item Name,Group Name,SKU,UPC,EAN,Description,Rate,Purchase Rate,Usage unit,Reorder Point,Vendor,Brand,Opening Stock,Stock On Hand,Category Name,Warehouse Name,Attribute Name1,Attribute Option Name1,Status
4001,Rope - 5 m,Rope,ROPE-5,,4006381333931,,EUR 9.00,EUR 4.500,pcs,2,Hemp Ltd,Knot,10,8,Ropes,Depot,Length,5 m,Active
4002,Rope - 10 m,Rope,ROPE-10,,,,EUR 16.00,EUR 8.000,pcs,2,Hemp Ltd,Knot,10,-3,Ropes,Depot,Length,10 m,Active
4003,Hook,,HOOK,036000291452,,,EUR 2.00,EUR 0.500,pcs,,,,5,5,Fittings,Depot,,,Active
""",
        {
            "ROPE-5": {"price": "9.00", "cost_price": "4.50", "quantity": 8, "supplier": "Hemp Ltd", "group": "Rope",
                       "options": {"Length": "5 m"}, "places": {"Depot": 8}},
            "ROPE-10": {"price": "16.00", "quantity": 0, "options": {"Length": "10 m"}},
            "HOOK": {"name": "Hook", "quantity": 5, "unit": "pcs", "barcode": "036000291452", "external_id": "4003"},
        },
        recognise("Zoho Inventory", 2, 2, 0, 1),
    ),
    # The price per litre is no price, and the manufacturer is not the supplier.
    "PrestaShop": Sample(
        """\
Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax excluded or Price tax included;Tax rules ID;Wholesale price;On sale (0/1);Reference #;Supplier reference #;Supplier;Manufacturer;EAN13;UPC;Quantity;Minimal quantity;Unity;Unit price;Short description;Description;Tags (x,y,z...);Image URLs (x,y,z...)
1;1;Olive oil;Food,Oils;12.00;1;6.00;0;OIL;O-1;Grove Ltd;Press;4006381333931;;14;1;litre;24.00;;From Crete;oil,crete;https://cdn.example/oil.jpg,https://cdn.example/oil-2.jpg
2;1;Soap;Bath;4.50;1;1.50;0;SOAP;;;Press;;;30;1;;;;;;
""",
        {
            "OIL": {"name": "Olive oil", "price": "12.00", "cost_price": "6.00", "quantity": 14, "category": "Food",
                    "supplier": "Grove Ltd", "supplier_sku": "O-1", "external_id": "1", "tags": ["oil", "crete"]},
            "SOAP": {"price": "4.50", "quantity": 30, "supplier": None},
        },
        recognise("PrestaShop", 2, 0, 2),
    ),
    # The first two are variants of the soap, which the file before has made.
    "PrestaShop combinations": Sample(
        """\
Product ID*;Attribute (Name:Type:Position)*;Value (Value:Position)*;Supplier reference;Reference;EAN13;UPC;Wholesale price;Impact on price;Ecotax;Quantity;Minimal quantity;Image URLs (x,y,z...)
2;Scent:select:0,Size:select:1;Rose:0,100 g:0;;SOAP-R;;;1.50;0;;12;1;https://cdn.example/rose.jpg
2;Scent:select:0,Size:select:1;Mint:1,100 g:0;;SOAP-M;;;1.60;0.50;;18;1;
""",
        {
            "SOAP-R": {"quantity": 12, "cost_price": "1.50", "options": {"Scent": "Rose", "Size": "100 g"}},
            "SOAP-M": {"quantity": 18, "cost_price": "1.60", "options": {"Scent": "Mint", "Size": "100 g"}},
        },
        recognise("PrestaShop combinations", 1, 2, 1),
        after="PrestaShop",
    ),
    # The parent lists its variants with their options; their own rows have none.
    "Magento": Sample(
        """\
sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,description,price,special_price,base_image,small_image,additional_images,qty,out_of_stock_qty,notify_on_stock_below,is_in_stock,configurable_variations,configurable_variation_labels
VEST-S,,Top,simple,"Default Category/Men,Default Category/Men/Vests",base,Vest S,,29.00,,/v/vest.jpg,/v/vest.jpg,,5,0,1,1,,
VEST-M,,Top,simple,Default Category/Men,base,Vest M,,31.00,25.00,/v/vest.jpg,/v/vest.jpg,"/v/back.jpg,/v/side.jpg",0,0,1,0,,
VEST,,Top,configurable,Default Category/Men,base,Vest,,,,/v/vest.jpg,/v/vest.jpg,,0,0,1,1,"sku=VEST-S,size=S|sku=VEST-M,size=M",size=Size
BELT,,Default,simple,Default Category/Gear,base,Belt,,15.00,,,,,9,0,1,1,,
SUIT,,Default,grouped,Default Category/Men,base,Suit,,0.00,,,,,0,0,1,1,,
BOX,,Default,bundle,Default Category/Men,base,Box,,40.00,,,,,0,0,1,1,,
""",
        {
            "VEST-S": {"price": "29.00", "quantity": 5, "category": "Men", "group": "Vest", "options": {"size": "S"}},
            "VEST-M": {"price": "31.00", "quantity": 0, "group": "Vest", "options": {"size": "M"}},
            "BELT": {"name": "Belt", "price": "15.00", "quantity": 9, "min_threshold": 1, "category": "Gear"},
        },
        recognise("Magento", 2, 2, 3),
    ),
    # A cell has the quantities of several places.
    "Bagisto": Sample(
        """\
sku,parent_sku,locale,attribute_family_code,type,categories,images,name,description,short_description,status,price,cost,special_price,url_key,manage_stock,inventories,configurable_variants
SHOE,,en,default,configurable,Men/Shoes,"1.webp,2.webp",Shoe,Leather,,1,,,,shoe,1,,"sku=SHOE-40,size=40|sku=SHOE-41,size=41"
SHOE-40,SHOE,en,default,simple,,,Shoe 40,,,1,80,35,,shoe-40,1,"default=3,depot=2",
SHOE-41,SHOE,en,default,simple,,,Shoe 41,,,1,82,35,,shoe-41,1,default=0,
LACE,,en,default,simple,Men,3.webp,Lace,,,1,4,1,,lace,1,default=50,
""",
        {
            "SHOE-40": {"price": "80.00", "cost_price": "35.00", "quantity": 5, "places": {"default": 3, "depot": 2},
                        "group": "Shoe", "options": {"size": "40"}},
            "SHOE-41": {"price": "82.00", "quantity": 0, "group": "Shoe", "options": {"size": "41"}},
            "LACE": {"name": "Lace", "quantity": 50, "places": {"default": 50}, "category": "Men"},
        },
        recognise("Bagisto", 2, 2, 3, 2),
    ),
    # A row without a slug belongs to the product before it.
    "Vendure": Sample(
        """\
name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets
Jug,jug,Clay,jug.jpg|jug-2.jpg,category:Kitchen,size|glaze,1 l|blue,JUG-1B,22.00,standard,3,true,,
,,,,,,2 l|blue,JUG-2B,28.00,standard,1,true,jug-blue.jpg,
Plate,plate,,,,,,PLATE,11.50,standard,40,true,,
""",
        {
            "JUG-1B": {"price": "22.00", "quantity": 3, "group": "Jug", "options": {"size": "1 l", "glaze": "blue"}},
            "JUG-2B": {"price": "28.00", "quantity": 1, "group": "Jug", "options": {"size": "2 l", "glaze": "blue"}},
            "PLATE": {"name": "Plate", "price": "11.50", "quantity": 40},
        },
        recognise("Vendure", 2, 2, 3),
    ),
    # `Product` is a parent only if it has variants. `InStock` is no quantity. Variants have the price of the parent.
    "Wix": Sample(
        """\
handleId,fieldType,name,description,productImageUrl,collection,sku,ribbon,price,surcharge,visible,discountMode,discountValue,inventory,weight,cost,productOptionName1,productOptionType1,productOptionDescription1
product_1,Product,Poster,Print,a.jpg;b.jpg,Prints;Walls,,,15.00,,true,PERCENT,0,,,5.00,Size,DROP_DOWN,A3;A2
product_1,Variant,,,,,POST-3,,,0,,,,4,,5.00,,,A3
product_1,Variant,,,,,POST-2,,,5,,,,2,,6.00,,,A2
product_2,Product,Frame,,c.jpg,Walls,FRAME,,20.00,,true,PERCENT,0,InStock,,9.00,,,
""",
        {
            "POST-3": {"price": "15.00", "quantity": 4, "category": "Prints", "group": "Poster",
                       "options": {"Size": "A3"}},
            "POST-2": {"quantity": 2, "cost_price": "6.00", "group": "Poster", "options": {"Size": "A2"}},
            "FRAME": {"name": "Frame", "price": "20.00", "quantity": 0, "category": "Walls"},
        },
        recognise("Wix", 2, 2, 3),
    ),
    # The form since 2025, with a row of a further picture.
    "Wix 2025": Sample(
        """\
handle,fieldType,name,visible,plainDescription,media,mediaAltText,ribbon,brand,price,strikethroughPrice,cost,inventory,sku,barcode,weight,productOptionName1,productOptionType1,productOptionChoices1,modifierName1
scarf,PRODUCT,Scarf,TRUE,Wool,s1.jpg,,,Loom,30.00,,,,,,,Colour,TEXT_CHOICES,Red;Grey,
scarf,VARIANT,,TRUE,,,,,,30.00,,12.00,5,SCARF-R,4006381333931,,Colour,TEXT_CHOICES,Red,
scarf,VARIANT,,TRUE,,,,,,32.00,,12.00,OUT_OF_STOCK,SCARF-G,,,Colour,TEXT_CHOICES,Grey,
scarf,MEDIA,,,,s2.jpg,,,,,,,,,,,,,,
glove,PRODUCT,Glove,TRUE,,,,,Loom,18.00,22.00,7.00,8,GLOVE,,,,,,
""",
        {
            "SCARF-R": {"price": "30.00", "quantity": 5, "group": "Scarf", "options": {"Colour": "Red"}},
            "SCARF-G": {"price": "32.00", "quantity": 0, "group": "Scarf", "options": {"Colour": "Grey"}},
            "GLOVE": {"name": "Glove", "price": "18.00", "cost_price": "7.00", "quantity": 8},
        },
        recognise("Wix", 2, 2, 2),
    ),
    # A row without an id of a product belongs to the product before it. The links have a line each.
    "Squarespace": Sample(
        """\
Product ID [Non Editable],Variant ID [Non Editable],Product Type [Non Editable],Product Page,Product URL,Title,Description,SKU,Option Name 1,Option Value 1,Price,Sale Price,On Sale,Stock,Categories,Tags,Weight,Visible,Hosted Image URLs
p1,v1,PHYSICAL,shop,honey,Honey,<p>Dark</p>,HON-S,Jar,Small,6.00,5.00,No,12,/food/sweet,bees,0.3,Yes,https://cdn.example/h1.jpg https://cdn.example/h2.jpg
,v2,,,,,,HON-L,Jar,Large,11.00,9.00,No,3,,,0.6,,
p2,v3,PHYSICAL,shop,wax,Wax,,WAX,,,4.00,0.00,No,Unlimited,"/home, /gifts",,,Yes,
""",
        {
            "HON-S": {"price": "6.00", "quantity": 12, "external_id": "v1", "category": "sweet", "group": "Honey",
                      "options": {"Jar": "Small"}},
            "HON-L": {"price": "11.00", "quantity": 3, "group": "Honey", "options": {"Jar": "Large"}},
            "WAX": {"name": "Wax", "price": "4.00", "quantity": 0, "category": "home"},
        },
        recognise("Squarespace", 2, 2, 2),
    ),
    "Odoo": Sample(
        """\
External ID,Name,Internal Reference,Barcode,Sales Price,Cost,Product Category,Product Type,Quantity On Hand,Forecasted Quantity,Unit of Measure
shop.product_1,Desk lamp,LAMP,4006381333931,59.00,31.00,All / Saleable / Lamps,Storable Product,7.00,5.00,Units
shop.product_2,Bulb,BULB,,4.00,1.25,All / Saleable,Storable Product,-3.00,0.00,Units
""",
        {
            "LAMP": {"name": "Desk lamp", "price": "59.00", "cost_price": "31.00", "quantity": 7, "category": "Lamps",
                     "external_id": "shop.product_1", "unit": "Units"},
            "BULB": {"price": "4.00", "quantity": 0, "category": "Saleable"},
        },
        recognise("Odoo", 2),
    ),
    # Variants with their options in one cell, or each further option in a row of its own.
    "Odoo variants": Sample(
        """\
External ID,Product Template,Name,Variant Values,Internal Reference,Sales Price,Cost,Quantity On Hand,Unit of Measure
shop.v_1,Table,Table,"Legs: Steel,Colour: White",TAB-SW,300.00,180.00,2.00,Units
shop.v_2,Table,Table,Legs: Wood,TAB-WW,320.00,190.00,1.00,Units
,,,Colour: White,,,,,
shop.v_3,Stool,Stool,,STOOL,45.00,20.00,12.00,Units
""",
        {
            "TAB-SW": {"price": "300.00", "quantity": 2, "group": "Table",
                       "options": {"Legs": "Steel", "Colour": "White"}},
            "TAB-WW": {"quantity": 1, "group": "Table", "options": {"Legs": "Wood", "Colour": "White"}},
            "STOOL": {"name": "Stool", "price": "45.00", "quantity": 12},
        },
        recognise("Odoo", 2, 2),
    ),
    # The id is that of the other system. There is no price.
    "InvenTree": Sample(
        """\
ID,Name,IPN,Revision,Description,Keywords,Category,Category Path,Link,Units,Minimum Stock,Total Stock,Active,Assembly,Component,Purchaseable,Salable,Trackable,Image
1,Nut M4,NUT-M4,,Steel nut,nut steel,Nuts,Hardware/Nuts,,pcs,100.0,3120.0,True,False,True,True,False,False,part_images/nut.jpg
2,Bolt M4,BOLT-M4,B,,,Bolts,Hardware/Bolts,,pcs,0.0,0.0,True,False,True,True,False,False,
""",
        {
            "NUT-M4": {"name": "Nut M4", "price": "0.00", "quantity": 3120, "min_threshold": 100, "category": "Nuts",
                       "external_id": "1", "unit": "pcs"},
            "BOLT-M4": {"quantity": 0, "external_id": "2"},
        },
        recognise("InvenTree", 2, 0, 1),
    ),
    # The price is that of the supplier. A place is a path.
    "Part-DB": Sample(
        """\
name;description;category;notes;footprint;tags;quantity;storage_location;mass;ipn;mpn;manufacturing_status;manufacturer;supplier;spn;price;favorite;needs_review;minamount;partUnit
Fuse 1 A;Glass fuse;Electric->Fuses;;5x20;fuse,glass;40;Drawer 1;;FUSE-1;F1;active;Fuseco;Parts Ltd;P-77;0.25;0;0;10;pcs
Switch;;Electric->Switches;;;;0;;;SW-1;;active;;;;;0;0;0;
""",
        {
            "FUSE-1": {"name": "Fuse 1 A", "price": "0.00", "cost_price": "0.25", "quantity": 40, "category": "Fuses",
                       "supplier": "Parts Ltd", "supplier_sku": "P-77", "min_threshold": 10,
                       "tags": ["fuse", "glass"], "places": {"Drawer 1": 40}},
            "SW-1": {"name": "Switch", "quantity": 0, "category": "Switches"},
        },
        recognise("Part-DB", 2, 0, 0, 1),
    ),
    "Snipe-IT": Sample(
        """\
Company,Name,Category,Supplier,Manufacturer,QTY,Location,Order Number,Min Amount,Model Number,Item Number,Notes,Purchase Date,Purchase Cost
Acme,Mouse,Accessories,Desk Ltd,Squeak,12,Room 2,O-1,3,M-7,1001,,11/25/25,14.50
Acme,Keyboard,Accessories,Desk Ltd,Clack,4,Room 3,O-1,1,K-2,1002,,11/5/25,39.00
""",
        {
            "1001": {"name": "Mouse", "price": "0.00", "cost_price": "14.50", "quantity": 12, "min_threshold": 3,
                     "supplier": "Desk Ltd", "places": {"Room 2": 12}},
            "1002": {"name": "Keyboard", "quantity": 4, "places": {"Room 3": 4}},
        },
        recognise("Snipe-IT", 2, 0, 0, 2),
    ),
    "OpenBoxes": Sample(
        """\
Id,ProductCode,ProductType,Name,Category,GLAccount,Description,UnitOfMeasure,Tags,UnitCost,LotAndExpiryControl,ColdChain,Manufacturer,ManufacturerName,Vendor,VendorCode,VendorName,UPC,NDC,Created,Updated
ff80,AB123,Default,Gauze 10 cm,Dressings,,,Each,ward,0.35,TRUE,,,Weave,,G-10,Clinic Supply,,,,
ff81,CD456,Default,Cold pack,Therapy,,,Each,,1.20,,TRUE,,,,,,,,,
""",
        {
            "AB123": {"name": "Gauze 10 cm", "cost_price": "0.35", "price": "0.00", "supplier": "Clinic Supply",
                      "supplier_sku": "G-10", "unit": "Each", "external_id": "ff80", "tags": ["ward"]},
            "CD456": {"name": "Cold pack", "quantity": 0, "category": "Therapy"},
        },
        recognise("OpenBoxes", 2),
    ),
    # Lots of the same product in rows by place.
    "OpenBoxes inventory": Sample(
        """\
Product code,Product name,Lot number,Expiration date,Bin location,OB QOH,Physical QOH,Comment
AB123,Gauze 10 cm,L-1,01/31/2031,Rack 1,,300,
AB123,Gauze 10 cm,L-2,06/30/2032,Rack 2,,50,
CD456,Cold pack,,,Rack 2,,8,
""",
        {
            "AB123": {"name": "Gauze 10 cm", "quantity": 350, "places": {"Rack 1": 300, "Rack 2": 50}},
            "CD456": {"name": "Cold pack", "quantity": 8, "places": {"Rack 2": 8}},
        },
        recognise("OpenBoxes", 2, 0, 0, 2),
    ),
    "Homebox": Sample(
        """\
HB.name,HB.asset_id,HB.location,HB.tags,HB.quantity,HB.description,HB.purchase_price,HB.purchase_from,HB.import_ref,HB.archived,HB.field.Colour
Drill,000-001,Garage,tool; power,1,Cordless,89.00,Tools Ltd,h-1,false,green
Screws,000-002,Garage,tool,200,,4.00,,h-2,false,
""",
        {
            "000-001": {"name": "Drill", "price": "0.00", "cost_price": "89.00", "quantity": 1, "external_id": "h-1",
                        "supplier": "Tools Ltd", "tags": ["tool", "power"], "places": {"Garage": 1}},
            "000-002": {"name": "Screws", "quantity": 200},
        },
        recognise("Homebox", 2, 0, 0, 1),
    ),
    "Grocy": Sample(
        """\
Product,Product group,Amount,Value,Next due date,Last price,Min. stock amount,Default location,Default store
Rice,Pantry,4,8.00,2031-05-01,2.00,2,Kitchen,Market
Milk,Fridge,0,0.00,,1.10,1,Fridge,Market
""",
        {
            "Rice": {"quantity": 4, "cost_price": "2.00", "min_threshold": 2, "category": "Pantry",
                     "expiration_date": "2031-05-01", "supplier": "Market"},
            "Milk": {"quantity": 0, "category": "Fridge"},
        },
        recognise("Grocy", 2),
    ),
    # Suppliers and brands are given by their codes.
    "Cafe24": Sample(
        """\
상품코드,자체 상품코드,진열상태,판매상태,상품분류 번호,상품명,상품명(관리용),모델명,상품 요약설명,검색어설정,소비자가,공급가,상품가,판매가,이미지등록(상세),공급사
"P0000A",K-1,Y,Y,12|14,"검은 주전자","주전자 1호",KET-9,"스테인리스","차, 부엌","0.00","12000.00","18182.00","20000.00",20250101/a.png,S000000A
"P0000B","",Y,N,12,"유리 컵","","","","","0.00","900.00","1364.00","1500.00","",S000000A
""",
        {
            "K-1": {"name": "검은 주전자", "price": "20000.00", "cost_price": "12000.00", "external_id": "P0000A",
                    "description": "스테인리스"},
            "유리 컵": {"price": "1500.00", "external_id": "P0000B", "quantity": 0},
        },
        recognise("Cafe24", 2, 0, 1),
    ),
    "EC-CUBE": Sample(
        """\
商品ID,公開ステータス(ID),商品名,商品説明(詳細),商品カテゴリ(名称),規格分類1(ID),規格分類1(名称),規格分類2(名称),商品コード,在庫数,在庫数無制限フラグ,通常価格,販売価格
7,1,手ぬぐい,綿の手ぬぐい,布,3,青,大,TEN-B,4,0,1500,1200
7,1,手ぬぐい,綿の手ぬぐい,布,4,赤,大,TEN-R,6,0,1500,1200
8,1,風鈴,,音,,,,FUR,,1,,900
""",
        {
            "TEN-B": {"price": "1200.00", "quantity": 4, "category": "布", "group": "手ぬぐい",
                      "options": {"規格1": "青", "規格2": "大"}},
            "TEN-R": {"quantity": 6, "group": "手ぬぐい"},
            "FUR": {"name": "風鈴", "price": "900.00", "quantity": 0},
        },
        recognise("EC-CUBE", 2, 2),
    ),
    "KiotViet": Sample(
        """\
Loại hàng,Nhóm hàng(3 Cấp),Mã hàng,Mã vạch,Tên hàng,Giá bán,Giá vốn,Tồn kho,Tồn nhỏ nhất,Tồn lớn nhất,ĐVT,"Hình ảnh (url1,url2...)"
Hàng hóa,Đồ uống>>Trà,TRA1,4006381333931,Trà sen,45000,30000,12,2,999,hộp,https://cdn.example/tra.jpg
Hàng hóa,Đồ uống,TRA2,,Trà đen,20000,15000,3,0,999,hộp,
Combo - đóng gói,Đồ uống,CB1,,Hộp quà,90000,0,0,0,999,,
""",
        {
            "TRA1": {"name": "Trà sen", "price": "45000.00", "cost_price": "30000.00", "quantity": 12, "unit": "hộp",
                     "barcode": "4006381333931", "category": "Trà", "min_threshold": 2},
            "TRA2": {"quantity": 3, "category": "Đồ uống"},
        },
        recognise("KiotViet", 2, 0, 1),
    ),
    # The availability of the first product is a number of days.
    "Prom": Sample(
        """\
Код_товара,Название_позиции,Ключевые_слова,Описание,Тип_товара,Цена,Валюта,Единица_измерения,Наличие,Количество,Номер_группы,Название_группы,Уникальный_идентификатор,Производитель,Название_Характеристики,Значение_Характеристики,Название_Характеристики,Значение_Характеристики
L-1,Лампа,"лампа, свет",<p>Тёплый свет</p>,r,350.50,UAH,шт.,14,7,1,Свет,901,Lux,Цвет,белый,Цоколь,E27
,Абажур,,,r,120,UAH,шт.,+,,1,Свет,902,,,,,
""",
        {
            "L-1": {"name": "Лампа", "price": "350.50", "quantity": 7, "category": "Свет", "external_id": "901",
                    "description": "Тёплый свет"},
            "Абажур": {"price": "120.00", "quantity": 0, "external_id": "902"},
        },
        recognise("Prom", 2),
    ),
    # `quantity` is what a pack contains.
    "Open Food Facts": Sample(
        """\
code,url,product_name,quantity,brands,categories,categories_tags,countries_tags,image_url,fat_100g
4006381333931,https://food.example/1,Oat biscuits,250 g,Oaty,"Snacks, Biscuits","en:snacks,en:biscuits",en:germany,https://cdn.example/oat.jpg,18
4006381333948,https://food.example/2,Apple juice,1 l,Orchard,Drinks,en:drinks,en:germany,,0
""",
        {
            "Oat biscuits": {"barcode": "4006381333931", "quantity": 0, "price": "0.00", "category": "Snacks"},
            "Apple juice": {"barcode": "4006381333948", "category": "Drinks"},
        },
        recognise("Open Food Facts", 2, 0, 1),
    ),
    # The options have columns of their own. Only rows with the same group are variants.
    "Meta catalogue": Sample(
        """\
id,title,description,availability,condition,price,link,image_link,brand,item_group_id,color,size,gtin,quantity_to_sell_on_facebook,sale_price
m-1,Sock red,,in stock,new,7.00 EUR,https://shop.example/sock,https://cdn.example/sock.jpg,Foot,sock,Red,M,,20,
m-2,Sock blue,,in stock,new,7.00 EUR,https://shop.example/sock,https://cdn.example/sock-b.jpg,Foot,sock,Blue,M,,10,5.00 EUR
m-3,Shoe horn,,out of stock,new,5.00 EUR,https://shop.example/horn,https://cdn.example/horn.jpg,,,,,4006381333931,0,
""",
        {
            "Sock red": {"price": "7.00", "quantity": 20, "options": {"Colour": "Red", "Size": "M"}},
            "Sock blue": {"price": "7.00", "quantity": 10, "options": {"Colour": "Blue", "Size": "M"}},
            "Shoe horn": {"price": "5.00", "quantity": 0, "barcode": "4006381333931", "external_id": "m-3"},
        },
        recognise("Meta catalogue", 2, 2, 3),
    ),
}  # fmt: skip
