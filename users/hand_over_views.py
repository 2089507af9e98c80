"""The route that hands a shop over."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.mixin import PageMixin
from users import pages
from users.callers import Caller
from users.hand_over_serializers import HandOverSerializer
from users.hand_over_services import hand_over_own_shop
from users.serializers import AccountSerializer
from users.view_bases import get_user, read_body


class HandOverView(PageMixin, generics.GenericAPIView):
    """Makes one of your workers the owner of your shop. You become a worker, and both of you have to sign in again."""

    serializer_class = HandOverSerializer
    verbs = {"post": pages.HAND_OVER}

    @extend_schema(responses=AccountSerializer)
    def post(self, request: Request) -> Response:
        """Hand the shop over. Sessions, tokens and API keys of both users end; the history does not change."""
        owner = get_user(request)
        account = hand_over_own_shop(by=Caller.of(request), owner=owner, **read_body(self, request))
        return Response(AccountSerializer(account).data)
