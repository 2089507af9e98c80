"""The body of a request for labels, and the response to a scanned code."""

from typing import Any

from rest_framework import serializers

from core.fields import AmountField, AmountOf, ChoiceField, QuantityField, TextField
from core.sentences import fill
from core.serializers import CachedFieldsSerializer, example
from core.translation import gettext_noop
from products.codes.reading.scanning import MATCHES
from products.models import MAX_FIELDS, MAX_KEY_LENGTH
from products.serializers import ProductSerializer
from stock.line_fields import LinesField, LotField, ProductReferenceSerializer
from stock.places.serializers import LotMovementSerializer, LotSerializer
from trade.labels.drawing.labels import MAX_LABELS, LabelLine
from trade.selling.fields import make_goods_fields
from trade.selling.goods import list_kinds
from users.models import LABEL_CODES, LABEL_SIZES

ZPL = "zpl"
LABEL_FORMATS = ("svg", ZPL)
SHEET_FORMATS = (*LABEL_FORMATS, "html")


class LabelLineSerializer(ProductReferenceSerializer):
    """A product, a lot of it, or a kit, and how many labels of it to print."""

    names_goods = True
    vars().update(make_goods_fields("In place of a product: the id of a {kind}."))
    lot = LotField(help_text="The code of a lot of the product.")
    copies = QuantityField(min_value=1, max_value=MAX_LABELS, default=1)

    @staticmethod
    def make_line(values: dict[str, Any]) -> LabelLine:
        return LabelLine(values["product_reference"], values.get("lot") or None, values["copies"])


@example(lines=[{"product": 1, "copies": 2}, {"sku": "TEA-EARL", "copies": 10}], size="57x32", format="svg")
class LabelsSerializer(CachedFieldsSerializer):
    """1 to 500 labels, all of one size."""

    lines = LinesField(LabelLineSerializer, max_length=MAX_LABELS)
    format = ChoiceField(
        choices=SHEET_FORMATS,
        default="svg",
        initial="html",
        help_text="`svg`: a sheet as wide as A4. `html`: a page to print. `zpl`: for a label printer.",
    )
    code = ChoiceField(
        choices=LABEL_CODES,
        default=LABEL_CODES[0],
        initial=LABEL_CODES[0],
        help_text="`qr`: a QR code. `barcode`: a code of lines. `auto`: lines for an EAN, otherwise a QR code.",
    )
    size = ChoiceField(
        choices=LABEL_SIZES,
        default=LABEL_SIZES[0],
        initial=LABEL_SIZES[0],
        help_text="Width and height in millimetres.",
    )
    options = serializers.BooleanField(default=False, help_text="Also print the options of variants: `M / red`.")
    fields = serializers.ListField(  # type: ignore[assignment]  # as in ProductSerializer
        child=TextField(max_length=MAX_KEY_LENGTH),
        max_length=MAX_FIELDS,
        default=list,
        help_text="Keys of the shop's own fields. Labels have a line for each of them that the product has a value of.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError if these are too many labels."""
        total = sum(line.copies for line in attrs["lines"].valid)
        if total > MAX_LABELS:
            text = gettext_noop("At most {limit} labels at once; these are {number:,}.")
            raise serializers.ValidationError({"lines": [fill(text, limit=MAX_LABELS, number=total)]})
        return attrs


class GS1Serializer(CachedFieldsSerializer):
    """The GS1 data of a scanned code. A field that the code does not have is null."""

    gtin = serializers.CharField(allow_null=True, help_text="The number of the article, as 14 digits.")
    lot = serializers.CharField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True, help_text="Use by; without it, best before.")
    serial = serializers.CharField(allow_null=True)


class ScannedAmount(AmountOf):
    """The amount that the code of a product stands for. Kits have none."""

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) if instance["product"] else None


class ScanSerializer(CachedFieldsSerializer):
    """The product or the kit that a scanned code names."""

    product = ProductSerializer(allow_null=True, help_text="Null for a kit.")
    vars().update(
        {
            kind.name: kind.serializer(allow_null=True, help_text=f"The {kind.name} that has the code, else null.")
            for kind in list_kinds()
        }
    )
    matched = serializers.CharField(
        help_text=f"One of {', '.join(MATCHES)}. What the code is: the barcode, the SKU, a further code, a GTIN that"
        " equals the barcode as a number of 14 digits, or a GTIN with a `lot` that the shop has.",
    )
    quantity = serializers.IntegerField(
        allow_null=True,
        help_text="The base units that the code stands for. Null: it does not say how much. Nothing books it.",
    )
    amount = ScannedAmount("quantity", "product.decimals")
    total_price = AmountField(
        max_digits=12, decimal_places=2, allow_null=True, help_text="The price in the code of a scale, of all of it."
    )
    gs1 = GS1Serializer(allow_null=True, help_text="Null if the code is not GS1 data from its beginning to its end.")
    lot = LotSerializer(allow_null=True, help_text="The lot of the product that the code names, if the shop has it.")
    last_out = LotMovementSerializer(
        allow_null=True, help_text="If nothing of the lot is left: the last movement that took something out of it."
    )


def describe_gs1(found: Any) -> dict[str, Any] | None:
    """Return the GS1 data of the code as the API shows it."""
    return dict(GS1Serializer(found).data) if found else None
