"""Look up what a line of a form sells: a product, or a kit by its code, its name or a part of the name."""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower

from core.kinds import parse_id
from core.pages.look_ups import MAX_CANDIDATES, MAX_WORDS, refuse
from core.texts.cleaning import fold_case
from core.texts.folding import NameKey, match_words
from products.codes.reading.scanning import make_scan
from products.look_ups import MAX_SEARCHED, PRODUCTS, Found, Measured, clean_texts, list_codes
from trade.kits.look_ups import find_scanned_kit
from trade.kits.models import Kit
from users.models import User

BY_ID = re.compile(r"#kit ([0-9]{1,19})")


class FoundGoods(NamedTuple):
    """A kit that was found by a text."""

    id: int
    name: str
    sku: str
    barcode: str

    @property
    def named(self) -> dict[str, int]:
        """Return the field of a line that names it."""
        return {"kit": self.id}

    @property
    def text(self) -> str:
        """Return a text that finds only this kit, as in look_ups.js: the name with a code or the id."""
        return f"{self.name} ({self.sku or self.barcode or f'#kit {self.id}'})"


def find_goods(user: User, texts: Iterable[str]) -> dict[str, Found | FoundGoods]:
    """Return the product, the kit or the error by text.

    A code or the text of a choice finds its kit. Other texts find a kit if no product has them. A whole name that a kit
    and a product have is an error that lists both. In a shop without kits, no statement is executed for them.
    """
    texts = [*texts]
    if not (user.shop_owner and user.shop_owner.has_kits):
        return {**PRODUCTS.find_measured(user, texts)}
    kits, named = find_exactly(user, texts)
    found: dict[str, Found | FoundGoods] = {
        **PRODUCTS.find_measured(user, [text for text in texts if text not in kits])
    }
    unknown = [
        text for text, one in found.items() if isinstance(one, ValidationError) and not list_candidates(user, one)
    ]
    cleaned, _ = clean_texts(unknown[:MAX_SEARCHED])
    found |= {
        text: kit for text, clean in cleaned.items() if (kit := find_other_form(user, clean) or find_part(user, clean))
    }
    for text in found.keys() & named.keys() - set(unknown):
        found[text] = refuse(text, "product", [*list_candidates(user, found[text]), named[text].text])
    return {**found, **kits}


def list_candidates(user: User, found: Any) -> list[str]:
    """Return the texts of the products that were found."""
    if isinstance(found, ValidationError):
        return getattr(found, "candidates", [])
    pk = found.product if isinstance(found, Measured) else found
    return [PRODUCTS.describe(user, str(pk))]


def find_exactly(user: User, texts: Iterable[str]) -> tuple[dict[str, FoundGoods], dict[str, FoundGoods]]:
    """Return the live kits that the texts name by a whole code, or as a choice such as `Tea for two (KIT-TEA-2)`.

    The other kits are those whose whole name the texts are.
    """
    cleaned, _ = clean_texts(texts)
    scanned = {text: {clean, *filter(None, make_scan(clean).codes)} for text, clean in cleaned.items()}
    codes = [code for text, clean in cleaned.items() for code in (*scanned[text], *list_codes(clean))]
    ids = [parse_id(match[1]) for code in codes if (match := BY_ID.fullmatch(code))]
    folded = [fold_case(code) for code in codes]
    small = {f"small_{name}": Lower(name) for name in ("name", "sku", "barcode")}
    has_text = Q(pk__in=filter(None, ids)) | reduce(or_, (Q(**{f"{name}__in": folded}) for name in small))
    rows = Kit.objects.for_user(user).live().alias(**small).filter(has_text).order_by("pk")
    exact: dict[str, FoundGoods] = {}
    named: dict[str, FoundGoods] = {}
    for kit in (FoundGoods(*row) for row in rows.values_list(*FoundGoods._fields)):
        keys = {fold_case(one) for one in (kit.sku, kit.barcode, kit.text) if one}
        exact |= {text: kit for text, codes in scanned.items() if not keys.isdisjoint(map(fold_case, codes))}
        named |= {text: kit for text, clean in cleaned.items() if fold_case(clean) == fold_case(kit.name)}
    return exact, named


def find_other_form(user: User, text: str) -> FoundGoods | None:
    """Return the live kit whose barcode is the GTIN of the text in another form, or None.

    GS1 data that counts several kits names none, because a form has no quantity of them.
    """
    scan = make_scan(text)
    kit, _matched = find_scanned_kit(user, scan) if scan.units == 1 else (None, "")
    return FoundGoods(kit.pk, kit.name, kit.sku, kit.barcode) if kit else None


def find_part(user: User, text: str) -> FoundGoods | ValidationError | None:
    """Return the only live kit whose name or codes have these words, the error if there are several, or None."""
    words = match_words(text.split()[:MAX_WORDS], ["name", "sku", "barcode"])
    rows = Kit.objects.for_user(user).live().filter(words).order_by(NameKey("name"), "pk")
    kits = [FoundGoods(*row) for row in rows.values_list(*FoundGoods._fields)[: MAX_CANDIDATES + 1]]
    kits = [kit for kit in kits if fold_case(kit.name) == fold_case(text)] or kits
    return kits[0] if len(kits) == 1 else refuse(text, "kit", [kit.text for kit in kits]) if kits else None
