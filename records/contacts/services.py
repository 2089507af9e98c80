"""The service that erases a contact. The services for owned rows make all other changes."""

from typing import Any

from core.archiving import lock_in_catalogue
from core.database.transactions import atomic
from core.erasing import forget_copies
from core.ownership import save_fields
from users.leaving.erasing_services import blank_log_entries


@atomic
def erase(model: Any, *, owner_id: int, pk: int) -> Any:
    """Empty the personal fields, and remove what other rows have of them. Raise DoesNotExist."""
    row = lock_in_catalogue(model.objects.all(), owner_id, pk)
    save_fields(row, row.list_erased())
    if "name" in row.personal:
        blank_log_entries(model, row)
    forget_copies(row, owner_id)
    return row
