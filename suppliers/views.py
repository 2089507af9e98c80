from core.lists.sparse import SparseFields
from core.viewsets import OwnedViewSet
from idempotency.decorators import IdempotentCreate
from suppliers import pages
from suppliers.filters import SupplierFilter
from suppliers.models import Supplier
from suppliers.serializers import SupplierSerializer


class SupplierViewSet(SparseFields, IdempotentCreate, OwnedViewSet):
    """The companies and people that the shop buys from. Deleting a supplier keeps its products, without a supplier."""

    queryset = Supplier.objects.order_by("id")
    serializer_class = SupplierSerializer
    verbs = pages.VERBS
    pages = {"list": pages.SUPPLIERS, "retrieve": pages.SUPPLIER}
    filterset_class = SupplierFilter
