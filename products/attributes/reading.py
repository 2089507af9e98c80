"""Read what lies beside products, and how the values of own fields are shown."""

from collections.abc import Collection
from typing import Any

from core.database.replicas import read
from products.attributes.sql import PROFILES_BY_PRODUCT
from products.own_fields.models import FieldType
from users.models import User

# How pages and labels show the values of a type of own fields; the others are texts.
KINDS: dict[str, Any] = {FieldType.NUMBER: "decimal", FieldType.DATE: "date", FieldType.YES_NO: "flag"}


def read_profiles(user: User, products: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the profiles of these products of the user's account by id. Products without a profile are left out."""
    return dict(read(PROFILES_BY_PRODUCT, {"owner": user.account_id, "products": list(products)}))
