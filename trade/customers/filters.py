from core.lists.filters import ArchivedFilterSet, BooleanFilter, InstantFilter, OrderingFilter, SearchFilter
from core.lists.row_filters import CodeFilter, MetadataFilterSet
from records.contacts.serializers import ContactIdFilter, ContactIdsFilter
from trade.customers.hooks import BESIDE_CUSTOMERS


class CustomerFilter(MetadataFilterSet, ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived customers instead of the others")
    search = SearchFilter(fields=["name", "email", "phone", "external_id"], phone="phone")
    name = CodeFilter(max_length=255, label="The whole name, ignoring case")
    email = CodeFilter(max_length=254, label="The whole e-mail address, ignoring case")
    phone = CodeFilter(label="The whole phone number")
    external_id = ContactIdFilter()
    external_id__in = ContactIdsFilter()
    updated_after = InstantFilter("updated_at", "gte", label="Changed at this time or later")
    updated_before = InstantFilter("updated_at", "lt", label="Last changed before this time")
    vars().update({name: one for each in BESIDE_CUSTOMERS.complete() for name, one in each.make_filters().items()})
    ordering = OrderingFilter(fields=["name", "created_at", "updated_at"])
