"""The measures of a product that people enter as amounts. They stay the same amounts if its decimals change."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.errors import AmountTooFine
from core.fields import MAX_QUANTITY, TOO_MUCH
from core.sentences import fill
from products.models import MEASURES, Product


def keep_amounts(
    product: Product, fields: dict[str, Any], codes: list[dict[str, Any]] | None
) -> list[dict[str, Any]] | None:
    """Add the measures in the new base units to the fields, and return the further codes, or None.

    If the fields or codes repeat a present value, it keeps its amount, too. Any other value is in the new base units.
    Raise ValidationError.
    """
    decimals = fields["decimals"]
    for name in MEASURES:
        present = getattr(product, name)
        if present is not None and fields.get(name, present) == present:
            fields[name] = rescale(name, present, product, decimals)
    if codes is None and not product.code_count:
        return None
    known = {(code["code"], code["quantity"]) for code in product.codes}
    return [
        {**code, "quantity": rescale("codes", code["quantity"], product, decimals)}
        if (code["code"], code["quantity"]) in known
        else code
        for code in (product.codes if codes is None else codes)
    ]


def rescale(field: str, quantity: int, product: Product, decimals: int) -> int:
    """Return the quantity of the same amount with these decimals. A measure is rounded up, and a code is not rounded.

    Raise ValidationError if it is too high, or if a code would stand for a part of a base unit.
    """
    exact = Decimal(quantity).scaleb(decimals - product.decimals)
    units = int(exact.to_integral_value(ROUND_CEILING))
    if field not in MEASURES and units != exact:
        raise ValidationError({field: [fill(AmountTooFine.detail, decimals=decimals)]})
    if units > MAX_QUANTITY:
        raise ValidationError({field: [gettext(TOO_MUCH)]})
    return units
