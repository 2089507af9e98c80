"""Views that set the caller's own password: with the old one, or with a link that was sent by mail."""

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.pages.links import Verb
from core.pages.mixin import PageMixin
from users import services
from users.callers import Caller
from users.serializers import (
    DetailSerializer,
    PasswordSerializer,
    ResetConfirmSerializer,
    ResetSerializer,
    TokensSerializer,
)
from users.view_bases import PublicView, get_user

RESET_SENT = "If an active user with an e-mail address has this name or address, a mail with a link is on its way."


class PasswordView(PageMixin, generics.GenericAPIView):
    """Changes your own password. Every earlier token stops working."""

    serializer_class = PasswordSerializer
    verbs = {
        "post": Verb("Change password", say=lambda _tokens: "Changed the password.", link=lambda _: reverse("user-me"))
    }

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Change your own password. Every earlier token stops working; the response contains a new pair."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = get_user(request)
        pair = services.change_password(by=Caller.of(request), user=user, **serializer.validated_data)
        if request.auth is None:  # the user is signed in by a session, which goes on
            user.refresh_from_db(fields=["password", "token_version"])
            update_session_auth_hash(request._request, user)
        return Response(pair)


class PasswordResetView(PublicView):
    """Mails a link to set a new password. The response is the same for every name and address."""

    serializer_class = ResetSerializer
    verbs = {"post": Verb("Send a link")}

    @extend_schema(responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        """Ask for a link to set a new password, by user name or e-mail address. It works once, for 3 hours."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.request_password_reset(by=Caller.anonymous(request), **serializer.validated_data)
        return Response({"detail": RESET_SENT}, status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(PublicView):
    """Sets a new password by a link that was sent by mail. `uid` and `token` are the last two parts of the link."""

    serializer_class = ResetConfirmSerializer
    verbs = {"post": Verb("Set password")}

    @extend_schema(responses={204: OpenApiResponse(description="The password is set.")})
    def post(self, request: Request) -> Response:
        """Set a new password by a link. Every earlier token and session ends."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.reset_password(by=Caller.anonymous(request), **serializer.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
