"""What an import of a shop accepts and changes in rows of products."""

from typing import Any

from core.json_forms import Rule, are_texts
from products.models import FIELD_KEY, MAX_AXES, MAX_TAGS, MAX_TEXT_LENGTH, MAX_VALUE_LENGTH

MAX_OWN_FIELDS = 1000  # the most fields of a product; those of archived fields count, too


def are_own_fields(fields: Any) -> bool:
    """Return whether these are values of own fields, also of archived ones. Their types are checked in the end."""
    if not isinstance(fields, dict):
        return False
    texts = {key: "yes" if type(value) is bool else value for key, value in fields.items()}
    return are_texts(texts, FIELD_KEY, MAX_OWN_FIELDS, MAX_TEXT_LENGTH)


def are_options(options: Any) -> bool:
    return are_texts(options, ".+", MAX_AXES, MAX_VALUE_LENGTH)


JSON_RULES = {"products_profile.options": are_options, "products_profile.fields": are_own_fields}
FURTHER_RULES: dict[str, Rule] = {
    "products_profile.tags": lambda tags: len(tags) <= MAX_TAGS and not any("," in tag for tag in tags),
}
COLUMNS = {f"products_product.kept_{name}_id": "id" for name in ("supplier", "category", "tax")}
