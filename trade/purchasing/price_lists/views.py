"""The routes of the price lists of a supplier."""

import json
from dataclasses import replace
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import DIALECT, FILE_FORMAT, FILE_RESPONSES, table_response
from core.http.renderers import JSONRenderer
from core.lists.pagination import LogPagination
from core.lists.parameters import FILE_FORMATS, query_choice
from products.filing import serializers as filing
from products.filing.columns import name_by_titles
from products.filing.files import PARSERS, SentFile, describe_import
from products.filing.states import AMOUNTS, IGNORE, LEAVE, VALUES, ZERO, Choices
from products.models import Product
from records.idempotency.decorators import idempotent, takes_key
from stock.importing.history import read_file_name
from suppliers.models import Supplier
from trade.purchasing.price_lists import pages, sql
from trade.purchasing.price_lists import serializers as bodies
from trade.purchasing.price_lists.models import PriceList, PriceListChange, PricePer
from trade.purchasing.price_lists.pages import PriceListPage
from trade.purchasing.price_lists.services import REFUSE, ListChoices, take_price_list
from trade.purchasing.price_lists.writing_services import undo_price_list
from users.access.permissions import grant
from users.access.roles import Right
from web.view_bases import ReplicaReads, file_action, post_action
from web.viewsets import OwnedMixin, raise_404_if_missing

EXAMPLE = "Artikelnummer;EAN;VE;Preis\nT-100;4006381333931;12;4,20\n"
# How the file is read. A list says nothing about stock, and empty prices say nothing.
READING = Choices(unknown=IGNORE, fractions=AMOUNTS, no_price=ZERO, quantities=LEAVE, is_list=True)


class OfSupplier(ReplicaReads, OwnedMixin):
    """The price lists of a supplier that were taken, newest first."""

    tag = "suppliers"
    queryset = PriceList.objects.defer("unknown_rows", "created_products").order_by("-number")
    serializer_class = bodies.PriceListSerializer
    list_name, row_name = "Price lists", "Price list"

    @property
    def supplier(self) -> Supplier:
        """Return the supplier in the address. Raise Http404."""
        suppliers = Supplier.objects.for_user(self.user).live()
        supplier: Supplier = get_object_or_404(suppliers, pk=self.kwargs["supplier_id"])
        return supplier

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(supplier_id=self.supplier.pk)


class PriceListsViewSet(mixins.ListModelMixin, OfSupplier):
    """The price lists of a supplier that were taken, and the route that takes one."""

    action_serializers = {"create": bodies.PriceListFileSerializer}
    rights = {**grant(Right.SEE_COSTS, "list"), **grant(Right.MANAGE_PRODUCTS, "create")}
    pagination_class = LogPagination
    parser_classes = PARSERS
    is_long_running = True
    renderer_classes = [JSONRenderer, PriceListPage]
    forms_elsewhere = ("create",)

    def get_object(self) -> Supplier:
        """Return the supplier, whose absence is a 404 before unknown parameters are refused."""
        return self.supplier

    @describe_import(
        {200: bodies.TakenListSerializer}, ("A list of one article", EXAMPLE), bodies.PriceListFileSerializer,
        (
            OpenApiParameter("columns", str, description=bodies.MAPPING),
            OpenApiParameter("header", filing.HEADER_SCHEMA, description=filing.HEADER),
            OpenApiParameter("price_per", str, description=bodies.PRICE_PER),
            OpenApiParameter("doubtful", str, default=REFUSE, description=bodies.DOUBTFUL_PRICES),
            OpenApiParameter("wrong_rows", str, default=REFUSE, description=filing.CHOICES["wrong_rows"]),
            OpenApiParameter("create_offers", bool, description=bodies.CREATE_OFFERS),
            OpenApiParameter("create_missing", bool, description=bodies.CREATE_MISSING),
        ), "Return the result, without changing anything",
    )  # fmt: skip
    @takes_key
    def create(self, request: Request, **kwargs: Any) -> Any:
        """Take the prices, packs, numbers and lead times of a supplier's list, as the supplier has sent it.

        Only the offers of this supplier change. A file has up to 100,000 rows. Price lists and imports of one account
        run one after the other.
        """
        supplier_id = self.supplier.pk  # a missing supplier is a 404 even if the body is malformed
        sent = SentFile(self)
        values = read_choices(sent) | {"supplier_id": supplier_id}
        with name_by_titles(is_page=isinstance(request.accepted_renderer, PriceListPage)), raise_404_if_missing():
            return sent.import_by(take_price_list, **values)


def read_choices(sent: SentFile) -> dict[str, Any]:
    """Return the arguments of take_price_list()."""
    chosen = ListChoices(
        price_per=sent.choose("price_per", PricePer.values),
        doubtful=sent.choose("doubtful", bodies.DOUBTFUL) or REFUSE,
        create_offers=sent.is_set("create_offers"),
        create_missing=sent.is_set("create_missing"),
    )
    reading = replace(READING, wrong_rows=sent.choose("wrong_rows", VALUES["wrong_rows"]))
    return {"open_file": sent.make_opener(reading), "choices": chosen, "file_name": read_file_name(sent.file)}


class PriceListViewSet(mixins.RetrieveModelMixin, OfSupplier):
    """A price list that was taken, and what it has changed."""

    rights = {**grant(Right.SEE_COSTS, "retrieve", "changes", "unknown"), **grant(Right.MANAGE_PRODUCTS, "undo")}
    lookup_field = "number"
    verbs = pages.VERBS
    pages = {"retrieve": pages.PRICE_LIST, "changes": pages.CHANGES}

    @extend_schema(responses=bodies.PriceListChangeSerializer(many=True))
    @action(detail=True, url_name="changed", serializer_class=bodies.PriceListChangeSerializer)
    def changes(self, request: Request, **kwargs: Any) -> Response:
        """List what the price list has changed, by the lines of its file."""
        named = Product.objects.filter(owner=OuterRef("owner"), pk=OuterRef("product")).values("name")
        changes = PriceListChange.objects.for_user(self.user).filter(price_list=self.get_object().pk)
        changes = changes.annotate(name=Subquery(named)).order_by("id")
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(changes), many=True).data)

    @extend_schema(request=None, responses=bodies.UndoneListSerializer)
    @post_action()
    @idempotent
    def undo(self, request: Request, **kwargs: Any) -> Response:
        """Set back what is still as the list has set it, and name the rest. A list is undone once."""
        supplier_id = self.supplier.pk
        with raise_404_if_missing():
            body = undo_price_list(by=self.user, supplier_id=supplier_id, number=self.kwargs["number"])
        return Response(body, status=status.HTTP_200_OK)

    @extend_schema(parameters=[FILE_FORMAT, DIALECT], responses=FILE_RESPONSES, filters=False)
    @file_action()
    def unknown(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """Return the rows that no product has as CSV or as a workbook. Only the supplier's last list has them."""
        text = self.get_queryset().values_list("unknown_rows", flat=True).filter(number=self.kwargs["number"]).first()
        if not text:
            raise NotFound
        file_format = query_choice(request, "format", FILE_FORMATS)
        rows = (json.loads(line) for line in text.split("\n"))
        name = f"price-list-{self.kwargs['supplier_id']}-{self.kwargs['number']}"
        return table_response(request, iter_rows(rows), name, file_format, ("cost_price", "price"))


def iter_rows(rows: Any) -> Any:
    """Yield the names of the columns, then the rows."""
    yield [*sql.UNKNOWN_COLUMNS]
    yield from ([cell if cell is not None else "" for cell in row] for row in rows)
