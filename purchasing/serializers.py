"""The responses: orders with their lines, and the quantities that have arrived."""

from typing import Any

from rest_framework import serializers

from core.fields import CostField
from core.lists.serialization import get_row_serializer
from core.serializers import CleanModelSerializer
from products.serializers import CostPriceField
from purchasing.models import Order, OrderLine, OrderState


class PurchaseOrderLineSerializer(CleanModelSerializer):
    """An ordered product, and how much of it has arrived."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    supplier_sku = serializers.CharField(source="product.supplier_sku", help_text="The supplier's own number for it.")
    packs = serializers.IntegerField(
        allow_null=True, help_text="The number of packs; null if the quantity is not whole packs."
    )
    unit_cost = CostPriceField(allow_null=True, help_text="Null for workers.")
    received = serializers.IntegerField(help_text="The quantity that has arrived, less reversed deliveries.")
    outstanding = serializers.IntegerField(
        help_text="The quantity that is still to come; 0 in drafts and closed orders."
    )

    class Meta:
        model = OrderLine
        fields = (
            "product", "product_name", "supplier_sku", "quantity", "packs", "unit_cost", "received", "outstanding",
        )  # fmt: skip
        read_only_fields = fields


class PurchaseOrderHeadSerializer(CleanModelSerializer):
    """An order without its lines."""

    supplier = serializers.IntegerField(
        source="supplier_id", allow_null=True, help_text="Null after the supplier was deleted."
    )
    state = serializers.ChoiceField(choices=OrderState.choices)
    is_received = serializers.BooleanField(help_text="All that was ordered has arrived.")
    cost = CostField(
        max_digits=None,
        decimal_places=2,
        allow_null=True,
        help_text="The sum of the lines that have a `unit_cost`; null without any, and for workers.",
    )
    made_by = serializers.IntegerField(source="made_by_id")
    mail_to = serializers.CharField(help_text="Where it is mailed to; empty if it is not mailed.")
    mailed_at = serializers.DateTimeField(allow_null=True, help_text="When the mail server accepted it.")
    mail_error = serializers.CharField(help_text="Why the last try to mail it failed.")
    next_mail_at = serializers.DateTimeField(
        source="mail_due_at", allow_null=True, help_text="When it is mailed next; null if there is no further try."
    )
    operations = serializers.ListField(
        child=serializers.IntegerField(), help_text="The operations that booked its deliveries, also those undone."
    )

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            "id", "supplier", "supplier_name", "state", "is_received", "expected_on", "cost", "reference", "note",
            "made_by", "made_by_username", "created_at", "updated_at", "sent_at", "closed_at",
            "mail_to", "mailed_at", "mail_error", "next_mail_at", "operations",
        )  # fmt: skip
        read_only_fields = fields


class PurchaseOrderSerializer(PurchaseOrderHeadSerializer):
    """An order with its lines, in the order of the request."""

    lines = PurchaseOrderLineSerializer(many=True, source="shown")

    class Meta(PurchaseOrderHeadSerializer.Meta):
        fields = (*PurchaseOrderHeadSerializer.Meta.fields, "lines")

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """Return the order as a dict. The lines skip their serializer, which is slow."""
        [head] = get_row_serializer(PurchaseOrderHeadSerializer).serialize_objects([instance])
        return {**head, "lines": get_row_serializer(PurchaseOrderLineSerializer).serialize_objects(instance.shown)}
