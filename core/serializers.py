"""Base classes of all serializers."""

from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.fields import empty

from core.fields import DateField, EmailField, LongTextField, OwnedRelatedField, TextField
from core.ownership import save_fields

REQUEST_ARGUMENTS = frozenset({"context", "partial"})  # those of a serializer that a view creates for its request


class CachedFieldsSerializer(serializers.Serializer):
    """Builds its fields once per class and copies them for each instance. Does the same with its own attributes.

    REST framework builds them for each instance, which for a small body takes several times as long as the validation.
    """

    initial_attributes: ClassVar[dict[str, Any]]
    given: dict[str, Any] | None = None  # the body in JSON that is read

    def __init__(self, instance: Any = None, data: Any = empty, **kwargs: Any) -> None:
        """Initialise the serializer of a request with attributes that were computed once for its class.

        REST framework initialises a serializer that is declared as a field. Its `__init__` increments a counter of the
        class Field. Whenever a class changes, Python discards what it has cached about the attributes of this class and
        of its subclasses.
        """
        if "context" not in kwargs or not kwargs.keys() <= REQUEST_ARGUMENTS:
            super().__init__(instance, data, **kwargs)
            return
        vars(self).update(self.get_initial_attributes())
        self.instance, self._context, self.partial = instance, kwargs["context"], kwargs.get("partial", False)
        if data is not empty:
            self.initial_data = data

    @classmethod
    def get_initial_attributes(cls) -> dict[str, Any]:
        """Return what REST framework's `__init__` sets without arguments."""
        if "initial_attributes" not in vars(cls):
            blank = object.__new__(cls)
            serializers.BaseSerializer.__init__(blank)
            cls.initial_attributes = vars(blank)
        return cls.initial_attributes

    def to_internal_value(self, data: Any) -> Any:
        """Return the values of the body. Fields that it leaves out, and may leave out, are not validated."""
        self.given = data if type(data) is dict else None  # in a form, a field that is left out may mean false
        return super().to_internal_value(data)

    @property
    def _writable_fields(self) -> list[serializers.Field]:
        given = self.given
        return [
            field
            for field in super()._writable_fields
            if given is None or field.field_name in given or field.required or field.default is not empty
        ]

    def get_fields(self) -> dict[str, serializers.Field]:
        cls: Any = type(self)
        if "cached_fields" not in vars(cls):
            cls.cached_fields = super().get_fields()
        return {name: copy_field(field) for name, field in cls.cached_fields.items()}


def copy_field(field: serializers.Field) -> serializers.Field:
    """Return a copy that can be bound to another serializer, with a copy of its child."""
    copy: Any = type(field).__new__(type(field))
    vars(copy).update(vars(field))
    if child := getattr(field, "child", None):
        copy.child = copy_field(child)
        copy.child.parent = copy
    return copy  # type: ignore[no-any-return]


class CleanModelSerializer(CachedFieldsSerializer, serializers.ModelSerializer):
    """REST framework's ModelSerializer with clean text. An update saves only the fields that were sent."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.DateField: DateField,
        models.EmailField: EmailField,
        models.TextField: LongTextField,
    }

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        save_fields(instance, validated_data)
        return instance


class OwnedSerializer(CleanModelSerializer):
    """The serializer of a row of the caller's account. It accepts links only to rows of the same account."""

    serializer_related_field = OwnedRelatedField


class EmptySerializer(CachedFieldsSerializer):
    """A body without fields, for actions that take none."""
