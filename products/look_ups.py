"""Look up products and categories by the texts that people type, choose or scan in forms."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.database.replicas import read
from core.errors import AmountTooFine
from core.fields import MAX_QUOTED_LENGTH
from core.kinds import parse_id
from core.pages.look_ups import MAX_CANDIDATES, MAX_TEXT_LENGTH, MAX_WORDS, Choices, LookUp, refuse
from core.sentences import Goods, fill
from core.texts.cleaning import clean_search_text
from core.texts.folding import select_named, spell
from core.translation import gettext_noop
from products.codes.reading.scanning import Scanned, ScannedText, find_scanned, make_scan
from products.models import MAX_CODE_LENGTH, Category, Group, Product
from products.models.sql_profiles import OPTIONS
from products.querysets import UNCONVERTED, make_expression
from products.reading import figures as sql
from products.search import find_similar

# The most texts of a form that are neither a code nor a choice. Looking up each of them reads all products of the shop.
MAX_SEARCHED = 20
MAX_SIMILAR = 5  # the most products that are offered for a text that nothing contains
ONE = Decimal(1)
TOO_MANY_SEARCHED = gettext_lazy("More than {} lines have only a part of a name: write the whole SKU or barcode.")
OPENING = re.compile(r" \((?=.)", re.DOTALL)  # precedes the code of a choice
NO_PRODUCT = gettext_lazy('"{}" is not in the name, SKU or barcode of any product.')
SEVERAL_PRODUCTS = gettext_lazy('"{}" is a code of several products. Write the SKU of the one you mean.')
CODE_OF_UNITS = gettext_lazy('"{}" stands for {:,} units. Write the SKU of the product, and enter the quantity.')
CODE_OF_AMOUNT = gettext_lazy('"{}" stands for {:,}. Write the SKU of the product, and enter the quantity.')
CODE_OF_PRICE = gettext_lazy('"{}" has a price and no weight. Write the SKU of the product, and enter the quantity.')
LABEL_OF_NOTHING = gettext_lazy('"{}" has no weight. Write the SKU of the product, and enter the quantity.')
CODE_OF_LOT = gettext_lazy('"{}" is a code of the lot {}. Write the SKU of the product, and enter the lot.')
PART_OF_CODE = gettext_lazy('"{}" is not a complete SKU or barcode. Enter one of this product\'s codes: {}.')


class FoundProduct(NamedTuple):
    """A product that was found by a text. The fields are columns of the statements in products.reading.figures."""

    id: int
    name: str
    sku: str
    barcode: str
    options: list[str] | None = None

    @property
    def full_name(self) -> str:
        """Return the name with the options that are no part of it."""
        own_name = f" {self.name} ".lower()
        options = [value for value in self.options or () if f" {value} ".lower() not in own_name]
        return ", ".join([self.name, *options])

    @property
    def text(self) -> str:
        """Return a text that finds only this product, as in look_ups.js: the full name with a code or the id."""
        return self._replace(name=self.full_name).plain_text

    @property
    def plain_text(self) -> str:
        """Return the text without options, which finds the product as well."""
        return f"{self.name} ({self.sku or self.barcode or f'#{self.id}'})"


class Measured(NamedTuple):
    """The product of a code that says how much it stands for, such as that of a case or the label of a scale."""

    product: int
    decimals: int
    quantity: int | None  # in base units; None if the label of a scale has no weight
    total: Decimal | None  # the price of the whole package, on the label
    refusal: str  # the error of a form that has no quantity, or another one

    def find_quantity(self, price: Decimal | None) -> int | None:
        """Return the base units of the code. Those of a label with a price are what it buys at this price of one unit.

        Return None if the price is not known.
        """
        if self.total is None:
            return self.quantity
        if not self.decimals:
            return 1
        if not price:
            return None
        units = (self.total / price).scaleb(self.decimals).quantize(ONE, ROUND_HALF_UP)
        return max(int(units), 1)


Found = int | Measured | ValidationError


@dataclass(frozen=True)
class ProductLookUp(LookUp):
    """Finds a live product by its SKU, its barcode, its name, or a part of them that no other product has."""

    def write(self, product: Product) -> str:
        """Return the text that finds only this product."""
        return FoundProduct(product.pk, product.name, product.sku, product.barcode).text

    def describe(self, user: Any, text: str) -> str:
        row_id = parse_id(text)
        return self.describe_all(user, [row_id]).get(row_id, text) if row_id else text

    def describe_all(self, user: Any, ids: Iterable[int]) -> dict[int, str]:
        """Return the text that finds each live product with one of these ids."""
        rows: Any = self.get_rows(user).filter(pk__in=ids)
        rows = rows.annotate(options=make_expression(OPTIONS, UNCONVERTED, user)).values_list(*FoundProduct._fields)
        return {row[0]: FoundProduct(*row).text for row in rows}

    def describe_similar(self, user: Any, text: str) -> dict[int, str]:
        """Return the texts of the products whose names are spelt most like this text, by their ids."""
        ids = find_similar(user.account_id, text, MAX_SIMILAR)
        texts = self.describe_all(user, ids) if ids else {}
        return {pk: texts[pk] for pk in ids if pk in texts}

    def list_choices(self, user: Any) -> Choices:
        """Return no choices: the page looks up products while somebody types, even in a small shop."""
        return []

    def find(self, user: Any, text: str) -> int:
        found = self.find_all(user, [text])[text]
        if isinstance(found, ValidationError):
            raise found
        return found

    def find_all(self, user: Any, texts: Iterable[str]) -> dict[str, int | ValidationError]:
        """Return the id of the product, or the error, by text. A code that says how much it stands for is an error."""
        found = self.find_measured(user, texts).items()
        return {text: ValidationError(one.refusal) if isinstance(one, Measured) else one for text, one in found}

    def find_measured(self, user: Any, texts: Iterable[str]) -> dict[str, Found]:
        """Return the product, or the error, by text. Execute at most four statements."""
        cleaned, errors = clean_texts(texts)
        exact: dict[str, Found] = {**find_exactly(user.account_id, set(cleaned.values()))}
        exact |= find_other_codes(user, set(cleaned.values()) - exact.keys())
        rest = sorted({text for text in cleaned.values() if text not in exact})
        parts = find_parts(user.account_id, rest[:MAX_SEARCHED])
        resolved: dict[str, Found] = dict.fromkeys(rest, ValidationError(TOO_MANY_SEARCHED.format(MAX_SEARCHED)))
        resolved |= {text: resolve_product(text, rows) for text, rows in parts.items()} | exact
        return {**errors, **{text: resolved[clean] for text, clean in cleaned.items()}}


def clean_texts(texts: Iterable[str]) -> tuple[dict[str, str], dict[str, int | ValidationError]]:
    """Return the texts in the form of stored texts, and errors for the texts that no stored text can contain."""
    cleaned: dict[str, str] = {}
    errors: dict[str, int | ValidationError] = {}
    for text in texts:
        try:
            cleaned[text] = clean_search_text(text, MAX_TEXT_LENGTH)
        except ValidationError as error:
            errors[text] = error
    return cleaned, errors


def find_exactly(owner_id: int, texts: Iterable[str]) -> dict[str, int | ValidationError]:
    """Return the products that the texts name by a whole code, or as a choice such as `Kettle (K-1)`.

    A code that is the SKU of one product and the barcode of another one is an error.
    """
    found: dict[str, dict[int, FoundProduct]] = {}
    for text, code, *row in read(sql.FIND_BY_KEYS, {**make_keys(texts), "owner": owner_id}):
        product = FoundProduct(*row)
        if code == text or text.casefold() in (product.text.casefold(), product.plain_text.casefold()):
            found.setdefault(text, {})[product.id] = product
    return {text: choose(text, list(products.values())) for text, products in found.items()}


def find_other_codes(user: Any, texts: Iterable[str]) -> dict[str, Found]:
    """Return the products that the texts name by a further code, a GTIN, or the code of a scale.

    The code of a lot is an error that says what to enter, because a form has a field for the lot.
    """
    scans = {text: make_scan(text) for text in texts}
    found = find_scanned(user, scans.values()) if scans else {}
    return {text: choose_scanned(scans[text], rows) for text, rows in found.items()}


def choose_scanned(scan: ScannedText, found: list[Scanned]) -> Found:
    text, one = scan.text[:MAX_QUOTED_LENGTH], found[0]
    if len(found) > 1:
        return ValidationError(SEVERAL_PRODUCTS.format(text))
    if scan.gs1 and scan.gs1.lot:
        return ValidationError(CODE_OF_LOT.format(text, scan.gs1.lot))
    if one.total_price is not None:
        return Measured(one.product, one.decimals, None, one.total_price, CODE_OF_PRICE.format(text))
    try:
        quantity = one.quantity
    except AmountTooFine as error:
        return ValidationError(fill(error.detail, decimals=one.decimals))
    if quantity is None and one.label:
        return Measured(one.product, one.decimals, None, None, LABEL_OF_NOTHING.format(text))
    if quantity is None or (quantity == 1 and not one.decimals):
        return one.product
    goods = Goods(quantity, one.decimals, one.unit)
    refusal = CODE_OF_AMOUNT.format(text, goods) if one.decimals else CODE_OF_UNITS.format(text, quantity)
    return Measured(one.product, one.decimals, quantity, None, refusal)


def find_code(user: Any, text: str) -> int | None:
    """Return the id of the live product that this SKU, barcode, further code or GS1 data names.

    Return None if there is no such product, or if there are two.
    """
    cleaned, _ = clean_texts([text])
    code = cleaned.get(text, "")
    if not user.account_id or not code:
        return None
    found = find_exactly(user.account_id, [code]).get(code)
    if found is None:
        scanned = find_scanned(user, [make_scan(code)]).get(code, [])
        return scanned[0].product if len(scanned) == 1 else None
    return found if isinstance(found, int) else None


def make_keys(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Return the codes and ids that the texts may contain: the whole text and, for a choice, the text in brackets."""
    keys: list[tuple[str, str, int | None]] = []
    for text in texts:
        keys.append((text, text, None))
        keys += [(text, code, parse_id(code[1:]) if code[0] == "#" else None) for code in list_codes(text)]
    return {name: [key[column] for key in keys] for column, name in enumerate(("texts", "codes", "ids"))}


def list_codes(text: str) -> list[str]:
    """Return the texts that may be the code of a choice. Names and codes can have brackets, so there may be several."""
    if not text.endswith(")"):
        return []
    start = max(0, len(text) - len(" ()") - MAX_CODE_LENGTH)
    return [text[opening.end() : -1] for opening in OPENING.finditer(text, start, len(text) - 1)]


def find_parts(owner_id: int, texts: Sequence[str]) -> dict[str, list[FoundProduct]]:
    """Return the first products whose names or codes contain each word of a text, or whose id is the text."""
    found: dict[str, list[FoundProduct]] = {text: [] for text in texts}
    if not texts:
        return found
    texts = [text for text in texts if text.split()]
    values = {"texts": texts, "ids": [parse_id(text) for text in texts], "owner": owner_id, "limit": MAX_CANDIDATES + 1}
    values["wholes"] = [f"^{spell(text)}$" for text in texts]
    values["words"] = ["\n".join(map(spell, text.split()[:MAX_WORDS])) for text in texts]
    for text, *row in read(sql.FIND_BY_PARTS, values):
        found[text].append(FoundProduct(*row))
    return found


def resolve_product(text: str, found: list[FoundProduct]) -> int | ValidationError:
    """Return the only product that the text can mean, or else the error. A whole name takes precedence over a part.

    A part of a code that consists of digits finds nothing: a mistyped or misread code must not book another product.
    """
    if len(found) == 1 and text.isdigit() and text != str(found[0].id) and text not in found[0].name:
        return ValidationError(PART_OF_CODE.format(text, found[0].text))
    return choose(text, select_named(text, found, attrgetter("name")))


def choose(text: str, found: list[FoundProduct]) -> int | ValidationError:
    if len(found) == 1:
        return found[0].id
    if not found:
        return ValidationError(NO_PRODUCT.format(text[:MAX_QUOTED_LENGTH]))
    return refuse(text, "product", [product.text for product in found])


PRODUCTS = ProductLookUp(
    "product", lambda user: Product.objects.for_user(user).live(), page="product-list",
    hint=gettext_noop("Any part of the name, SKU or barcode, or a scan."),
)  # fmt: skip
CATEGORIES = LookUp("category", lambda user: Category.objects.for_user(user).live(), page="category-list")
GROUPS = LookUp("group", lambda user: Group.objects.for_user(user).live(), page="group-list")
