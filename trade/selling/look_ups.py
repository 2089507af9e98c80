"""Look up what a line of a form sells, or what a scanned code names: a product, or goods with parts.

They are found by a code, by the name or, in forms, by a part of the name.
"""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower

from core.kinds import parse_id
from core.pages.look_ups import MAX_CANDIDATES, MAX_WORDS, refuse
from core.texts.barcodes import GTIN
from core.texts.cleaning import fold_case
from core.texts.folding import NameKey, match_words
from products.codes.reading.scanning import ScannedText, make_scan
from products.look_ups import MAX_SEARCHED, PRODUCTS, Found, Measured, clean_texts, list_codes
from stock.booking.drafts import ProductReference
from trade.selling.drafts import CODE_FIELDS, FoundGoods
from trade.selling.goods import GoodsKind, list_used
from users.models import User

NAMES = ("name", *CODE_FIELDS)  # what finds goods with parts


def find_goods(user: User, texts: Iterable[str]) -> dict[str, Found | FoundGoods]:
    """Return the product, the goods with parts or the error by text.

    A code or the text of a choice finds its goods. Other texts find goods if no product has them. A whole name that
    goods and a product have is an error that lists both. In a shop without such goods, no statement is executed.
    """
    texts, kinds = [*texts], list_used(user.shop_owner)
    pairs = [find_exactly(user, kind, texts) for kind in kinds]
    exact = {text: one for pair in pairs for text, one in pair[0].items()}
    named = {text: one for pair in pairs for text, one in pair[1].items()}
    found: dict[str, Found | FoundGoods] = {
        **PRODUCTS.find_measured(user, [text for text in texts if text not in exact])
    }
    if not kinds:
        return found
    unknown = [
        text for text, one in found.items() if isinstance(one, ValidationError) and not list_candidates(user, one)
    ]
    cleaned, _ = clean_texts(unknown[:MAX_SEARCHED])
    for text, clean in cleaned.items():
        goods: FoundGoods | ValidationError | None = find_other_form(user, clean)
        for kind in kinds:
            goods = goods or find_part(user, kind, clean)
        found |= {text: goods} if goods else {}
    for text in found.keys() & named.keys() - set(unknown):
        found[text] = refuse(text, "product", [*list_candidates(user, found[text]), named[text].text])
    return {**found, **exact}


def list_candidates(user: User, found: Any) -> list[str]:
    """Return the texts of the products that were found."""
    if isinstance(found, ValidationError):
        return getattr(found, "candidates", [])
    pk = found.product if isinstance(found, Measured) else found
    return [PRODUCTS.describe(user, str(pk))]


def find_exactly(
    user: User, kind: GoodsKind, texts: Iterable[str]
) -> tuple[dict[str, FoundGoods], dict[str, FoundGoods]]:
    """Return the live goods that the texts name by a whole code, or as a choice such as `Tea for two (TEA-2)`.

    The other goods are those whose whole name the texts are.
    """
    cleaned, _ = clean_texts(texts)
    scanned = {text: {clean, *filter(None, make_scan(clean).codes)} for text, clean in cleaned.items()}
    codes = [code for text, clean in cleaned.items() for code in (*scanned[text], *list_codes(clean))]
    by_id = re.compile(rf"#{kind.name} ([0-9]{{1,19}})")
    ids = [parse_id(match[1]) for code in codes if (match := by_id.fullmatch(code))]
    folded = [fold_case(code) for code in codes]
    small = {f"small_{name}": Lower(name) for name in NAMES}
    has_text = Q(pk__in=filter(None, ids)) | reduce(or_, (Q(**{f"{name}__in": folded}) for name in small))
    exact: dict[str, FoundGoods] = {}
    named: dict[str, FoundGoods] = {}
    rows = kind.model.objects.for_user(user).live().alias(**small).filter(has_text).order_by("pk")
    for goods in (FoundGoods(kind.name, *row) for row in rows.values_list("pk", *NAMES)):
        keys = {fold_case(one) for one in (goods.sku, goods.barcode, goods.text) if one}
        exact |= {text: goods for text, codes in scanned.items() if not keys.isdisjoint(map(fold_case, codes))}
        named |= {text: goods for text, clean in cleaned.items() if fold_case(clean) == fold_case(goods.name)}
    return exact, named


def find_other_form(user: User, text: str) -> FoundGoods | None:
    """Return the live goods whose barcode is the GTIN of the text in another form, or None.

    GS1 data that counts several names none, because a form has no quantity of them.
    """
    scan = make_scan(text)
    return find_scanned_goods(user, scan)[0] if scan.units == 1 else None


def find_part(user: User, kind: GoodsKind, text: str) -> FoundGoods | ValidationError | None:
    """Return the only live goods whose name or codes have these words, the error if there are several, or None."""
    words = match_words(text.split()[:MAX_WORDS], [*NAMES])
    rows = kind.model.objects.for_user(user).live().filter(words).order_by(NameKey("name"), "pk")
    found = [FoundGoods(kind.name, *row) for row in rows.values_list("pk", *NAMES)[: MAX_CANDIDATES + 1]]
    found = [goods for goods in found if fold_case(goods.name) == fold_case(text)] or found
    return found[0] if len(found) == 1 else refuse(text, kind.name, [one.text for one in found]) if found else None


def find_code_of_goods(user: User, text: str) -> FoundGoods | None:
    """Return the live goods that this SKU, barcode or GTIN in any form names, or None."""
    return find_scanned_goods(user, make_scan(text))[0]


def find_scanned_goods(user: User, scan: ScannedText) -> tuple[FoundGoods | None, str]:
    """Return the live goods that a scanned text names, or None, and what the text is: its sku, its barcode or a gtin.

    In a shop without goods with parts, no statement is executed.
    """
    references = [ProductReference(name, code) for name in CODE_FIELDS for code in scan.codes if code]
    references += [ProductReference("barcode", scan.gs1.gtin)] if scan.gs1 and scan.gs1.gtin else []
    keys = sorted((key for one in references for key in one.keys), key=lambda key: key[0] == GTIN)
    for kind in list_used(user.shop_owner):
        found = kind.find(user.account_id or 0, references)
        for key in keys:
            if key in found:
                return found[key], key[0]
    return None, ""
