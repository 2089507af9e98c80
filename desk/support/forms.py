"""The forms of the ledger's pages at the support desk: the filters of its lists, a period, and a reversal.

An account is chosen first, because every index begins with it. A period limits the time when things happened, as in the
API, or the time when they were booked. Positions in a log follow the time of booking: see stock/reading/timeline.py. So
a period of booking is a range of positions, which may miss a row that was being booked at midnight. A period of
happening only limits where the range starts.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core.kinds import parse_id
from core.lists.filters import StrictIntegerField
from core.pages.form_fields import MAX_SEARCH_LENGTH, SearchField
from core.time_zones import DEFAULT_ZONE, MAX_INSTANT, MIN_INSTANT, midnight
from products.look_ups import PRODUCTS
from products.models import Product
from stock.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, Operation, OperationReason
from stock.reading.timeline import Log, get_movement_log, get_operation_log, get_product_log
from trade.selling.serializers import ReverseSerializer, get_reversal_remarks
from users.models import User

MAX_ROWS_FILTERED = 10_000  # the most rows that a search by person, reason or time reads
MAX_OPERATIONS_FOUND = 50  # the most operations that a search by reference finds
BOOKED = "booked"


def text_field(label: str, help_text: str, max_length: int = MAX_SEARCH_LENGTH) -> SearchField:
    return SearchField(label=label, help_text=help_text, max_length=max_length, required=False)


def check_day(day: date) -> None:
    """Raise ValidationError for a day before 2000 or after 2199."""
    if not MIN_INSTANT.date() <= day < MAX_INSTANT.date():
        raise ValidationError("Enter a date from 2000 to 2199.")


def date_field(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=[check_day])


class PeriodForm(forms.Form):
    """The first and the last day of a period, in the time zone of the account."""

    since = date_field("From")
    until = date_field("Until")

    def __init__(self, *args: Any, account: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        return self.cleaned_data["since"], self.cleaned_data["until"]

    def clean(self) -> dict[str, Any]:
        """Replace the days by the beginning and the end of the period, which includes the last day."""
        zone = self.account.shop_zone if self.account else DEFAULT_ZONE
        for name, later in (("since", 0), ("until", 1)):
            if day := self.cleaned_data.get(name):
                self.cleaned_data[name] = midnight(day + timedelta(days=later), zone)
        return self.cleaned_data


class OperationFilterForm(PeriodForm):
    """The filters of operations. After validation, `account` is the chosen account."""

    owner = text_field("Account", "User name or id")
    person = text_field("Person", "User name or id")
    reason = forms.ChoiceField(choices=[("", "Any"), *OperationReason.choices], required=False)
    reference = text_field("Reference", "In full", MAX_REFERENCE_LENGTH)
    clock = forms.ChoiceField(label="By the time", choices=[("", "happened"), (BOOKED, "booked")], required=False)

    field_order: Any = ("owner", "product", "person", "reason", "reference", "since", "until", "clock", "operation")
    max_rows = MAX_ROWS_FILTERED
    is_cut = False  # True if there are older rows that filter_rows() did not look at

    def clean_owner(self) -> User | None:
        self.account = find_user(self.cleaned_data["owner"])
        return self.account

    def clean_person(self) -> User | None:
        return find_user(self.cleaned_data["person"])

    def clean(self) -> dict[str, Any]:
        if not (self.account or self.errors) and any(self.data.get(name) for name in self.fields):
            self.add_error("owner", "Choose an account first.")
        return super().clean()

    def filter_rows(self, rows: QuerySet) -> QuerySet:
        if self.account is None:
            return rows
        rows, conditions = rows.filter(owner_id=self.account.pk), self.build_conditions()
        if reference := self.cleaned_data["reference"]:
            return rows.filter(pk__in=list_newest(self.account, reference), **conditions)
        return self.filter_range(rows, get_operation_log(self.account.pk), conditions)

    def build_conditions(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        column = "created_at" if chosen["clock"] == BOOKED else "occurred_at"
        conditions = {
            "performed_by_id": chosen["person"] and chosen["person"].pk,
            "reason": chosen["reason"],
            "reference": chosen["reference"],
            f"{column}__gte": chosen["since"],
            f"{column}__lt": chosen["until"],
        }
        return {name: value for name, value in conditions.items() if value}

    def filter_range(self, rows: QuerySet, log: Log, conditions: dict[str, Any]) -> QuerySet:
        """Return the rows that meet the conditions among the newest `max_rows` that can be in the period.

        What happened since an instant was also booked since then. What happened before an instant may have been booked
        at any time.
        """
        since, end = self.period[0], self.period[1] if self.cleaned_data["clock"] == BOOKED else None
        first, position = log.find_first_positions(since, end), log.position
        limits = {f"{position}__gte": first.get(since), f"{position}__lt": first.get(end)}
        rows = rows.filter(**{name: value for name, value in limits.items() if value is not None})
        if not conditions:
            return rows
        positions = rows.order_by(f"-{position}").values_list(position, flat=True)
        older = list(positions[self.max_rows : self.max_rows + 1])
        self.is_cut = bool(older)
        return rows.filter(**conditions, **({f"{position}__gt": older[0]} if older else {}))


def find_user(text: str) -> User | None:
    """Return the user, or None for an empty text. Raise ValidationError if there is no such user."""
    if not text:
        return None
    pk = parse_id(text)
    by_id = User.objects.filter(pk=pk).first() if pk is not None else None
    if (user := by_id or User.objects.named(text).first()) is None:
        raise ValidationError("There is no such user.")
    return user  # type: ignore[no-any-return]


class MovementFilterForm(OperationFilterForm):
    product = text_field("Product", "Id, SKU or barcode")
    operation = StrictIntegerField(label="Operation", help_text="Id", required=False)

    def clean_product(self) -> Product | None:
        """Return the account's product. An archived one is found by its id alone."""
        text = self.cleaned_data["product"]
        if not text or self.account is None:
            return None
        products = Product.objects.filter(owner_id=self.account.pk)
        by_id = products.filter(pk=parse_id(text) or 0).first()
        return by_id or products.get(pk=PRODUCTS.find(self.account, text))

    def filter_rows(self, rows: QuerySet) -> QuerySet:
        if self.account is None:
            return rows
        rows, owner_id, product = rows.filter(owner_id=self.account.pk), self.account.pk, self.cleaned_data["product"]
        rows = rows.filter(product_id=product.pk) if product else rows
        conditions = {f"operation__{name}": value for name, value in self.build_conditions().items()}
        operation, reference = self.cleaned_data["operation"], self.cleaned_data["reference"]
        if operation or reference:
            found = [operation] if operation else list_newest(self.account, reference)
            return rows.filter(operation_id__in=found, **conditions)
        log = get_product_log(owner_id, product.pk) if product else get_movement_log(owner_id)
        return self.filter_range(rows, log, conditions)


def list_newest(owner: User, reference: str) -> list[int]:
    found = Operation.objects.filter(owner_id=owner.pk, reference=reference).exclude(reference="").order_by("-id")
    return list(found.values_list("pk", flat=True)[:MAX_OPERATIONS_FOUND])


class ReverseForm(forms.Form):
    """The reason of a reversal, which becomes its note, and its reference. The API's serializer validates both."""

    note = forms.CharField(
        label="Reason",
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="The account sees it as the note of the reversal.",
    )
    reference = forms.CharField(
        max_length=MAX_REFERENCE_LENGTH, required=False, help_text="The number of a ticket or letter, if there is one."
    )

    archive_created = forms.BooleanField(
        required=False, help_text="Also archive what an import has created, if nothing else uses it."
    )

    def clean(self) -> dict[str, Any]:
        remarks = ReverseSerializer(data=self.data)
        if remarks.is_valid():
            return get_reversal_remarks(remarks.validated_data)
        for name, errors in remarks.errors.items():
            self.add_error(name, list(errors))
        return self.cleaned_data
