"""Look up rates of VAT by the names that people type or choose in forms, or by their ids."""

from typing import Any

from core.fields import OwnedRelatedField
from core.pages.look_ups import LookUp
from products.models import Tax

TAXES = LookUp("rate of VAT", lambda user: Tax.objects.for_user(user).live(), page="tax-list")


class TaxField(OwnedRelatedField):
    """The rate of VAT of a product, by id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Tax.objects.live(), allow_null=True, required=False, **kwargs)
