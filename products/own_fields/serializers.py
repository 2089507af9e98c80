"""The body of one of the shop's own fields."""

from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import ChoiceField, LinesField, TextField, WholeNumberField
from core.sentences import fill
from core.serializers import OwnedSerializer, example
from products.attributes.fields import RenameField
from products.models import (
    FIELD_KEY,
    MAX_CHOICE_LENGTH,
    MAX_CHOICES,
    MAX_KEY_LENGTH,
    MAX_POSITION,
    CustomField,
    FieldType,
)
from products.own_fields.services import SAME_CHOICES, find_twice

VALID_KEY = RegexValidator(rf"^{FIELD_KEY}\Z", gettext_lazy("Use 1 to 40 small letters, digits and underscores."))


@example(key="brand", label="Brand", type="text")
class FieldSerializer(OwnedSerializer):
    key = TextField(
        max_length=MAX_KEY_LENGTH, validators=[VALID_KEY], help_text="Its name for programs and files. It is fixed."
    )  # fmt: skip
    type = ChoiceField(
        choices=FieldType.choices, help_text="It is fixed, too.",
        error_messages={"invalid_choice": gettext_lazy("Choose one.")},  # people do not see the names of the types
    )  # fmt: skip
    choices = LinesField(
        child=TextField(max_length=MAX_CHOICE_LENGTH), max_length=MAX_CHOICES, required=False,
        help_text="Of a field of the type `choice`: what a product can have. Case is ignored.",
    )  # fmt: skip
    position = WholeNumberField(
        required=False, max_value=MAX_POSITION, min_value=0, help_text="Fields are shown in this order, then by id."
    )
    rename = RenameField(
        required=False, write_only=True,
        help_text='New names by those of choices: `{"red": "crimson"}`. Products that have them are changed, too.',
    )  # fmt: skip

    class Meta:
        model = CustomField
        fields = ("id", "key", "label", "type", "choices", "position", "rename", "created_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError for choices that do not fit the type, which never changes."""
        kind = self.instance.type if self.instance else attrs["type"]
        choices = attrs.get("choices", self.instance.choices if self.instance else [])
        error = ""
        if kind == FieldType.CHOICE and not choices:
            error = _("Enter at least one choice.")
        elif kind != FieldType.CHOICE and choices:
            error = _("Only a field of the type choice has choices.")
        elif twice := find_twice(choices):
            error = fill(SAME_CHOICES, choice=twice)
        if error:
            raise serializers.ValidationError({"choices": [error]})
        return attrs
