"""The support desk's page for notices."""

from core.support.admin import ServiceAdmin, show_rows
from records.events.notices.models import LastNotice

show_rows(
    LastNotice,
    "user sent_on position",
    base=ServiceAdmin,
    title="Daily mails",
    search_fields=("user__username",),
    ordering=("user",),
    group="The service",
)
