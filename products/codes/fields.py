"""The further codes of a product.

They are a list in JSON, and lines such as `4006381333948 = 12` in forms and files.
"""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import QuantityField
from core.model_fields import CodeField
from core.serializers import CachedFieldsSerializer, LinesOrListSerializer, describe_list_errors, example
from core.texts.cleaning import fold_case
from products.codes.services import parse_codes, write_codes
from products.models import MAX_CODE_LENGTH, MAX_CODES


class CodeListSerializer(LinesOrListSerializer):
    """The codes of a product. All of them differ, ignoring case."""

    parse_lines = staticmethod(parse_codes)
    default_error_messages = {"twice": gettext_lazy('"{code}" is in the list twice.')}

    def to_internal_value(self, data: Any) -> Any:
        """Return the codes. Raise ValidationError with a text for each wrong code."""
        try:
            codes = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError([*describe_list_errors(error.detail)]) from None
        found = set()
        for row in codes:
            if (code := fold_case(row["code"])) in found:
                self.fail("twice", code=row["code"])
            found.add(code)
        return codes

    def run_child_validation(self, data: Any) -> Any:
        """Validate the code as a whole even in a PATCH of the product, because it replaces all codes of the product."""
        return CodeSerializer().run_validation(data)


class CodesTextField(serializers.Field):
    """The codes of a product as the text of a cell."""

    def to_internal_value(self, data: Any) -> str:
        """Return the valid text. Raise ValidationError."""
        codes: Any = CodeSerializer(many=True, max_length=MAX_CODES)  # `max_length` is the limit of the list
        return write_codes(codes.run_validation(parse_codes(str(data))))


@example(code="4006381333948", quantity=12)
class CodeSerializer(CachedFieldsSerializer):
    """A further code of a product, and how many units it stands for."""

    code = CodeField(max_length=MAX_CODE_LENGTH)
    quantity = QuantityField(min_value=1, default=1)

    class Meta:
        list_serializer_class = CodeListSerializer
