"""The tables of products and of what belongs to them. Their order is that in which exports and imports have them."""

from products.models.further_codes import Code, KitCode
from products.models.products import (
    KEPT,
    MAX_CODE_LENGTH,
    MAX_CODES,
    MAX_VALUE,
    MEASURES,
    NOTHING,
    SAID_TODAY,
    Category,
    Product,
    SaidGoods,
    all_or_nothing,
    amount_range,
    as_gtin,
    find_low,
    is_low,
    quantity_range,
)
from products.models.profiles import (
    FIELD_KEY,
    MAX_AXES,
    MAX_AXIS_LENGTH,
    MAX_CHOICE_LENGTH,
    MAX_CHOICES,
    MAX_FIELDS,
    MAX_KEY_LENGTH,
    MAX_LABEL_LENGTH,
    MAX_PICTURES,
    MAX_POSITION,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MAX_TEXT_LENGTH,
    MAX_VALUE_LENGTH,
    MAX_VALUES,
    CustomField,
    FieldType,
    Group,
    Picture,
    Profile,
)
from products.models.supplier_offers import BESIDE, IN_PRODUCT, MAX_OFFER_NOTE_LENGTH, MAX_OFFERS, Offer
from products.models.tallies import Tally, fold_tallies
from products.models.taxes import (
    AT_ZERO,
    MAX_REASON_LENGTH,
    MAX_TAX_NAME_LENGTH,
    MAX_TAXES,
    RATES,
    Tax,
    TaxCategory,
    find_category,
    say_at_zero,
)
