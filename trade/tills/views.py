"""The routes of tills."""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.filters import StrictIntegerField
from core.lists.pagination import LogPagination, parse_whole_number
from core.lists.parameters import query_value
from core.lists.row_filters import ValueListField
from core.pages.columns import Display
from core.pages.tabs import TILLS, Tab
from core.texts.locales import ENGLISH
from products.models import Tax
from records.idempotency.decorators import find_idempotency_key, idempotent, takes_key
from trade.sales.reading import read_tiles
from trade.selling.goods import list_used
from trade.selling.prices import adds_tax, must_sell_at_list_price
from trade.tills import reading, serializers, services, till_page
from trade.tills.errors import NotYourTill
from trade.tills.hooks import CATALOGUES
from trade.tills.models import MAX_NUMBER, Drop, Till, attach_last_seen
from users.access.permissions import READ, Caller, Tag, grant
from users.access.roles import Right
from users.reading import list_uses, shows
from users.sign_in.proofs import require_proof
from web.view_bases import GenericApiView, ReplicaReads, created, post_action
from web.viewsets import AttachedReadViewSet, raise_404_if_missing

AFTER = OpenApiParameter("after", OpenApiTypes.INT, description="The rows after this one.", default=0)
PRICE_GROUP = OpenApiParameter(
    "price_group", description="`prices` also has those of these price groups of customers: ids with commas between."
)
GROUP_IDS = ValueListField(item=StrictIntegerField())

KEY_PREFIX = OpenApiParameter(
    "key_prefix",
    description="The 12 characters after `inv_` of the key that the device has had, if it still has its numbers: then"
    " they go on without a break.",
)


def read_key_prefix(request: Request) -> str:
    return str(request.query_params.get(KEY_PREFIX.name, ""))


class TillViewSet(mixins.CreateModelMixin, mixins.DestroyModelMixin, AttachedReadViewSet):
    """Devices that sell, receive and count without a network too. Each numbers what it saves."""

    tag = Tag(
        "tills",
        "Devices that sell without a network too, and the numbers of what they book: docs/tills.md.",
        for_keys=True,
    )
    root_link = "tills"
    tab = Tab(
        group=TILLS,
        about=gettext_lazy("Add a till, pair a device with it, or open the till here."),
        is_offered=shows("tills"),
    )
    rights = {
        **grant(Right.READ, "list", "retrieve", "gaps", "drops"),
        **grant(Right.WORK, "drop"),
        **grant(Right.KEEP_TILLS, "create", "destroy", "pair"),
    }
    devices = ("gaps", "drop")
    queryset = Till.objects.select_related("user").order_by("-id")
    serializer_class = serializers.TillSerializer
    verbs = till_page.VERBS
    form_fields = till_page.FORM_FIELDS
    pages = {"list": till_page.TILLS, "retrieve": till_page.TILL, "drops": till_page.DROPS}
    replica_actions = ()  # a device must see the numbers that it has just booked

    attach = staticmethod(attach_last_seen)

    def get_queryset(self) -> Any:
        """Return the tills that the user keeps. The routes of numbers have all tills of the shop.

        A device has only its own one.
        """
        found = super().get_queryset().of_device(self.user)
        return found if self.user.is_device or self.action in ("gaps", "drops", "drop") else found.kept_by(self.user)

    def offers_form(self, method: str, data: Any) -> bool:
        return not (method == "DELETE" and data["revoked_at"]) and super().offers_form(method, data)

    def show_key(self, paired: tuple[Till, str]) -> Response:
        """Return the response with the key. No Idempotency-Key is accepted, because it would store this response."""
        till, text = paired
        return created({**self.show(till).data, "key": text})

    @extend_schema(responses={201: serializers.PairedTillSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a till. Only this response has the key of its device. People add tills, and keys never do."""
        fields = self.read_body()
        require_proof(request)
        return self.show_key(services.make_till(by=Caller.of(request), user=self.user, **fields))

    @extend_schema(parameters=[KEY_PREFIX])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a till for ever: its key is revoked, and nothing more is booked under its numbers."""
        with raise_404_if_missing():
            services.close_till(by=Caller.of(request), till_id=self.kwargs["pk"], key_prefix=read_key_prefix(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[KEY_PREFIX], responses={201: serializers.PairedTillSerializer})
    @post_action()
    def pair(self, request: Request, **kwargs: Any) -> Response:
        """Give the till to another device, or to one that was reset. The access before stops.

        The numbers go on above all that the device before may have given.
        """
        self.get_object()
        require_proof(request)
        with raise_404_if_missing():
            paired = services.pair_till(
                by=Caller.of(request), till_id=self.kwargs["pk"], key_prefix=read_key_prefix(request)
            )
            return self.show_key(paired)

    @extend_schema(parameters=[AFTER], responses=serializers.GapsSerializer)
    @action(detail=True, serializer_class=serializers.GapsSerializer)
    def gaps(self, request: Request, **kwargs: Any) -> Response:
        """Return the numbers of the till that never arrived, and those that were given up."""
        after = parse_whole_number(request, "after", minimum=0) or 0
        till: Till = self.get_object()
        [gaps] = reading.find_gaps(till.owner_id, [till.pk])
        parts = {name: reading.list_numbers(getattr(gaps, name), after) for name in ("missing", "dropped")}
        ranges = [one for one in gaps.unproven if one.start > after][: reading.MAX_NUMBERS]
        firsts = [one.start for one in ranges]
        full = [part[-1] for part in (*parts.values(), firsts) if len(part) == reading.MAX_NUMBERS]
        upto = min(full, default=MAX_NUMBER)
        shown: dict[str, Any] = {name: [one for one in part if one <= upto] for name, part in parts.items()}
        shown["may_be_missing"] = [{"first": one.start, "last": one[-1]} for one in ranges if one.start <= upto]
        return Response({"last": gaps.last, **shown, "next": upto if full else None})

    @extend_schema(responses=serializers.DropSerializer(many=True))
    @action(detail=True, serializer_class=serializers.DropSerializer, pagination_class=LogPagination)
    def drops(self, request: Request, **kwargs: Any) -> Response:
        """List the numbers that were given up, the last one first."""
        till: Till = self.get_object()
        rows = Drop.objects.for_user(self.user).filter(till_id=till.pk).order_by("-id")
        return self.get_paginated_response(serializers.DropSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(responses={201: serializers.DropSerializer})
    @drops.mapping.post
    @takes_key
    def drop(self, request: Request, **kwargs: Any) -> Any:
        """Give up a number that is never to be booked."""
        self.get_object()
        # A key with the number of a till would book that number, but giving up a number books nothing.
        if services.ANY_SPELLING.fullmatch(str(find_idempotency_key(request))):
            raise NotYourTill()
        return self.drop_once(request)

    @idempotent
    def drop_once(self, request: Request) -> Response:
        fields = self.read_body()
        with raise_404_if_missing():
            drop = services.drop_number(by=self.user, till_id=self.kwargs["pk"], **fields)
        return created(serializers.DropSerializer(drop).data)


class CatalogueView(ReplicaReads, GenericApiView):
    """The products that a till sells, with what it needs to find and sell them without a network."""

    tag, rights = "tills", READ
    devices = ("get",)
    serializer_class = serializers.CatalogueSerializer

    @extend_schema(parameters=[AFTER, PRICE_GROUP])
    def get(self, request: Request) -> Response:
        """Return 2,000 live products and kits, and the position of the feed from which on events tell what changed."""
        groups = query_value(request, "price_group", GROUP_IDS) or []
        after = parse_whole_number(request, "after", minimum=0) or 0
        owner = self.user.shop_owner
        taxes = Tax.objects.live().filter(owner=owner) if adds_tax(self.user) else []
        shown: dict[str, Any] = {
            "currency": Display.of(self.user).currency,
            "language": self.user.shown_language or ENGLISH,
            "time_zone": self.user.shop_zone,
            "scale_codes": owner.scale_codes if owner else [],
            "sells_at_list_price": must_sell_at_list_price(self.user),
            "payments": list_uses(self.user)["payments"],
            "customers": list_uses(self.user)["orders"],
            "taxes": serializers.AddedTaxSerializer(taxes, many=True).data,
            "tiles": [goods.named for goods in read_tiles(owner)] if owner and not after else [],
        }
        page = reading.read_catalogue(self.account_id, after, list_used(owner))
        for hook in CATALOGUES:
            shown |= hook.read_page(self.user, after, page["next"], groups)
        return Response({**shown, **page})
