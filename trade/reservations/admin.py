"""Reservations at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.kinds import parse_id
from core.support.admin import AccountFilter, LogAdmin, ReadOnlyAdmin, RowListFilter
from core.support.desk import Desk
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    desk = Desk(
        title="Orders of customers", of_account=True, counted="Open orders of customers", found="orders of customers"
    )
    list_display = (
        "id", "account", "number", "state", "customer", "wanted_on", "expires_at", "reference", "made_by_username",
        "created_at",
    )  # fmt: skip
    list_select_related: ClassVar[Any] = ("owner", "customer")
    search_fields = ("=reference", "number__exact")
    search_help_text = "The number or a whole reference."
    fields = (
        "number", "state", "customer", "wanted_on", "expires_at", "expiry_told_at", "closed_at", "operation",
        "continues", "reference", "note", "made_by", "made_by_username", "created_at", "updated_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: Any = super().get_queryset(request)
        return rows.detailed()  # type: ignore[no-any-return]

    def select_found(self, text: str) -> Any:
        """Return the orders of customers with this number or reference. Numbers are unique only in a shop."""
        found = Q(number=parse_id(text) or 0) | Q(reference=text)
        return Reservation.objects.detailed().filter(found)

    def select_counted(self, rows: Any) -> Any:
        return rows.filter(CONDITIONS[ReservationState.OPEN])

    @admin.display
    def state(self, obj: Reservation) -> str:
        return obj.state


class ReservationListFilter(RowListFilter):
    title, parameter_name, model = "reservation", "reservation", Reservation


@admin.register(ReservationLine)
class ReservationLineAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = (
        "id", "account", "reservation", "product", "name", "sku", "quantity", "unit", "unit_price", "reserved_until",
    )  # fmt: skip
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, ReservationListFilter)
    list_select_related: ClassVar[Any] = ("owner", "reservation", "product")
