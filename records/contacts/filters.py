"""The filters of lists of contacts by their ids in other programs."""

from typing import Any

from core.lists.row_filters import EXTERNAL_ID, MAX_VALUES, CodeListFilter, ExternalIdFilter


class Following:
    """A mixin for filters by external ids. That of a contact that was merged finds the one that it was merged into.

    If a live one has it, too, it finds that one alone.
    """

    parent: Any

    def filter(self, qs: Any, value: Any) -> Any:
        select: Any = super().filter  # type: ignore[misc]
        found, rows = select(qs, value), qs.model.objects.for_user(self.parent.request.user)
        taken = select(rows.live(), value).values("external_id__lower")
        merged = select(rows.exclude(merged_into=None), value).exclude(external_id__lower__in=taken)
        return found | qs.filter(pk__in=merged.values("merged_into")) if value else found


class ContactIdFilter(Following, ExternalIdFilter):
    """A filter by one external id."""


class ContactIdsFilter(Following, CodeListFilter):
    """A filter by several external ids."""

    def __init__(self) -> None:
        label = f"Up to {MAX_VALUES} whole ids in another program, with commas"
        super().__init__("external_id", item=EXTERNAL_ID, label=label)
