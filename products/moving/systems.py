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

# What a column is if it is none of a product. Rows with the same PARENT are variants of one product, and so are rows
# whose PARENT_CODE is the SKU or the id of the row of their parent. KIND tells such rows from those of products. An
# AXIS has the name of an option and a VALUE its value; the first of one belongs to the first of the other. LIST_OF_AXES
# and LIST_OF_VALUES have several in a cell. PAIRS has axes with their values (`Size: M, Colour: red`), and VARIATIONS,
# in the row of a parent, those of its variants (`sku=A-M,size=M|sku=A-L,size=L`). VARIANT names a variant that has no
# options. PLACE has the quantity in the place that its name has. KEPT is a column that may become an own field, and
# LEFT is one that nobody needs in this service.
PARENT, PARENT_CODE, KIND, AXIS, VALUE, VARIANT, PICTURE, PLACE = (
    "*parent", "*parent code", "*kind", "*axis", "*value", "*variant", "*picture", "*place",
)  # fmt: skip
LIST_OF_AXES, LIST_OF_VALUES, PAIRS, VARIATIONS = "*axes", "*values", "*pairs", "*variations"
KEPT, LEFT = "*kept", "*left"
ANY = "{}"


@dataclass(frozen=True)
class System:
    """A kind of export.

    A file is of this kind if its header has all `marks`. `columns` has the names of columns by what they are: a column
    of products or one of the words above. If the header has several of the same column of products, the one that is
    listed first is read. A column that is not listed is `others`, if that is given. A row whose KIND has one of the
    words `parents` is that of a parent.
    """

    name: str
    marks: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    parents: frozenset[str] = frozenset()
    others: str = ""
    category_list: str = ""  # what separates several categories in a cell
    category_path: str = ">"  # what separates the parts of a path
    no_options: frozenset[str] = field(default=frozenset({"default title", "regular", "default"}))

    @cached_property
    def named(self) -> dict[str, tuple[str, int]]:
        """Return what each normalised name is, with its position among the names of the same kind."""
        return {key: found for key, found in self.list_names() if ANY not in key}

    @cached_property
    def patterns(self) -> list[tuple[re.Pattern[str], str, int]]:
        return [
            (re.compile(re.escape(name).replace(r"\{\}", "(.+)"), re.IGNORECASE), kind, position)
            for kind, names in self.columns.items()
            for position, name in enumerate(names)
            if ANY in name
        ]

    def list_names(self) -> Iterator[tuple[str, tuple[str, int]]]:
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
    """Return the first system all of whose marks are names in the header."""
    listed = [name.strip() for name in names]
    keys = {normalize_column_name(name) for name in listed}
    for system in SYSTEMS:
        if all(normalize_column_name(mark) in keys for mark in system.marks if ANY not in mark) and all(
            any(re.fullmatch(re.escape(mark).replace(r"\{\}", ".+"), name, re.IGNORECASE) for name in listed)
            for mark in system.marks
            if ANY in mark
        ):
            return system
    return None


SYSTEMS = (
    System(
        "Shopify",
        ("Handle", "Variant Price"),
        {
            PARENT: ("Handle",),
            AXIS: ("Option1 Name", "Option2 Name", "Option3 Name"),
            VALUE: ("Option1 Value", "Option2 Value", "Option3 Value"),
            PICTURE: ("Image Src",),
            "name": ("Title",),
            "sku": ("Variant SKU",),
            "barcode": ("Variant Barcode",),
            "description": ("Body (HTML)", "Body HTML"),
            "price": ("Variant Price",),
            "cost_price": ("Cost per item",),
            "quantity": ("Variant Inventory Qty",),
            "category": ("Type", "Product Category", "Standard Product Type", "Custom Product Type"),
            "supplier": ("Vendor",),
            "tags": ("Tags",),
            LEFT: (
                "Published", "Variant Inventory Tracker", "Variant Inventory Policy", "Variant Fulfillment Service",
                "Variant Requires Shipping", "Variant Taxable", "Image Position", "Image Alt Text", "Gift Card",
                "SEO Title", "SEO Description", "Google Shopping / {}", "Variant Tax Code", "Status",
                "Included / {}", "Variant Image",
                "Price / {}", "Compare At Price / {}", "Option1 Linked To", "Option2 Linked To", "Option3 Linked To",
            ),
        },
    ),
    System(
        "Shopify inventory",
        ("Handle", "Option1 Name", "SKU", "Location"),
        {
            PARENT: ("Handle",),
            AXIS: ("Option1 Name", "Option2 Name", "Option3 Name"),
            VALUE: ("Option1 Value", "Option2 Value", "Option3 Value"),
            "name": ("Title",),
            "sku": ("SKU",),
            "location": ("Location",),
            "quantity": ("On hand (new)", "On hand (current)", "On hand", "Available"),
            LEFT: ("Bin name", "Incoming (not editable)", "Unavailable (not editable)", "Committed (not editable)"),
        },
    ),
    System(
        "Shopify inventory",
        ("Handle", "Option1 Name", "SKU", "HS Code", "COO"),
        {
            PARENT: ("Handle",),
            AXIS: ("Option1 Name", "Option2 Name", "Option3 Name"),
            VALUE: ("Option1 Value", "Option2 Value", "Option3 Value"),
            "name": ("Title",),
            "sku": ("SKU",),
            KEPT: ("HS Code", "COO"),
        },
        others=PLACE,
    ),
    System(
        "WooCommerce",
        ("Type", "Regular price", "Parent"),
        {
            KIND: ("Type",),
            PARENT_CODE: ("Parent",),
            AXIS: ("Attribute 1 name", "Attribute 2 name", "Attribute 3 name"),
            VALUE: ("Attribute 1 value(s)", "Attribute 2 value(s)", "Attribute 3 value(s)"),
            PICTURE: ("Images",),
            "external_id": ("ID",),
            "name": ("Name",),
            "sku": ("SKU",),
            "barcode": ("GTIN, UPC, EAN, or ISBN",),
            "description": ("Description", "Short description"),
            "price": ("Regular price",),
            "quantity": ("Stock",),
            "min_threshold": ("Low stock amount",),
            "category": ("Categories",),
            "tags": ("Tags",),
            LEFT: (
                "Published", "Is featured?", "Visibility in catalog", "Date sale price starts", "Date sale price ends",
                "Tax status", "Tax class", "In stock?", "Backorders allowed?", "Sold individually?",
                "Allow customer reviews?", "Shipping class", "Download limit", "Download expiry days", "Upsells",
                "Cross-sells", "Grouped products", "Button text", "Position", "Attribute {} visible",
                "Attribute {} global", "Attribute {} default", "Download {} name", "Download {} URL", "Meta: {}",
            ),
        },
        parents=frozenset({"variable", "grouped"}),
        category_list=",",
    ),
    System(
        "Square",
        ("Token", "Item Name", "Variation Name"),
        {
            PARENT: ("Item Name",),
            VARIANT: ("Variation Name",),
            AXIS: ("Option Name 1", "Option Name 2", "Option Name 3"),
            VALUE: ("Option Value 1", "Option Value 2", "Option Value 3"),
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
    System(
        "Vend",
        ("handle", "supply_price", "retail_price"),
        {
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
            "category": ("type", "product_category"),
            "supplier": ("supplier_name",),
            "supplier_sku": ("supplier_code",),
            "tags": ("tags",),
            LEFT: (
                "composite_{}", "outlet_tax_{}", "account_code", "account_code_purchase", "active", "track_inventory",
                "restock_level_{}",
            ),
        },
    ),
    System(
        "Loyverse",
        ("Handle", "Sold by weight", "Track stock"),
        {
            PARENT: ("Handle",),
            AXIS: ("Option 1 name", "Option 2 name", "Option 3 name"),
            VALUE: ("Option 1 value", "Option 2 value", "Option 3 value"),
            PLACE: ("In stock [{}]",),
            "name": ("Name",),
            "sku": ("SKU",),
            "barcode": ("Barcode",),
            "description": ("Description",),
            "price": ("Default price", "Price [{}]"),
            "cost_price": ("Cost", "Purchase cost"),
            "min_threshold": ("Low stock [{}]",),
            "category": ("Category",),
            "supplier": ("Supplier",),
            LEFT: (
                "Track stock", "Use production", "SKU of included item", "Quantity of included item",
                "Available for sale [{}]", "Optimal stock [{}]", "Tax - {}", "Modifier - {}",
            ),
        },
    ),
)  # fmt: skip
