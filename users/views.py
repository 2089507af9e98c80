"""Views for users, sign-up and the settings of the shop."""

from contextlib import nullcontext
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.database.transactions import atomic
from core.ownership import save_fields
from core.pages.links import Verb
from core.pages.tabs import PEOPLE, YOUR_SHOP, Tab
from core.serializers import EmptySerializer
from records.idempotency.decorators import idempotent, takes_key
from users import pages, serializers, services
from users.access.permissions import ANYONE, NEW_OR_MANAGERS, SIGNED_IN, Caller, Tag, grant
from users.access.roles import Right, may
from users.access.services import deactivate
from users.account_serializers import AccountSerializer
from users.errors import NotAcknowledged
from users.leaving.services import erase
from users.models import AUTO, OFF, ON, User
from users.reading import list_uses
from users.sign_in import proofs, rate_limits
from web.view_bases import GenericApiView, PublicView, RowFormView
from web.viewsets import RowChanges

FOR_COUNTERS = ("name", "language")  # the settings of the shop that they need


def create_user_from_request(view: GenericApiView, request: Request) -> Response:
    """Validate the body and create the user: a worker of the caller or, if the caller is signed out, a new user."""
    if not request.user.is_authenticated:
        services.require_open_signup()
    create = services.employ if request.user.is_authenticated else services.sign_up
    user = create(by=Caller.of(request), **view.read_body())
    return Response(serializers.UserSerializer(user).data, status=status.HTTP_201_CREATED)


def begin_owing(shop: User, fields: dict[str, Any]) -> None:
    """Add today as `owed_from` to changes of the settings that switch payments on. They may have another day."""
    before, switch = shop.uses_payments, fields.get("uses_payments", shop.uses_payments)
    is_again = before == OFF and switch == AUTO and shop.owed_from is not None
    if is_again or (switch == ON != before and not list_uses(shop)["payments"]):
        fields.setdefault("owed_from", shop.shop_today())


class RegisterView(PublicView):
    """Sign up: creates a shop with its owner, or a worker without employer."""

    tag = Tag("auth", "Sign up, sign in, sign out.")
    rights = grant(ANYONE, "post")
    serializer_class = serializers.RegisterSerializer
    links = {"Open a new shop": "sign-up"}

    @extend_schema(responses={201: serializers.UserSerializer})
    def post(self, request: Request) -> Response:
        """Create a user. Without a role, it is the owner of a new shop."""
        return create_user_from_request(self, request)


@extend_schema_view(partial_update=extend_schema(responses=serializers.UserSerializer))
class UserViewSet(RowFormView, RowChanges, viewsets.ModelViewSet):
    """Yourself, and your workers if you own a shop."""

    tag = Tag("users", "The own user, and an owner's workers.")
    root_link = "users"
    tab = Tab(
        group=PEOPLE,
        about=gettext_lazy("Who works here, and what each may do."),
        form=gettext_lazy("Add a worker"),
    )
    rights = {
        **grant(SIGNED_IN, "list", "retrieve", "update", "partial_update", "destroy", "erase"),
        **grant(NEW_OR_MANAGERS, "create"),
        **grant(Right.MANAGE_USERS, "invite", "changes"),
    }
    list_name = "People"
    queryset = User.objects.order_by("id")
    verbs = pages.USER_VERBS
    pages = {"list": pages.USERS, "retrieve": pages.USER}
    lookup_value_converter = "row_id"

    def get_queryset(self) -> Any:
        return User.objects.visible_to(self.user).select_related("employer").order_by("id")

    def select_recorded(self) -> Any:
        return User.objects.visible_to(self.user)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter the list only. The filters of `changes` are those of changes, not of users."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @property
    def form_fields(self) -> Any:  # type: ignore[override]
        """Return the fields of the form: those that the user may change, of itself or of a worker."""
        if self.action == "create":
            return pages.NEW_USER_FIELDS
        if not hasattr(self, "kwargs"):  # the texts of all fields are read
            return pages.USER_FIELDS
        return pages.USER_FIELDS | (pages.NOT_OF_ONESELF if self.is_oneself else pages.NOT_OF_OTHERS)

    @property
    def is_oneself(self) -> bool:
        return bool(self.kwargs.get("pk", self.user.pk) == self.user.pk)

    def find_verb(self, method: str) -> Verb | None:
        """Return the form. People deactivate themselves on a page of its own."""
        return None if method == "DELETE" and self.is_oneself else super().find_verb(method)

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form. There is a separate page to sign up."""
        return method != "POST" or self.request.user.is_authenticated

    def represent(self, row: Any) -> Any:
        return serializers.UserSerializer(row, context=self.get_serializer_context()).data

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer. That of a form has its user, on which the roles depend that can be chosen."""
        if self.action == "partial_update" and not (args or kwargs):
            args = (self.get_object(),)
        return super().get_serializer(*args, **kwargs)

    def get_object(self) -> Any:
        """Return the user whose id is in the path. Without an id, at `me`, return the caller."""
        self.kwargs.setdefault("pk", self.user.pk)
        return super().get_object()

    def get_serializer_class(self) -> Any:
        if self.serializer_class:  # the actions below, such as erase, have serializers of their own
            return self.serializer_class
        if self.action in ("update", "partial_update"):
            return serializers.ChangeUserSerializer
        if self.action != "create":
            return serializers.UserSerializer
        is_signed_in = self.request.user.is_authenticated
        return serializers.EmploySerializer if is_signed_in else serializers.RegisterSerializer

    @extend_schema(request=serializers.EmploySerializer, responses={201: serializers.UserSerializer})
    @takes_key
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Sign up, if signed out; add a worker, as an owner.

        Without a password, a worker gets a mail with a link to set one, which is valid for 7 days.
        """
        by = Caller.of(request)
        # This is outside of `@idempotent`, whose rollback would undo the count.
        with rate_limits.count_taken_names(by=by) if by.user else nullcontext():
            return self.create_once(request)

    @idempotent
    def create_once(self, request: Request) -> Response:
        return create_user_from_request(self, request)

    @extend_schema(request=None, responses={202: serializers.DetailSerializer})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def invite(self, request: Request, **kwargs: Any) -> Response:
        """Mail a worker without a password a new link to set one."""
        worker = generics.get_object_or_404(self.get_queryset().exclude(pk=self.user.pk), pk=self.kwargs["pk"])
        services.invite(by=Caller.of(request), user=worker)
        return Response({"detail": gettext("The invitation is on its way.")}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=serializers.UserSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def erase(self, request: Request, **kwargs: Any) -> Response:
        """Erase the person of one of your workers, or yourself, for ever: the user gets a name without meaning."""
        user = erase(by=Caller.of(request), user=self.get_object())
        return Response(serializers.UserSerializer(user).data)

    @extend_schema(responses=serializers.UserSerializer)
    def update(self, *args: Any, **kwargs: Any) -> Response:
        """Change yourself or one of your workers. Fields that are not sent stay unchanged."""
        return super().update(*args, **kwargs)

    def perform_update(self, serializer: Any) -> None:
        """Save the user. New names and addresses are counted, so that nobody can find accounts by trying many."""
        by, user = Caller.of(self.request), serializer.instance
        if serializer.changes_access:
            proofs.require_proof(self.request)
        with rate_limits.limit_name_change(by=by, user=user) if serializer.changes_name else nullcontext():
            services.change_user(by=by, user=user, check=self.check_unchanged, **serializer.validated_data)

    def destroy(self, *args: Any, **kwargs: Any) -> Response:
        """Deactivate the user. An owner that deactivates itself closes the account."""
        return super().destroy(*args, **kwargs)

    def perform_destroy(self, instance: User) -> None:
        deactivate(by=Caller.of(self.request), user=instance)


class AccountView(RowFormView, generics.RetrieveUpdateAPIView):
    """Your shop: its name, time zone and currency, and how its files are written."""

    tag = Tag("account", "The shop: its name, time zone, currency and files.")
    root_link = "account"
    tab = Tab(
        group=YOUR_SHOP,
        about=gettext_lazy("Name, language, currency, and how numbers are written."),
    )
    rights = grant(Right.SEE_SHOP, "get") | grant(Right.MANAGE_SHOP, "put") | grant(Right.MANAGE_PRODUCTS, "patch")
    name = "Settings"
    serializer_class = AccountSerializer
    verbs = pages.SHOP_VERBS
    pages = {"get": pages.SHOP}

    @property
    def form_fields(self) -> Any:  # type: ignore[override]
        """Return the fields of the form. A shop that notes no payments has no day from which customers owe."""
        is_used = not hasattr(self, "request") or list_uses(self.user)["payments"]
        return pages.SHOP_FIELDS if is_used else pages.SHOP_FIELDS | pages.NO_PAYMENTS

    def get_object(self) -> Any:
        return self.user.shop_owner

    @extend_schema(operation_id="account_retrieve")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the settings of the shop. A counter gets its name and language."""
        response: Response = super().get(request, *args, **kwargs)
        if not may(self.user, Right.READ):
            response.data = {name: response.data[name] for name in FOR_COUNTERS}
        return response

    def put(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change settings of the shop. Fields that are not sent stay unchanged."""
        return super().put(request, *args, **kwargs)

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change settings of the shop. Fields that are not sent stay unchanged. Managers change `tiles` alone."""
        is_tiles = isinstance(request.data, dict) and request.data.keys() == {"tiles"}
        if not is_tiles and not may(self.user, Right.MANAGE_SHOP):
            self.permission_denied(request)
        return super().patch(request, *args, **kwargs)

    @atomic
    def perform_update(self, serializer: Any) -> None:
        """Save the settings. Whether a second factor is required is changed only with a fresh proof."""
        shop, fields = serializer.instance, dict(serializer.validated_data)
        shop.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
        self.check_unchanged(shop)
        if shop.currency and fields.get("currency", shop.currency) != shop.currency:
            services.require_free_currency(shop)
        self.require_acknowledgement(shop, fields)
        begin_owing(shop, fields)
        if "uses" in fields:
            switches = shop.list_switches() | fields["uses"] | {"payments": AUTO}
            fields["uses"] = [f"{name} {switch}" for name, switch in switches.items() if switch != AUTO]
        second_factor = fields.pop("second_factor", shop.second_factor)
        if second_factor != shop.second_factor:
            proofs.require_proof(self.request)
            fields["second_factor_required_at"] = timezone.now() if second_factor == "required" else None
        save_fields(shop, fields)

    def require_acknowledgement(self, shop: User, fields: dict[str, Any]) -> None:
        """Take `acknowledged` from the fields. Raise NotAcknowledged if it is not true, but needed for the first time.

        Without a country it was needed when payments were switched on, so the first country asks for nothing.
        """
        is_acknowledged = fields.pop("acknowledged", False)
        before = needs_acknowledgement(shop.uses_payments, shop.country)
        now = [fields.get(name, getattr(shop, name)) for name in ("uses_payments", "country")]
        if needs_acknowledgement(*now) and not before and not is_acknowledged:
            raise NotAcknowledged


def needs_acknowledgement(payments: str, country: str) -> bool:
    return payments == ON and services.may_ask_for_register(country)
