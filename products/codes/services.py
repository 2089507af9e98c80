"""The codes of products. No live product may have the code of another one, nor a GTIN of it in another form.

Unique indexes keep the SKUs, the barcodes and the further codes of an account unique. This module compares further
codes with SKUs and barcodes, all codes with those of kits, and the forms of GTINs. The last step of a transaction that
has written codes is confirm_codes(), so that two simultaneous requests never take the same one. Pairs that an earlier
release allowed stay, because only new codes are compared.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.constraints import any_of, find_constraint
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, lock_account
from core.ownership import save_fields
from core.sentences import fill
from core.texts.barcodes import make_key
from core.texts.gs1 import find_gtin
from core.translation import gettext_noop
from products.models import Code, Product, sql_codes

KIT = "kit"
TOO_MANY = gettext_noop("A product has at most {} further codes. Remove some of them.")
LINE = re.compile(r"(?P<code>.*\S)\s*=\s*(?P<quantity>[0-9]{1,30})", re.ASCII)
# A line that a person types can have an amount: 1,5.
TYPED_LINE = re.compile(r"(?P<code>.*\S)\s*=\s*(?P<quantity>[0-9][0-9.,]{0,29})", re.ASCII)


class NewCode(NamedTuple):
    """A code that a product gets in one of the fields sku, barcode and codes."""

    code: str
    field: str
    product_id: int

    @property
    def gtin(self) -> str | None:
        """Return the GTIN as 14 digits, or None. A SKU is never a GTIN."""
        return None if self.field == "sku" else find_gtin(self.code)


class Taken(NamedTuple):
    """A code that another product or a kit has already, or that is also the product's own SKU or barcode."""

    field: str  # the field of the product with the code
    code: str
    other_field: str  # the field of the other product, or KIT
    other_id: int  # 0 for a kit
    other_name: str | None
    product_id: int  # the product that should get the code


def parse_codes(text: str, pattern: re.Pattern[str] = LINE) -> list[dict[str, Any]]:
    """Return the codes of the lines that are not empty. A code without a quantity stands for one unit."""
    lines = [line.strip() for line in text.splitlines()]
    found = [(pattern.fullmatch(line), line) for line in lines if line]
    return [match.groupdict() if match else {"code": line} for match, line in found]


def write_codes(codes: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{code['code']} = {code['quantity']}" for code in codes)


def differ(product: Product, codes: list[dict[str, Any]]) -> bool:
    """Return whether these codes differ from those of the product. The product was read by `with_codes()`."""
    given, present = ({(code["code"], code["quantity"]) for code in some} for some in (codes, product.codes))
    return given != present


def replace_codes(product: Product, codes: list[dict[str, Any]]) -> list[NewCode]:
    """Replace the codes of a live product, which is new or locked. Return those that it did not have.

    Raise ValidationError if one of these is taken. The rows are inserted in the order of the index, so that two
    requests with the same codes wait for each other in the same order.
    """
    owner_id, kept = product.owner_id, set[str]()
    if product.code_count:
        present = Code.objects.filter(owner_id=owner_id, product_id=product.pk)
        kept = {*present.values_list("code", flat=True)}
        present._raw_delete(present.db)
    new = [NewCode(row["code"], "codes", product.pk) for row in codes if row["code"] not in kept]
    check_codes(owner_id, new, beside=[row["code"] for row in codes])
    insert_codes([Code(owner_id=owner_id, product_id=product.pk, **code) for code in codes])
    save_fields(product, {"code_count": len(codes)})
    return new


def insert_codes(rows: list[Code]) -> None:
    """Insert the codes. Raise ValidationError if another request has taken one of them since check_codes()."""
    try:
        with transaction.atomic():
            Code.objects.bulk_create(sorted(rows, key=lambda row: row.code.lower()))
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        raise ValidationError({"codes": [gettext(str(constraint.get_violation_error_message()))]}) from error


def check_own_codes(product: Product, fields: dict[str, Any]) -> list[NewCode]:
    """Return the new SKU and barcode in the fields. Raise ValidationError if a product has one of them already."""
    new = [NewCode(fields[name], name, product.pk) for name in ("barcode", "sku") if fields.get(name)]
    check_codes(product.owner_id, new)
    return new


def check_codes(owner_id: int, new: list[NewCode], beside: Iterable[str] = ()) -> None:
    """Raise ValidationError for each code that a live product has already. `beside` has the other codes of the list."""
    twice = find_twice(new, beside)
    if taken := twice or find_taken(owner_id, new):
        raise ValidationError({row.field: [describe_taken(row)] for row in reversed(taken)})


def find_twice(new: list[NewCode], codes: Iterable[str]) -> list[Taken]:
    """Return the new codes that have the GTIN of another code in the list."""
    found = {(make_key(code), code) for code in codes}
    forms = Counter(key for key, _code in found)
    return [
        Taken("codes", one.code, "codes", one.product_id, "", one.product_id)
        for one in new
        if forms[make_key(one.code)] > 1
    ]


def find_taken(owner_id: int, new: list[NewCode]) -> list[Taken]:
    if not new:
        return []
    codes, fields, products = map(list, zip(*new, strict=True))
    values: dict[str, Any] = {
        "codes": codes,
        "fields": fields,
        "products": products,
        "gtins": [one.gtin for one in new],
    }
    return [Taken(*row) for row in fetch(sql_codes.FIND_TAKEN_CODES, {"owner": owner_id, **values})]


def confirm_codes(owner_id: int, new: list[NewCode]) -> None:
    """Raise ValidationError if a product or a kit has got one of these codes after check_codes() has compared it.

    Call this when all rows are written. It waits for the end of other transactions of the account that have called it,
    and then sees what they have written.
    """
    if new:
        lock_account(owner_id, AccountLock.CODES)
        if taken := [row for row in find_taken(owner_id, new) if row.other_id != row.product_id]:
            raise ValidationError({row.field: [describe_taken(row)] for row in taken})


def describe_taken(taken: Taken) -> str:
    if taken.other_field == KIT:
        return fill('"{code}" is the code of a kit already.', code=taken.code)
    place = {"codes": gettext("one of the codes"), "sku": gettext("the SKU"), "barcode": gettext("the barcode")}
    whose = gettext("this product") if taken.other_id == taken.product_id else taken.other_name
    values = {"code": taken.code, "place": place[taken.other_field], "product": whose}
    return fill('"{code}" is {place} of {product} already.', **values)


def list_all_codes(owner_id: int, products: Iterable[Product]) -> list[NewCode]:
    """Return the SKUs, barcodes and further codes of these products."""
    ids = [product.pk for product in products if product.code_count]
    rows = Code.objects.filter(any_of("product_id", ids), owner_id=owner_id) if ids else ()
    fields = {(row.product_id, row.code): "codes" for row in rows}
    for name in ("barcode", "sku"):
        fields |= {(product.pk, code): name for product in products if (code := getattr(product, name))}
    return [NewCode(code, field, pk) for (pk, code), field in fields.items()]
