"""The exports of other systems, as tables: what each column of their files is.

A new system needs a row here and no code. Names are compared as in products/column_names.py: without case, accents,
spaces, punctuation and currency. `{}` in a name stands for any text, such as the name of a place. A column that a
system does not list is read by its usual name.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from products.column_names import normalize_column_name

# What a column can be besides a column of products.
PARENT = "*parent"  # the parent: rows with the same cell are variants of one product
PARENT_CODE = "*parent_code"  # the SKU or the id of the row of the parent
KIND = "*kind"  # a word that tells rows of parents from those of products
AXIS = "*axis"  # the name of an option; the first of these columns belongs to the first VALUE
VALUE = "*value"  # the value of an option
LIST_OF_AXES = "*axes"  # the names of several options, in which what follows a colon is left out (`Size:select:0`)
LIST_OF_VALUES = "*values"  # the values of the same options, written in the same way
PAIRS = "*pairs"  # options with their values (`Size: M, Colour: red`)
VARIATIONS = "*variations"  # the options of the variants, in the row of their parent (`sku=A-M,size=M|sku=A-L,size=L`)
VARIANT = "*variant"  # the name of a variant that has no options
PICTURE = "*picture"  # links of pictures
PLACE = "*place"  # the quantity in the place whose name is in the name of the column
PLACES = "*places"  # several places with their quantities (`main=5,shop=2`)
KEPT = "*kept"  # a column that may become an own field
LEFT = "*left"  # a column that nobody needs in this service
ANY = "{}"  # any text in the name of a column


@dataclass(frozen=True)
class System:
    """A kind of export.

    A file is of this kind if its header has all names of one of the `marks`: each language in which the system exports
    has its own. `columns` has the names of columns by what they are: a column of products or one of the words above. If
    the header has several of the same column of products, the one that is listed first is read. A column that is not
    listed is `others`, if that is given. A name can be that of the PARENT and of a column of products. A row whose KIND
    has one of the words `parents` is that of a parent, which is a product only if no row belongs to it.
    """

    name: str
    marks: tuple[tuple[str, ...], ...]
    columns: dict[str, tuple[str, ...]]
    parents: frozenset[str] = frozenset()
    others: str = ""
    category_list: str = ""  # the characters that separate several categories in a cell
    category_path: str = ">"  # what separates the parts of a path
    option_list: str = ","  # what separates the parts of LIST_OF_AXES and LIST_OF_VALUES
    is_continued: bool = False  # whether a row with an empty PARENT belongs to the row before it
    no_options: frozenset[str] = field(default=frozenset({"default title", "regular", "default"}))
    # The words in cells of prices and quantities that mean that there is no number, in lower case.
    no_number: frozenset[str] = field(
        default=frozenset({"variable", "unlimited", "not stocked", "instock", "outofstock", "in_stock", "out_of_stock"})
    )

    @cached_property
    def marked(self) -> list[set[str]]:
        """Return the normalised names of each of the marks."""
        return [set(map(normalize_column_name, names)) for names in self.marks]

    @cached_property
    def named(self) -> dict[str, tuple[str, int]]:
        """Return what each normalised name is, with its position among the names of the same kind.

        A name that is that of the PARENT and of a column of products is the latter, which is listed later.
        """
        return dict(self.list_names())

    @cached_property
    def patterns(self) -> list[tuple[re.Pattern[str], str, int]]:
        """Return the names with `{}` as patterns, each with what it is and its position."""
        return [
            (re.compile(re.escape(name).replace(r"\{\}", "(.+)"), re.IGNORECASE), kind, position)
            for kind, names in self.columns.items()
            for position, name in enumerate(names)
            if ANY in name
        ]

    def list_names(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """Yield each normalised name without `{}`, with what it is and its position. A name may be there twice."""
        for kind, names in self.columns.items():
            for position, name in enumerate(names):
                if ANY not in name:
                    yield normalize_column_name(name), (kind, position)

    def describe(self, name: str) -> tuple[str, int, str]:
        """Return what the column is, its position among those of the same kind, and the text in the place of `{}`."""
        if found := self.named.get(normalize_column_name(name)):
            return *found, ""
        for pattern, kind, position in self.patterns:
            if text := pattern.fullmatch(name.strip()):
                return kind, position, text[1].strip()
        return (self.others, 0, name.strip()) if self.others and name.strip() else ("", 0, "")


def find_system(names: Iterable[str]) -> System | None:
    """Return the first system for which the header has all names of one of its marks."""
    keys = {normalize_column_name(name) for name in names}
    return next((system for system in SYSTEMS if any(map(keys.issuperset, system.marked))), None)


def number(*names: str, upto: int = 3) -> tuple[str, ...]:
    """Return each name with the numbers from 1 to `upto` in the place of `#`."""
    return tuple(name.replace("#", str(place)) for name in names for place in range(1, upto + 1))


VEND = {
    PARENT: ("handle",),
    AXIS: ("variant_option_one_name", "variant_option_two_name", "variant_option_three_name"),
    VALUE: ("variant_option_one_value", "variant_option_two_value", "variant_option_three_value"),
    PLACE: ("inventory_{}",),
    "external_id": ("id",),
    "name": ("name",),
    "sku": ("sku",),
    "description": ("description",),
    "price": ("retail_price",),
    "cost_price": ("supply_price",),
    "min_threshold": ("reorder_point_{}",),
    "category": ("product_category", "type"),
    "supplier": ("supplier_name",),
    "supplier_sku": ("supplier_code",),
    "tags": ("tags",),
    KEPT: ("brand_name", "weight"),
    LEFT: (
        "composite_{}", "outlet_tax_{}", "tax_name", "tax_value", "account_code", "account_code_purchase", "active",
        "active_online", "track_inventory", "restock_level_{}", "weight_unit", "length", "width", "height",
        "loyalty_value",
    ),
}  # fmt: skip

WIX = {
    PARENT: ("handleId", "handle"),
    KIND: ("fieldType",),
    AXIS: number("productOptionName#"),
    PICTURE: ("productImageUrl", "media"),
    "name": ("name",),
    "sku": ("sku",),
    "barcode": ("barcode",),
    "description": ("description", "plainDescription"),
    "price": ("price",),
    "cost_price": ("cost",),
    "quantity": ("inventory",),
    "category": ("collection",),
    KEPT: ("brand", "weight", "surcharge", "strikethroughPrice", "ribbon"),
    LEFT: (
        "visible", "discountMode", "discountValue", "productOptionType{}", "productOptionName{}",
        "productOptionDescription{}", "productOptionChoices{}", "additionalInfo{}", "customText{}", "modifier{}",
        "mediaAltText", "baseUnit", "baseUnitMeasurement", "totalUnits", "totalUnitsMeasurement", "preOrder{}",
    ),
}  # fmt: skip

SYSTEMS = (
    System(
        "Shopify",
        # The second is the form since 2025.
        (("Handle", "Variant Price"), ("URL handle", "Option1 name", "Price", "Inventory quantity")),
        {
            PARENT: ("Handle", "URL handle"),
            AXIS: number("Option# Name"),
            VALUE: number("Option# Value"),
            PICTURE: ("Image Src", "Variant Image", "Product image URL", "Variant image URL"),
            "name": ("Title",),
            "sku": ("Variant SKU", "SKU"),
            "barcode": ("Variant Barcode", "Barcode"),
            "description": ("Body (HTML)", "Body HTML", "Description"),
            "price": ("Variant Price", "Price"),
            "cost_price": ("Cost per item",),
            "quantity": ("Variant Inventory Qty", "Inventory quantity"),
            "category": ("Type", "Product Category", "Standard Product Type", "Custom Product Type"),
            "supplier": ("Vendor",),
            "tags": ("Tags",),
            KEPT: (
                "Variant Compare At Price", "Compare-at price", "Variant Grams", "Weight value (grams)",
                "{} (product.metafields.{}",
            ),
            LEFT: (
                "Published", "Published on online store", "Variant Inventory Tracker", "Inventory tracker",
                "Variant Inventory Policy", "Continue selling when out of stock", "Variant Fulfillment Service",
                "Fulfillment service", "Variant Requires Shipping", "Requires shipping", "Variant Taxable",
                "Charge tax", "Image Position", "Image Alt Text", "Gift Card", "SEO Title", "SEO Description",
                "Google Shopping / {}", "Variant Tax Code", "Tax code", "Variant Weight Unit",
                "Weight unit for display", "Status", "Included / {}", "Price / {}", "Compare At Price / {}",
                "Unit price {}", *number("Option# Linked To"),
            ),
        },
    ),
    System(
        "Shopify inventory",
        (("Handle", "Option1 Name", "SKU", "Location"),),
        {
            PARENT: ("Handle",),
            AXIS: number("Option# Name"),
            VALUE: number("Option# Value"),
            "name": ("Title",),
            "sku": ("SKU",),
            "location": ("Location",),
            "quantity": ("On hand (new)", "On hand (current)", "On hand", "Available", "Available (not editable)"),
            KEPT: ("HS Code", "COO"),
            LEFT: (
                "Bin name", "Incoming", "Unavailable", "Committed", "Incoming (not editable)",
                "Unavailable (not editable)", "Committed (not editable)",
            ),
        },
    ),
    System(
        "Shopify inventory",
        (("Handle", "Option1 Name", "SKU", "HS Code", "COO"),),
        {
            PARENT: ("Handle",),
            AXIS: number("Option# Name"),
            VALUE: number("Option# Value"),
            "name": ("Title",),
            "sku": ("SKU",),
            KEPT: ("HS Code", "COO"),
        },
        others=PLACE,
    ),
    System(
        "WooCommerce",
        (
            ("Type", "Regular price", "Parent"),
            ("Typ", "Regulärer Preis", "Übergeordnetes Produkt"),
            ("Type", "Tarif régulier", "Parent"),
            ("Tipo", "Precio normal", "Superior"),
            ("Tipo", "Prezzo di listino", "Genitore"),
            ("Type", "Reguliere prijs", "Hoofd"),
            ("Type", "Reguliere prijs", "Gepubliceerd"),
            ("Tipo", "Nome do atributo 1", "Ascendente"),
        ),
        {
            KIND: ("Type", "Typ", "Tipo"),
            PARENT_CODE: ("Parent", "Übergeordnetes Produkt", "Superior", "Genitore", "Hoofd", "Ascendente"),
            AXIS: number(
                "Attribute # name", "Attribut # Name", "Nom de l'attribut #", "Nombre del atributo #",
                "Nome dell'attributo #", "Attributo # nome", "Attribuut # naam", "Nome do atributo #",
            ),
            VALUE: number(
                "Attribute # value(s)", "Attribut # Wert(e)", "Valeur(s) de l'attribut #", "Valor(es) del atributo #",
                "Valore dell'attributo #", "Attributo # valuta(e)", "Attribuut # waarde(n)", "Valores do atributo #",
            ),
            PICTURE: ("Images", "Bilder", "Imágenes", "Immagine", "Immagini", "Afbeeldingen", "Imagens"),
            "external_id": ("ID",),
            "name": ("Name", "Nom", "Nombre", "Nome", "Naam"),
            "sku": ("SKU", "Artikelnummer", "UGS"),
            "barcode": (
                "GTIN, UPC, EAN, or ISBN", "GTIN, UPC, EAN oder ISBN", "GTIN, UPC, EAN ou ISBN",
                "GTIN, UPC, EAN o ISBN", "GTIN, UPC, EAN of ISBN", "EAN",
            ),
            "description": (
                "Description", "Short description", "Beschreibung", "Kurzbeschreibung", "Description courte",
                "Descripción", "Descripción corta", "Descrizione", "Breve descrizione", "Beschrijving",
                "Korte beschrijving", "Descrição", "Descrição curta",
            ),
            "price": (
                "Regular price", "Regulärer Preis", "Tarif régulier", "Precio normal", "Prezzo di listino",
                "Reguliere prijs", "Preço", "Preço normal",
            ),
            "quantity": ("Stock", "Lager", "Lagerbestand", "Inventario", "Magazzino", "Voorraad", "Estoque"),
            "min_threshold": (
                "Low stock amount", "Geringe Lagermenge", "Montant de stock faible", "Cantidad de bajo inventario",
                "Lage voorraad",
            ),
            "category": ("Categories", "Kategorien", "Catégories", "Categorías", "Categorie", "Categorieën"),
            "tags": ("Tags", "Schlagwörter", "Étiquettes", "Etiquetas", "Tag"),
            KEPT: (
                "Sale price", "Angebotspreis", "Tarif promo", "Precio rebajado", "Prezzo in offerta", "Actieprijs",
                "Preço promocional", "Brands", "Marken", "Marke", "Marques", "Marcas", "Marchi", "Purchase note",
                "External URL",
            ),
            LEFT: (
                "Published", "Is featured?", "Visibility in catalog", "Date sale price starts", "Date sale price ends",
                "Tax status", "Tax class", "In stock?", "Backorders allowed?", "Sold individually?",
                "Allow customer reviews?", "Shipping class", "Download limit", "Download expiry days", "Upsells",
                "Cross-sells", "Grouped products", "Button text", "Position", "Attribute {} visible",
                "Attribute {} global", "Attribute {} default", "Download {} name", "Download {} URL", "Meta: {}",
                "Swatches Attributes",
                "Veröffentlicht", "Ist hervorgehoben?", "Sichtbarkeit im Katalog", "Datum, an dem Angebotspreis {}",
                "Steuerstatus", "Steuerklasse", "Vorrätig?", "Lieferrückstände erlaubt?", "Lieferrückstande erlaubt?",
                "Nur einzeln verkaufen?", "Kundenbewertungen erlauben?", "Versandklasse", "Downloadlimit",
                "Ablauftage des Downloads", "Gruppierte Produkte", "Zusatzverkäufe", "Cross-Sells (Querverkäufe)",
                "Button-Text", "Attribut {} sichtbar", "Attribut {} global", "Attribut {} Standard",
                "Publié", "Mis en avant ?", "Visibilité dans le catalogue", "Date de {} de promo", "État de la TVA",
                "Classe de TVA", "En stock ?", "Autoriser les commandes de produits en rupture ?",
                "Vendre individuellement ?", "Autoriser les avis clients ?", "Classe d'expédition",
                "Limite de téléchargement", "Jours d'expiration du téléchargement", "Groupes de produits",
                "Produits suggérés", "Ventes croisées", "Libellé du bouton", "Attribut {} visible",
                "Publicado", "¿Está destacado?", "Visibilidad en el catálogo", "Día en que {} el precio rebajado",
                "Estado del impuesto", "Clase de impuesto", "¿En inventario?", "¿Existencias?",
                "¿Permitir reservas de productos agotados?", "¿Vendido individualmente?",
                "¿Permitir valoraciones de clientes?", "Clase de envío", "Límite de descargas",
                "Días de caducidad de la descarga", "Productos agrupados", "Ventas dirigidas", "Ventas cruzadas",
                "Texto del botón", "Posición", "Atributo visible {}", "Atributo global {}", "Atributo por defecto {}",
                "Pubblicato", "In primo piano?", "Visibilità nel catalogo", "In stock?",
                "Abilita gli ordini arretrati?", "Venduto singolarmente?", "Permetti le recensioni clienti?",
                "Stato delle imposte", "Aliquota di imposta", "Classe di spedizione", "Limite di download",
                "Scarica i giorni di scadenza", "Prodotti raggruppati", "Up-sell", "Cross-sell", "Testo del pulsante",
                "Posizione", "Attributo {} visibile", "Attributo {} globale", "Attributo {} predefinito",
                "Gepubliceerd", "Uitgelicht?", "Zichtbaarheid in catalogus", "{} actieprijs", "Belastingstatus",
                "Belastingklasse", "Op voorraad?", "Nabestellingen toestaan?", "Wordt individueel verkocht?",
                "Klantbeoordelingen toestaan?", "Verzendklasse", "Downloadlimiet", "Dagen vervaltijd download",
                "Gegroepeerde producten", "Knop tekst", "Positie", "Attribuut {} zichtbaar", "Attribuut {} globaal",
                "Em destaque?", "Visibilidade no catálogo", "Em estoque?", "Visibilidade do atributo {}",
                "Posição", "Produtos agrupados",
            ),
        },
        parents=frozenset({"variable", "grouped"}),
        category_list=",",
    ),
    System(
        "Square",
        (("Token", "Item Name", "Variation Name"),),
        {
            PARENT: ("Item Name",),
            VARIANT: ("Variation Name",),
            AXIS: number("Option Name #"),
            VALUE: number("Option Value #"),
            PLACE: ("Current Quantity {}",),
            "external_id": ("Token",),
            "name": ("Item Name",),
            "sku": ("SKU",),
            "barcode": ("GTIN",),
            "description": ("Description",),
            "price": ("Price", "Price {}"),
            "cost_price": ("Default Unit Cost",),
            "min_threshold": ("Stock Alert Count {}",),
            "category": ("Categories", "Category", "Reporting Category"),
            "supplier": ("Default Vendor Name",),
            "supplier_sku": ("Default Vendor Code",),
            KEPT: ("Online Sale Price", "Weight (lb)", "Weight (kg)"),
            LEFT: (
                "SEO Title", "SEO Description", "Permalink", "Square Online Item Visibility", "Item Type",
                "Social Media Link Title", "Social Media Link Description", "Shipping Enabled",
                "Self-serve Ordering Enabled", "Delivery Enabled", "Pickup Enabled", "Archived", "Sellable",
                "Contains Alcohol", "Stockable", "Skip Detail Screen in POS", "Enabled {}", "New Quantity {}",
                "Stock Alert Enabled {}", "Tax - {}", "Modifier Set - {}",
            ),
        },
        category_list=",",
    ),
    # Lightspeed X-Series is the later form of Vend. Its categories are paths.
    System("Lightspeed", (("handle", "supply_price", "retail_price", "product_category"),), VEND, category_path="/"),
    System("Vend", (("handle", "supply_price", "retail_price"),), VEND),
    System(
        "Loyverse",
        (("Handle", "Sold by weight", "Track stock"), ("Handle", "Vendido por peso", "Seguir el Inventario")),
        {
            PARENT: ("Handle",),
            AXIS: number("Option # name", "Opción # nombre"),
            VALUE: number("Option # value", "Opción # valor"),
            PLACE: ("In stock [{}]", "En inventario [{}]"),
            "name": ("Name", "Nombre"),
            "sku": ("SKU", "REF"),
            "barcode": ("Barcode", "Codigo de barras"),
            "description": ("Description", "Descripción"),
            "price": ("Default price", "Precio por defecto", "Price [{}]", "Precio [{}]"),
            "cost_price": ("Cost", "Coste", "Purchase cost", "Costo de compra"),
            "min_threshold": ("Low stock [{}]", "Existencias bajas [{}]"),
            "category": ("Category", "Categoria"),
            "supplier": ("Supplier", "Proveedor"),
            KEPT: ("Sold by weight", "Vendido por peso"),
            LEFT: (
                "Track stock", "Use production", "SKU of included item", "Quantity of included item",
                "Available for sale [{}]", "Optimal stock [{}]", "Tax - {}", "Modifier - {}", "Seguir el Inventario",
                "Usar prodcucción", "Usar producción", "REF del componente", "Cantidad del componente",
                "Disponibles para la venta [{}]", "Stock óptimo [{}]", "impuesto - {}", "modificador - {}",
            ),
        },
    ),
    System(
        "Etsy",
        (
            ("TITLE", "CURRENCY_CODE", "MATERIALS", "IMAGE1"),
            ("TITEL", "WÄHRUNGSCODE", "MATERIALIEN", "BILD1"),
            ("TITRE", "MATÉRIAUX", "IMAGE1"),
            ("TÍTULO", "MATERIALES", "IMAGEN1"),
            ("TITOLO", "MATERIALI", "IMMAGINE1"),
            ("TITEL", "MATERIALEN", "AFBEELDING1"),
            ("TÍTULO", "MATERIAIS", "IMAGEM1"),
        ),
        {
            PICTURE: number("IMAGE#", "BILD#", "IMAGEN#", "IMMAGINE#", "AFBEELDING#", "IMAGEM#", upto=10),
            "name": ("TITLE", "TITEL", "TITRE", "TÍTULO", "TITOLO"),
            "sku": ("SKU", "BESTANDSEINHEIT", "UGS"),
            "description": ("DESCRIPTION", "BESCHREIBUNG", "DESCRIPCIÓN", "DESCRIZIONE", "BESCHRIJVING", "DESCRIÇÃO"),
            "price": ("PRICE", "PREIS", "PRIX", "PRECIO", "PREZZO", "PRIJS", "PREÇO"),
            "quantity": (
                "QUANTITY", "STÜCKZAHL", "QUANTITÉ", "CANTIDAD", "QUANTITÀ", "AANTAL", "HOEVEELHEID", "QUANTIDADE",
            ),
            "tags": ("TAGS", "TAG", "ÉTIQUETTES", "ETIQUETAS", "SCHLAGWORTE"),
            # A listing has one row: its cells list the values of options, but not which SKU has which of them.
            KEPT: (
                "MATERIALS", "MATERIALIEN", "MATÉRIAUX", "MATERIALES", "MATERIALI", "MATERIALEN", "MATERIAIS",
                *number(
                    "VARIATION # TYPE", "VARIATION # NAME", "VARIATION # VALUES", "VARIATIONSTYP #",
                    "VARIATIONSNAME #", "VARIATIONSWERT #",
                ),
            ),
            LEFT: ("CURRENCY_CODE", "WÄHRUNGSCODE"),
        },
    ),
    System(
        "Zoho Inventory",
        (
            ("Item ID", "Item Name", "Stock On Hand"),
            ("Item ID", "Item Name", "Purchase Rate"),
            ("Item Name", "Attribute Name1", "Attribute Option Name1"),
        ),
        {
            PARENT: ("Group ID", "Item Group ID", "Group Name", "Item Group Name", "Product Name"),
            AXIS: number("Attribute Name#"),
            VALUE: number("Attribute Option Name#"),
            "external_id": ("Item ID",),
            "name": ("Item Name",),
            "sku": ("SKU",),
            "barcode": ("EAN", "UPC", "ISBN"),
            "description": ("Description", "Sales Description"),
            "unit": ("Usage unit", "Unit", "Unit Name"),
            "price": ("Rate", "Selling Price", "Sales Rate"),
            "cost_price": ("Purchase Rate", "Purchase Price", "Cost Price"),
            "quantity": ("Stock On Hand", "Opening Stock", "Initial Stock"),
            "min_threshold": ("Reorder Point", "Reorder Level"),
            "category": ("Category Name", "Category"),
            "supplier": ("Vendor", "Preferred Vendor"),
            "location": ("Warehouse Name", "Location Name"),
            KEPT: (
                "Brand", "Manufacturer", "MPN", "Part Number", "HSN/SAC", "Purchase Description", "Weight", "CF.{}",
            ),
            LEFT: (
                "Account", "Account Code", "Taxable", "Taxable Type", "Exemption Reason", "Taxability Type",
                "Product Type", "Intra State Tax {}", "Inter State Tax {}", "Tax Name", "Tax Type", "Tax Percentage",
                "Source", "Reference ID", "Last Sync Time", "Status", "Purchase Account", "Purchase Account Code",
                "Inventory Account", "Inventory Account Code", "Inventory Valuation Method", "Opening Stock Value",
                "Initial Stock Rate", "Item Type", "Sellable", "Purchasable", "Track Inventory", "Track Batches",
                "Is Combo Product", "Is Returnable Item", "Is Receivable Service", "Weight Unit", "Dimension Unit",
                "Package Weight", "Package Length", "Package Width", "Package Height", *number("Attribute ID#"),
            ),
        },
    ),
    # The parents are products of the shop, so the file of products has to be imported first. This file has no names,
    # and no prices: an impact is what an option adds to the price of its parent.
    System(
        "PrestaShop combinations",
        (
            ("Attribute (Name:Type:Position)*", "Value (Value:Position)*"),
            ("Attribut (Nom:Type:Position)*", "Valeur (Valeur:Position)*"),
        ),
        {
            PARENT_CODE: ("Product ID*", "ID produit*", "Product Reference", "Référence produit"),
            LIST_OF_AXES: ("Attribute (Name:Type:Position)*", "Attribut (Nom:Type:Position)*"),
            LIST_OF_VALUES: ("Value (Value:Position)*", "Valeur (Valeur:Position)*"),
            PICTURE: (
                "Image URLs (x,y,z...)", "Image URL", "URL des images (x,y,z...)", "URL des images",
            ),
            "sku": ("Reference", "Référence"),
            "barcode": ("EAN13", "EAN-13", "UPC"),
            "cost_price": ("Wholesale price", "Cost price", "Prix d'achat"),
            "quantity": ("Quantity", "Quantité"),
            "min_threshold": ("Low stock level", "Niveau de stock bas"),
            "supplier_sku": ("Supplier reference", "Référence fournisseur"),
            KEPT: ("MPN", "Impact on price", "Impact sur le prix", "Impact on weight", "Impact sur le poids"),
            LEFT: (
                "Ecotax", "Minimal quantity", "Send {}", "Default ({}", "Combination {}", "Image position",
                "Image alt texts (x,y,z...)", "Choose among {}", "Delete existing images ({}", "ID / Name of shop",
                "Advanced Stock Managment", "Advanced stock management", "Depends on stock", "Warehouse",
                "Éco-participation", "Quantité minimale", "Défaut ({}",
            ),
        },
    ),
    System(
        "PrestaShop",
        (
            ("Active (0/1)", "Categories (x,y,z...)"),
            ("Actif (0/1)", "Catégories (x,y,z...)"),
            ("Product ID", "Reference", "Price (tax excl.)", "Price (tax incl.)"),
        ),
        {
            PICTURE: (
                "Image URLs (x,y,z...)", "URL des images (x,y,z...)", "URL des images (x,y,z, etc.)", "Image",
            ),
            "external_id": ("Product ID", "ID"),
            "name": ("Name *", "Nom *"),
            "sku": ("Reference #", "Référence #"),
            "barcode": ("EAN13", "EAN-13", "UPC"),
            "description": (
                "Description", "Short description", "Summary", "Description courte", "Résumé", "Récapitulatif",
            ),
            "price": (
                "Price tax excluded or Price tax included", "Price tax included", "Price (tax incl.)",
                "Price tax excluded", "Price (tax excl.)", "Prix TTC", "Prix HT", "Prix hors taxe", "Montant HT",
            ),
            "cost_price": ("Wholesale price", "Cost price", "Prix d'achat", "Prix de revient"),
            "quantity": ("Quantity", "Quantité"),
            "min_threshold": ("Low stock level", "Niveau de stock bas"),
            "category": ("Categories (x,y,z...)", "Catégories (x,y,z...)", "Category"),
            "supplier": ("Supplier", "Fournisseur", "Fournisseurs"),
            "supplier_sku": ("Supplier reference #", "Référence fournisseur"),
            "tags": ("Tags (x,y,z...)", "Mots-clés (x,y,z...)", "Étiquettes (x,y,z...)"),
            KEPT: (
                "Manufacturer", "Brand", "Marque", "MPN", "Unity", "Unity for the unit price", "Unit price",
                "Unité pour le prix unitaire", "Prix unitaire", "Feature (Name:Value:Position)",
            ),
            LEFT: (
                "Active (0/1)", "Actif (0/1)", "Tax rules ID", "ID règle de taxes", "On sale (0/1)",
                "En soldes (0/1)", "Discount {}", "Montant de la remise", "Pourcentage de réduction", "Réduction {}",
                "Ecotax", "Éco-participation", "Delivery time {}", "Délai de livraison {}", "Minimal quantity",
                "Quantité minimale", "Send {}", "Recevoir {}", "Visibility", "Visibilité",
                "Additional shipping cost", "Frais de port supplémentaire", "Meta {}", "URL rewritten", "Rewritten URL",
                "URL réécrite", "Text when {}", "Label when {}", "Available for order ({}", "Product available date",
                "Product availability date", "Product creation date", "Show price ({}", "Image alt texts (x,y,z...)",
                "Delete existing images ({}", "Available online only ({}", "Condition", "Customizable ({}",
                "Uploadable files ({}", "Text fields ({}", "Out of stock", "Out of stock action", "Virtual product",
                "File URL", "Number of {}", "Expiration date", "ID / Name of shop", "Advanced stock management",
                "Depends On Stock", "Warehouse", "Accessories (x,y,z...)", "Disponible à la commande ({}",
                "Afficher le prix ({}", "État", "Status", "Position",
            ),
        },
        category_list=",;",
        category_path="/",
    ),
    System(
        "Magento",
        (("sku", "attribute_set_code", "product_type", "product_websites"),),
        {
            KIND: ("product_type",),
            VARIATIONS: ("configurable_variations",),
            PICTURE: ("base_image", "additional_images"),
            "name": ("name",),
            "sku": ("sku",),
            "description": ("description", "short_description"),
            "price": ("price",),
            "cost_price": ("cost",),
            "quantity": ("qty",),
            "min_threshold": ("notify_on_stock_below",),
            "category": ("categories",),
            KEPT: ("weight", "special_price", "msrp_price", "country_of_manufacture", "additional_attributes"),
        },
        parents=frozenset({"configurable", "grouped", "bundle"}),
        others=LEFT,
        category_list=",",
        category_path="/",
    ),
    System(
        "Bagisto",
        (("sku", "parent_sku", "attribute_family_code", "inventories"),),
        {
            KIND: ("type",),
            PARENT_CODE: ("parent_sku",),
            VARIATIONS: ("configurable_variants",),
            PICTURE: ("images",),
            PLACES: ("inventories",),
            "name": ("name",),
            "sku": ("sku",),
            "description": ("description", "short_description"),
            "price": ("price",),
            "cost_price": ("cost",),
            "category": ("categories",),
            KEPT: ("weight", "special_price"),
            LEFT: (
                "locale", "channel", "attribute_family_code", "status", "visible_individually", "new", "featured",
                "guest_checkout", "length", "width", "height", "tax_category_name", "special_price_from",
                "special_price_to", "customer_group_prices", "url_key", "meta_title", "meta_keywords",
                "meta_description", "manage_stock", "related_skus", "cross_sell_skus", "up_sell_skus",
                "bundle_options", "associated_skus",
            ),
        },
        parents=frozenset({"configurable", "grouped", "bundle"}),
        category_list=",",
        category_path="/",
    ),
    System(
        "Vendure",
        (("name", "slug", "optionGroups", "optionValues", "stockOnHand"),),
        {
            PARENT: ("slug",),
            LIST_OF_AXES: ("optionGroups",),
            LIST_OF_VALUES: ("optionValues",),
            PICTURE: ("assets", "variantAssets"),
            "name": ("name",),
            "sku": ("sku",),
            "description": ("description",),
            "price": ("price",),
            "quantity": ("stockOnHand",),
            KEPT: ("facets", "variantFacets"),
            LEFT: ("taxCategory", "trackInventory", "enabled"),
        },
        option_list="|",
        is_continued=True,
    ),
    System(
        "Wix",
        (("handleId", "fieldType", "productOptionName1"),),
        # The row of the parent lists all values of the option (`S;M`), and that of a variant has its own.
        WIX | {VALUE: number("productOptionDescription#")},
        parents=frozenset({"product"}),
        category_list=";",
    ),
    System(
        "Wix",  # the form since 2025
        (("handle", "fieldType", "productOptionName1"),),
        WIX | {VALUE: number("productOptionChoices#")},
        parents=frozenset({"product"}),
        category_list=";",
    ),
    System(
        "Squarespace",
        (("Product ID [Non Editable]", "Variant ID [Non Editable]", "Title"),),
        {
            PARENT: ("Product ID [Non Editable]",),
            AXIS: number("Option Name #"),
            VALUE: number("Option Value #"),
            PICTURE: ("Hosted Image URLs",),
            "external_id": ("Variant ID [Non Editable]",),
            "name": ("Title",),
            "sku": ("SKU",),
            "barcode": ("GTIN",),
            "description": ("Description",),
            "price": ("Price",),
            "quantity": ("Stock",),
            "category": ("Categories",),
            "tags": ("Tags",),
            KEPT: ("MPN", "Sale Price", "Weight"),
            LEFT: (
                "Product Type [Non Editable]", "Product Page", "Product URL", "On Sale", "Length", "Width", "Height",
                "Visible", "Option Name {}", "Option Value {}",
            ),
        },
        category_list=",",
        category_path="/",
        is_continued=True,
    ),
    System(
        "Odoo",
        (
            ("Internal Reference", "Sales Price", "Quantity On Hand"),
            ("Internal Reference", "Sales Price", "Product Category", "Product Type"),
            ("Internal Reference", "Variant Values"),
            ("default_code", "list_price"),
            ("Référence interne", "Prix de vente", "Quantité en stock", "Catégorie de produits"),
            ("Référence interne", "Valeurs de la variante"),
            ("Interne Referenz", "Verkaufspreis", "Produktkategorie"),
            ("Interne Referenz", "Variantenwerte"),
            ("Referencia interna", "Precio de venta", "Categoría de producto"),
            ("Referencia interna", "Valores de las variantes"),
        ),
        {
            PARENT: (
                "Product Template", "product_tmpl_id", "product_tmpl_id/id", "Modèle de produit", "Produktvorlage",
                "Plantilla de producto",
            ),
            PAIRS: (
                "Variant Values", "product_template_variant_value_ids", "Valeurs de la variante", "Variantenwerte",
                "Valores de las variantes",
            ),
            "external_id": (
                "External ID", "id", "ID externe", "Identifiant externe", "Externe ID", "ID externo",
            ),
            "name": ("Name", "Nom", "Nombre"),
            "sku": (
                "Internal Reference", "default_code", "Référence interne", "Interne Referenz", "Referencia interna",
            ),
            "barcode": ("Barcode", "Code-barres", "Código de barras"),
            "description": ("Sales Description", "description_sale", "Description", "Descripción"),
            "unit": (
                "Unit of Measure", "Unit", "uom_id", "uom_id/name", "Unité de mesure", "Unité", "Maßeinheit",
                "Mengeneinheit", "Unidad de medida", "Unidad",
            ),
            "price": ("Sales Price", "list_price", "lst_price", "Prix de vente", "Verkaufspreis", "Precio de venta"),
            "cost_price": ("Cost", "standard_price", "Coût", "Kosten", "Coste", "Costo"),
            "quantity": (
                "Quantity On Hand", "On Hand", "qty_available", "Quantité en stock", "Quantité en main",
                "Vorrätige Menge", "Verfügbare Menge", "Bestand", "Cantidad a mano", "Cantidad disponible",
            ),
            "category": (
                "Product Category", "categ_id", "categ_id/name", "Catégorie de produits", "Catégorie d'articles",
                "Produktkategorie", "Categoría de producto",
            ),
            "supplier": (
                "Vendors/Vendor", "seller_ids/partner_id", "Vendors", "Fournisseurs", "Lieferanten", "Proveedores",
            ),
            "tags": ("Product Tags", "product_tag_ids", "Étiquettes de produit", "Produktstichwörter"),
            KEPT: ("Weight", "Volume", "HS Code"),
            LEFT: (
                "Favorite", "Forecasted Quantity", "Quantité prévue", "Prognostizierte Menge", "Cantidad prevista",
                "Activity {}", "Can be Sold", "Can be Purchased", "Sales", "Purchase", "Product Type", "type",
                "detailed_type", "Type de produit", "Produkttyp", "Tipo de producto", "Tracking", "Responsible",
                "Active", "Image", "image_1920", "Company", "Display Name", "Currency", "Show {}",
            ),
        },
        category_path="/",
    ),
    System(
        "InvenTree",
        (("IPN", "Category Path"), ("IPN", "Minimum Stock", "Total Stock"), ("IPN", "Assembly", "Trackable")),
        {
            PARENT_CODE: ("Variant Of",),
            PICTURE: ("Image",),
            "external_id": ("ID",),
            "name": ("Name",),
            "sku": ("IPN",),
            "description": ("Description",),
            "unit": ("Units",),
            "quantity": ("Total Stock", "In Stock"),
            "min_threshold": ("Minimum Stock",),
            "category": ("Category Path", "Category"),
            KEPT: ("Revision", "Keywords", "Link", "Notes", "Default Location"),
            LEFT: (
                "Active", "Assembly", "Component", "Purchaseable", "Salable", "Trackable", "Virtual", "Testable",
                "Template", "Is Template", "Locked", "Creation Date", "Default Expiry",
            ),
        },
        category_path="/",
    ),
    System(
        "Part-DB",
        (("name", "footprint", "minamount"), ("name", "footprint", "storage_location"), ("name", "ipn", "minamount")),
        {
            "external_id": ("id",),
            "name": ("name",),
            "sku": ("ipn",),
            "barcode": ("gtin",),
            "description": ("description",),
            "unit": ("partUnit", "partUnit.name", "Measurement Unit"),
            "cost_price": ("price",),  # the price of the supplier
            "quantity": ("quantity", "amount", "instock", "amountSum"),
            "min_threshold": ("minamount",),
            "category": ("category", "category.full_path", "category.name"),
            "supplier": ("supplier",),
            "supplier_sku": ("spn", "supplier_product_number", "supplier_part_number"),
            "tags": ("tags",),
            "location": ("storage_location", "storelocation", "Storage locations"),
            KEPT: (
                "footprint", "footprint.name", "manufacturer", "manufacturer.name", "mpn", "Manufacturer part number",
                "manufacturer_product_number", "manufacturing_status", "mass", "notes", "comment", "eda_info.{}",
            ),
            LEFT: ("favorite", "needs_review", "addedDate", "lastModified", "type"),
        },
        category_path="->",
    ),
    System(
        "Snipe-IT",
        (
            ("Name", "QTY", "Min Amount", "Purchase Cost"),
            ("Name", "Model No.", "Min. QTY", "Purchase Cost"),
            ("Item Name", "Company", "Order Number", "Purchase Cost"),
            ("Name", "Asset Tag", "Model", "Purchase Cost"),
            ("Asset Name", "Asset Tag", "Model"),
            ("Name", "Product Key", "Seats", "Purchase Cost"),
        ),
        {
            "external_id": ("ID",),
            "name": ("Name", "Item Name", "Asset Name"),
            "sku": ("Item Number", "Item No.", "Asset Tag"),
            "cost_price": ("Purchase Cost",),
            "quantity": ("QTY", "Quantity", "Total", "Seats"),
            "min_threshold": ("Min Amount", "Min. QTY", "Minimum Quantity"),
            "category": ("Category",),
            "supplier": ("Supplier",),
            "location": ("Location",),
            KEPT: (
                "Company", "Manufacturer", "Model", "Model Name", "Model Number", "Model No.", "Model Notes", "Serial",
                "Serial number", "Order Number", "Purchase Date", "Notes", "Asset Notes", "Product Key",
            ),
            LEFT: ("Checkout Type", "Checked Out To{}", "Checked Out", "Avail", "Remaining", "Image", "Status"),
        },
    ),
    System(
        "OpenBoxes",
        (("ProductCode", "UnitOfMeasure", "LotAndExpiryControl"),),
        {
            "external_id": ("Id",),
            "name": ("Name",),
            "sku": ("ProductCode",),
            "barcode": ("UPC",),
            "description": ("Description",),
            "unit": ("UnitOfMeasure",),
            "cost_price": ("UnitCost",),
            "category": ("Category",),
            "supplier": ("VendorName", "Vendor"),
            "supplier_sku": ("VendorCode",),
            "tags": ("Tags",),
            KEPT: ("NDC", "Manufacturer", "ManufacturerName", "ManufacturerCode", "BrandName", "ProductFamily"),
            LEFT: (
                "ProductType", "GLAccount", "LotAndExpiryControl", "ColdChain", "ControlledSubstance",
                "HazardousMaterial", "Reconditioned", "Created", "Updated", "Active",
            ),
        },
    ),
    System(
        "OpenBoxes",
        (("Product code", "Lot number", "Physical QOH"),),
        {
            "name": ("Product name",),
            "sku": ("Product code",),
            "quantity": ("Physical QOH", "OB QOH"),
            "location": ("Bin location",),
            "lot": ("Lot number",),
            "expires_on": ("Expiration date",),
            KEPT: ("Comment",),
        },
    ),
    System(
        "Homebox",
        (("HB.name",),),
        {
            "external_id": ("HB.import_ref",),
            "name": ("HB.name",),
            "sku": ("HB.asset_id",),
            "description": ("HB.description",),
            "cost_price": ("HB.purchase_price",),
            "quantity": ("HB.quantity",),
            "min_threshold": ("HB.low_stock_threshold",),
            "supplier": ("HB.purchase_from",),
            "tags": ("HB.tags", "HB.labels"),
            "location": ("HB.location",),
            KEPT: (
                "HB.notes", "HB.url", "HB.manufacturer", "HB.model_number", "HB.serial_number", "HB.purchase_date",
                "HB.purchase_time", "HB.warranty_{}", "HB.sold_{}", "HB.parent_import_ref", "HB.field.{}",
            ),
            LEFT: ("HB.archived", "HB.insured", "HB.lifetime_warranty"),
        },
    ),
    System(
        "Grocy",
        (
            ("name", "qu_id_stock", "min_stock_amount"),
            ("Name", "Min. stock amount", "Quantity unit stock"),
            ("Product", "Product group", "Amount", "Next due date"),
        ),
        {
            "external_id": ("id",),
            "name": ("name", "Product"),
            "description": ("description", "Product description"),
            "unit": ("Quantity unit stock",),
            "cost_price": ("Last price", "Average price"),
            "quantity": ("Amount",),
            "min_threshold": ("min_stock_amount",),
            "expiration_date": ("Next due date",),
            "category": ("Product group",),
            "supplier": ("Default store",),
            # The location is where new stock is put by default, and not where the amount lies.
            KEPT: ("Location", "Default location", "Grocycode", "calories", "Calories"),
            LEFT: (
                "Value", "Last purchased", "Parent product", "Product picture", "Default quantity unit purchase",
                "product_group_id", "location_id", "shopping_location_id", "parent_product_id", "qu_id_{}",
                "default_{}", "active", "row_created_timestamp", "picture_file_name",
            ),
        },
    ),
    System(
        "Open Food Facts",
        (("code", "product_name", "brands", "countries_tags"), ("code", "product_name", "categories_tags")),
        {
            PICTURE: ("image_url",),
            "name": ("product_name",),
            "barcode": ("code",),
            "category": ("categories",),
            KEPT: ("quantity", "brands", "generic_name", "labels", "ingredients_text", "allergens"),  # `500 g`
        },
        others=LEFT,
        category_list=",",
    ),
    # The feeds of Google Merchant Center have the same columns.
    System(
        "Meta catalogue",
        (("id", "title", "availability", "condition", "image_link"),),
        {
            PARENT: ("item_group_id",),
            PICTURE: ("image_link", "additional_image_link"),
            "external_id": ("id",),
            "name": ("title",),
            "barcode": ("gtin",),
            "description": ("description", "rich_text_description"),
            "price": ("price",),
            "quantity": ("quantity_to_sell_on_facebook", "inventory", "quantity"),
            "category": ("product_type", "fb_product_category", "google_product_category"),
            "option:Colour": ("color",),
            "option:Size": ("size",),
            "option:Material": ("material",),
            KEPT: ("brand", "mpn", "sale_price", "link", "pattern", "gender", "age_group", "shipping_weight"),
            LEFT: (
                "availability", "condition", "sale_price_effective_date", "status", "visibility", "shipping",
                "custom_label_{}", "video[{}", "style[{}", "product_tags[{}", "rich_text_{}",
            ),
        },
    ),
)  # fmt: skip
