"""The pages of rows that staff only read, declared by their columns."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from core.kinds import parse_id
from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter, column
from core.support.desk import Desk
from desk.evidence.models import Pack
from desk.saved.models import SavedView
from desk.takeout.models import Export
from products.models import Code, CustomField, Group, Offer, Profile, Tax
from records.events.models import DeliveryAttempt, Event, FeedHead
from records.history.door import write_changes
from records.history.models import Change
from stock.models import (
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
from trade.closings.models import Cash, Closing
from trade.kits.models import Kit, KitPart, SoldKit
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from trade.purchasing.price_lists.models import PriceList, PriceListChange
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState
from trade.sales.models import Number, Series
from trade.sheets.models import Entry, Sheet, SheetLine
from trade.tills.models import Drop, Till, attach_last_seen
from trade.tills.reading import find_gaps
from trade.tills.till_page import write_ranges


def show_rows(
    model: type[Model],
    columns: str,
    more: str | None = "",
    *,
    filters: str = "",
    base: type[admin.ModelAdmin] = LogAdmin,
    **attributes: Any,
) -> None:
    """Register the page of a model whose rows staff only read.

    The list has these columns, and the page of a row has these and `more`, or all fields if `more` is None. The list
    is filtered by the account and by the related rows that `filters` names. `attributes` are those of the admin, such
    as the `desk` and columns that are no fields.
    """
    shown = columns.split()
    related = [field.name for field in model._meta.fields if field.is_relation and field.name in shown]
    filter_classes = [
        type(name, (RowListFilter,), {
            "title": name.replace("_", " "), "parameter_name": name, "model": model._meta.get_field(name).related_model,
        })
        for name in filters.split()
    ]  # fmt: skip
    options = {
        "desk": Desk(), "list_display": shown, "list_display_links": [name for name in shown if name != "account"][:1],
        "list_select_related": ["owner", *related], "list_filter": [AccountFilter, *filter_classes],
        "fields": None if more is None else [*shown, *more.split()],
    }  # fmt: skip
    admin.site.register(model, type(f"{model.__name__}Admin", (base,), {**options, **attributes}))


# fmt: off
# Each declaration has the columns of a page on as few lines as possible.

# --- Goods --------------------------------------------------------------------------------------------------

show_rows(
    Code, "code account product quantity is_live", None, base=ReadOnlyAdmin, search_fields=("code",),
    desk=Desk(title="Further barcodes"),
)
# What the preferred offer of a product has is on the page of the product.
show_rows(
    Offer,
    "id account product supplier supplier_sku pack_size cost_price min_packs lead_days note created_at updated_at",
    filters="product", desk=Desk(title="Offers of suppliers"),
)
show_rows(
    Group, "name account axes archived_at", None, base=ReadOnlyAdmin, search_fields=("name",),
    desk=Desk(title="Groups of variants"),
)
show_rows(
    CustomField, "label account key type archived_at", None, base=ReadOnlyAdmin, search_fields=("key", "label"),
)
show_rows(Tax, "name account rate archived_at", None, base=ReadOnlyAdmin, search_fields=("name",))
show_rows(
    Profile, "product account group tags", None, base=ReadOnlyAdmin,
    desk=Desk(title="Values of own fields, and tags"),
)
show_rows(
    Kit, "id account name sku barcode price archived_at created_at", "external_id description updated_at",
    base=ReadOnlyAdmin, search_fields=("name", "sku", "barcode", "external_id"),
    desk=Desk(of_account=True, found="kits"),
)
show_rows(KitPart, "id account kit product quantity", filters="kit")
show_rows(SoldKit, "id account operation kit name sku quantity unit_price total", filters="kit")
show_rows(Recipe, "id account product makes note updated_at", filters="product", desk=Desk(of_account=True))
show_rows(RecipePart, "id account recipe product quantity", filters="recipe")
show_rows(
    Change, "at account kind row_id what_changed by via of_edit", None,
    desk=Desk(title="What changed", of_account=True),
    of_edit=column("edit", lambda change: change.edit and format_html('<a href="?edit={0}">{0}</a>', change.edit)),
    what_changed=column("what changed", lambda change: write_changes({"changes": change.changes})),
)

# --- What was booked, and where it lies -----------------------------------------------------------------------

show_rows(Return, "id account sale operation scrapped", desk=Desk(title="Returns of sales"))
show_rows(Sold, "id account movement rate is_net discount", desk=Desk(title="VAT and discounts of sales"))
show_rows(
    Payment, "id account operation kind amount tendered origin reverses performer created_at",
    list_select_related=("owner", "performer"), desk=Desk(title="Payments of sales"),
)
show_rows(Making, "id account operation product role quantity", filters="product")
show_rows(
    Seal, "number account created_at to_position operations movements", "sealed_by from_position sha256 sha256_before",
    desk=Desk(title="Seals of the ledger"),
    sha256=column("SHA-256 of the file", lambda seal: bytes(seal.digest).hex()),
    sha256_before=column("that of the previous seal", lambda seal: bytes(seal.previous).hex()),
)
show_rows(Number, "number account operation", list_select_related=("owner",))
show_rows(Series, "number account position")
show_rows(
    Pack, "created_at account as_of clock recorded_until state size sha256 expires_at",
    desk=Desk(title="Packs of the year's end"),
)
show_rows(
    Location, "name account note archived_at created_at", None, base=ReadOnlyAdmin, search_fields=("name",),
    list_filter=(AccountFilter, "archived_at"),
)
show_rows(
    Lot, "code account product expires_on created_at", None, base=ReadOnlyAdmin, search_fields=("code",),
    desk=Desk(title="Lots and their dates", of_account=True),
)
show_rows(
    Holding, "product account location lot quantity", base=ReadOnlyAdmin, filters="product location lot",
    desk=Desk(title="Stock by location and lot"),
)
show_rows(
    Portion, "movement account product location lot quantity", filters="movement lot",
    desk=Desk(title="Movements by location and lot"),
)

# --- Ordered, reserved and counted ----------------------------------------------------------------------------


class OrderBase(ReadOnlyAdmin):
    search_help_text = "The number or a whole reference."

    def select_found(self, text: str) -> Any:
        return Order.objects.filter(Q(pk=parse_id(text) or 0) | Q(reference=text))

    def select_counted(self, rows: Any) -> Any:
        return rows.exclude(state=OrderState.CLOSED)


class ReservationBase(ReadOnlyAdmin):
    search_help_text = OrderBase.search_help_text
    state = column("state", lambda reservation: reservation.state)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: Any = super().get_queryset(request)
        return rows.detailed()  # type: ignore[no-any-return]

    def select_found(self, text: str) -> Any:
        """Return the orders of customers with this number or reference. Numbers are unique only in a shop."""
        return Reservation.objects.detailed().filter(Q(number=parse_id(text) or 0) | Q(reference=text))

    def select_counted(self, rows: Any) -> Any:
        return rows.filter(CONDITIONS[ReservationState.OPEN])


show_rows(
    Order, "id account supplier_name state expected_on reference created_at",
    "supplier external_id note made_by made_by_username updated_at sent_at closed_at mail_to mailed_at mail_due_at"
    " mail_tries mail_error",
    base=OrderBase, search_fields=("=reference", "id__exact"),
    desk=Desk(of_account=True, counted="Open purchase orders", found="purchase orders"),
)
show_rows(
    OrderLine, "id account order product name sku supplier_sku quantity unit pack_size unit_cost", filters="order",
)
show_rows(Receipt, "id account order operation", filters="order", desk=Desk(title="Deliveries of orders"))
show_rows(
    PriceList,
    "id account supplier number file_name rows changed unknown made_by_username created_at undone_at",
    desk=Desk(of_account=True),
)
show_rows(
    PriceListChange, "id account price_list product line field old new is_new", filters="price_list",
    list_select_related=("owner", "price_list"),
)
show_rows(
    Reservation,
    "id account number state customer wanted_on expires_at reference made_by_username created_at",
    "expiry_told_at closed_at operation continues note made_by updated_at", base=ReservationBase,
    search_fields=("=reference", "number__exact"),
    desk=Desk(
        title="Orders of customers", of_account=True, counted="Open orders of customers", found="orders of customers"
    ),
)
show_rows(
    ReservationLine,
    "id account reservation product name sku quantity unit unit_price reserved_until",
    filters="reservation",
)
show_rows(
    Sheet, "name account state blind opened_by_username created_at closed_at", "location selection tolerance opened_by",
    base=ReadOnlyAdmin, search_fields=("name",), desk=Desk(title="Counting sheets", of_account=True),
)
show_rows(SheetLine, "id account sheet product booked_at operation", filters="sheet")
show_rows(Entry, "id account sheet product quantity counted_at entered_by", "location lot replaces", filters="sheet")
show_rows(
    Closing, "id account till number performer made_at expected counted kept",
    "from_at from_position to_position opening note document", desk=Desk(of_account=True),
)
show_rows(Cash, "id account till kind amount reason performer created_at")

# --- Other programs -------------------------------------------------------------------------------------------

show_rows(
    Till, "name account user last_number missing created_at revoked_at", "key_prefix may_be_missing last_seen",
    base=ReadOnlyAdmin, search_fields=("name",), desk=Desk(of_account=True, counted="Open tills", found="tills"),
    missing=column("missing numbers", lambda till: find_gaps(till.owner_id, [till.pk])[0].count_missing),
    may_be_missing=column("may be missing", lambda till: write_ranges(find_gaps(till.owner_id, [till.pk])[0].unproven)),
    last_seen=column("last seen", lambda till: attach_last_seen([till])[0].last_seen_at),
    select_counted=lambda _admin, rows: rows.filter(revoked_at=None),
)
show_rows(
    Drop, "id account till number note made_by_username created_at", "sale", filters="till",
    desk=Desk(title="Numbers that tills gave up"),
)
show_rows(Event, "created_at account position type operation product data", list_select_related=("owner",))
show_rows(
    FeedHead, "number account", desk=Desk(title="Last event of each shop"), readonly_fields=("number",),
    number=column("Number of the last event", lambda head: head.position),
)
show_rows(
    DeliveryAttempt, "at account webhook position type status ms error dead", filters="webhook",
    desk=Desk(title="Requests to webhooks"),
)
show_rows(Export, "created_at account state size finished_at expires_at", desk=Desk(title="Exports of shops"))
show_rows(
    SavedView, "created_at account user name route shared next_mail_at",
    "query columns mail_days mail_hour mail_format mail_failures updated_at", desk=Desk(title="Saved views"),
    list_select_related=("owner",),
)
