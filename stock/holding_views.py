"""The route that returns the holdings of a product."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.pages.mixin import PageMixin
from core.viewsets import raise_404_if_missing
from products.models import Product
from stock.models import Holding
from stock.pages.places import HOLDINGS
from stock.reading.product_holdings import read_holdings
from stock.serializers import ProductHoldingsSerializer


class ProductHoldingsView(PageMixin, generics.GenericAPIView):
    """The holdings of a product."""

    queryset = Holding.objects.all()
    serializer_class = ProductHoldingsSerializer
    pagination_class = None
    pages = {"get": HOLDINGS}

    def get_object(self) -> Product:
        """Return the product whose id is in the URL. Raise Http404."""
        return get_object_or_404(Product.objects.for_user(self.request.user), pk=self.kwargs["product_id"])

    @extend_schema(responses=ProductHoldingsSerializer)
    def get(self, request: Request, product_id: int) -> Response:
        """Return the holdings of a product, in the order in which a sale takes from them. Archived products have them,
        too.

        A sale takes lots that have not expired, the earliest date first; then what has no date, the oldest first; then
        what is not held; and expired lots last.
        """
        with raise_404_if_missing():
            holdings = read_holdings(request.user, product_id)
        return Response(ProductHoldingsSerializer(holdings).data)
