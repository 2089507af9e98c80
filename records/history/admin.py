"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import column, show_rows
from records.history.models import Change
from records.history.pages import write_changes

show_rows(
    Change,
    "at account kind row_id what_changed by via edit",
    None,
    title="What changed",
    of_account=True,
    what_changed=column("what changed", lambda change: write_changes({"changes": change.changes})),
    group="Goods",
)
