"""The routes of second factors with their page, and those that sign in by a passkey or give a fresh proof."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.clients import get_origin
from core.pages.columns import PageColumn, columns_of
from core.pages.links import remove
from core.pages.tables import TablePage
from core.serializers import EmptySerializer
from core.translation import gettext_noop as _
from users.access.permissions import ANYONE, SIGNED_IN, Caller, Tag, grant
from users.access.roles import Right
from users.models import Factor, FactorKind, User
from users.serializers import UserSerializer
from users.sign_in import proofs, serializers, tokens
from users.sign_in import services as sign_in_services
from users.sign_in.factors import services
from users.sign_in.serializers import SignedInSerializer
from web.view_bases import GenericApiView, PublicView
from web.viewsets import raise_404_if_missing

factor_column = columns_of(Factor)
FACTORS = TablePage(
    (
        factor_column("name"),
        factor_column("kind", kind="words"),
        factor_column("created_at", kind="moment"),
        factor_column("last_used_at", kind="moment"),
        PageColumn("left", "Codes left"),
    ),
    empty="No second factor: your password alone signs you in.",
    is_for_everyone=True,
)
FACTOR_VERBS = {"destroy": remove("Remove", "Removed.")}
REMOVE_FACTORS = remove("Remove the second factors", "Removed: this worker signs in by its password alone.")


APP = _("Authenticator app")


class FactorViewSet(GenericApiView, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet):
    """Your second factors: an authenticator app, passkeys, and recovery codes on paper."""

    tag = Tag("factors", "Second factors: an authenticator app, passkeys, recovery codes: docs/second-factor.md.")
    root_link, needs_factor = "second-factors", False
    rights = grant(SIGNED_IN, "list", "destroy", "totp", "confirm", "passkey_options", "passkeys", "recovery")
    list_name = _("Second factors")
    queryset = Factor.objects.order_by("id")
    serializer_class = serializers.FactorSerializer
    verbs = FACTOR_VERBS
    pages = {"list": FACTORS}
    lookup_value_converter = "row_id"
    forms_elsewhere = ("totp", "confirm", "passkey_options", "passkeys", "recovery")  # they are at /accounts/factors/
    actions_for_programs = ("factor-totp", "factor-confirm", "factor-options", "factor-passkeys", "factor-recovery")

    def get_queryset(self) -> Any:
        """Return the factors of the caller or, to confirm it, the app that waits for its first code."""
        user = self.user
        if self.action == "confirm":
            return Factor.objects.filter(user=user, kind=FactorKind.TOTP, confirmed_at=None)
        return services.select_confirmed(user)

    def perform_destroy(self, instance: Factor) -> None:
        proofs.require_proof(self.request)
        with raise_404_if_missing():
            services.remove_factor(by=Caller.of(self.request), user=self.user, factor_id=instance.pk)
        sign_in_services.renew_session(self.request)

    @extend_schema(request=serializers.NewAppSerializer, responses={201: serializers.AppSerializer})
    @action(detail=False, methods=["post"], serializer_class=serializers.NewAppSerializer)
    def totp(self, request: Request) -> Response:
        """Begin to add an authenticator app. It counts after you have sent its first code."""
        proofs.require_proof(request)
        body = {"name": gettext(APP), **self.read_body()}
        made = services.begin_totp(user=self.user, service=request.get_host(), **body)
        return Response(made, status=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.AppCodeSerializer, responses=serializers.NewCodesSerializer)
    @action(
        detail=False, methods=["post"], url_path="totp/<row_id:pk>/confirm", url_name="confirm",
        serializer_class=serializers.AppCodeSerializer,
    )  # fmt: skip
    def confirm(self, request: Request, pk: int) -> Response:
        """Send the app's first code. With your first factor, the response has recovery codes: print them."""
        proofs.require_proof(request)
        factor, code = self.get_object(), self.read_body()["code"]
        with raise_404_if_missing():
            made = services.confirm_totp(by=Caller.of(request), user=self.user, factor_id=factor.pk, code=code)
        sign_in_services.renew_session(request)
        return Response({"recovery_codes": made})

    @extend_schema(request=None, responses=serializers.OptionsSerializer)
    @action(
        detail=False,
        methods=["post"],
        url_path="passkeys/options",
        url_name="options",
        serializer_class=EmptySerializer,
    )
    def passkey_options(self, request: Request) -> Response:
        """Return what a browser needs to make a passkey for you."""
        proofs.require_proof(request)
        return Response(services.ask_for_new_passkey(user=self.user, origin=get_origin(request)))

    @extend_schema(responses={201: serializers.MadePasskeySerializer})
    @action(detail=False, methods=["post"], serializer_class=serializers.NewPasskeySerializer)
    def passkeys(self, request: Request) -> Response:
        """Add the passkey that the browser has made. With your first factor, the response has recovery codes."""
        proofs.require_proof(request)
        factor, made = services.add_passkey(
            by=Caller.of(request), user=self.user, origin=get_origin(request), **self.read_body()
        )
        sign_in_services.renew_session(request)
        row = {**self.represent(factor), "recovery_codes": made}
        return Response(row, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: serializers.NewCodesSerializer})
    @action(detail=False, methods=["post"], serializer_class=EmptySerializer)
    def recovery(self, request: Request) -> Response:
        """Make ten new recovery codes, which end the old ones."""
        proofs.require_proof(request)
        made = services.make_recovery_codes(by=Caller.of(request), user=self.user)
        return Response({"recovery_codes": made}, status=status.HTTP_201_CREATED)


class WorkerFactorsView(GenericApiView):
    """Removes all second factors of one of your workers, for instance after a lost phone."""

    tag, rights = "factors", grant(Right.MANAGE_USERS, "delete")
    queryset = User.objects.all()
    serializer_class = EmptySerializer
    verbs = {"delete": REMOVE_FACTORS}

    def get_queryset(self) -> Any:
        """Return the workers of the caller."""
        user = self.user
        return User.objects.visible_to(user).exclude(pk=user.pk)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove all second factors of this worker. It signs in by its password alone, and can set up new ones."""
        proofs.require_proof(request)
        services.remove_all_factors(by=Caller.of(request), user=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasskeyOptionsView(PublicView):
    """Returns what a browser needs to sign in by a passkey."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = EmptySerializer

    @extend_schema(request=None, responses=serializers.OptionsSerializer)
    def post(self, request: Request) -> Response:
        """Return the options for `navigator.credentials.get()`. They are valid for five minutes, once."""
        self.read_body()
        return Response(sign_in_services.ask_for_passkey(by=Caller.anonymous(request), origin=get_origin(request)))


class PasskeyView(PublicView):
    """Signs in by a passkey alone: the device, and what unlocks it, are two factors."""

    tag, rights = "auth", grant(ANYONE, "post")
    serializer_class = serializers.PasskeySignInSerializer

    @extend_schema(responses=SignedInSerializer)
    def post(self, request: Request) -> Response:
        """Sign in by the browser's answer. Returns an access token and a refresh token."""
        by, credential = Caller.anonymous(request), self.read_body()["credential"]
        user, proved_at = sign_in_services.sign_in_by_passkey(by=by, origin=get_origin(request), credential=credential)
        return Response({**tokens.issue_tokens(user, proved_at), "user": UserSerializer(user).data})


class ProofView(GenericApiView):
    """Proves again that it is you, before you change API keys, your e-mail address, your password or your factors."""

    tag, rights = "auth", grant(SIGNED_IN, "post")
    stays_open, needs_factor = ("post",), False
    serializer_class = serializers.FreshProofSerializer
    forms_elsewhere = ("post",)

    @extend_schema(responses=serializers.AccessSerializer)
    def post(self, request: Request) -> Response:
        """Return an access token with a fresh proof. A session keeps the proof itself."""
        user = self.user
        proved_at = proofs.prove(by=Caller.of(request), user=user, origin=get_origin(request), **self.read_body())
        if request.auth is None:
            request.session[tokens.PROVED_AT] = proved_at
        return Response({"access": tokens.issue_access_token(user, proved_at)})
