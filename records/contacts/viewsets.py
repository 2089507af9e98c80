"""The base of the viewsets of contacts."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.serializers import EmptySerializer
from records.contacts.services import erase
from records.idempotency.decorators import IdempotentCreate
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing


class ContactViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The routes of contacts. Subclasses define the action `erase` by erase_action()."""

    has_form_pages = True


def erase_action(description: str) -> Any:
    """Return the action that erases a contact. The schema has the description."""

    def erase_contact(self: ContactViewSet, request: Request, **kwargs: Any) -> Response:
        with raise_404_if_missing():
            row = erase(self.queryset.model, owner_id=self.account_id, pk=self.kwargs["pk"])
        return self.show(row)

    erase_contact.__name__, erase_contact.__doc__ = "erase", description
    routed = action(detail=True, methods=["post"], serializer_class=EmptySerializer)(erase_contact)
    return extend_schema(request=None)(routed)
