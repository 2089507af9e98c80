"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import show_rows
from trade.sales.models import Number, Series

show_rows(Number, "number account operation", list_select_related=("owner",), group="What was booked")
show_rows(Series, "number account position", group="What was booked")
