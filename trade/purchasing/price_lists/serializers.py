"""Request and response bodies of price lists."""

from typing import Any

from rest_framework import serializers

from core.fields import SumField
from core.serializers import CachedFieldsSerializer
from products.filing import serializers as filing
from products.filing.states import VALUES
from trade.purchasing.price_lists.models import PriceList, PriceListChange, PricePer
from trade.purchasing.price_lists.services import LEAVE, REFUSE, TAKE

DOUBTFUL = (REFUSE, LEAVE, TAKE)
MAPPING = (
    "What columns with other names mean: `HEK:cost_price,Regal:` reads the first as `cost_price` and ignores the"
    " second. `=D:supplier_sku` reads the fourth column, whatever its name."
)
PRICE_PER = (
    "Whether the prices are those of a unit or of a pack. By default, it is what the name of the column says, or that"
    " of the supplier's last list."
)
DOUBTFUL_PRICES = (
    "Prices of ten times or a tenth of the present ones, and beyond: `refuse` leaves out their rows, `leave` takes all"
    " but the prices of their rows, and `take` takes them. The other rows are taken."
)
CREATE_OFFERS = "Add offers of this supplier for products of the shop that it has not offered so far."
CREATE_MISSING = (
    "Create products of the rows that no product has, if they have a name. Their price is the recommended price in the"
    " list, or 0.00 without one."
)


class OptionalChoice(filing.ImportChoiceField):
    """A choice of the form, or an empty text. It has no enum, for the reason of ImportChoiceField."""

    def __init__(self, choices: Any, help_text: str) -> None:
        serializers.ChoiceField.__init__(self, choices=choices, required=False, allow_blank=True, help_text=help_text)


class PriceListFileSerializer(filing.FileSerializer):
    """The form of a price list."""

    columns = filing.mapping_field(MAPPING)
    header = filing.HeaderField()
    price_per = OptionalChoice(PricePer.values, PRICE_PER)
    doubtful = OptionalChoice(DOUBTFUL, DOUBTFUL_PRICES)
    wrong_rows = OptionalChoice(VALUES["wrong_rows"], filing.CHOICES["wrong_rows"])
    create_offers = serializers.BooleanField(required=False, help_text=CREATE_OFFERS)
    create_missing = serializers.BooleanField(required=False, help_text=CREATE_MISSING)


class ListedChangeSerializer(CachedFieldsSerializer):
    """A field of an offer that the list changes."""

    line = serializers.IntegerField()
    product = serializers.IntegerField()
    name = serializers.CharField()
    field = serializers.CharField(help_text="One of cost_price, supplier_sku, pack_size, min_packs and lead_days.")
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)
    percent = serializers.CharField(allow_null=True, help_text="How much a price rises; null for other fields.")


class DoubtfulCostSerializer(CachedFieldsSerializer):
    """A price that is ten times or a tenth of the present one, or beyond."""

    line = serializers.IntegerField()
    product = serializers.IntegerField()
    name = serializers.CharField()
    old = SumField()
    new = SumField()
    percent = serializers.CharField()


class NotOfferedSerializer(CachedFieldsSerializer):
    """A product of the shop that the supplier has not offered so far."""

    line = serializers.IntegerField()
    product = serializers.IntegerField()
    name = serializers.CharField()
    supplier_sku = serializers.CharField()
    cost_price = SumField(allow_null=True)


class MissingOfferSerializer(CachedFieldsSerializer):
    """An offer that the list no longer has. It stays."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    supplier_sku = serializers.CharField()
    cost_price = SumField(allow_null=True)
    is_preferred = serializers.BooleanField()


class UnknownRowSerializer(CachedFieldsSerializer):
    """A row that no product has."""

    line = serializers.IntegerField()
    supplier_sku = serializers.CharField()
    barcode = serializers.CharField()
    name = serializers.CharField()
    cost_price = SumField(allow_null=True)


class TakenListSerializer(filing.FileReadingSerializer):
    """What a price list has changed, or would change. The lists have the first 100 of each kind, `totals` all."""

    dry_run = serializers.BooleanField()
    supplier = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="Of `…/price-list/{number}/`; null in a dry run.")
    price_per = serializers.CharField(allow_null=True, help_text="`unit` or `pack`; null if it does not matter.")
    changed = ListedChangeSerializer(many=True)
    unchanged = serializers.IntegerField(help_text="The number of rows that change nothing.")
    unknown = serializers.IntegerField(help_text="The number of rows that no product has.")
    unknown_rows = UnknownRowSerializer(many=True, help_text="The first rows that no product has.")
    unknown_file = serializers.CharField(allow_null=True, help_text="The address of a file of these rows.")
    not_offered = NotOfferedSerializer(many=True)
    missing = MissingOfferSerializer(many=True)
    doubtful = DoubtfulCostSerializer(many=True)
    totals = serializers.DictField(child=serializers.IntegerField(), help_text="The numbers of each kind.")


class PriceListSerializer(serializers.ModelSerializer):
    """A price list that was taken."""

    price_per = serializers.CharField(allow_null=True, help_text="`unit` or `pack`; null if it does not matter.")

    class Meta:
        model = PriceList
        fields = [
            "number", "supplier", "file_name", "price_per", "rows", "changed", "unchanged", "unknown", "not_offered",
            "missing", "doubtful", "refused", "made_by", "made_by_username", "created_at", "undone_at",
        ]  # fmt: skip
        read_only_fields = fields


class PriceListChangeSerializer(serializers.ModelSerializer):
    """A field of an offer that the list has changed. `is_new` tells that the list has created the offer."""

    name = serializers.CharField(help_text="The name of the product.")

    class Meta:
        model = PriceListChange
        fields = ["product", "name", "line", "field", "old", "new", "is_new"]
        read_only_fields = fields


class KeptChangeSerializer(CachedFieldsSerializer):
    """A field that is not set back, because it was changed after the list."""

    line = serializers.IntegerField()
    product = serializers.IntegerField()
    name = serializers.CharField()
    field = serializers.CharField()
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)
    now = serializers.CharField(allow_null=True, help_text="Null if the offer is gone.")


class UndoneListSerializer(CachedFieldsSerializer):
    """What was set back, and what stays."""

    number = serializers.IntegerField()
    undone = serializers.IntegerField(help_text="The number of fields that were set back.")
    kept = KeptChangeSerializer(
        many=True, help_text="The first 100 fields that are no longer as the list has set them."
    )
    kept_total = serializers.IntegerField()
    archived = serializers.ListField(child=serializers.IntegerField(), help_text="The created products, now archived.")
    not_archived = serializers.ListField(child=serializers.IntegerField(), help_text="Those that are used by now.")
