from collections.abc import Callable
from functools import partial
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
        return self.keep(super().create, validated_data)

    def update(self, instance: Customer, validated_data: dict[str, Any]) -> Customer:
        return self.keep(partial(super().update, instance), validated_data)

    def keep(self, write: Callable[[dict[str, Any]], Customer], values: dict[str, Any]) -> Customer:
        """Write the customer, and what is kept beside it."""
        further = [values.pop(name) for name in FURTHER if name in values]
        customer = write(values)
        for value in further:
            TERMS.keep(customer, self.context["request"].user, value)
        return customer
