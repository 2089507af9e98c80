"""The pages of the support desk for this app. Staff only read most of these rows."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.kinds import parse_id
from core.support.admin import ReadOnlyAdmin, column, show_rows
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState


class ReservationBase(ReadOnlyAdmin):
    search_help_text = "The number or a whole reference."
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
    Reservation,
    "id account number state customer wanted_on expires_at reference made_by_username created_at",
    "expiry_told_at closed_at operation continues note made_by updated_at",
    base=ReservationBase,
    search_fields=("=reference", "number__exact"),
    title="Orders of customers",
    of_account=True,
    counted="Open orders of customers",
    found="orders of customers",
    group="Ordered and reserved",
)
show_rows(
    ReservationLine,
    "id account reservation product name sku quantity unit unit_price reserved_until",
    filters="reservation",
    group="Ordered and reserved",
)
