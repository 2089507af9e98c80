"""The fields that validate the cells of a product file, by the name of the column."""

from rest_framework.serializers import Field

from core.fields import MAX_ID, DateField, LongTextField, QuantityField, TextField, WholeNumberField
from products.code_fields import CodesTextField
from products.serializers import PriceField
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH

MAX_CELL_CHARACTERS = 10_000

FIELDS: dict[str, Field] = {
    "id": WholeNumberField(min_value=1, max_value=MAX_ID),
    "name": TextField(max_length=255),
    "sku": TextField(max_length=64),
    "barcode": TextField(max_length=64),
    "description": LongTextField(max_length=MAX_CELL_CHARACTERS),
    "unit": TextField(max_length=32),
    "price": PriceField(),
    "cost_price": PriceField(),
    "quantity": QuantityField(),
    "stock_sequence": QuantityField(max_value=MAX_ID),
    "min_threshold": QuantityField(),
    "expiration_date": DateField(),
    "category": TextField(max_length=255),
    "supplier": TextField(max_length=255),
    "supplier_sku": TextField(max_length=64),
    "pack_size": QuantityField(min_value=1),
    "codes": CodesTextField(),
    "location": TextField(max_length=MAX_NAME_LENGTH),
    "lot": TextField(max_length=MAX_CODE_LENGTH),
    "expires_on": DateField(),
}
