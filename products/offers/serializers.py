"""The bodies of offers."""

from rest_framework import serializers

from core.fields import AmountOf, LongTextField, OwnedRelatedField, QuantityField, TextField, WholeNumberField
from core.serializers import CachedFieldsSerializer, CostPriceField, example
from products.filing.serializers import ImportedRowsSerializer
from products.models import MAX_OFFER_NOTE_LENGTH, Offer, Product
from suppliers.look_ups import SupplierField
from suppliers.models import MAX_LEAD_DAYS


class OfferSerializer(CachedFieldsSerializer):
    """What a supplier offers a product for."""

    id = serializers.CharField(help_text="The ids of the product and of the supplier, with a hyphen between them.")
    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField()
    sku = serializers.CharField()
    supplier = serializers.IntegerField(source="supplier_id")
    supplier_name = serializers.CharField()
    is_preferred = serializers.BooleanField(
        help_text="It is the product's own: `supplier`, `supplier_sku`, `pack_size` and `cost_price` of the product."
    )
    supplier_sku = serializers.CharField()
    pack_size = serializers.IntegerField()
    pack_amount = AmountOf("pack_size", help_text="`pack_size` in the product's unit; null if it is the quantity.")
    unit = serializers.CharField()
    decimals = serializers.IntegerField()
    cost_price = CostPriceField(allow_null=True)
    min_packs = serializers.IntegerField()
    lead_days = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()


@example(cost_price="10.20", min_packs=2)
class ChangeOfferSerializer(CachedFieldsSerializer):
    """What can be changed of an offer."""

    class Meta:
        model = Offer  # forms have the labels of its fields

    supplier_sku = TextField(
        required=False, allow_blank=True, max_length=64, help_text="The supplier's own code of the product."
    )
    pack_size = QuantityField(
        required=False, min_value=1, help_text="The supplier sells whole packs of this quantity: 12 for a dozen."
    )
    cost_price = CostPriceField(required=False, allow_null=True, help_text="What one unit costs, not one pack.")
    min_packs = QuantityField(
        required=False, min_value=1, help_text="The supplier asks for at least this number of packs."
    )
    lead_days = WholeNumberField(
        required=False, allow_null=True, min_value=0, max_value=MAX_LEAD_DAYS,
        help_text="Days from an order to its delivery. Empty: those of the supplier.",
    )  # fmt: skip
    note = LongTextField(required=False, allow_blank=True, max_length=MAX_OFFER_NOTE_LENGTH)


@example(product=1, supplier=2, supplier_sku="TE-4410", pack_size=12, cost_price="10.40", min_packs=2)
class CreateOfferSerializer(ChangeOfferSerializer):
    """What a further supplier offers a product for."""

    product = OwnedRelatedField(queryset=Product.objects.live())
    supplier = SupplierField(required=True, allow_null=False)


class ImportedOfferSerializer(CachedFieldsSerializer):
    """An offer that the import created or changed, or would in case of a dry run."""

    line = serializers.IntegerField(help_text="Its line in the file.")
    offer = serializers.CharField(help_text="Its id.")
    name = serializers.CharField(help_text="The name of its product.")
    supplier_name = serializers.CharField()
    change = serializers.CharField(help_text="`created` or `updated`.")


class ImportedOffersSerializer(ImportedRowsSerializer):
    """How many offers the import created, updated and left unchanged, or would in case of a dry run."""

    offers = ImportedOfferSerializer(many=True, help_text="The first 100 that are created or changed.")
