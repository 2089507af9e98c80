"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import show_rows
from desk.saved.models import SavedView

show_rows(
    SavedView,
    "created_at account user name route shared next_mail_at",
    "query columns mail_days mail_hour mail_format mail_failures updated_at",
    title="Saved views",
    list_select_related=("owner",),
    group="People and access",
)
