"""The routes of API keys, and their pages."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.database.transactions import atomic
from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, link_to_form, remove, save
from core.pages.tables import DetailPage, TablePage
from core.pages.tabs import PROGRAMS, Tab
from core.translation import gettext_noop as _
from users.access.permissions import SIGNED_IN, WRITES, Caller, Tag, grant
from users.access.roles import Right
from users.errors import NoKey
from users.keys import services as keys
from users.keys.serializers import (
    DEFAULT_LIFE_DAYS,
    CreateKeySerializer,
    KeySerializer,
    MadeKeySerializer,
    OwnKeySerializer,
    RollKeySerializer,
    refuse_scope,
)
from users.models import ApiKey, User
from users.sign_in import proofs
from web.view_bases import GenericApiView, RowFormView

FORM_FIELDS = {
    "expires_in_days": {
        "initial": str(DEFAULT_LIFE_DAYS),
        "help_text": "1 to 3650 days. Leave it empty for a key that never expires.",
    },
    "overlap_hours": {"initial": "0"},
}
key_column = columns_of(ApiKey)
COPY_NOW = _("Copy the key now: it is shown only this once. A program sends it with each request, as a bearer token.")
KEY_VERBS = {
    "create": Verb("Create a key", "Create", show_once="key", say_once=COPY_NOW),
    "update": save(),
    "destroy": remove("Revoke", "Revoked: programs that use the key are refused from now on."),
    "roll": Verb("Roll the key", "Roll", show_once="key", say_once=COPY_NOW),
}


def has_key_expired(row: Row) -> bool:
    expires_at = row["expires_at"]
    moment = parse_datetime(expires_at) if isinstance(expires_at, str) else expires_at
    return moment is not None and moment <= timezone.now()


def add_roll_address(user: User, row: Row) -> Row:
    """Add the address of the page that rolls the key, if the user may roll it.

    It is a live key of the user itself, was not rolled before, and is not that of a till's device.
    """
    is_live = row["user"] == user.pk and not row["revoked_at"] and not has_key_expired(row)
    may_roll = is_live and ApiKey.objects.filter(user=user, pk=row["id"], is_device=False, rolled_at=None).exists()
    return {**row, "roll_address": link_to_form("key-roll")(row)} if may_roll else row


STATE = (
    Mark("revoked", lambda row: row["revoked_at"]),
    Mark("expired", lambda row: not row["revoked_at"] and has_key_expired(row), "out"),
)
COLUMNS = (
    key_column("scope", kind="words"),
    PageColumn("username"),
    key_column("prefix", write=lambda row: f"inv_{row['prefix']}_…"),
    key_column("last_used_at", kind="moment"),
    key_column("expires_at", kind="moment"),
)
KEYS = TablePage(
    (PageColumn("name", "Key", page="key-detail", marks=STATE), *COLUMNS),
    empty="No API keys.",
    hint="A till or a script needs no password: give each one a key of its own, which you can revoke.",
    first=(PageLink("Create a key", form="POST", style="primary"),),
)
KEY = DetailPage(
    "name",
    (
        *COLUMNS,
        key_column("created_at", kind="moment"),
        key_column("revoked_at", kind="moment"),
    ),
    actions=(
        Action("Rename", form="PUT"),
        Action("Roll", lambda row: row.get("roll_address", "")),
        Action("Revoke", form="DELETE"),
    ),
    extend=add_roll_address,
)


OTHERS_KEY = _("Only the user that made a key can roll it. You can revoke it.")


class KeyViewSet(RowFormView, viewsets.ModelViewSet):
    """Keys with which programs act for you: a till, a script, another service. An owner sees its workers' keys, too."""

    tag = Tag("keys", "API keys, with which programs act for a user.")
    root_link = "keys"
    tab = Tab(group=PROGRAMS, about=gettext_lazy("Let a program in without a password."))
    rights = grant(Right.READ, "list", "retrieve", *WRITES, "roll")
    list_name = "API keys"
    queryset: Any = ApiKey.objects.select_related("user").order_by("-id")
    serializer_class = KeySerializer
    verbs = KEY_VERBS
    form_fields = FORM_FIELDS
    pages = {"list": KEYS, "retrieve": KEY}
    lookup_value_converter = "row_id"

    def get_queryset(self) -> Any:
        return self.queryset.visible_to(self.user)

    def get_serializer_class(self) -> Any:
        return CreateKeySerializer if self.action == "create" else super().get_serializer_class()

    def offers_form(self, method: str, data: Any) -> bool:
        return not (method == "DELETE" and data["revoked_at"]) and super().offers_form(method, data)

    def show_text(self, made: tuple[ApiKey, str]) -> Response:
        """Return the response with the key's text. No Idempotency-Key is accepted, because it would store this."""
        key, text = made
        return Response({**self.represent(key), "key": text}, status=status.HTTP_201_CREATED)

    @extend_schema(responses={201: MadeKeySerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a key. Only this response has its text, which a program sends like an access token."""
        proofs.require_proof(request)
        return self.show_text(keys.issue_key(by=Caller.of(request), user=self.user, **self.read_body()))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename a key."""
        return super().update(request, *args, **kwargs)

    @atomic
    def perform_update(self, serializer: Any) -> None:
        key = serializer.instance
        key.refresh_from_db(from_queryset=self.get_queryset().select_for_update(no_key=True, of=("self",)))
        self.check_unchanged(key)
        serializer.save()

    def perform_destroy(self, instance: ApiKey) -> None:
        keys.revoke(by=Caller.of(self.request), key=instance)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a key at once and for good. It stays in the list."""
        return super().destroy(request, *args, **kwargs)

    @extend_schema(responses={201: MadeKeySerializer})
    @action(detail=True, methods=["post"], serializer_class=RollKeySerializer)
    def roll(self, request: Request, **kwargs: Any) -> Response:
        """Create a key in place of this one, with its name and scope. The old one can work for some hours longer."""
        key = self.get_object()
        if key.user_id != self.user.pk:
            raise PermissionDenied(OTHERS_KEY)
        refuse_scope(self.user, key.scope)
        proofs.require_proof(request)
        overlap = timedelta(hours=self.read_body()["overlap_hours"])
        return self.show_text(keys.roll(by=Caller.of(request), key=key, overlap=overlap))


class OwnKeyView(GenericApiView):
    """The key with which a program sends its requests."""

    tag, rights = "start", grant(SIGNED_IN, "get")  # keys may not use the routes with the tag `keys`
    devices = ("get",)
    name = "Your key"
    also_refuses = {"get": ("404",)}  # a request without a key
    serializer_class = OwnKeySerializer
    pagination_class = None

    @extend_schema(responses=OwnKeySerializer)
    def get(self, request: Request) -> Response:
        """Return the API key that the request was sent with. Without a key, the response is a 404 `no_key`."""
        if self.user.api_key is None:
            raise NoKey
        return self.show(self.user.api_key)
