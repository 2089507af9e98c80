"""The admins that need no code, declared by their columns. Staff only read most of these rows."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from core.kinds import parse_id
from core.support.admin import (
    AccountFilter,
    ArchivableAdmin,
    ContactAdmin,
    LogAdmin,
    ReadOnlyAdmin,
    RowListFilter,
    ServiceAdmin,
    column,
)
from desk.evidence.models import Pack
from desk.saved.models import SavedView
from desk.takeout.models import Export
from products.models import Category, Code, CustomField, Group, Offer, Profile, Tax
from records.events.models import DeliveryAttempt, Event, FeedHead, LastNotice
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
from suppliers.models import Supplier
from trade.closings.models import Cash, Closing
from trade.customers.models import Customer
from trade.kits.models import Kit, KitPart, SoldKit
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from trade.purchasing.price_lists.models import PriceList, PriceListChange
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState
from trade.sales.models import Number, Series
from trade.sheets.models import Entry, Sheet, SheetLine
from trade.tills.models import Drop, Till, attach_last_seen
from trade.tills.reading import find_gaps
from trade.tills.till_page import write_ranges
from users.models import ClosedAccount, SecurityEvent


def show_rows(
    model: type[Model],
    columns: str,
    more: str | None = "",
    *,
    filters: str = "",
    base: Any = LogAdmin,
    **attributes: Any,
) -> None:
    """Register the admin of a model, whose rows staff only read unless the `base` lets them change some.

    The list has these columns, and the page of a row has these and `more`, or all fields if `more` is None. The list
    has the filters of the base, and one for each of the related rows that `filters` names. `attributes` are those of
    the admin, such as columns that are no fields.
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
        "list_display": shown, "list_display_links": [name for name in shown if name != "account"][:1],
        "list_select_related": [*base.list_select_related, *related],
        "list_filter": [*base.list_filter, *filter_classes],
        "fields": None if more is None else [*shown, *more.split()],
    }  # fmt: skip
    admin.site.register(model, type(f"{model.__name__}Admin", (base,), {**options, **attributes}))


# fmt: off
# Each declaration has the columns of a page on as few lines as possible.

# --- People and access ----------------------------------------------------------------------------------------

show_rows(
    SecurityEvent, "created_at kind user account actor api_key address", base=ServiceAdmin, list_filter=("kind",),
    search_fields=("user__username", "address"), get_account=lambda _admin, event: event and event.account,
)
show_rows(
    ClosedAccount, "account_number due_at started_at closed_at reason counts", base=ServiceAdmin,
    title="Closed shops", search_fields=("reason",),
)

# --- Goods --------------------------------------------------------------------------------------------------

show_rows(Category, "name account archived_at created_at", None, base=ArchivableAdmin, of_account=True,
          search_fields=("name",))
show_rows(
    Supplier, "name account contact_email phone_number lead_days archived_at created_at", None, base=ContactAdmin,
    of_account=True, counted="Suppliers", found="suppliers", search_fields=("name", "contact_email"),
)
show_rows(
    Customer, "name account email phone archived_at created_at", None, base=ContactAdmin,
    of_account=True, counted="Customers", found="customers", search_fields=("name", "email", "phone"),
)
show_rows(
    Code, "code account product quantity is_live", None, base=ReadOnlyAdmin, search_fields=("code",),
    title="Further barcodes",
)
# What the preferred offer of a product has is on the page of the product.
show_rows(
    Offer,
    "id account product supplier supplier_sku pack_size cost_price min_packs lead_days note created_at updated_at",
    filters="product", title="Offers of suppliers",
)
show_rows(
    Group, "name account axes archived_at", None, base=ReadOnlyAdmin, search_fields=("name",),
    title="Groups of variants",
)
show_rows(CustomField, "label account key type archived_at", None, base=ReadOnlyAdmin, search_fields=("key", "label"))
show_rows(Tax, "name account rate archived_at", None, base=ReadOnlyAdmin, search_fields=("name",))
show_rows(Profile, "product account group tags", None, base=ReadOnlyAdmin, title="Values of own fields, and tags")
show_rows(
    Kit, "id account name sku barcode price archived_at created_at", "external_id description updated_at",
    base=ReadOnlyAdmin, search_fields=("name", "sku", "barcode", "external_id"), of_account=True, found="kits",
)
show_rows(KitPart, "id account kit product quantity", filters="kit")
show_rows(SoldKit, "id account operation kit name sku quantity unit_price total", filters="kit")
show_rows(Recipe, "id account product makes note updated_at", filters="product", of_account=True)
show_rows(RecipePart, "id account recipe product quantity", filters="recipe")
show_rows(
    Change, "at account kind row_id what_changed by via edit", None,
    title="What changed", of_account=True,
    what_changed=column("what changed", lambda change: write_changes({"changes": change.changes})),
)

# --- What was booked, and where it lies -----------------------------------------------------------------------

show_rows(Return, "id account sale operation scrapped", title="Returns of sales")
show_rows(Sold, "id account movement rate is_net discount", title="VAT and discounts of sales")
show_rows(
    Payment, "id account operation kind amount tip tendered origin reverses performer created_at",
    list_select_related=("owner", "performer"), title="Payments of sales",
)
show_rows(Making, "id account operation product role quantity", filters="product")
show_rows(
    Seal, "number account created_at to_position operations movements", "sealed_by from_position sha256 sha256_before",
    title="Seals of the ledger",
    sha256=column("SHA-256 of the file", lambda seal: bytes(seal.digest).hex()),
    sha256_before=column("that of the previous seal", lambda seal: bytes(seal.previous).hex()),
)
show_rows(Number, "number account operation", list_select_related=("owner",))
show_rows(Series, "number account position")
show_rows(
    Pack, "created_at account as_of clock recorded_until state size sha256 expires_at", title="Packs of the year's end",
)
show_rows(
    Location, "name account note archived_at created_at", None, base=ReadOnlyAdmin, search_fields=("name",),
    list_filter=(AccountFilter, "archived_at"),
)
show_rows(
    Lot, "code account product expires_on created_at", None, base=ReadOnlyAdmin, search_fields=("code",),
    title="Lots and their dates", of_account=True,
)
show_rows(
    Holding, "product account location lot quantity", base=ReadOnlyAdmin, filters="product location lot",
    title="Stock by location and lot",
)
show_rows(
    Portion, "movement account product location lot quantity", filters="movement lot",
    title="Movements by location and lot",
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
    "supplier external_id note made_by made_by_username updated_at sent_at closed_at mail_to mailed_by mailed_at"
    " mail_due_at mail_tries mail_error", base=OrderBase, search_fields=("=reference", "id__exact"),
    of_account=True, counted="Open purchase orders", found="purchase orders",
)
show_rows(
    OrderLine, "id account order product name sku supplier_sku quantity unit pack_size unit_cost", filters="order",
)
show_rows(Receipt, "id account order operation", filters="order", title="Deliveries of orders")
show_rows(
    PriceList, "id account supplier number file_name rows changed unknown made_by_username created_at undone_at",
    of_account=True,
)
show_rows(
    PriceListChange, "id account price_list product line field old new is_new", filters="price_list",
    list_select_related=("owner", "price_list"),
)
show_rows(
    Reservation, "id account number state customer wanted_on expires_at reference made_by_username created_at",
    "expiry_told_at closed_at operation continues note made_by updated_at", base=ReservationBase,
    search_fields=("=reference", "number__exact"),
    title="Orders of customers", of_account=True, counted="Open orders of customers", found="orders of customers",
)
show_rows(
    ReservationLine, "id account reservation product name sku quantity unit unit_price reserved_until",
    filters="reservation",
)
show_rows(
    Sheet, "name account state blind opened_by_username created_at closed_at", "location selection tolerance opened_by",
    base=ReadOnlyAdmin, search_fields=("name",), title="Counting sheets", of_account=True,
)
show_rows(SheetLine, "id account sheet product booked_at operation", filters="sheet")
show_rows(Entry, "id account sheet product quantity counted_at entered_by", "location lot replaces", filters="sheet")
show_rows(
    Closing, "id account till number performer made_at expected counted kept",
    "from_at from_position to_position opening note document", of_account=True,
)
show_rows(Cash, "id account till kind amount reason performer created_at")

# --- Other programs -------------------------------------------------------------------------------------------

show_rows(
    Till, "name account user last_number missing created_at revoked_at", "key_prefix may_be_missing last_seen",
    base=ReadOnlyAdmin, search_fields=("name",), of_account=True, counted="Open tills", found="tills",
    missing=column("missing numbers", lambda till: find_gaps(till.owner_id, [till.pk])[0].count_missing),
    may_be_missing=column("may be missing", lambda till: write_ranges(find_gaps(till.owner_id, [till.pk])[0].unproven)),
    last_seen=column("last seen", lambda till: attach_last_seen([till])[0].last_seen_at),
    select_counted=lambda _admin, rows: rows.filter(revoked_at=None),
)
show_rows(
    Drop, "id account till number note made_by_username created_at", "sale", filters="till",
    title="Numbers that tills gave up",
)
show_rows(Event, "created_at account position type operation product data", list_select_related=("owner",))
show_rows(
    FeedHead, "number account", title="Last event of each shop", readonly_fields=("number",),
    number=column("Number of the last event", lambda head: head.position),
)
show_rows(
    DeliveryAttempt, "at account webhook position type status ms error dead", filters="webhook",
    title="Requests to webhooks",
)
show_rows(Export, "created_at account state size finished_at expires_at", title="Exports of shops")
show_rows(
    SavedView, "created_at account user name route shared next_mail_at",
    "query columns mail_days mail_hour mail_format mail_failures updated_at", title="Saved views",
    list_select_related=("owner",),
)

# --- The service ----------------------------------------------------------------------------------------------

show_rows(
    LogEntry, "action_time user action_flag content_type object_repr change", None, base=ServiceAdmin,
    title="What staff did", list_filter=("action_flag",), search_fields=("user__username", "object_repr"),
    change=column("what", LogEntry.get_change_message),
)
show_rows(
    LastNotice, "user sent_on position", base=ServiceAdmin, title="Daily mails", search_fields=("user__username",),
    ordering=("user",),
)
