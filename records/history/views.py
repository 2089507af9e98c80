"""The route of all changes in the shop. RowChanges in web/viewsets.py is the route of the changes of a row."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.lists.pagination import LogPagination
from core.pages.tabs import YOUR_SHOP, Tab
from records.history import pages as history_pages
from records.history import reading
from records.history.models import Change, ChangeQuerySet
from records.history.serializers import ShopChangeSerializer
from users.access.permissions import READ, Tag
from web.view_bases import GenericApiView, ReplicaReads
from web.viewsets import ShopChangeFilter


class ShopChangesView(ReplicaReads, GenericApiView, generics.ListAPIView):
    """What changed: products, suppliers, customers, categories, users and settings. Stock has its own history."""

    tag = Tag(
        "changes",
        "Who changed which product, supplier, customer, category, user or setting, and when: docs/your-data.md.",
        for_keys=True,
    )
    root_link = "changes"
    tab = Tab(group=YOUR_SHOP, about=gettext_lazy("Who changed what of products, people and settings."))
    rights = READ
    name = "What changed"
    queryset = Change.objects.all()
    serializer_class = ShopChangeSerializer
    filterset_class = ShopChangeFilter
    pagination_class = LogPagination
    pages = {"get": history_pages.SHOP_CHANGES}

    def get_queryset(self) -> ChangeQuerySet:
        return reading.select_changes(self.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        changes: Any = self.filter_queryset(self.get_queryset())
        shown = history_pages.select_newest(changes) if is_page_for_people(request) else changes
        rows = reading.describe_changes(self.paginate_queryset(shown) or ())
        names = reading.name_rows(self.user, rows)
        rows = [{**row, "row_name": names.get((row["kind"], row["row"]))} for row in rows]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)
