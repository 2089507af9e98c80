"""The filters of the ledger's lists at the support desk. Each reads a limited range of an index.

A period limits the time when things happened, as in the API, or the time when they were booked. Positions in a log
follow the time of booking: see stock/reading/timeline.py. So a period of booking is a range of positions. In the log
of an account, or of all accounts, a row that was being booked at midnight may be on either side of it. A period of
happening only limits where the range starts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from core.fields import parse_id
from core.lists.filters import MAX_INSTANT, MIN_INSTANT
from core.pages.forms import MAX_SEARCH_LENGTH, SearchField
from core.time_zones import DEFAULT_ZONE, midnight
from products.models import Product
from products.reading.search import find_products_by_code
from stock.models import MAX_REFERENCE_LENGTH, Operation, OperationReason
from stock.reading import sql_times
from stock.reading.timeline import Log, get_movement_log, get_operation_log, get_product_log
from support.ledger import search
from users.models import User
from users.readings import search_user

MAX_ROWS_FILTERED = 10_000  # the most rows that a search by person, reason or time of happening reads
MAX_OPERATIONS_FOUND = 50  # the most operations that a search by reference finds
BOOKED = "booked"

ALL_MOVEMENTS = Log(0, sql_times.FIRST_OF_ALL_MOVEMENTS, first_on_citus=sql_times.FIRST_OF_ALL_MOVEMENTS_ON_CITUS)
ALL_OPERATIONS = Log(0, sql_times.FIRST_OF_ALL_OPERATIONS, first_on_citus=sql_times.FIRST_OF_ALL_OPERATIONS_ON_CITUS)


def text_field(label: str, help_text: str, max_length: int = MAX_SEARCH_LENGTH) -> SearchField:
    return SearchField(label=label, help_text=help_text, max_length=max_length, required=False)


def date_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PeriodForm(forms.Form):
    """The first and the last day of a period, in the time zone of the account; in UTC for all accounts."""

    since = date_field("From")
    until = date_field("Until")

    def __init__(self, *args: Any, account: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def find_account(self) -> User | None:
        """Return the user whose account the form is about."""
        return self.account

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """Return the beginning and the end of a valid form's period."""
        return self.cleaned_data["since"], self.cleaned_data["until"]

    def clean_since(self) -> date | None:
        return check_day(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return check_day(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        """Replace the days by the beginning and the end of the period, which includes the last day."""
        account = self.find_account()
        zone = account.shop_zone if account else DEFAULT_ZONE
        for name, later in (("since", 0), ("until", 1)):
            if day := self.cleaned_data.get(name):
                self.cleaned_data[name] = midnight(day + timedelta(days=later), zone)
        return self.cleaned_data


def check_day(day: date | None) -> date | None:
    """Raise ValidationError for a day before 2000 or after 2199."""
    if day and not MIN_INSTANT.date() <= day < MAX_INSTANT.date():
        raise ValidationError("Enter a date from 2000 to 2199.")
    return day


class OperationFilterForm(PeriodForm):
    owner = text_field("Account", "User name or id")
    person = text_field("Person", "User name or id")
    reason = forms.ChoiceField(choices=[("", "Any"), *OperationReason.choices], required=False)
    reference = text_field("Reference", "In full", MAX_REFERENCE_LENGTH)

    clock = forms.ChoiceField(label="By the time", choices=[("", "happened"), (BOOKED, "booked")], required=False)

    field_order: Any = ("owner", "product", "person", "reason", "reference", "since", "until", "clock", "operation")

    def find_account(self) -> User | None:
        """Return the user whose account the rows belong to, if the filters determine it."""
        return self.cleaned_data.get("owner")

    def clean_owner(self) -> User | None:
        return self.clean_user("owner")

    def clean_person(self) -> User | None:
        return self.clean_user("person")

    def clean_user(self, name: str) -> User | None:
        text = self.cleaned_data[name]
        if text and (user := search_user(text)) is None:
            raise ValidationError("There is no such user.")
        return user if text else None


class MovementFilterForm(OperationFilterForm):
    product = text_field("Product", "Id, SKU or barcode")
    operation = text_field("Operation", "Id")

    def find_account(self) -> User | None:
        row = self.cleaned_data.get("product") or self.cleaned_data.get("operation")
        return super().find_account() or (row and row.owner)

    def clean_product(self) -> Product | None:
        text = self.cleaned_data["product"]
        if not text:
            return None
        by_id = Product.objects.filter(pk=parse_id(text) or 0).select_related("owner")
        found = by_id or find_products_by_code(text, MAX_SEARCH_LENGTH)
        if owner := self.cleaned_data.get("owner"):
            found = found.filter(owner_id=owner.pk)
        if len(found) > 1:
            raise ValidationError("Several accounts have this code: enter the account, too.")
        if not found:
            raise ValidationError("There is no such product here.")
        return found[0]

    def clean_operation(self) -> Operation | None:
        text = self.cleaned_data["operation"]
        found = Operation.objects.filter(pk=parse_id(text) or 0).select_related("owner")
        operation: Operation | None = found.first()
        if text and operation is None:
            raise ValidationError("There is no such operation.")
        return operation


@dataclass
class Filtered:
    """The rows that a filter found. `is_cut` says that older rows exist that were not looked at."""

    rows: QuerySet
    is_cut: bool = False


def filter_movements(rows: QuerySet, chosen: dict[str, Any]) -> Filtered:
    """Return the movements of the account, product, operation, person, reason, reference and period in `chosen`.

    If `chosen` has a search text (`q`), the rows are those that it found.
    """
    operation, product, owner = chosen["operation"], chosen["product"], chosen["owner"]
    if owner:
        rows = rows.filter(owner_id=owner.pk)
    if product:
        rows = rows.filter(owner_id=product.owner_id, product_id=product.pk)
    if operation:
        rows = rows.filter(owner_id=operation.owner_id, operation_id=operation.pk)
    if chosen["reference"]:
        rows = select_by_operations(rows, find_by_reference(chosen["reference"], owner))
    if operation or chosen["reference"] or chosen["q"]:
        conditions = build_all_conditions(chosen)
        return Filtered(rows.filter(make_operation_condition(conditions)) if conditions else rows)
    if product:
        log = get_product_log(product.owner_id, product.pk)
    else:
        log = get_movement_log(owner.pk) if owner else ALL_MOVEMENTS
    conditions = build_conditions(chosen)
    condition = make_operation_condition(conditions) if conditions else None
    return filter_range(filter_positions(rows, log, chosen), log, condition)


def filter_operations(rows: QuerySet, chosen: dict[str, Any]) -> Filtered:
    """Return the operations of the account, person, reason, reference and period in `chosen`."""
    owner, conditions = chosen["owner"], build_conditions(chosen)
    if owner:
        rows = rows.filter(owner_id=owner.pk)
    if chosen["reference"]:
        found = [operation.pk for operation in find_by_reference(chosen["reference"], owner)]
        return Filtered(rows.filter(pk__in=found, **build_all_conditions(chosen)))
    log = get_operation_log(owner.pk) if owner else ALL_OPERATIONS
    return filter_range(filter_positions(rows, log, chosen), log, Q(**conditions) if conditions else None)


def build_conditions(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the conditions on an operation's person, reason and time of happening. No position limits these."""
    conditions = {"performed_by_id": chosen["person"] and chosen["person"].pk, "reason": chosen["reason"]}
    conditions = {name: value for name, value in conditions.items() if value}
    return conditions if chosen["clock"] == BOOKED else conditions | limit_times("occurred_at", chosen)


def build_all_conditions(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the conditions for a few operations.

    They include the time of booking, which a position limits in other searches.
    """
    times = limit_times("created_at", chosen) if chosen["clock"] == BOOKED else {}
    return build_conditions(chosen) | times


def limit_times(column: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the conditions that limit this column to the period."""
    limits = {f"{column}__gte": chosen["since"], f"{column}__lt": chosen["until"]}
    return {name: instant for name, instant in limits.items() if instant}


def select_by_operations(rows: QuerySet, operations: list[Operation]) -> QuerySet:
    """Return the movements of these operations. The condition on the owner uses the index."""
    owners = {operation.owner_id for operation in operations}
    return rows.filter(owner_id__in=owners, operation_id__in=[operation.pk for operation in operations])


def find_by_reference(reference: str, owner: User | None) -> list[Operation]:
    """Return the newest operations with this reference, of one account or of all."""
    if owner is None:
        ids = search.fetch_ids_by_reference(reference, MAX_OPERATIONS_FOUND)
        found = Operation.objects.filter(pk__in=ids)
    else:
        found = Operation.objects.filter(owner_id=owner.pk, reference=reference)
    return list(found.exclude(reference="").order_by("-id").only("owner_id")[:MAX_OPERATIONS_FOUND])


def make_operation_condition(conditions: dict[str, Any]) -> Subquery:
    """Return the condition that a movement's operation meets these conditions.

    PostgreSQL looks the operation up for each movement that it reads. For a join, it could read all operations instead.
    """
    operations = Operation.objects.filter(owner_id=OuterRef("owner_id"), pk=OuterRef("operation_id"))
    is_met = ExpressionWrapper(Q(**conditions), output_field=BooleanField())
    return Subquery(operations.annotate(is_met=is_met).values("is_met")[:1])


def filter_positions(rows: QuerySet, log: Log, chosen: dict[str, Any]) -> QuerySet:
    """Return the range of rows that can be in the period.

    Everything that happened since an instant was booked since then. But something that happened before an instant may
    have been booked at any time.
    """
    end = chosen["until"] if chosen["clock"] == BOOKED else None
    first = log.find_first_positions(chosen["since"], end)
    limits = {f"{log.position}__gte": first.get(chosen["since"]), f"{log.position}__lt": first.get(end)}
    return rows.filter(**{name: position for name, position in limits.items() if position is not None})


def filter_range(rows: QuerySet, log: Log, condition: Q | Subquery | None) -> Filtered:
    """Return the rows that meet the condition among the newest MAX_ROWS_FILTERED. No index supports the condition."""
    if condition is None:
        return Filtered(rows)
    positions = rows.order_by(f"-{log.position}").values_list(log.position, flat=True)
    older = list(positions[MAX_ROWS_FILTERED : MAX_ROWS_FILTERED + 1])
    if older:
        rows = rows.filter(**{f"{log.position}__gt": older[0]})
    return Filtered(rows.filter(condition), is_cut=bool(older))
