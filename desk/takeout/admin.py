"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import show_rows
from desk.takeout.models import Export

show_rows(
    Export, "created_at account state size finished_at expires_at", title="Exports of shops", group="People and access"
)
