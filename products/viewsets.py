"""The base of the routes of products. stock.goods.services writes the products."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.http.browsers import SCRIPT_HEADER, is_page_for_people
from core.pages.links import PageLink
from products.filters import ProductFilter
from products.look_ups import find_code
from products.models import Product
from products.querysets import ProductQuerySet
from products.reading.details import LiveProducts, add_details, read_rows_of
from records.idempotency.decorators import idempotent
from stock.goods import services as product_services
from stock.goods.changes import ARCHIVED_CHOICES
from users.access.permissions import READ, grant
from users.access.roles import Right, may
from web.viewsets import ArchivableViewSet, raise_404_if_missing

# This parameter has no enum, because generated clients need enums without common values.
ARCHIVED = OpenApiParameter(
    "archived", str, default=ARCHIVED_CHOICES[0],
    description=(
        "What to do with an archived product that has the external id: `refuse` (the default) refuses the request with"
        " `archived`, `restore` brings the product back and changes it, `create` makes another one."
    ),
)  # fmt: skip


class BaseProductViewSet(ArchivableViewSet):
    """The base of products and items, which are the same rows under different field names."""

    # Without the right to manage products, users may change the quantity only.
    rights = READ | grant(Right.MANAGE_PRODUCTS, "create", "destroy") | grant(Right.WORK, "update", "partial_update")
    queryset = Product.objects.order_by("id")
    filterset_class = ProductFilter
    archived_note = "its history stays, and restoring brings it back."
    restore_page = "product-restore"
    filtered_actions = replica_actions = ("list", "levels", "export")

    def get_queryset(self) -> ProductQuerySet:
        products = super().get_queryset()
        return products if self.action == "list" else add_details(products, self.user)

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form. Who may change the quantity alone receives, counts and writes off."""
        return (method != "PUT" or may(self.user, Right.MANAGE_PRODUCTS)) and super().offers_form(method, data)

    def link_archived(self, row_id: int) -> list[PageLink]:
        return [*super().link_archived(row_id), PageLink("History", reverse("product-movements", args=[row_id]))]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if ProductFilter.has_filters(request) or self.account_id is None:
            return self.show_scanned(request) or self.list_found(request)
        return self.list_live()

    def list_live(self, **choices: bool) -> Response:
        """Return the response with a page of LiveProducts with these choices."""
        self.listed = LiveProducts(self.user, self.get_serializer_class(), **choices)
        rows: Any = self.paginate_queryset(self.listed)  # type: ignore[arg-type]
        return self.get_paginated_response(list(rows))

    def list_found(self, request: Request) -> Response:
        """Return the response with a page of the products that the filters find."""
        found, paginator = self.filter_queryset(self.get_queryset()), cast(Any, self.paginator)
        ids = paginator.paginate_rows(found, lambda products: products.values_list("pk", flat=True), request, self)
        return self.get_paginated_response(read_rows_of(self.user, self.get_serializer_class(), list(ids)))

    def show_scanned(self, request: Request) -> Response | None:
        """Redirect to the product if a page searches for a whole SKU or barcode, as a scanner types it.

        A script that searches while somebody types gets the list: what is typed may become another code.
        """
        used = {name for name, value in request.query_params.items() if value and not name.startswith("_")}
        is_other = used - {"ordering"} != {"search"} or SCRIPT_HEADER in request.headers
        if is_other or not is_page_for_people(request):
            return None
        product_id = find_code(self.user, request.query_params["search"])
        address = reverse(f"{self.basename}-detail", args=[product_id]) if product_id else ""
        return Response(status=status.HTTP_302_FOUND, headers={"Location": address}) if address else None

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a product; its quantity is booked as an opening movement."""
        return self.add(self.read_body())

    def add(self, fields: dict[str, Any]) -> Response:
        """Create a product, and return the response with it."""
        fields.pop("expected_quantity", None)  # only an existing product has one
        fields.pop("stock_sequence", None)
        product = product_services.create_product(by=self.user, products=self.select_detailed(), **fields)
        return self.show(product, status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        """Change a product; a changed quantity is booked as a correction. Optional fields that are not sent stay."""
        return self.change(self.kwargs["pk"], self.read_body(self.get_object(), partial=partial))

    def change(self, product_id: int, fields: dict[str, Any]) -> Response:
        """Change the product, and return the response with it. Raise Http404 if it has just been archived."""
        with raise_404_if_missing():
            product = product_services.change_product(
                by=self.user,
                product_id=product_id,
                products=self.select_detailed(),
                check=self.check_unchanged,
                **fields,
            )
        return self.show(product)

    def perform_destroy(self, instance: Any) -> None:
        with raise_404_if_missing():
            product_services.archive_product(
                by=self.user, product_id=instance.pk, products=self.select_detailed(), check=self.check_unchanged
            )

    def destroy(self, *args: Any, **kwargs: Any) -> Any:
        """Archive the product: remove it from lists and sums, but keep its history."""
        return super().destroy(*args, **kwargs)

    def select_detailed(self) -> ProductQuerySet:
        """Return the products of the account with the fields of a response, for services that return a product."""
        return add_details(Product.objects.for_user(self.user), self.user)
