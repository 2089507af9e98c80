from inventory_api.serializers import OwnedSerializer
from suppliers.models import Supplier


class SupplierSerializer(OwnedSerializer):
    class Meta:
        model = Supplier
        fields = ("id", "name", "contact_email", "phone_number", "created_at", "updated_at")
