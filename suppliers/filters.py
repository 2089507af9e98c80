from core.lists.filters import ArchivedFilterSet, BooleanFilter, OrderingFilter, SearchFilter
from core.lists.row_filters import MetadataFilterSet
from records.contacts.serializers import ContactIdFilter


class SupplierFilter(MetadataFilterSet, ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived suppliers instead of the others")
    search = SearchFilter(fields=["name"])
    external_id = ContactIdFilter()
    ordering = OrderingFilter(fields=["name", "created_at"])
