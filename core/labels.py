"""The labels of fields: what the forms, the tables and the history of the pages call them.

The label of a field is its `verbose_name` in the model. It is English, and the pages translate it when they show it:
testing/page_texts.py adds it to the catalogues.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, override

from core.translation import gettext_noop

# What people call fields that no model has, and whose names are other words.
NAMES = {
    "email": "e-mail", "expires_in": "for how long", "float": "stays in the drawer", "location": "place",
    "low_stock": "low on stock", "movement_type": "in or out", "operation": "transaction", "reference": "document no.",
    "route": "list", "shared": "for the whole shop",
    "same_gtin": "same barcode", "sku": "SKU", "supplier_sku": "supplier's SKU", "threshold": "low at",
    "total__gte": "min total",
}  # fmt: skip

# What people call these codes.
CODES = {
    "booked": gettext_noop("Saved"), "dropped": gettext_noop("Discarded"), "reversal": gettext_noop("Undoing"),
    "tax": gettext_noop("Rate of VAT"),
}  # fmt: skip


def to_words(code: Any) -> str:
    """Return what people call a code of the API, in English: "signed out everywhere" for "signed_out_everywhere"."""
    return CODES[code][:1].lower() + CODES[code][1:] if code in CODES else str(code).replace("_", " ")


def say_code(code: Any) -> str:
    """Return what people call a code of the API, in the language of the request."""
    return gettext(to_words(code))


def find_field(model: Any, name: str) -> Any:
    """Return the field of the model, or None if it has no field of this name."""
    return next((field for field in model._meta.fields if field.name == name), None) if model else None


def find_label(model: Any, name: str) -> str:
    """Return the label of the model's field, such as "Low at". The label of any other name is the name in words."""
    field = find_field(model, name)
    label = field.verbose_name if field else NAMES.get(name, name.replace("_", " "))
    if isinstance(label, Promise):  # Django translates the labels of its own fields itself
        with override(None):
            label = str(label)
    return label[:1].upper() + label[1:]
