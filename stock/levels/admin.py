"""The pages of the support desk for levels. Staff only read these rows."""

from core.support.admin import show_rows
from stock.levels.models import Level, RefillSource

show_rows(Level, "id account location product low_at fill_to", filters="location product", group="Where it lies")
show_rows(RefillSource, "id account location refill_from", filters="location refill_from", group="Where it lies")
