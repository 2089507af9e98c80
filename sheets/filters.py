"""Query parameters of the list of counting sheets."""

from core.lists.filters import ChoiceFilter, StrictFilterSet
from sheets.models import SheetState


class SheetFilter(StrictFilterSet):
    state = ChoiceFilter(choices=SheetState.choices, label="State")
