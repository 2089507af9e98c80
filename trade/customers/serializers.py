from core.examples import example
from core.external_ids import ExternalIdField
from core.metadata import MergedMetadata, MetadataField
from core.serializers import OwnedSerializer
from trade.customers.models import Customer


@example(
    name="Ada Fern", email="ada@fern.example", phone="+44 20 7946 0456", address="4 Mill Lane\nAmbleside",
    note="Collects on Fridays.",
)  # fmt: skip
class CustomerSerializer(MergedMetadata, OwnedSerializer):
    external_id = ExternalIdField()
    metadata = MetadataField()

    class Meta:
        model = Customer
        # Customer.list_stored_copies() relies on the order of the fields.
        fields = (
            "id", "name", "email", "phone", "address", "note", "external_id", "metadata", "created_at", "updated_at",
        )  # fmt: skip
