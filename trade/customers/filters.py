from core.lists.filters import ArchivedFilterSet, BooleanFilter, InstantFilter, OrderingFilter, SearchFilter
from core.lists.row_filters import CodeFilter, MetadataFilterSet
from core.shop_apps import find_provided
from records.contacts.serializers import ContactIdFilter, ContactIdsFilter

TERMS = find_provided("customer_terms")


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
    vars().update({TERMS.name: TERMS.make_filter()} if TERMS else {})
    ordering = OrderingFilter(fields=["name", "created_at", "updated_at"])
