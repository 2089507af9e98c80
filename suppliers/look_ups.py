"""Look up suppliers by the names that people type or choose in forms."""

from typing import Any

from core.pages.look_ups import LookUp
from records.contacts.serializers import ContactField
from suppliers.models import Supplier

SUPPLIERS = LookUp("supplier", lambda user: Supplier.objects.for_user(user).live(), page="supplier-list")


class SupplierField(ContactField):
    """A supplier by id, which is optional by default."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Supplier.objects.named(), **{"allow_null": True, "required": False, **kwargs})
