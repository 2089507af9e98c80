"""The table of the history, and the form of its changes."""

from records.history.models.changes import (
    ARCHIVED,
    Change,
    ChangeQuerySet,
    Kind,
    RecordedModel,
    Recording,
    Tracked,
    Via,
    as_edit,
    find_names,
    list_costs,
    list_recorded,
    list_tracked,
    recorded,
    write_change,
)
from records.history.models.shapes import GIVEN, LINK, select_pairs
