"""The fields of a line that name a place: a location and a lot."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import MAX_ID, DateField, TextField, WholeNumberField
from core.serializers import CachedFieldsSerializer
from stock.booking.drafts import PlaceReference
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH, MovementType
from stock.places.look_ups import BOOKED_LOCATIONS

LOCATION_DESCRIPTION = (
    "The id of a location (an integer), or its name (text), ignoring case. By default none: stock that comes in is not"
    " held anywhere, and stock that goes out is taken in the order of the documentation."
)


# The schema gives no type, because client generators fail on a union of two types.
@extend_schema_field({"description": LOCATION_DESCRIPTION, "nullable": True})
class LocationField(serializers.Field):
    """A location by its id or its name. The service looks it up while the products are locked."""

    look_up = BOOKED_LOCATIONS
    default_error_messages = {"invalid": "Enter the id or the name of a location."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)
        self.id_field = WholeNumberField(min_value=1, max_value=MAX_ID)
        self.name_field = TextField(max_length=MAX_NAME_LENGTH, allow_blank=True)

    def to_internal_value(self, data: Any) -> int | str | None:
        """Return the id or the name, or None for a blank text."""
        if isinstance(data, str) and not self.is_id(data):
            name: str = self.name_field.run_validation(data)
            return name or None
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            self.fail("invalid")
        number: int = self.id_field.run_validation(data)
        return number

    def is_id(self, text: str) -> bool:
        """Return whether the text is an id. A number in a form is an id unless a location has it as its name."""
        if not isinstance(getattr(self.root, "initial_data", None), QueryDict):
            return False
        is_number = text.isascii() and text.isdigit()
        return is_number and not self.look_up.has_name(self.context["request"].user, text)


class LotField(TextField):
    """The code of a lot, ignoring case. A blank text or null means no lot."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, max_length=MAX_CODE_LENGTH, **kwargs)


class LotDateField(DateField):
    """The date on which a lot expires."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)


class PlaceSerializer(CachedFieldsSerializer):
    """The place of a line: a location, a lot, or both."""

    location = LocationField(required=False)
    lot = LotField(help_text="The code of a lot, ignoring case. Stock that comes in creates an unknown lot.")
    expires_on = LotDateField(help_text="The date of a new lot. For a known lot, the date that it has.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with those of the place at the end: a form asks for the product and the quantity first."""
        fields = super().get_fields()
        places = {name: fields.pop(name) for name in ("location", "lot", "expires_on")}
        return {**fields, **places}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("expires_on") and not attrs.get("lot"):
            raise serializers.ValidationError({"expires_on": ["Give the `lot` that expires on this date."]})
        if attrs.get("expires_on") and attrs.get("movement_type") == MovementType.OUT:
            raise serializers.ValidationError({"expires_on": ["Only stock that comes in gives a lot its date."]})
        return attrs


def make_place(values: dict[str, Any]) -> PlaceReference | None:
    """Return the place that the values of a line name, or None if they name no place."""
    location, lot = values.get("location"), values.get("lot")
    if location is None and not lot:
        return None
    return PlaceReference(location, lot or None, values.get("expires_on"))
