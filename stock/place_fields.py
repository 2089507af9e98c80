"""The fields of a line that name a place: a location and a lot."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import MAX_ID, DateField, TextField, WholeNumberField
from core.serializers import CachedFieldsSerializer
from places.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH
from stock.drafts import PlaceReference
from stock.models import MovementType
from stock.page_forms import OMITTED

LOCATION_DESCRIPTION = (
    "The id of a location (an integer), or its name (text), ignoring case. By default none: stock that comes in is not"
    " held anywhere, and stock that goes out is taken in the order of the documentation."
)


# Without a type: client generators fail on a union of two types.
@extend_schema_field({"description": LOCATION_DESCRIPTION, "nullable": True})
class LocationField(serializers.Field):
    """A location by its id or its name. The service finds it, under the lock of the products."""

    default_error_messages = {"invalid": "Enter the id or the name of a location."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)
        self.id_field = WholeNumberField(min_value=1, max_value=MAX_ID)
        self.name_field = TextField(max_length=MAX_NAME_LENGTH, allow_blank=True)

    def to_internal_value(self, data: Any) -> int | str | None:
        """Return the id or the name; None for a blank text. A number in a form is an id."""
        is_form = isinstance(getattr(self.root, "initial_data", None), QueryDict)
        if isinstance(data, str) and not (is_form and data.isascii() and data.isdigit()):
            name: str = self.name_field.run_validation(data)
            return name or None
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            self.fail("invalid")
        number: int = self.id_field.run_validation(data)
        return number


class LotField(TextField):
    """The code of a lot, ignoring case. Blank or null for none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, max_length=MAX_CODE_LENGTH, **kwargs)


class PlaceSerializer(CachedFieldsSerializer):
    """The place of a line: a location, a lot, or both."""

    location = LocationField(required=False, style=OMITTED)
    lot = LotField(
        help_text="The code of a lot, ignoring case. A new one is made by stock that comes in.", style=OMITTED
    )
    expires_on = DateField(
        required=False,
        allow_null=True,
        help_text="The date of a new lot. Of a known one, the same date.",
        style=OMITTED,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("expires_on") and not attrs.get("lot"):
            raise serializers.ValidationError({"expires_on": ["Give the `lot` that expires on this date."]})
        if attrs.get("expires_on") and attrs.get("movement_type") == MovementType.OUT:
            raise serializers.ValidationError({"expires_on": ["Only stock that comes in gives a lot its date."]})
        return attrs


def make_place(values: dict[str, Any]) -> PlaceReference | None:
    """Return the place that the values of a line name, or None."""
    location, lot = values.get("location"), values.get("lot")
    if location is None and not lot:
        return None
    return PlaceReference(location, lot or None, values.get("expires_on"))
