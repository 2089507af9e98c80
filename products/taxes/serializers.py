"""The bodies and query parameters of rates of VAT, and the field with which a product names one."""

from typing import Any

from core.fields import AmountField
from core.lists import filters
from core.serializers import OwnedSerializer, example
from products.models import RATES, Tax
from products.taxes.errors import RateFixed
from stock.models import Sold


@example(name="Standard", rate="20.00")
class TaxSerializer(OwnedSerializer):
    rate = AmountField(
        max_digits=5, decimal_places=2, min_value=RATES[0], max_value=RATES[1],
        help_text="In percent. It is fixed once something was sold with it.",
    )  # fmt: skip

    class Meta:
        model = Tax
        fields = ("id", "name", "rate", "created_at")

    def update(self, instance: Tax, validated_data: dict[str, Any]) -> Tax:
        """Save the locked row. Raise RateFixed (409) for another rate if something was sold with the present one."""
        changed = validated_data.get("rate", instance.rate) != instance.rate
        if changed and Sold.objects.filter(owner_id=instance.owner_id, rate=instance.rate).exists():
            raise RateFixed
        saved: Tax = super().update(instance, validated_data)
        return saved


class TaxFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived rates instead of the others")
    search = filters.SearchFilter(fields=["name"])
    ordering = filters.OrderingFilter(fields=["name", "rate", "created_at"])
