"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import show_rows
from trade.closings.models import Cash, Closing

show_rows(
    Closing,
    "id account till number performer made_at expected counted kept",
    "from_at from_position to_position opening note document",
    of_account=True,
    group="Counted",
)
show_rows(Cash, "id account till kind amount reason performer created_at", group="Counted")
