"""The service that erases a contact. The services for owned rows make all other changes."""

from typing import Any

from django.db.models import Q

from core.archiving import lock_in_catalogue
from core.database.transactions import atomic
from core.erasing import forget_copies
from core.ownership import save_fields
from users.leaving.erasing_services import blank_log_entries


@atomic
def erase(model: Any, *, owner_id: int, pk: int) -> Any:
    """Empty the personal fields of a contact and of those that were merged with it, and remove what other rows have.

    Raise DoesNotExist.
    """
    row = lock_in_catalogue(model.objects.all(), owner_id, pk)
    same = Q(pk=row.merged_into_id) | Q(merged_into=row.merged_into_id or pk)
    rows = model.objects.filter(same, owner_id=owner_id).exclude(pk=pk).order_by("id")
    for each in [row, *rows.select_for_update(no_key=True)]:
        save_fields(each, each.list_erased())
        if "name" in each.personal:
            blank_log_entries(model, each)
        forget_copies(each, owner_id)
    return row
