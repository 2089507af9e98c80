"""The goods and the money of a sale in a body: what a line names, its price, a discount, payments; and tiles."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.settings import api_settings

from core.fields import AmountField, ChoiceField, IdField, MoneyField, WholeNumberField
from core.kinds import MAX_ID
from core.serializers import CachedFieldsSerializer
from products.models import Product
from stock.booking.drafts import Discount
from trade.selling.goods import list_kinds
from trade.selling.payments.serializers import PaymentsField
from users.hooks import AccountField
from users.models import MAX_TILES


def make_goods_fields(help_text: str, *, has_parts: bool = False) -> dict[str, serializers.Field]:
    """Return the fields with which a line names goods with parts, in place of a product: the id of each kind.

    `{kind}` in the text is the name of the kind. With `has_parts`, a line may have others than the usual ones.
    """
    fields: dict[str, serializers.Field] = {}
    for kind in list_kinds():
        fields[kind.name] = IdField(required=False, help_text=help_text.format(kind=kind.name))
        fields |= kind.make_own_fields() if has_parts else {}
    return fields


class PriceOfLineField(MoneyField):
    """What a whole line is sold for: an amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line is sold for, in place of `unit_price`.", **kwargs,
        )  # fmt: skip


class DiscountSerializer(CachedFieldsSerializer):
    """A discount of a whole sale: in percent of its sum, or an amount."""

    percent = AmountField(max_digits=5, decimal_places=2, max_value=100, min_value=0, required=False, allow_null=True)
    amount = MoneyField(max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the discount. Raise ValidationError with a list of texts, as other fields do."""
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            own = api_settings.NON_FIELD_ERRORS_KEY
            texts = [text if name == own else f"{name}: {text}" for name, found in detail.items() for text in found]
            raise serializers.ValidationError(texts) from None

    def validate(self, attrs: dict[str, Any]) -> Any:
        given = {name: value for name, value in attrs.items() if value is not None}
        if len(given) != 1:
            raise serializers.ValidationError(_("Give either percent or amount."))
        return Discount(**given)


class MoneyOfSaleSerializer(CachedFieldsSerializer):
    """The money of a sale in the body that books it. How it is paid is one value, `received`."""

    discount = DiscountSerializer(
        required=False,
        allow_null=True,
        help_text="Of a sale. It is shared over the lines, and taken from the `total` of each.",
    )
    payments = PaymentsField(
        source="received.payments", help_text="What was received for a sale: at most what it was sold for."
    )
    payment = ChoiceField(
        source="received.later", choices=["later"], required=False,
        help_text="What is not paid is `due`. Without payments and a customer, it is so only with this.",
    )  # fmt: skip


@extend_schema_serializer(extensions={"x-optional-fields": ["product", *(kind.name for kind in list_kinds())]})
class TileSerializer(CachedFieldsSerializer):
    """A tile: a product or a kit."""

    product = WholeNumberField(required=False, min_value=1, max_value=MAX_ID)
    vars().update({kind.name: WholeNumberField(required=False, min_value=1, max_value=MAX_ID) for kind in list_kinds()})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError unless it names a live row of the shop, or is a tile already: that may be archived."""
        user = self.context["request"].user
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give either product or kit."))
        if attrs in user.shop_owner.tiles:
            return attrs
        models: dict[str, Any] = {"product": Product, **{kind.name: kind.model for kind in list_kinds()}}
        for name, model in models.items():
            if name in attrs and not model.objects.for_user(user).live().filter(pk=attrs[name]).exists():
                raise serializers.ValidationError({name: [_("The shop has no such row, or it is archived.")]})
        return attrs


class TilesField(serializers.ListField):
    """The tiles of those who sell, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=TileSerializer(),
            max_length=MAX_TILES,
            required=False,
            help_text="What the page Sell and the tills offer as tiles, in this order; empty: what is sold most."
            " Managers may change this, too.",
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> Any:
        tiles: list[dict[str, int]] = super().to_internal_value(data)
        for place, tile in enumerate(tiles):
            if tile in tiles[:place]:
                raise serializers.ValidationError({str(place): {name: [_("This is there twice.")] for name in tile}})
        return tiles


class TilesOfAccount(AccountField):
    name = "tiles"

    def make_field(self) -> TilesField:
        return TilesField()
