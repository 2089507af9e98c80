"""Further codes of products. No live product may have the code of another one.

A unique index keeps the further codes of an account unique. This module checks whether a code is also a SKU or a
barcode, so two simultaneous requests can still take the same one. GET /api/scan/ then finds the product with the SKU or
barcode.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.constraints import find_constraint
from core.database.postgres.base import fetch
from core.ownership import save_fields
from core.translation import gettext_noop
from products import sql_codes
from products.models import Code, Product

TOO_MANY = gettext_noop("A product has at most {} further codes. Remove some of them.")
LINE = re.compile(r"(?P<code>.*\S)\s*=\s*(?P<quantity>[0-9]{1,30})", re.ASCII)


class Taken(NamedTuple):
    """A code that another product has already, or that is also the product's own SKU or barcode."""

    field: str  # the field of the product with the code
    code: str
    other_field: str  # the field of the other product
    other_id: int
    other_name: str


def parse_codes(text: str) -> list[dict[str, Any]]:
    """Return the codes of the lines that are not empty. A code without a quantity stands for one unit."""
    lines = [line.strip() for line in text.splitlines()]
    found = [(LINE.fullmatch(line), line) for line in lines if line]
    return [match.groupdict() if match else {"code": line} for match, line in found]


def write_codes(codes: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{code['code']} = {code['quantity']}" for code in codes)


def differ(product: Product, codes: list[dict[str, Any]]) -> bool:
    """Return whether these codes differ from those of the product. The product was read by `with_codes()`."""
    given, present = ({(code["code"], code["quantity"]) for code in some} for some in (codes, product.codes))
    return given != present


def replace_codes(product: Product, codes: list[dict[str, Any]]) -> None:
    """Replace the codes of a live product, which is new or locked. Raise ValidationError if one of them is taken.

    The rows are inserted in the order of the index, so that two requests with the same codes wait for each other in the
    same order.
    """
    owner_id = product.owner_id
    if product.code_count:
        present = Code.objects.filter(owner_id=owner_id, product_id=product.pk)
        present._raw_delete(present.db)
    check_codes(owner_id, product.pk, {code["code"]: "codes" for code in codes})
    insert_codes([Code(owner_id=owner_id, product_id=product.pk, **code) for code in codes])
    save_fields(product, {"code_count": len(codes)})


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


def check_own_codes(product: Product, fields: dict[str, Any]) -> None:
    """Raise ValidationError if a new SKU or barcode in the fields is already a further code."""
    new = {fields[name]: name for name in ("barcode", "sku") if fields.get(name)}
    check_codes(product.owner_id, product.pk, new)


def check_codes(owner_id: int, product_id: int, codes: dict[str, str]) -> None:
    """Raise ValidationError for each code that a live product has already. `codes` maps each code to its field.

    A SKU or barcode is compared with further codes only: the unique indexes compare it with other SKUs and barcodes.
    """
    taken = find_taken(owner_id, codes)
    if taken:
        raise ValidationError({row.field: [describe_taken(row, product_id)] for row in reversed(taken)})


def find_taken(owner_id: int, codes: dict[str, str]) -> list[Taken]:
    if not codes:
        return []
    values: dict[str, Any] = {"owner": owner_id, "codes": list(codes), "fields": list(codes.values())}
    return [Taken(*row) for row in fetch(sql_codes.FIND_TAKEN_CODES, values)]


def describe_taken(taken: Taken, product_id: int) -> str:
    place = {"codes": gettext("one of the codes"), "sku": gettext("the SKU"), "barcode": gettext("the barcode")}
    whose = gettext("this product") if taken.other_id == product_id else taken.other_name
    said = gettext('"{code}" is {place} of {product} already.')
    return said.format(code=taken.code, place=place[taken.other_field], product=whose)


def list_all_codes(product: Product) -> dict[str, str]:
    """Return the product's SKU, barcode and further codes, each with the name of its field."""
    rows = Code.objects.filter(owner_id=product.owner_id, product_id=product.pk) if product.code_count else ()
    codes = {row.code: "codes" for row in rows}
    return codes | {code: field for field in ("barcode", "sku") if (code := getattr(product, field))}
