"""The pages of the support desk for prices. Staff only read most of these rows."""

from core.support.admin import ReadOnlyAdmin, show_rows
from trade.prices.models import CustomerGroup, GroupPercent, PriceFrom, PriceGroup, PriceRow

show_rows(
    PriceGroup, "name account percent archived_at created_at", None, base=ReadOnlyAdmin, of_account=True,
    found="price groups", search_fields=("name",), group="Goods",
)  # fmt: skip
show_rows(GroupPercent, "id account price_group percent since until", filters="price_group", group="Goods")
show_rows(CustomerGroup, "id account customer price_group since until", filters="price_group", group="Goods")
show_rows(
    PriceRow, "id account product kit price_group least price starts_on ends_on since until", filters="product kit",
    group="Goods",
)  # fmt: skip
show_rows(PriceFrom, "id account movement made_by", group="Goods")
