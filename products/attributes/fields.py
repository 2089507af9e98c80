"""Serializer fields of a product's profile: group and options, own fields, tags, metadata, picture.

In forms, the values of an object have names such as `options.size`, and tags are a text with commas.
"""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils import html

from core import model_fields
from core.fields import OwnedRelatedField, PartMixin, TextField
from products.models import MAX_AXIS_LENGTH, MAX_CHOICE_LENGTH, MAX_TAG_LENGTH, MAX_TAGS, MAX_VALUE_LENGTH, Group

TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
TAGS: dict[str, Any] = {
    "type": "array", "items": {"type": "string", "maxLength": MAX_TAG_LENGTH}, "maxItems": MAX_TAGS,
    "example": ["new"],
}  # fmt: skip


class GroupField(PartMixin, OwnedRelatedField):
    """The group of a variant by id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Group.objects.live(), allow_null=True, required=False, **kwargs)

    def use_pk_only_optimization(self) -> bool:
        return False

    def to_representation(self, value: Any) -> Any:
        """Return the id, also of a group that a form lists as a choice."""
        return getattr(value, "pk", value)


class ObjectField(PartMixin, serializers.DictField):
    """An object of scalars by key. A subclass checks the keys and the values."""

    absent: Any = {}
    max_key_length = MAX_AXIS_LENGTH

    def get_value(self, dictionary: Any) -> Any:
        """Return the object, of a form the values whose names begin with that of the field."""
        if not html.is_html_input(dictionary) or self.field_name in dictionary:
            return dictionary.get(self.field_name, serializers.empty)
        return html.parse_html_dict(dictionary, prefix=str(self.field_name)).dict() or serializers.empty

    def run_child_validation(self, data: Any) -> Any:
        """Return the clean keys with their values. An empty value counts as null."""
        key = TextField(max_length=self.max_key_length)
        read = super().run_child_validation(data)  # raises the errors of values
        return {key.run_validation(name): None if value == "" else value for name, value in read.items()}


@extend_schema_field({**TEXTS, "example": {"size": "M"}})
class OptionsField(ObjectField):
    """The value of each axis of the group. Null or an empty text leaves an axis out."""

    child = TextField(max_length=MAX_VALUE_LENGTH, allow_null=True, allow_blank=True)

    def get_value(self, dictionary: Any) -> Any:
        """Return the options. A form that removes the product from its group still has the inputs of its options."""
        leaves_group = html.is_html_input(dictionary) and dictionary.get("group") == ""
        return serializers.empty if leaves_group else super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        return {axis: value for axis, value in super().to_internal_value(data).items() if value is not None}


@extend_schema_field({**TEXTS, "example": {"red": "crimson"}})
class RenameField(OptionsField):
    """New names by the present ones. Null or an empty text leaves a name out."""

    child = TextField(max_length=MAX_CHOICE_LENGTH, allow_null=True, allow_blank=True)
    max_key_length = MAX_CHOICE_LENGTH


class ScalarField(serializers.Field):
    """A text, a number or a flag. The type of the own field decides which of them it has to be."""

    default_error_messages = {"invalid": gettext_lazy("Enter a text, a number, true, false or null.")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | int | float | bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


OWN_FIELDS = {"type": "object", "additionalProperties": {}, "example": {"brand": "Acme"}}


@extend_schema_field(OWN_FIELDS)
class OwnFieldsField(ObjectField):
    """The values of the shop's own fields, by key."""

    child = ScalarField(allow_null=True)


class MetadataField(PartMixin, model_fields.MetadataField):
    absent: Any = {}


class TagsField(PartMixin, serializers.Field):
    """A list of tags, which replaces the present ones, or an object of those to `add` and to `remove`."""

    absent: Any = []
    default_error_messages = {
        "invalid": gettext_lazy("Send a list of tags, or an object with lists of tags to add and to remove."),
        "comma": gettext_lazy("A tag has no comma."),
    }

    def get_value(self, dictionary: Any) -> Any:
        """Return the list or the object, of a form the tags of its text, which has commas between them."""
        value = super().get_value(dictionary)
        if isinstance(value, str) and html.is_html_input(dictionary):
            return [tag for tag in value.split(",") if tag.strip()]
        return value

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and data and data.keys() <= {"add", "remove"}:
            return {name: self.read_tags(tags) for name, tags in data.items()}
        return self.read_tags(data)

    def read_tags(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("invalid")
        tag = TextField(max_length=MAX_TAG_LENGTH)
        tags = [tag.run_validation(one) for one in data]
        if any("," in one for one in tags):
            self.fail("comma")
        return tags

    def to_representation(self, value: Any) -> Any:
        return value


class TagsFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The schema of TagsField: a list or an object in requests, a list in responses."""

    target_class = TagsField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        # The schema of a request has no type, because client generators fail on a union of two types.
        return TAGS if direction == "response" else {"description": str(self.target.help_text), "example": ["new"]}


class PartField(PartMixin, serializers.CharField):
    """A text of the profile that a request does not set."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)
