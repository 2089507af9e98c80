"""The routes that hand over and close a shop, and their pages."""

from typing import Any

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.columns import PageColumn
from core.pages.links import Action, Verb, remove
from core.pages.tables import DetailPage
from core.translation import gettext_noop as _
from users.access.permissions import Caller, grant
from users.access.roles import Right
from users.access.serializers import ClosingSerializer, HandOverSerializer, ProofSerializer
from users.access.services import begin_closing, hand_over, keep_open
from users.account_serializers import AccountSerializer
from users.hooks import CLOSINGS
from users.models import User
from users.sign_in import proofs, throttling
from web.view_bases import GenericApiView

HAND_OVER_FIELDS = {"user": {"help_text": "The worker who is to lead the shop."}}
HAND_OVER = Verb(
    "Hand over the shop",
    "Hand over",
    say="Handed over. Both of you have to sign in again.",
    link=lambda _row: resolve_url(settings.LOGIN_URL),
)


CLOSE = Verb(
    "Close the shop for ever", say="The shop is being closed.",
    link=lambda _row: reverse("account-closing"), is_final=True,
    confirm=lambda _account: [
        gettext(
            "Your workers and all API keys are refused at once. For 30 days you can read and export everything, and"
            " undo this on this page. Then all rows of the shop are removed, with the history and all users."
            " Nobody can undo that."
        ),
        *(hook.describe_loss() for hook in reversed(CLOSINGS)),
    ],
)  # fmt: skip
KEEP_OPEN = remove("Keep the shop", "The shop stays open.")
CLOSING = DetailPage(
    lambda row: gettext("The shop is being closed") if row["closes_at"] else gettext("Close the shop for ever"),
    (PageColumn("closes_at", "All rows are removed on", kind="moment"),),
    actions=(Action("Year's end", lambda _row: next((page for hook in CLOSINGS if (page := hook.find_page())), "")),),
)


def prove_owner(view: GenericApiView, request: Request) -> dict[str, Any]:
    """Return the validated body. Raise the errors of a wrong password in it, and of a second factor without proof."""
    if view.user.second_factor_since:  # For others the password in the body is the proof.
        proofs.require_proof(request)
    body = view.read_body()
    throttling.prove_password(by=Caller.of(request), user=view.user, password=body["password"])
    return body


class HandOverView(GenericApiView):
    """Makes one of your workers the owner of your shop. You become a worker, and both of you have to sign in again."""

    tag, rights = "account", grant(Right.MANAGE_SHOP, "post")
    name = _("Hand over the shop")
    serializer_class = HandOverSerializer
    verbs = {"post": HAND_OVER}
    form_fields = HAND_OVER_FIELDS

    @extend_schema(responses=AccountSerializer)
    def post(self, request: Request) -> Response:
        """Hand the shop over. Sessions, tokens and API keys of both users end; the history does not change."""
        body = prove_owner(self, request)
        account = hand_over(by=Caller.of(request), user=body["user"], owner_id=self.user.pk)
        return Response(AccountSerializer(account).data)


class ClosingView(GenericApiView):
    """Closes your shop for ever, after 30 days in which you can undo it."""

    tag, rights = "account", grant(Right.MANAGE_SHOP, "get", "post", "delete")
    stays_open = ("post", "delete")
    serializer_class = ProofSerializer
    verbs = {"post": CLOSE, "delete": KEEP_OPEN}
    pages = {"get": CLOSING}

    def get_object(self) -> User:
        return self.user.account  # type: ignore[no-any-return]

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form: the one that closes, or the one that undoes it."""
        return (method == "DELETE") == bool(isinstance(data, dict) and data.get("closes_at"))

    @extend_schema(responses=ClosingSerializer)
    def get(self, request: Request) -> Response:
        """Return when the rows of the shop are removed, or null."""
        return Response(ClosingSerializer(self.get_object()).data)

    @extend_schema(responses={202: ClosingSerializer})
    def post(self, request: Request) -> Response:
        """Begin to close the shop. In 30 days all its rows are removed. Until then only its owner may read."""
        prove_owner(self, request)
        closes_at = begin_closing(by=Caller.of(request), owner=self.user)
        return Response(ClosingSerializer({"closes_at": closes_at}).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Undo it: everybody may work again."""
        keep_open(by=Caller.of(request), owner=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
