"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import show_rows
from desk.evidence.models import Pack

show_rows(
    Pack,
    "created_at account as_of clock recorded_until state size sha256 expires_at",
    title="Packs of the year's end",
    group="What was booked",
)
