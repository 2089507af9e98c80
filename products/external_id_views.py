"""The route of a product by its id in another program."""

from typing import Any

from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.database.transactions import atomic
from core.http.renderers import Changed, JSONForFiles, JSONRenderer
from core.lists.parameters import query_choice
from core.lists.row_filters import filter_by_codes
from core.texts.cleaning import fold_case
from products import serializers
from products.errors import Archived
from products.filing.states import CREATE, REFUSE
from products.viewsets import ARCHIVED, BaseProductViewSet
from records.idempotency.decorators import idempotent
from stock.goods.changes import ARCHIVED_CHOICES, find_archived
from stock.goods.services import restore_product
from users.access.permissions import READERS, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import raise_404_if_missing


class ExternalIdViewSet(SparseFields, BaseProductViewSet):
    """A product by its `external_id`, ignoring case, for programs with a catalogue of their own."""

    tag = "products"
    rights = grant(READERS, "retrieve") | grant(Right.MANAGE_PRODUCTS, "update")
    serializer_class = serializers.ProductSerializer
    content_negotiation_class, renderer_classes = JSONForFiles, [JSONRenderer]

    def get_object(self) -> Any:
        """Return the live product, or None if a PUT is to create it. Raise Http404, or ValidationError for the id."""
        rows = filter_by_codes(self.get_queryset(), "external_id", [self.read_external_id()])
        product = next(iter(rows), None)
        if product is None and self.request.method != "PUT":
            raise Http404
        return product

    def read_external_id(self) -> str:
        serializer = serializers.ExternalIdSerializer(data=self.kwargs)
        serializer.is_valid(raise_exception=True)
        external_id: str = serializer.validated_data["external_id"]
        return external_id

    def retrieve(self, *args: Any, **kwargs: Any) -> Any:
        """Read the product that another program calls by this id."""
        return super().retrieve(*args, **kwargs)

    @extend_schema(
        parameters=[ARCHIVED],
        request=serializers.ProductSerializer(partial=True),
        responses=dict.fromkeys((200, 201), serializers.ProductSerializer),
    )
    @idempotent
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the product that another program calls by this id, or create it if there is none.

        If the product with this id is archived, it is refused unless `archived` says what to do.

        A new product needs what a POST needs: `name` and `price`. Fields of another one that are not sent stay, as with
        a PATCH.
        """
        choice = query_choice(request, "archived", ARCHIVED_CHOICES)
        product = self.get_object()
        if product is None:
            if "If-Match" in request.headers:
                raise Changed
            code = self.read_external_id()
            if choice != CREATE and (pk := find_archived(self.account_id, [code]).get(code)):
                return self.bring_back(pk, choice)
            try:
                return self.add(self.read_named_body())
            except IntegrityError:
                product = self.get_object()  # a concurrent request may have created it
                if product is None:
                    raise
        return self.change(product.pk, self.read_named_body(product, partial=True))

    @atomic
    def bring_back(self, pk: int, choice: str) -> Response:
        """Restore the archived product with this external id, and change it. Raise Archived unless this is chosen."""
        if choice == REFUSE:
            raise Archived(product=pk)
        fields = self.read_named_body(self.select_detailed().get(pk=pk), partial=True)
        with raise_404_if_missing():
            restore_product(by=self.user, product_id=pk)
        return self.change(pk, fields)

    def read_named_body(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return the body. Raise ValidationError (400) if it has another external id than the address."""
        external_id = self.read_external_id()
        fields = self.read_body(*args, **options)
        if fold_case(fields.get("external_id", external_id) or "") != fold_case(external_id):
            raise ValidationError({"external_id": [_("This differs from the id in the address.")]})
        return {"external_id": external_id, **fields} if not args else fields
