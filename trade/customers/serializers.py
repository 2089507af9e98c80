from typing import Any

from core.serializers import example
from core.shop_apps import find_provided
from records.contacts.serializers import ContactSerializer
from trade.customers.models import Customer

TERMS = find_provided("customer_terms")  # a field that another app keeps beside the customer
FURTHER = (TERMS.name,) if TERMS else ()


@example(
    name="Ada Fern", email="ada@fern.example", phone="+44 20 7946 0456", address="4 Mill Lane\nAmbleside",
    note="Collects on Fridays.",
)  # fmt: skip
class CustomerSerializer(ContactSerializer):
    vars().update({name: TERMS.make_field() for name in FURTHER})

    class Meta:
        model = Customer
        # Contact.list_stored_copies() relies on the order of the fields.
        fields = (
            "id", "name", "email", "phone", "address", "note", "external_id", "metadata", "created_at", "updated_at",
            "merged_into", *FURTHER,
        )  # fmt: skip

    def create(self, validated_data: dict[str, Any]) -> Customer:
        further = {name: validated_data.pop(name) for name in FURTHER if name in validated_data}
        return self.keep(super().create(validated_data), further)

    def update(self, instance: Customer, validated_data: dict[str, Any]) -> Customer:
        further = {name: validated_data.pop(name) for name in FURTHER if name in validated_data}
        return self.keep(super().update(instance, validated_data), further)

    def keep(self, customer: Customer, further: dict[str, Any]) -> Customer:
        for value in further.values():
            TERMS.keep(customer, self.context["request"].user, value)
        return customer
