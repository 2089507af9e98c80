"""The bodies and query parameters of rates of VAT, and the field with which a product names one."""

from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.fields import AmountField, ChoiceField, TextField
from core.lists import filters
from core.serializers import OwnedSerializer, example
from products.models import AT_ZERO, MAX_REASON_LENGTH, RATES, Tax, TaxCategory
from products.taxes.errors import RateFixed
from records.history.models import Change, Kind
from stock.models import Sold


@example(name="Standard", rate="20.00")
class TaxSerializer(OwnedSerializer):
    rate = AmountField(
        max_digits=5, decimal_places=2, min_value=RATES[0], max_value=RATES[1],
        help_text="In percent. It is fixed once something was sold with it.",
    )  # fmt: skip

    category = ChoiceField(
        source="shown_category", choices=TaxCategory.choices, required=False, allow_null=True,
        help_text="As invoices have it: S for a rate above 0. Choose Z or E (exempt) once for a rate of 0.",
    )  # fmt: skip
    reason = TextField(
        max_length=MAX_REASON_LENGTH, required=False, allow_blank=True,
        help_text="Why what is sold is exempt. Invoices print it. Needed for the category E.",
    )  # fmt: skip

    class Meta:
        model = Tax
        fields = ("id", "name", "rate", "category", "reason", "created_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the row. Raise ValidationError if the category or the reason does not fit the rate."""
        present = self.instance or Tax()
        rate = attrs.get("rate", present.rate)
        category = attrs.pop("shown_category", present.category if rate == 0 else None)
        if category is not None and (category == TaxCategory.STANDARD) != bool(rate):
            raise ValidationError({"category": [gettext("A rate above 0 is S, and one of 0 is Z or E.")]})
        attrs["category"] = category if category in AT_ZERO else None
        is_exempt = category == TaxCategory.EXEMPT
        attrs["reason"] = attrs.get("reason", present.reason if is_exempt else "")
        if is_exempt != bool(attrs["reason"]):
            raise ValidationError({"reason": [gettext("What is exempt has a reason, and nothing else has one.")]})
        return attrs

    def update(self, instance: Tax, validated_data: dict[str, Any]) -> Tax:
        """Save the locked row. Raise RateFixed (409) if something was sold at a value that the change leaves.

        The category of a rate of 0 can be chosen once, also after sales. A rate that the tax had before counts, too: a
        late sale may have been sold at it.
        """
        present = {name: getattr(instance, name) for name in ("rate", "category", "reason")}
        changed = {name for name, value in present.items() if validated_data.get(name, value) != value}
        is_choice = instance.category is None and "rate" not in changed
        asked = present if changed == {"reason"} else {"rate__in": [instance.rate, *list_former_rates(instance)]}
        if changed and not is_choice and Sold.objects.filter(owner_id=instance.owner_id, **asked).exists():
            raise RateFixed
        saved: Tax = super().update(instance, validated_data)
        return saved


def list_former_rates(tax: Tax) -> list[str]:
    """Return the rates that the tax had before, by the history."""
    changes = Change.objects.filter(owner_id=tax.owner_id, kind=Kind.TAX, row_id=tax.pk, changes__has_key="rate")
    return [one["rate"][0] for one in changes.values_list("changes", flat=True) if one["rate"][0] is not None]


class TaxFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived rates instead of the others")
    search = filters.SearchFilter(fields=["name"])
    ordering = filters.OrderingFilter(fields=["name", "rate", "created_at"])
