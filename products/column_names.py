"""The names of columns in the files that people have.

Names are compared without case, accents, spaces, punctuation and currency: `Unit Price (€)` is `unitprice`. The list of
synonyms is in docs/import.md, and a test compares it with this table.
"""

import csv
import re
from collections.abc import Container, Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import MAX_QUOTED_LENGTH, TextField
from core.files.shown_cells import parse_column_letters
from core.http.schema_checks import find_nearest
from core.sentences import fill
from core.text import clean_text
from products.columns import COLUMN_NAMES, FIELD, NAMED_COLUMN, OPTION
from products.errors import InvalidFile
from products.profile_models import MAX_AXIS_LENGTH

SYNONYMS: dict[str, tuple[str, ...]] = {
    # The id has no synonyms, because the id of another program must not select a product.
    "name": (
        "product", "product name", "title", "item", "item name", "article", "article name", "bezeichnung", "artikel",
        "artikelname", "produkt", "produktname", "nom", "désignation", "produit", "nombre", "producto", "denominazione",
        "nome", "nome prodotto", "nome articolo", "prodotto", "articolo", "titolo", "titel", "artikelbezeichnung",
        "produktbezeichnung", "warenbezeichnung", "libellé", "nom du produit", "nom de l'article",
        "nombre del producto", "nombre de producto", "artículo", "título", "produto", "nome do produto", "artigo",
        "naam", "productnaam", "artikelnaam", "product title", "part name",
    ),
    "sku": (
        "code", "product code", "item code", "item number", "item no", "article number", "variant sku", "part number",
        "part no", "item sku", "stock code", "artikelnummer", "artikelnr", "artnr", "référence", "référence produit",
        "código", "internal reference", "ipn", "part code", "produktnummer", "interne referenz", "referenz",
        "code article", "code produit", "réf", "référence interne", "código de producto", "referencia",
        "referencia interna", "codice", "codice prodotto", "codice articolo", "cod articolo", "riferimento",
        "código do produto", "código do artigo", "artikelcode",
    ),
    "barcode": (
        "ean", "ean13", "gtin", "gtin13", "upc", "variant barcode", "strichcode", "code barre", "code barres",
        "código de barras", "ean code", "barcode number", "isbn", "isbn13", "upc code", "gtin code", "ean nummer",
        "gencod", "codigo ean", "codice a barre", "codice ean", "streepjescode", "barcode nummer",
    ),
    "description": (
        "details", "body", "beschreibung", "descripción", "long description", "product details", "produktbeschreibung",
        "artikelbeschreibung", "description produit", "descrizione", "descrizione prodotto", "descrição",
        "descrição do produto", "omschrijving", "beschrijving", "productomschrijving",
    ),
    "unit": (
        "uom", "unit of measure", "einheit", "mengeneinheit", "unité", "unidad", "units of measure",
        "unit of measurement", "usage unit", "masseinheit", "me", "unité de mesure", "unidad de medida", "unità",
        "unità di misura", "unidade", "unidade de medida", "eenheid", "meeteenheid",
    ),
    "price": (
        "unit price", "sale price", "sales price", "regular price", "selling price", "retail price", "list price",
        "variant price", "preis", "verkaufspreis", "vk", "vk preis", "prix", "prix de vente", "precio",
        "price tax included", "price incl tax", "gross price", "verkaufspreis brutto", "bruttopreis", "ladenpreis",
        "stückpreis", "einzelpreis", "prix unitaire", "prix ttc", "prix de vente ttc", "pvp", "precio de venta",
        "precio venta", "precio unitario", "precio venta público", "prezzo", "prezzo di vendita", "prezzo vendita",
        "prezzo unitario", "preço", "preço de venda", "preço unitário", "prijs", "verkoopprijs", "stuksprijs",
    ),
    "cost_price": (
        "cost", "unit cost", "buying price", "purchase price", "cost per item", "einkaufspreis", "ek", "ek preis",
        "prix d'achat", "costo", "coste", "purchase cost", "purchase rate", "unit cost price", "wholesale cost",
        "einstandspreis", "prix d'achat ht", "coût", "coût unitaire", "precio de compra", "precio de coste",
        "precio de costo", "costo unitario", "prezzo d'acquisto", "prezzo di acquisto", "prezzo acquisto",
        "preço de custo", "preço de compra", "custo", "inkoopprijs", "kostprijs",
    ),
    "quantity": (
        "qty", "stock", "quantity in stock", "on hand", "in stock", "units in stock", "available", "stock quantity",
        "variant inventory qty", "current stock", "menge", "bestand", "lagerbestand", "anzahl", "quantité", "cantidad",
        "existencias", "quantity on hand", "qty on hand", "qoh", "stock on hand", "stock level", "total stock",
        "available stock", "available quantity", "stück vorrätig", "verfügbarer bestand", "verf bestand",
        "aktueller bestand", "istbestand", "lagermenge", "qté", "qté en stock", "quantité en stock", "stock disponible",
        "stock actuel", "stock actual", "cantidad en stock", "inventario", "quantità", "qtà", "giacenza", "giacenze",
        "disponibilità", "esistenza", "quantidade", "qtd", "qtde", "estoque", "estoque atual", "quantidade em estoque",
        "aantal", "voorraad", "hoeveelheid",
    ),
    "min_threshold": (
        "reorder level", "reorder point", "minimum", "min stock", "minimum stock", "threshold", "low stock threshold",
        "mindestbestand", "meldebestand", "stock minimum", "seuil", "min amount", "min qty", "minimum stock level",
        "low stock", "low stock amount", "low stock level", "sicherheitsbestand", "stock mini", "stock minimal",
        "seuil d'alerte", "seuil de réapprovisionnement", "stock mínimo", "existencias mínimas", "punto de pedido",
        "scorta minima", "giacenza minima", "sottoscorta", "estoque mínimo", "minimumvoorraad", "minimale voorraad",
        "bestelpunt",
    ),
    "expiration_date": (
        "expiry", "expiry date", "expires", "best before", "best before date", "use by", "mhd", "ablaufdatum",
        "haltbar bis", "mindesthaltbarkeitsdatum", "date d'expiration", "dlc", "caducidad", "expiration", "exp date",
        "verfallsdatum", "verfalldatum", "péremption", "date de péremption", "date limite de consommation", "ddm",
        "fecha de caducidad", "fecha de vencimiento", "vencimiento", "scadenza", "data di scadenza", "validade",
        "data de validade", "vencimento", "data de vencimento", "vervaldatum", "houdbaarheidsdatum", "tht",
        "houdbaar tot",
    ),
    "category": (
        "product category", "categories", "type", "product type", "kategorie", "warengruppe", "catégorie", "categoría",
        "category name", "kategorien", "produktkategorie", "produktgruppe", "artikelgruppe", "rubrik",
        "catégorie de produits", "famille", "categorías", "familia", "categoría de producto", "categoria prodotto",
        "categorie prodotto", "reparto", "categorieën", "productcategorie", "productgroep", "artikelgroep",
    ),
    "supplier": (
        "supplier name", "vendor", "vendor name", "manufacturer", "lieferant", "fournisseur", "proveedor",
        "preferred vendor", "default supplier", "hauptlieferant", "lieferantenname", "nom du fournisseur",
        "fournisseur principal", "nombre del proveedor", "fornitore", "nome fornitore", "fornecedor",
        "nome do fornecedor", "leverancier", "naam leverancier",
    ),
    "supplier_sku": (
        "supplier code", "supplier item number", "supplier article number", "supplier part number", "vendor sku",
        "vendor code", "vendor item number", "vendor part number", "lieferantenartikelnummer",
        "artikelnummer lieferant", "bestellnummer", "référence fournisseur", "referencia proveedor",
        "supplier reference", "vendor reference", "lieferanten artnr", "réf fournisseur", "code article fournisseur",
        "referencia del proveedor", "código proveedor", "codice fornitore", "codice articolo fornitore",
        "riferimento fornitore", "código do fornecedor", "referência do fornecedor", "artikelnummer leverancier",
        "bestelnummer",
    ),
    "pack_size": (
        "pack quantity", "case size", "case pack", "units per pack", "units per case", "order multiple",
        "verpackungseinheit", "ve", "gebindegröße", "conditionnement", "colisage", "unidades por caja", "packungsgröße",
        "inhalt ve", "unités par carton", "pezzi per confezione", "pezzi per cartone", "confezione",
        "unidades por caixa", "unidades por embalagem", "verpakkingseenheid", "aantal per doos", "stuks per verpakking",
    ),
    "codes": (
        "further codes", "more barcodes", "additional barcodes", "case codes", "weitere codes", "weitere barcodes",
        "autres codes", "otros códigos", "altri codici", "outros códigos", "andere codes",
    ),
    "external_id": (
        "remote id", "externe id", "identifiant externe", "id externo", "external ref", "id esterno", "externes id",
        "extern id",
    ),
    "tags": (
        "tag", "product tags", "schlagworte", "schlagwörter", "étiquettes", "etiquetas", "labels", "keywords",
        "stichworte", "stichwörter", "mots clés", "palabras clave", "etichette", "parole chiave", "palavras chave",
        "trefwoorden",
    ),
    "location": (
        "location name", "storage location", "stock location", "bin", "bin location", "lagerort", "lagerplatz",
        "emplacement", "ubicación", "warehouse", "warehouse name", "storage place", "standort",
        "emplacement de stockage", "lieu de stockage", "entrepôt", "almacén", "ubicación de almacén", "ubicazione",
        "posizione", "magazzino", "localização", "armazém", "locatie", "magazijn", "opslaglocatie",
    ),
    "lot": (
        "lot number", "lot no", "lot code", "batch", "batch number", "batch no", "serial number", "serial no", "charge",
        "chargennummer", "chargennr", "losnummer", "seriennummer", "numéro de lot", "lote", "número de lote", "los",
        "lot nr", "lotnummer", "n° de lot", "lotto", "numero lotto", "numero di lotto", "número do lote", "partij",
        "partijnummer", "batchnummer",
    ),
    "expires_on": (
        "lot expiry", "lot expiry date", "batch expiry", "batch expiry date", "mhd der charge", "lot expiration",
        "lot expiration date", "batch expiration date", "mhd des loses", "scadenza lotto", "validade do lote",
        "vervaldatum partij",
    ),
}  # fmt: skip
# The least likeness of a name that is suggested. A lower one finds unrelated words among those of seven languages.
LIKENESS = 0.75
MAX_COLUMNS = 100
MAX_NAME_LENGTH = 255  # the limit of a cell of the header
CURRENCY = re.compile(r"[€$£¥]|\b(?:eur|usd|gbp|chf|sek|nok|dkk|pln|czk|huf|cad|aud)\b", re.IGNORECASE)
LETTERS = re.compile(r"=([A-Za-z]{1,3})")  # in the parameter `columns`, `=C` is the third column, as in a formula
CURRENCY_WITH_IN = re.compile(rf"(?:\bin\s+)?(?:{CURRENCY.pattern})", re.IGNORECASE)


MAPPED_TO_NAMED = re.compile(rf"(.*):({NAMED_COLUMN.pattern})")
Mapping = dict[str | int, str]  # the column of products by the name or place of a column in the file


def normalize_name(name: str) -> str:
    """Return the name in the form in which names are compared.

    Raise ValidationError if the name is too long or has too many marks in a row. The length is checked first.
    """
    text = CURRENCY_WITH_IN.sub("", clean_text(name, MAX_NAME_LENGTH, "NFKD")).casefold()
    return "".join(character for character in text if character.isalnum())


def normalize_column_name(name: str) -> str:
    """Return the normalised name. It is empty if no column can have this name."""
    try:
        return normalize_name(name)
    except ValidationError:
        return ""


COLUMN_OF = {normalize_name(word): column for column in COLUMN_NAMES for word in (column, *SYNONYMS.get(column, ()))}


RANKS = {
    normalize_name(word): rank
    for column in COLUMN_NAMES
    for rank, word in enumerate((column, *SYNONYMS.get(column, ())))
}


def rank_name(key: str) -> int:
    """Return the position of a normalised name among those of its column. The smaller it is, the surer the name."""
    return RANKS.get(key, len(RANKS))


def find_named_column(name: str, keys: Container[str]) -> str | None:
    """Return the column of an option or an own field with this name: `Option: size` is `option:size`.

    `keys` are those of the shop's own fields.
    """
    found = NAMED_COLUMN.fullmatch(name)
    if found and found[1].lower() == FIELD:
        key = found[2].strip().lower()
        return f"{FIELD}:{key}" if key in keys else None
    try:
        return found and f"{OPTION}:{TextField(max_length=MAX_AXIS_LENGTH).run_validation(found[2])}"
    except serializers.ValidationError:
        return None


def parse_mapping(text: str) -> Mapping:
    """Return the parameter `columns` (`Regal:,Preis netto:cost_price,=D:price`) as columns by normalised name or place.

    If the column of products is empty, the file's column is ignored. A part with a comma is in quotes. Raise
    InvalidFile.
    """
    try:
        parts = next(csv.reader([text], strict=True), [])
    except csv.Error:
        raise InvalidFile(reason=gettext('The parameter columns has an odd quote (").')) from None
    mapping: Mapping = {}
    for part in parts:
        named = MAPPED_TO_NAMED.fullmatch(part)
        name, separator, column = (named[1], ":", named[2]) if named else part.rpartition(":")
        if not separator:
            said = fill(
                "{part} in columns is not a name in the file, a colon and the column of a product."
                " Example: Regal:,Preis netto:cost_price.",
                part=quote(part),
            )
            raise InvalidFile(said)
        if column.strip() and column.strip() not in COLUMN_NAMES and not NAMED_COLUMN.fullmatch(column.strip()):
            nearest = find_nearest(column.strip(), COLUMN_NAMES)
            hint = fill(" Did you mean {nearest}?", nearest=nearest) if nearest else ""
            values = {"column": quote(column.strip()), "hint": hint, "known": ", ".join(COLUMN_NAMES)}
            raise InvalidFile(
                fill("Products have no column {column}, which columns names.{hint} Columns: {known}.", **values)
            )
        letters = LETTERS.fullmatch(name.strip())
        mapping[parse_column_letters(letters[1]) - 1 if letters else read_mapped_name(name)] = column.strip()
    return mapping


def read_mapped_name(name: str) -> str:
    """Return the normalised name. Raise InvalidFile if no column can have this name."""
    try:
        return normalize_name(name)
    except ValidationError as error:
        values = {"name": quote(name), "reason": error.messages[0]}
        raise InvalidFile(fill("{name} in columns is not the name of a column: {reason}", **values)) from error


def find_letter(place: int) -> str:
    """Return the letter of the column at this place in a spreadsheet. Places begin at 0."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def suggest_column(name: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest column which the file does not have. It is empty if there is none.

    The ids of another program (`SupplierID`) get no suggestion, although they resemble names.
    """
    key = normalize_column_name(name)
    free = [word for word, column in COLUMN_OF.items() if column not in known]
    nearest = None if key.endswith("id") else find_nearest(key, free, LIKENESS)
    return fill("Did you mean {column} by {name}?", column=COLUMN_OF[nearest], name=quote(name)) if nearest else ""


def count_known(names: Iterable[str]) -> int:
    """Return the number of these cells that are names of columns."""
    return sum(normalize_column_name(name) in COLUMN_OF for name in names)


def quote(name: str) -> str:
    return f'"{name[:MAX_QUOTED_LENGTH]}"'
