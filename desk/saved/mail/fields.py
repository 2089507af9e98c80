"""The field `mail` of a view."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import ChoiceField, WholeNumberField
from core.serializers import CachedFieldsSerializer
from desk.saved.mail.due import MONTH_DAYS, WEEKDAYS
from desk.saved.models import HOURS, MAIL_FIELDS, MAX_DAY_LENGTH, MailFormat, SavedView


@extend_schema_field({"type": "string", "maxLength": MAX_DAY_LENGTH})
class WordField(ChoiceField):
    """A choice that the schema has as text: generated clients name constants by values, which other fields have."""


class MailSerializer(CachedFieldsSerializer):
    """When a view is mailed to its user, and as which file. Null without mail."""

    days = serializers.ListField(
        source="mail_days", child=WordField(choices=[*WEEKDAYS, *MONTH_DAYS]),
        help_text="Days of the week, mon to sun, and of the month, 1 to 28 and last: one mail on each. None: no mail.",
    )  # fmt: skip
    hour = WholeNumberField(
        source="mail_hour",
        min_value=HOURS[0],
        max_value=HOURS[1],
        default=7,
        help_text="In the time zone of the shop.",
    )
    format = WordField(
        source="mail_format", choices=MailFormat.choices, default=MailFormat.XLSX,
        help_text="The attached file: xlsx, csv, or text, which is none. The text of each mail has the first 20 rows.",
    )  # fmt: skip
    when_empty = serializers.BooleanField(
        source="mail_when_empty", default=False, help_text="Whether a mail without rows is sent, too."
    )

    def to_representation(self, view: SavedView) -> Any:
        return None if view.mail_days is None else super().to_representation(view)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the values of the view's fields, each None without mail. A PATCH keeps the parts that it omits."""
        if data is serializers.empty:
            return super().run_validation(data)
        view = self.parent.instance
        kept = view is not None and self.parent.partial and self.to_representation(view)
        whole = MailSerializer()  # without a parent, whose request may be partial
        if data is not None:
            data = super(MailSerializer, whole).run_validation({**(kept or {}), **data} if type(data) is dict else data)
        return data if data and data["mail_days"] else dict.fromkeys(MAIL_FIELDS)

    def validate_days(self, days: list[str]) -> list[str]:
        return list(dict.fromkeys(days))
