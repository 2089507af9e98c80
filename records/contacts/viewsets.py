"""The base of the viewsets of contacts."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import archiving
from core.lists.parameters import query_flag
from core.serializers import EmptySerializer
from records.contacts.serializers import make_merge_serializers
from records.contacts.services import erase, merge, preview, refuse_merged
from records.idempotency.decorators import IdempotentCreate, idempotent, takes_key
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing

DRY_RUN = OpenApiParameter("dry_run", bool, description="Return what would change, without changing anything")


class ContactViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The routes of contacts. Subclasses define the actions `erase` and `merge` by erase_action() and merge_action().

    GET also returns a row that was merged into another one.
    """

    has_form_pages = True
    live_actions = ("update", "partial_update", "destroy")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.named() if self.action == "retrieve" else rows

    def offers_form(self, method: str, data: Any) -> bool:
        return not (data or {}).get("merged_into") and super().offers_form(method, data)

    def perform_restore(self, pk: int) -> Any:
        model = self.queryset.model
        return archiving.restore(model, owner_id=self.account_id, pk=pk, check=refuse_merged)

    @idempotent
    def merge_once(self, request: Request, **values: int) -> Response:
        """Merge the row, once per idempotency key."""
        with raise_404_if_missing():
            return self.show(merge(self.queryset.model, **values))


def erase_action(description: str) -> Any:
    """Return the action that erases a contact. The schema has the description."""

    def erase_contact(self: ContactViewSet, request: Request, **kwargs: Any) -> Response:
        with raise_404_if_missing():
            row = erase(self.queryset.model, owner_id=self.account_id, pk=self.kwargs["pk"])
        return self.show(row)

    erase_contact.__name__, erase_contact.__doc__ = "erase", description
    routed = action(detail=True, methods=["post"], serializer_class=EmptySerializer)(erase_contact)
    return extend_schema(request=None)(routed)


def merge_action(row: Any) -> Any:
    """Return the action that merges a contact. `row` is the serializer of the rows."""
    body, answer = make_merge_serializers(row)

    def merge_contact(self: ContactViewSet, request: Request, **kwargs: Any) -> Response:
        """Merge the row into another one, which is the same person or company.

        What names it then names the other one, whose empty fields are filled. It is archived, and nothing undoes this.
        """
        self.get_object()  # a missing row is a 404 even if the body is malformed
        values = {"owner_id": self.account_id, "pk": self.kwargs["pk"], "into_id": self.read_body()["into"].pk}
        if query_flag(request, "dry_run"):
            return Response(preview(self.queryset.model, **values))
        merged: Response = self.merge_once(request, **values)
        return merged

    merge_contact.__name__ = "merge"
    routed = action(detail=True, methods=["post"], serializer_class=body)(takes_key(merge_contact))
    return extend_schema(parameters=[DRY_RUN], responses=answer)(routed)
