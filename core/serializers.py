"""Base classes of all serializers, the fields of prices, and example bodies for the schema and the forms."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html
from rest_framework.utils.serializer_helpers import BindingDict

from core import fields as core_fields
from core.fields import ChoiceField, CostField, MoneyField, OwnedRelatedField, WholeNumberField
from core.model_fields import CodeColumn, CodeField
from core.money.amounts import MAX_PRICE
from core.ownership import save_fields
from core.sentences import fill

REQUEST_ARGUMENTS = frozenset({"context", "partial"})  # the arguments of a serializer that a view creates for a request


class LinesOrListSerializer(serializers.ListSerializer):
    """A list in JSON. In a form it is a text, of which `parse_lines` makes the list."""

    parse_lines: Callable[[str], list[dict[str, Any]]]

    def get_value(self, dictionary: Any) -> Any:
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        text = dictionary.get(self.field_name, empty)
        return self.parse_lines(text) if isinstance(text, str) else text


class CachedFieldsSerializer(serializers.Serializer):
    """A serializer that builds its fields once per class, not for each instance, and copies those in use (ADR 10)."""

    given: dict[str, Any] | None = None  # the JSON body that is validated, or None for a form

    def __init__(self, instance: Any = None, data: Any = empty, **kwargs: Any) -> None:
        """Initialise the serializer of a request with attributes that were computed once for its class (ADR 10)."""
        if "context" not in kwargs or not kwargs.keys() <= REQUEST_ARGUMENTS:
            super().__init__(instance, data, **kwargs)
            return
        vars(self).update(self.get_initial_attributes())
        self.instance, self._context, self.partial = instance, kwargs["context"], kwargs.get("partial", False)
        if data is not empty:
            self.initial_data = data

    @classmethod
    @cache
    def get_initial_attributes(cls) -> dict[str, Any]:
        """Return the attributes that REST framework's `__init__` sets without arguments."""
        blank = object.__new__(cls)
        serializers.BaseSerializer.__init__(blank)
        return vars(blank)

    def to_internal_value(self, data: Any) -> Any:
        """Return the values of the body. Optional fields that the body omits are not validated."""
        self.given = data if type(data) is dict else None  # an omitted field of a form may mean false
        # A JSON body whose values the fields would return unchanged is returned at once (ADR 10).
        return dict(data) if self.given is not None and self.is_plain(data) else super().to_internal_value(data)

    @classmethod
    def is_plain(cls, data: dict[str, Any]) -> bool:
        """Return whether the body has all required fields, and only values that its fields would return unchanged."""
        checks, required_names = cls.find_plain_checks()
        for name, value in data.items():
            if name not in checks or not checks[name](value):
                return False
        return data.keys() >= required_names

    @classmethod
    @cache
    def find_plain_checks(cls) -> tuple[dict[str, Callable[[Any], bool]], set[str]]:
        """Return the checks of fields by name, and the names of the fields that a body must have."""
        fields = {name: field for name, field in cls.get_prototypes().items() if not field.read_only}
        checks = {
            name: check
            for name, field in fields.items()
            if field.source == name and not hasattr(cls, f"validate_{name}") and (check := find_plain_check(field))
        }
        return checks, {name for name, field in fields.items() if field.required or field.default is not empty}

    def run_validators(self, value: Any) -> None:
        """Run the validators, if there are any. REST framework would first compute defaults for them."""
        if self.validators:
            super().run_validators(value)

    @cached_property
    def fields(self) -> "FieldsOnUse":
        return FieldsOnUse(self, self.get_prototypes())

    @property
    def _writable_fields(self) -> list[serializers.Field]:
        given = self.given
        return [
            self.fields[name]
            for name, field in self.fields.prototypes.items()
            if not field.read_only and (given is None or name in given or field.required or field.default is not empty)
        ]

    @classmethod
    @cache
    def get_prototypes(cls) -> dict[str, serializers.Field]:
        """Return the fields of the class, bound to an instance of it that has no data."""
        blank = cls()
        bound = BindingDict(blank)
        bound.update(blank.get_fields())
        for field in bound.fields.values():
            if not isinstance(field, serializers.BaseSerializer):
                field.validators  # noqa: B018, the first access collects them
        return bound.fields


class FieldsOnUse(BindingDict):
    """The fields of a serializer. Each is copied from its prototype when it is first used: a body names few of them."""

    def __init__(self, serializer: Any, prototypes: dict[str, serializers.Field]) -> None:
        super().__init__(serializer)
        self.prototypes = prototypes

    def __getitem__(self, name: str) -> serializers.Field:
        field = self.fields.get(name)
        if field is None:
            field = self.fields[name] = copy_field(self.prototypes[name], self.serializer)
        return field

    def __iter__(self) -> Iterator[str]:  # type: ignore[override] # a wrong stub: these are the names
        return iter(self.prototypes)

    def __len__(self) -> int:
        return len(self.prototypes)

    def __setitem__(self, name: str, *_: serializers.Field) -> None:
        raise TypeError("The fields of a class are the same for each request.")

    __delitem__ = __setitem__


def copy_field(field: serializers.Field, parent: Any) -> serializers.Field:
    """Return a copy of a bound field, with a copy of its child, for another parent."""
    copy: Any = object.__new__(type(field))
    vars(copy).update(vars(field), parent=parent)
    if child := getattr(field, "child", None):
        copy.child = copy_field(child, copy)
    return copy  # type: ignore[no-any-return]


def find_plain_check(field: Any) -> Callable[[Any], bool] | None:
    """Return a check that holds only for values that the field returns unchanged. Return None for other fields."""
    if isinstance(field, WholeNumberField) and field.min_value is not None and field.max_value is not None:
        allowed = range(field.min_value, field.max_value + 1)
        return lambda value: type(value) is int and value in allowed
    if isinstance(field, ChoiceField):
        words = {word for word, choice in field.choice_strings_to_values.items() if word == choice}
        return lambda value: type(value) is str and value in words
    return None


class CleanModelSerializer(CachedFieldsSerializer, serializers.ModelSerializer):
    """REST framework's ModelSerializer with clean text. An update saves only the fields that were sent."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: core_fields.TextField,
        CodeColumn: CodeField,
        models.DateField: core_fields.DateField,
        models.EmailField: core_fields.EmailField,
        models.TextField: core_fields.LongTextField,
    }

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Leave out the labels of the model, which are for pages: the schema would have them as titles."""
        kwargs.pop("label", None)
        return super().include_extra_kwargs(kwargs, extra_kwargs)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        save_fields(instance, validated_data)
        return instance


class OwnedSerializer(CleanModelSerializer):
    """The serializer of a row of the caller's account. It accepts links only to rows of the same account."""

    serializer_related_field = OwnedRelatedField


class EmptySerializer(CachedFieldsSerializer):
    """A body without fields, for actions that take none."""


def describe_list_errors(detail: Any) -> Iterator[str]:
    """Yield the texts of the errors of a list. The error of a row begins with the row's number in the list."""
    for index, errors in detail.items():
        if isinstance(errors, list):  # an error of the whole list
            yield from errors
        else:
            texts = (text for found in errors.values() for text in found)
            yield from (fill("Code {number}: {error}", number=index + 1, error=text) for text in texts)


@cache
def make_units_serializer(component: str, *names: str) -> Any:
    help_text = "An amount in this unit, with as many decimals as its products have."
    amounts = {name: serializers.CharField(help_text=help_text) for name in names}
    return type(component, (CachedFieldsSerializer,), {"unit": serializers.CharField(), **amounts})


def make_units_field(component: str, *names: str, **options: Any) -> Any:
    """Return the field `by_unit`: the sums with these names, by unit. `component` is its name in the schema."""
    entry = make_units_serializer(component, *names)
    return entry(many=True, **{"help_text": "The sums of products with the same unit.", **options})


def example(**body: Any) -> Callable[[Any], Any]:
    """Return a decorator that gives a serializer its example body."""

    def decorate(serializer_class: Any) -> Any:
        serializer_class.example_body = body
        shown = OpenApiExample("Example", body, request_only=True)
        return extend_schema_serializer(examples=[shown])(serializer_class)

    return decorate


class UnitSerializer(CachedFieldsSerializer):
    """The unit of a product, and how many decimals an amount of it has."""

    unit = serializers.CharField()
    decimals = serializers.IntegerField(help_text="Quantities are amounts times 10 to this power: 3 for kilograms.")

    last: ClassVar[tuple[str, ...]] = ("unit", "decimals")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the `last` ones at the end, as in the statements."""
        fields = super().get_fields()
        return {name: fields[name] for name in (*(one for one in fields if one not in self.last), *self.last)}


PRICE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "min_value": 0, "max_value": MAX_PRICE}


class PriceField(MoneyField):
    """An amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**PRICE, **kwargs)


class CostPriceField(CostField):
    """What one unit costs the shop: an amount of money with two places, null for workers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**PRICE, **kwargs)
