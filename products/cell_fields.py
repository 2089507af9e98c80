"""The fields that validate the cells of a product file, by the name of the column."""

from django.db import models
from rest_framework.serializers import Field

from core.fields import MAX_ID, DateField, LongTextField, QuantityField, TextField, WholeNumberField
from products.code_fields import CodesTextField
from products.models import Product
from products.serializers import PriceField
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH

MAX_CELL_CHARACTERS = 10_000


def list_text_fields() -> list[models.CharField]:
    """Return the product's fields of one line of text."""
    return [field for field in Product._meta.concrete_fields if isinstance(field, models.CharField)]


FIELDS: dict[str, Field] = {
    **{field.name: TextField(max_length=field.max_length) for field in list_text_fields()},
    "id": WholeNumberField(min_value=1, max_value=MAX_ID),
    "description": LongTextField(max_length=MAX_CELL_CHARACTERS),
    "price": PriceField(),
    "cost_price": PriceField(),
    "quantity": QuantityField(),
    "stock_sequence": QuantityField(max_value=MAX_ID),
    "min_threshold": QuantityField(),
    "expiration_date": DateField(),
    "category": TextField(max_length=255),
    "supplier": TextField(max_length=255),
    "pack_size": QuantityField(min_value=1),
    "codes": CodesTextField(),
    "location": TextField(max_length=MAX_NAME_LENGTH),
    "lot": TextField(max_length=MAX_CODE_LENGTH),
    "expires_on": DateField(),
}
