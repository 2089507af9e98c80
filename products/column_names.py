"""The names of columns in the files that people have.

A name is compared without case, spaces, `_`, `-` and full stops: `Unit Price` is `unitprice`. docs/import.md lists the
synonyms, and a test compares the list with this table.
"""

from core.fields import MAX_QUOTED_LENGTH
from core.request_checks.spelling import find_nearest
from products.columns import COLUMN_NAMES
from products.errors import InvalidFile

SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("product id",),
    "name": (
        "product", "product name", "title", "item", "item name", "article", "bezeichnung", "artikel", "artikelname",
        "produkt", "produktname", "nom", "désignation", "produit", "nombre", "producto",
    ),
    "sku": (
        "code", "product code", "item code", "item number", "item no", "article number", "variant sku", "part number",
        "reference", "artikelnummer", "artikelnr", "artnr", "référence", "référence produit", "código",
    ),
    "barcode": ("ean", "ean13", "gtin", "gtin13", "upc", "variant barcode", "strichcode", "code barre", "code barres"),
    "description": ("details", "body", "beschreibung", "descripción"),
    "unit": ("uom", "unit of measure", "einheit", "mengeneinheit", "unité", "unidad"),
    "price": (
        "unit price", "sale price", "selling price", "retail price", "list price", "variant price", "preis",
        "verkaufspreis", "vk", "prix", "prix de vente", "precio",
    ),
    "cost_price": (
        "cost", "unit cost", "purchase price", "cost per item", "einkaufspreis", "ek", "prix d'achat", "costo", "coste",
    ),
    "quantity": (
        "qty", "stock", "quantity in stock", "on hand", "in stock", "units in stock", "available", "menge", "bestand",
        "lagerbestand", "anzahl", "quantité", "cantidad", "existencias",
    ),
    "stock_sequence": (),
    "min_threshold": (
        "reorder level", "reorder point", "minimum", "min stock", "minimum stock", "threshold", "low stock threshold",
        "mindestbestand", "meldebestand", "stock minimum", "seuil",
    ),
    "expiration_date": (
        "expiry", "expiry date", "expires", "expires on", "best before", "use by", "mhd", "ablaufdatum",
        "haltbar bis", "date d'expiration", "dlc", "caducidad",
    ),
    "category": (
        "product category", "type", "product type", "group", "kategorie", "warengruppe", "catégorie", "categoría",
    ),
    "supplier": ("supplier name", "vendor", "vendor name", "manufacturer", "lieferant", "fournisseur", "proveedor"),
}  # fmt: skip
MAX_COLUMNS = 100
UNKNOWN = "?"
IGNORED_SIGNS = str.maketrans("", "", " \u00a0_-.'\u2019")


def normalized(name: str) -> str:
    """Return the name as names are compared."""
    return name.casefold().translate(IGNORED_SIGNS)


COLUMN_OF = {normalized(word): column for column in COLUMN_NAMES for word in (column, *SYNONYMS[column])}


def parse_mapping(text: str) -> dict[str, str]:
    """Return the query parameter `columns` (`Regal:,Preis netto:cost_price`) as normalized name to column.

    An empty column means that the file's column is ignored. Raise InvalidFile.
    """
    mapping = {}
    for part in filter(None, text.split(",")):
        name, separator, column = part.rpartition(":")
        if not separator or (column and column not in COLUMN_NAMES):
            reason = f'"{part[:MAX_QUOTED_LENGTH]}" in columns is not "name in the file:column of a product".'
            raise InvalidFile(reason=f"{reason} Columns are {', '.join(COLUMN_NAMES)}.")
        mapping[normalized(name)] = column
    return mapping


def find_columns(header: list[str], mapping: dict[str, str]) -> list[str | None]:
    """Return the column of a product for each cell of the header, None for one that is to be ignored.

    Raise InvalidFile for unknown and repeated columns, and if none identifies the product.
    """
    columns = [column_of(name, mapping) for name in header[:MAX_COLUMNS]]
    if unknown := [name for name, column in zip(header, columns, strict=False) if column is UNKNOWN]:
        raise InvalidFile(reason=describe_unknown(unknown))
    known = [column for column in columns if column]
    for column in known:
        if known.count(column) > 1:
            names = ", ".join(quoted(name) for name, each in zip(header, columns, strict=True) if each == column)
            raise InvalidFile(reason=f"Several columns are read as {column}: {names}. Rename or ignore all but one.")
    if not {"id", "sku", "name"}.intersection(known):
        raise InvalidFile(reason="A column that says which product is meant is missing: id, sku or name.")
    return columns


def column_of(name: str, mapping: dict[str, str]) -> str | None:
    """Return the column that the name means, None for one that is to be ignored, or UNKNOWN."""
    found = normalized(name)
    return (mapping[found] or None) if found in mapping else COLUMN_OF.get(found, UNKNOWN)


def describe_unknown(names: list[str]) -> str:
    """Return what is wrong with these columns, and the nearest known one of the first."""
    listed = ", ".join(name[:MAX_QUOTED_LENGTH] for name in names)
    nearest = find_nearest(normalized(names[0]), COLUMN_OF)
    hint = f" Did you mean {COLUMN_OF[nearest]} by {quoted(names[0])}?" if nearest else ""
    return f"Unknown columns: {listed}. Known are {', '.join(COLUMN_NAMES)}, and usual names for these.{hint}"


def quoted(name: str) -> str:
    return f'"{name[:MAX_QUOTED_LENGTH]}"'
