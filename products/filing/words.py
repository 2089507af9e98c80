"""Words in the cells of files that are neither names nor amounts."""

# What the first cell of a row with totals says, in lower case and without signs at its ends.
TOTALS = frozenset({
    "total", "totals", "grand total", "overall total", "subtotal", "sub-total", "sub total", "sum", "total items",
    "total quantity", "total stock", "total value", "total amount", "total price", "total cost", "summe", "gesamt",
    "gesamtsumme", "gesamtbestand", "gesamtwert", "zwischensumme", "insgesamt", "total général", "sous-total",
    "sous total", "somme", "total general", "suma", "suma total", "totale", "totale generale", "subtotale", "somma",
    "total geral", "soma", "итого", "всего", "totaal", "subtotaal", "eindtotaal", "totaal generaal",
})  # fmt: skip
# Answers to questions such as "Is it in stock?", in the form of normalize_column_name().
YES_OR_NO = frozenset({
    "yes", "no", "true", "false", "instock", "outofstock", "onbackorder", "ja", "nein", "wahr", "falsch", "oui", "non",
    "vrai", "faux", "si", "verdadero", "falso",
})  # fmt: skip
YES = frozenset({
    "yes", "y", "true", "1", "on", "ja", "j", "wahr", "oui", "o", "vrai", "si", "s", "verdadero", "vero", "sim",
})  # fmt: skip
# Words in the names of columns whose numbers are no prices and count no goods, in the form of normalize_column_name().
NOT_GOODS = frozenset({
    "weight", "gewicht", "poids", "peso", "grams", "gramm", "gr", "kg", "length", "lange", "longueur", "longitud",
    "lunghezza", "comprimento", "lengte", "width", "breite", "largeur", "ancho", "larghezza", "largura", "breedte",
    "height", "hohe", "hauteur", "alto", "altura", "altezza", "hoogte", "depth", "tiefe", "volume", "volumen", "cm",
    "mm", "km", "mileage", "odometer", "kilometraje", "quilometragem", "size", "year", "jahr", "annee", "ano", "anno",
    "jaar", "month", "monat", "discount", "rabatt", "remise", "descuento", "sconto", "desconto", "korting", "pages",
    "seiten", "position", "pos", "order", "sort", "sorting", "rank", "row", "line", "zeile", "ligne", "fila", "lfd",
    "index", "rating", "reviews", "points", "punkte", "sold", "verkauft", "vendus", "vendidos", "reserved",
    "reserviert", "incoming", "max", "maximum", "value", "wert", "valeur", "valor", "valore", "waarde", "waga",
    "hmotnost", "suly", "vekt", "vikt", "vægt", "paino", "berat", "вес", "вага", "重量", "무게", "indice", "pagina",
    "оценка", "отзывы", "отзывов", "рейтинг", "评分", "評価", "ordered", "bestellt", "days", "tage", "jours", "dias",
    "giorni", "age", "version", "count",
})  # fmt: skip
# Words in the names of columns, which are hints about their meaning. The first row with a word of the name counts: a
# price with VAT is a price, and `Menge pro Karton` has no hint. Words of at most four Latin letters count alone, others
# also at the start or the end of a word.
HINTS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    ("cost_price", (
        "cost", "costs", "costo", "coste", "custo", "einkauf", "achat", "compra", "acquisto", "inkoop", "zakup",
        "nákup", "nabav", "закуп", "себестоим", "собіварт", "доставна", "alis fiyat", "αγοράς", "inköp", "indkøb",
        "innkjøp", "beli", "仕入", "原価", "成本", "进价", "进货", "매입", "원가", "الشراء", "קנייה", "עלות",
        "purchase", "wholesale",
    )),
    ("price", (
        "price", "preis", "prix", "precio", "prezzo", "preço", "prijs", "cena", "cene", "ceny", "cenik", "cijena",
        "fiyat", "цен", "цін", "τιμή", "pris", "hinta", "harga", "giá", "ár", "ára", "preț", "価格", "単価", "上代",
        "定価", "价", "價", "가격", "단가", "판매가", "سعر", "ราคา", "מחיר", "msrp", "mrp", "uvp", "pvp", "rrp",
        "ttc",
    )),
    ("tax", (
        "vat", "tax", "gst", "mwst", "ust", "steuer", "tva", "iva", "imposto", "impuesto", "btw", "moms", "mva",
        "kdv", "dph", "pdv", "ddv", "áfa", "alv", "ppn", "pajak", "ндс", "пдв", "ддс", "φπα", "thuế", "税", "稅",
        "부가세", "الضريبة", "מעמ",
    )),
    ("price", ("rate", "tarif", "tariffa", "tarifa")),
    (None, (
        "per", "pro", "je", "par", "por", "pack", "packs", "packung", "verpackung", "case", "box", "carton", "karton",
        "ve", "vpe", "colis", "caja", "cartone", "doos", "min", "minimum", "mindest", "minimo", "bestell",
        "liefermenge",
    )),
    ("quantity", (
        "stock", "quant", "qty", "menge", "bestand", "cantidad", "existencia", "giacenz", "aantal", "voorraad",
        "ilość", "množstv", "zásob", "količin", "zalih", "zaloga", "készlet", "stok", "остат", "колич", "кількіст",
        "залиш", "налич", "απόθεμα", "ποσότητα", "lagersaldo", "beholdning", "varasto", "stoc", "cantitat", "estoque",
        "jumlah", "在庫", "数量", "库存", "庫存", "재고", "수량", "الكمية", "المخزون", "คงเหลือ", "מלאי", "כמות",
    )),
)  # fmt: skip
# Parts of the names of columns of pictures. Numbers in them are neither prices nor quantities.
PICTURE_WORDS = (
    "image", "immagin", "imagen", "imagem", "bild", "photo", "foto", "picture", "afbeelding", "zdjęci", "obrázek",
    "рисун", "картин", "画像", "图片", "사진",
)  # fmt: skip
# The names of columns with options, in the form of normalize_column_name().
VARIANTS = frozenset({
    "variant", "variants", "variante", "varianten", "variantes", "variantname", "variation", "variations",
    "variazione", "variacao", "option", "size", "sizes", "grosse", "grossen", "taille", "talla", "tamano", "taglia",
    "tamanho", "maat", "colour", "color", "farbe", "couleur", "colore", "cor", "kleur", "flavour", "flavor",
    "geschmack", "geschmacksrichtung", "sabor", "gusto", "smaak", "saveur", "gout", "размер", "цвет", "вариант",
})  # fmt: skip
# The names of columns that say whether a shop counts the stock of a product, in the form of normalize_column_name().
TRACKED = frozenset({
    "trackinventory", "trackstock", "trackquantity", "managestock", "manageinventory", "stocktracking",
    "inventorytracking", "stockable", "isstorable", "inventorytracker", "variantinventorytracker", "bestandverfolgen",
    "lagerbestandverfolgen", "lagerbestandverwalten", "bestandfuhren", "suivrelestock", "suivrelinventaire",
    "suividustock", "gererlestock", "seguirelinventario", "seguirinventario", "rastrearinventario",
    "gestionarinventario", "gestionarstock", "controlarstock", "tracciainventario", "gestiscistock", "gestiremagazzino",
    "controlarestoque", "rastrearestoque", "gerenciarestoque", "gerirstock", "voorraadbijhouden", "voorraadbeheren",
    "voorraadbeheer",
})  # fmt: skip
# The words in these columns for a product whose stock is not counted, in the same form. An empty name of a tracker says
# the same.
NOT_TRACKED = frozenset({
    "no", "n", "false", "0", "off", "none", "nottracked", "nein", "falsch", "non", "faux", "falso", "nee", "nao",
})  # fmt: skip
TRACKERS = frozenset({"inventorytracker", "variantinventorytracker"})
