"""Views that sign in and out, set the caller's own password, and confirm its e-mail address."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.http.clients import get_origin
from core.pages.columns import PageColumn, columns_of
from core.pages.links import Verb
from core.pages.tables import DetailPage
from core.serializers import EmptySerializer
from core.translation import gettext_noop as _
from users.access.permissions import ANYONE, SIGNED_IN, Caller, grant
from users.models import User
from users.serializers import DetailSerializer, UserSerializer
from users.sign_in import password_services, proofs, serializers, services, tokens
from users.sign_in.serializers import SecondStepSerializer, SignInSerializer
from web.view_bases import GenericApiView, PublicView

EMAIL = DetailPage("email", (columns_of(User)("email"), PageColumn("email_confirmed", "Confirmed", kind="flag")))


RESET_SENT = _("If an active user with an e-mail address has this name or address, a mail with a link is on its way.")
LINK_SENT = _("A mail with a link is on its way to your address.")
CONFIRMED_ALREADY = _("Your address is confirmed already.")


class PasswordView(GenericApiView):
    """Changes your own password. Every earlier token stops working."""

    tag, rights = "auth", grant(SIGNED_IN, "post")
    name = _("Change password")
    serializer_class = serializers.PasswordSerializer
    verbs = {"post": Verb("Change password", say="Changed the password.", link=lambda _: reverse("user-me"))}

    @extend_schema(responses=serializers.TokensSerializer)
    def post(self, request: Request) -> Response:
        """Change your own password. Every earlier token stops working; the response contains a new pair."""
        user = self.user
        proved_at = None
        if user.second_factor_since:
            proofs.require_proof(request)
            proved_at = proofs.read_proof(request)
        body = self.read_body()
        pair = password_services.change_password(by=Caller.of(request), user=user, proved_at=proved_at, **body)
        if request.auth is None:  # the user is signed in by a session, which goes on
            user.refresh_from_db(fields=["password", "token_version"])
            update_session_auth_hash(request._request, user)
        return Response(pair)


class PasswordResetView(PublicView):
    """Mails a link to set a new password. The response is the same for every name and address."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.ResetSerializer
    links = {"Forgot your password?": "password-forgotten"}

    @extend_schema(responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        """Ask for a link to set a new password, by user name or e-mail address. It works once, for 3 hours."""
        password_services.request_password_reset(by=Caller.anonymous(request), **self.read_body())
        return Response({"detail": RESET_SENT}, status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(PublicView):
    """Sets a new password by a link that was sent by mail. `uid` and `token` are the last two parts of the link."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.ResetConfirmSerializer
    links = {"Forgot your password?": "password-forgotten"}

    @extend_schema(responses={204: OpenApiResponse(description="The password is set.")})
    def post(self, request: Request) -> Response:
        """Set a new password by a link. Every earlier token and session ends."""
        password_services.reset_password(by=Caller.anonymous(request), **self.read_body())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConfirmEmailView(GenericApiView):
    """Mails you a link that confirms your e-mail address. Mail to others, and notices, need a confirmed one."""

    tag, rights = "users", grant(SIGNED_IN, "get", "post")
    name = _("E-mail address")
    serializer_class = EmptySerializer
    pages = {"get": EMAIL}
    verbs = {"post": Verb("Send the link", say=lambda answer: str(answer["detail"]), link=lambda _: reverse("user-me"))}

    @extend_schema(operation_id="users_me_confirm_email_retrieve", responses=serializers.EmailStateSerializer)
    def get(self, request: Request) -> Response:
        """Return your e-mail address, and whether it is confirmed."""
        return Response(serializers.EmailStateSerializer(self.user).data)

    @extend_schema(request=None, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        """Mail yourself a link that confirms your e-mail address. It works once, for 3 days."""
        is_sent = password_services.request_confirmation(by=Caller.of(request), user=self.user)
        return Response({"detail": LINK_SENT if is_sent else CONFIRMED_ALREADY}, status=status.HTTP_202_ACCEPTED)


class EmailConfirmView(PublicView):
    """Confirms an e-mail address by a link that was mailed to it. `uid` and `token` are the last two parts."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.EmailConfirmSerializer

    @extend_schema(responses={204: OpenApiResponse(description="The address is confirmed.")})
    def post(self, request: Request) -> Response:
        """Confirm the e-mail address to which the link was mailed."""
        password_services.confirm_email(**self.read_body())
        return Response(status=status.HTTP_204_NO_CONTENT)


class LoginView(PublicView):
    """Returns tokens for a user name and password. To sign in on these pages, use the link above."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.LoginSerializer
    links = {"Sign in": "rest_framework:login"}

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer of the body: that of the second step if the body has a challenge."""
        data = kwargs.get("data")
        if isinstance(data, dict) and "challenge" in data:
            return SecondStepSerializer(*args, context=self.get_serializer_context(), **kwargs)
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=SignInSerializer, responses=serializers.SignedInSerializer)
    def post(self, request: Request) -> Response:
        """Sign in with user name and password. Returns an access token and a refresh token.

        If the user has a second factor, the response is a 401 with a challenge. Send this again with a code.
        """
        by, origin = Caller.anonymous(request), get_origin(request)
        user, proved_at = services.sign_in(by=by, origin=origin, **self.read_body())
        notes = services.list_notes(user, is_told=False)
        said = {"notes": notes} if notes else {}
        return Response({**tokens.issue_tokens(user, proved_at), "user": UserSerializer(user).data, **said})


class RefreshView(PublicView):
    """Returns a new pair of tokens for a refresh token."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.RefreshSerializer

    @extend_schema(responses=serializers.TokensSerializer)
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. If the response is lost, send the same one again.

        It then returns the same new refresh token, until that is used and for ten minutes, unless the operator has
        chosen another time. After that, it ends the sign-in.
        """
        return Response(tokens.rotate(by=Caller.anonymous(request), **self.read_body()))


class LogoutView(GenericApiView):
    """Ends one of your refresh tokens, or all of them."""

    tag, rights = "auth", grant(SIGNED_IN, "post")
    stays_open, needs_factor = ("post",), False
    serializer_class = serializers.LogoutSerializer
    forms_elsewhere = ("post",)

    @extend_schema(responses={204: OpenApiResponse(description="Signed out.")})
    def post(self, request: Request) -> Response:
        """End one sign-in, by its refresh token, or all of them. Access tokens work until they expire."""
        by, refresh = Caller.of(request), self.read_body().get("refresh")
        if refresh is None:
            services.sign_out_everywhere(by=by, user=self.user)
        else:
            services.sign_out(by=by, refresh=refresh)
        return Response(status=status.HTTP_204_NO_CONTENT)
