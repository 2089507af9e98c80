"""Views that confirm the e-mail address of a user, by a link that is mailed to it."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.pages.links import Verb
from core.pages.mixin import PageMixin
from users import confirming, pages
from users.callers import Caller
from users.serializers import DetailSerializer, EmailConfirmSerializer, EmailStateSerializer
from users.view_bases import PublicView, get_user

LINK_SENT = "A mail with a link is on its way to your address."
CONFIRMED_ALREADY = "Your address is confirmed already."


class ConfirmEmailView(PageMixin, generics.GenericAPIView):
    """Mails you a link that confirms your e-mail address. Mail to others, and notices, need a confirmed one."""

    name = "E-mail address"
    serializer_class = EmailStateSerializer
    pages = {"get": pages.EMAIL}
    verbs = {"post": Verb("Send the link", say=lambda answer: str(answer["detail"]), link=lambda _: reverse("user-me"))}

    @extend_schema(operation_id="users_me_confirm_email_retrieve")
    def get(self, request: Request) -> Response:
        """Return your e-mail address, and whether it is confirmed."""
        return Response(EmailStateSerializer(get_user(request)).data)

    @extend_schema(request=None, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        """Mail yourself a link that confirms your e-mail address. It works once, for 3 days."""
        is_sent = confirming.request_confirmation(by=Caller.of(request), user=get_user(request))
        return Response({"detail": LINK_SENT if is_sent else CONFIRMED_ALREADY}, status=status.HTTP_202_ACCEPTED)


class EmailConfirmView(PublicView):
    """Confirms an e-mail address by a link that was mailed to it. `uid` and `token` are the last two parts."""

    serializer_class = EmailConfirmSerializer
    verbs = {"post": Verb("Confirm the address")}

    @extend_schema(responses={204: OpenApiResponse(description="The address is confirmed.")})
    def post(self, request: Request) -> Response:
        """Confirm the e-mail address to which the link was mailed."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        confirming.confirm_email(**serializer.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
