"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import ReadOnlyAdmin, column, show_rows
from trade.tills.models import Drop, Till, attach_last_seen
from trade.tills.reading import find_gaps
from trade.tills.till_page import write_ranges

show_rows(
    Till,
    "name account user last_number missing created_at revoked_at",
    "key_prefix may_be_missing last_seen",
    base=ReadOnlyAdmin,
    search_fields=("name",),
    of_account=True,
    counted="Open tills",
    found="tills",
    missing=column("missing numbers", lambda till: find_gaps(till.owner_id, [till.pk])[0].count_missing),
    may_be_missing=column("may be missing", lambda till: write_ranges(find_gaps(till.owner_id, [till.pk])[0].unproven)),
    last_seen=column("last seen", lambda till: attach_last_seen([till])[0].last_seen_at),
    select_counted=lambda _admin, rows: rows.filter(revoked_at=None),
    group="Other programs",
)
show_rows(
    Drop,
    "id account till number note made_by_username created_at",
    "sale",
    filters="till",
    title="Numbers that tills gave up",
    group="Other programs",
)
