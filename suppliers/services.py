"""The service that erases the contact of a supplier. The other changes of suppliers are those of any owned row."""

from core.archiving import lock_in_catalogue
from core.database.transactions import atomic
from core.erasing import forget_copies
from core.ownership import save_fields
from suppliers.models import Supplier


@atomic
def erase(*, owner_id: int, pk: int) -> Supplier:
    """Empty the personal fields, and remove what other rows have of them. Raise DoesNotExist."""
    supplier: Supplier = lock_in_catalogue(Supplier.objects.all(), owner_id, pk)
    save_fields(supplier, dict.fromkeys((*supplier.personal, "accepted_email"), ""))
    forget_copies(supplier, owner_id)
    return supplier
