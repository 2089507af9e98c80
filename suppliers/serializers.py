from core.examples import example
from core.serializers import OwnedSerializer
from suppliers.models import Supplier


@example(name="Copper & Sons", contact_email="orders@copper.example", phone_number="+44 20 7946 0123")
class SupplierSerializer(OwnedSerializer):
    class Meta:
        model = Supplier
        fields = ("id", "name", "contact_email", "phone_number", "created_at", "updated_at")
