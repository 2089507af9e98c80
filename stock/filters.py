"""The query parameters of the lists of movements, operations and item changes, and pages with limited lines."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet

from core.database.constraints import any_of
from core.lists.filters import (
    BooleanFilter,
    ChoiceFilter,
    InstantFilter,
    IntegerFilter,
    ReferenceFilter,
    StrictFilterSet,
    TextFilter,
)
from core.lists.pagination import MAX_MOVEMENTS_PER_PAGE, BoundedLogPagination
from core.lists.row_filters import CodeFilter, RowFilter
from products.look_ups import PRODUCTS
from stock.models import MAX_REFERENCE_LENGTH, MovementType, OperationReason, Portion
from stock.models.sql import MOVEMENTS_OF_LOT, MOVEMENTS_WITH_REFERENCE
from stock.places.look_ups import LOCATIONS, LOTS
from stock.reading import timeline
from stock.reading.operations import MAX_RETURNABLE_SHOWN, count_shown_movements
from users.serializers import USERS

MAX_LOOKED_UP = 5000  # the most movements with a reference, or of a lot, that are looked up by id


class TimeFilterSet(StrictFilterSet):
    """Filters by `occurred_at` and `created_at`. They read a range of the log that `make_log` returns."""

    make_log: ClassVar[Callable[..., timeline.Log]]

    def filter_queryset(self, queryset: QuerySet) -> Any:
        rows = super().filter_queryset(queryset)
        span = timeline.Span(*(self.form.cleaned_data.get(name) for name in timeline.Span._fields))
        return timeline.narrow_to_span(rows, self.get_log(), span) if any(span) else rows

    def get_log(self) -> timeline.Log:
        """Return the log that the request reads: the account's, or a product's if the URL has a product's id."""
        view = self.request.parser_context["view"]
        return type(self).make_log(self.request.user.account_id, **view.kwargs)


def find_few(log: timeline.Log, statement: str, **values: Any) -> Any:
    """Return the condition that a movement is one of those that the statement finds, or None if there are many.

    PostgreSQL would estimate how many movements there are. If it expects some, it reads the log from its end until the
    page is full: the whole log if there are none.
    """
    ids = [pk for (pk,) in log.fetch(statement, **values, limit=MAX_LOOKED_UP + 1)]
    return any_of("id", ids) if len(ids) <= MAX_LOOKED_UP else None


class MovementReferenceFilter(TextFilter):
    """The exact reference of a movement's operation. The ids of its movements are looked up first, if they are few."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        rows: QuerySet = super().filter(qs, value)
        few = find_few(self.parent.get_log(), MOVEMENTS_WITH_REFERENCE, reference=value) if value else None
        return rows if few is None else rows.filter(few)


class MovementLotFilter(RowFilter):
    """A lot that the movement has put something into, or taken something from. Few ids are looked up first, too."""

    def filter(self, qs: QuerySet, value: int | None) -> QuerySet:
        if value is None:
            return qs
        log = self.parent.get_log()
        few = find_few(log, MOVEMENTS_OF_LOT, lot=value)
        of_lot = Portion.objects.filter(owner_id=log.owner_id, movement_id=OuterRef("pk"), lot_id=value)
        return qs.filter(Exists(of_lot) if few is None else few)


class MovementFilter(TimeFilterSet):
    make_log: ClassVar[Callable[..., timeline.Log]] = staticmethod(timeline.get_movement_log)
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")
    sku = CodeFilter(field_name="product__sku", label="The product's SKU, ignoring case")
    lot = MovementLotFilter(LOTS, label="Id of a lot")
    operation = IntegerFilter(field_name="operation_id", label="Number")
    movement_type = ChoiceFilter(choices=MovementType.choices, label="In or out")
    reason = ChoiceFilter(field_name="operation__reason", choices=OperationReason.choices, label="Why it was recorded")
    reference = MovementReferenceFilter(
        field_name="operation__reference", max_length=MAX_REFERENCE_LENGTH, label="The whole document no."
    )
    performed_by = RowFilter(USERS, field_name="operation__performed_by_id", label="Id of a user")
    after = InstantFilter("operation__occurred_at", "gte", label="From this time on")
    before = InstantFilter("operation__occurred_at", "lt", label="Before this time")
    recorded_after = InstantFilter("operation__created_at", "gte", label="Recorded from this time on")
    recorded_before = InstantFilter("operation__created_at", "lt", label="Recorded before this time")


class HistoryFilter(MovementFilter):
    make_log = staticmethod(timeline.get_product_log)


class OperationFilter(TimeFilterSet):
    make_log = staticmethod(timeline.get_operation_log)
    reason = ChoiceFilter(choices=OperationReason.choices, label="Why it was recorded")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole document no.")
    performed_by = RowFilter(USERS, field_name="performed_by_id", label="Id of a user")
    after = InstantFilter("occurred_at", "gte", label="From this time on")
    before = InstantFilter("occurred_at", "lt", label="Before this time")
    recorded_after = InstantFilter("created_at", "gte", label="Recorded from this time on")
    recorded_before = InstantFilter("created_at", "lt", label="Recorded before this time")


class CountFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")
    location = RowFilter(LOCATIONS, field_name="location_id", label="Id of a location: the counts of this place")
    operation = IntegerFilter(field_name="operation_id", label="Number")
    counted_by = RowFilter(USERS, field_name="counted_by_id", label="Id of a user")
    outdated = BooleanFilter(label="A later count has overtaken it")
    after = InstantFilter("counted_at", "gte", label="Counted at or after this time")
    before = InstantFilter("counted_at", "lt", label="Counted before this time")


class ItemChangeFilter(StrictFilterSet):
    item = RowFilter(PRODUCTS, field_name="product_id", label="Id of an item")
    user = RowFilter(USERS, field_name="operation__performed_by_id", label="Id of a user")


# Each movement repeats its operation's note, so a note of this length counts as one more movement.
NOTE_LENGTH_OF_MOVEMENT = 250


class OperationPagination(BoundedLogPagination):
    """Pages of operations with at most MAX_MOVEMENTS_PER_PAGE movements, or fewer if these have long notes."""

    max_parts = MAX_MOVEMENTS_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        shown = count_shown_movements(rows[0].owner_id, [row.pk for row in rows], MAX_RETURNABLE_SHOWN)
        return {row.pk: shown[row.pk] * (1 + len(row.note) // NOTE_LENGTH_OF_MOVEMENT) for row in rows}
