from core.serializers import example
from records.contacts.serializers import ContactSerializer
from trade.customers.models import Customer


@example(
    name="Ada Fern", email="ada@fern.example", phone="+44 20 7946 0456", address="4 Mill Lane\nAmbleside",
    note="Collects on Fridays.",
)  # fmt: skip
class CustomerSerializer(ContactSerializer):
    class Meta:
        model = Customer
        # Contact.list_stored_copies() relies on the order of the fields.
        fields = (
            "id", "name", "email", "phone", "address", "note", "external_id", "metadata", "created_at", "updated_at",
            "merged_into",
        )  # fmt: skip
