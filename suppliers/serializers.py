from core.fields import WholeNumberField
from core.serializers import example
from records.contacts.serializers import ContactSerializer
from suppliers.models import MAX_LEAD_DAYS, Supplier


@example(
    name="Copper & Sons",
    contact_email="orders@copper.example",
    phone_number="+44 20 7946 0123",
    address="Forge Row 9\nSheffield",
    lead_days=3,
)
class SupplierSerializer(ContactSerializer):
    lead_days = WholeNumberField(
        required=False, min_value=0, max_value=MAX_LEAD_DAYS, help_text="Days from an order to its delivery."
    )

    class Meta:
        model = Supplier
        # Contact.list_stored_copies() relies on the order of the fields.
        fields = (
            "id", "name", "contact_email", "phone_number", "address", "lead_days", "external_id", "metadata",
            "created_at", "updated_at", "merged_into",
        )  # fmt: skip
