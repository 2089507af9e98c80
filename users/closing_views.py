"""The route with which an owner closes its shop, and undoes it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.mixin import PageMixin
from users import pages
from users.account_serializers import ClosesAtSerializer, ProofSerializer
from users.callers import Caller
from users.leader_services import close_own_shop, keep_open
from users.models import User
from users.view_bases import get_user, read_body


class ClosingView(PageMixin, generics.GenericAPIView):
    """Closes your shop for ever, after 30 days in which you can undo it."""

    serializer_class = ProofSerializer
    verbs = {"post": pages.CLOSE, "delete": pages.KEEP_OPEN}
    pages = {"get": pages.CLOSING}

    def get_object(self) -> User:
        return get_user(self.request).account  # type: ignore[no-any-return]

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form: the one that closes, or the one that undoes it."""
        return (method == "DELETE") == bool(isinstance(data, dict) and data.get("closes_at"))

    @extend_schema(responses=ClosesAtSerializer)
    def get(self, request: Request) -> Response:
        """Return when the rows of the shop are removed, or null."""
        return Response(ClosesAtSerializer(self.get_object()).data)

    @extend_schema(responses={202: ClosesAtSerializer})
    def post(self, request: Request) -> Response:
        """Begin to close the shop. In 30 days all its rows are removed. Until then only its owner may read."""
        closes_at = close_own_shop(by=Caller.of(request), owner=get_user(request), **read_body(self, request))
        return Response(ClosesAtSerializer({"closes_at": closes_at}).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Undo it: everybody may work again."""
        keep_open(by=Caller.of(request), owner=get_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
