from typing import Any

from django.db.models import QuerySet

from core.fields import are_costs_shown
from core.lists.filters import ChoiceFilter, InstantFilter, StrictFilterSet, TextFilter
from core.lists.row_filters import RowFilter
from records.history.models import COSTS, Kind
from users.look_ups import USERS


class FieldFilter(TextFilter):
    """The changes of one field. Users who see no costs find no change of a cost."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        return qs.none() if value in COSTS and not are_costs_shown() else qs.filter(changes__has_key=value)


class ChangeFilter(StrictFilterSet):
    by = RowFilter(USERS, label="Id of the user who made the change")
    field = FieldFilter(max_length=64, label="The changed field: price, for instance")
    after = InstantFilter(field_name="at", lookup_expr="gte", label="At or after this time")
    before = InstantFilter(field_name="at", lookup_expr="lt", label="Before this time")


class ShopChangeFilter(ChangeFilter):
    kind = ChoiceFilter(choices=Kind.choices, label="What was changed")
