"""The routes of offers."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.filters import StrictFilterSet, TextFilter
from core.lists.row_filters import RowFilter
from core.lists.serialization import get_row_serializer
from core.pages.tabs import Tab
from core.serializers import EmptySerializer
from products.filing.files import SentFile, import_action
from products.look_ups import PRODUCTS
from products.models import Offer
from products.offers import files, pages, services
from products.offers.pages import ImportOffersPage
from products.offers.reading import ListedOffers
from products.offers.serializers import (
    ChangeOfferSerializer,
    CreateOfferSerializer,
    ImportedOffersSerializer,
    OfferSerializer,
)
from products.offers.services import ShownOffer
from records.idempotency.decorators import idempotent
from stock.importing.offers import import_offers
from suppliers.look_ups import SUPPLIERS
from users.access.permissions import Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import FileOfList, ReplicaReads
from web.viewsets import ETagMixin, OwnedMixin, raise_404_if_missing


class OfferFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, label="Id of a product")
    supplier = RowFilter(SUPPLIERS, label="Id of a supplier")
    supplier_sku = TextFilter(max_length=64, label="The supplier's whole SKU, ignoring case")

    def filter_queryset(self, queryset: ListedOffers) -> Any:
        """Return the offers with the given values."""
        given = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        return queryset.filter(**given)


ROWS = get_row_serializer(OfferSerializer)
IMPORT_EXAMPLE = "supplier,sku,supplier_sku,pack_size,cost_price\nPennywhistle Bakehouse,TEA-EARL,B-4410,12,3.80\n"
ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The id of the offer, such as 17-3.")
NAMED = extend_schema(parameters=[ID])


@extend_schema_view(**dict.fromkeys(("retrieve", "partial_update", "destroy", "prefer"), NAMED))
class OfferViewSet(ReplicaReads, ETagMixin, FileOfList, ListModelMixin, OwnedMixin):
    """What suppliers offer products for. A product is ordered from its preferred supplier."""

    tag = Tag("offers", "What suppliers offer products for: docs/suppliers.md.", for_keys=True)
    root_link = "offers"
    tab = Tab(is_offered=shows("offers"))
    list_name, row_name = "Offers", "Offer"
    rights = {
        **grant(Right.SEE_COSTS, "list", "retrieve"),
        **grant(Right.MANAGE_PRODUCTS, "create", "partial_update", "destroy", "prefer", "import_offers"),
    }
    checked_actions = (*ETagMixin.checked_actions, "prefer")
    lookup_value_converter = "row_pair"
    queryset = Offer.objects.all()
    serializer_class = OfferSerializer
    filterset_class = OfferFilter
    verbs = pages.VERBS
    forms_elsewhere = ("import_offers",)  # the page of the import has its form
    form_fields = pages.FORM_FIELDS
    pages = {"list": pages.OFFERS, "retrieve": pages.OFFER}
    file_labels, file_money = files.LABELS, files.MONEY

    def get_serializer_class(self) -> Any:
        bodies = {"create": CreateOfferSerializer, "partial_update": ChangeOfferSerializer}
        return bodies.get(self.action) or super().get_serializer_class()

    def get_queryset(self) -> Any:
        return ListedOffers(self.account_id)

    def list_ids(self) -> dict[str, int]:
        product_id, supplier_id = self.kwargs["pk"]
        return {"product_id": product_id, "supplier_id": supplier_id}

    def get_object(self) -> ShownOffer:
        """Return the offer whose id is in the URL. Raise Http404."""
        with raise_404_if_missing():
            return services.find_offer(self.account_id, **self.list_ids())

    def represent(self, row: ShownOffer) -> Any:
        return ROWS.serialize_objects([row])[0]

    def list(self, *args: Any, **kwargs: Any) -> Any:
        """List the offers by product. The preferred offer is the first one of its product. A file has all of them."""
        return super().list(*args, **kwargs)

    def export_rows(self, found: Any) -> Any:
        return files.export_rows(found)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return an offer of a live supplier for a live product."""
        return self.show(self.get_object())

    @extend_schema(request=CreateOfferSerializer, responses={201: OfferSerializer})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add what a further supplier offers a product for. The preferred offer stays: see `prefer`."""
        values = self.read_body()
        with raise_404_if_missing():
            return self.show(services.create_offer(by=self.user, **values), status.HTTP_201_CREATED)

    @extend_schema(request=ChangeOfferSerializer, responses=OfferSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an offer. Of the preferred one, this changes the product's own values."""
        self.get_object()  # a missing offer is a 404 even if the body is malformed
        return self.write(services.change_offer, **self.read_body(partial=True))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove an offer. Without its preferred offer, the product has no supplier, and keeps its cost price."""
        with raise_404_if_missing():
            services.delete_offer(by=self.user, check=self.check_unchanged, **self.list_ids())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=OfferSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    @idempotent
    def prefer(self, request: Request, **kwargs: Any) -> Response:
        """Make this offer the preferred one: it changes places with the product's own supplier, number, pack and cost.

        What has no column in a product stays with each offer. Preferring it twice changes nothing more.
        """
        return self.write(services.prefer_offer)

    @import_action(ImportOffersPage, ImportedOffersSerializer, ("An offer", IMPORT_EXAMPLE))
    def import_offers(self, request: Request) -> Any:
        """Create and change offers from a CSV file or a workbook (.xlsx, .ods), all or nothing.

        A row names its supplier, and its product by SKU, barcode or the supplier's number. A file has up to 2,000 rows.
        """
        return SentFile(self).import_table(files.TABLE, import_offers)

    def write(self, service: Any, **values: Any) -> Response:
        """Return the response with the offer that the service has changed. Raise Http404 if it is gone."""
        with raise_404_if_missing():
            return self.show(service(by=self.user, check=self.check_unchanged, **self.list_ids(), **values))
