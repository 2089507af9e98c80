"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import AccountFilter, ReadOnlyAdmin, column, show_rows
from stock.models import (
    Delivery,
    ExtraCost,
    ExtraShare,
    Holding,
    Location,
    Lot,
    Making,
    Payment,
    Portion,
    Recipe,
    RecipePart,
    Return,
    Seal,
    Sold,
)

show_rows(Recipe, "id account product makes note updated_at", filters="product", of_account=True, group="Goods")
show_rows(RecipePart, "id account recipe product quantity", filters="recipe", group="Goods")
show_rows(Return, "id account sale operation scrapped", title="Returns of sales", group="What was booked")
show_rows(
    Sold,
    "id account movement rate category reason is_net discount",
    title="VAT and discounts of sales",
    group="What was booked",
)
show_rows(ExtraCost, "id account operation name cost", group="What was booked")
show_rows(ExtraShare, "id account movement cost", group="What was booked")
show_rows(Delivery, "id account operation supplier", filters="supplier", group="What was booked")
show_rows(
    Payment,
    "id account operation kind amount tip tendered origin reverses performer created_at",
    list_select_related=("owner", "performer"),
    title="Payments of sales",
    group="What was booked",
)
show_rows(Making, "id account operation product role quantity", filters="product", group="What was booked")
show_rows(
    Seal,
    "number account created_at to_position operations movements",
    "sealed_by from_position sha256 sha256_before",
    title="Seals of the ledger",
    sha256=column("SHA-256 of the file", lambda seal: bytes(seal.digest).hex()),
    sha256_before=column("that of the previous seal", lambda seal: bytes(seal.previous).hex()),
    group="What was booked",
)
show_rows(
    Location,
    "name account note archived_at created_at",
    None,
    base=ReadOnlyAdmin,
    search_fields=("name",),
    list_filter=(AccountFilter, "archived_at"),
    group="Where it lies",
)
show_rows(
    Lot,
    "code account product expires_on created_at",
    None,
    base=ReadOnlyAdmin,
    search_fields=("code",),
    title="Lots and their dates",
    of_account=True,
    group="Where it lies",
)
show_rows(
    Holding,
    "product account location lot quantity",
    base=ReadOnlyAdmin,
    filters="product location lot",
    title="Stock by location and lot",
    group="Where it lies",
)
show_rows(
    Portion,
    "movement account product location lot quantity",
    filters="movement lot",
    title="Movements by location and lot",
    group="Where it lies",
)
