"""The route of scanned codes."""

from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.lists.parameter_values import query_value
from core.pages.mixin import PageMixin
from labels import pages
from labels.errors import CodeAmbiguous, CodeUnknown
from labels.scan_serializers import ScanSerializer, describe_gs1
from products.models import Product
from products.reading.details import add_details
from products.reading.scanning import MAX_SCAN_LENGTH, ScanField, Scanned, ScannedText, find_scanned
from stock.models import Lot
from users.models import User
from users.view_bases import get_user

CODE = OpenApiParameter(
    "code", {"type": "string", "maxLength": MAX_SCAN_LENGTH}, required=True,
    description="What the scanner read. FNC1 is the character 29 (`%1D`).",
)  # fmt: skip


CANDIDATE = ("id", "name", "sku", "barcode")


class ScanView(PageMixin, APIView):
    """What a scanner has read."""

    pages = {"get": pages.SCAN}

    @extend_schema(parameters=[CODE], responses=ScanSerializer)
    def get(self, request: Request) -> Response:
        """The product that a code names: a SKU or barcode, a further code, or GS1 data with a GTIN.

        For the code of a case, `quantity` is the number of pieces in it: book this quantity. GS1 data is read from
        element strings, with or without a symbology prefix, brackets and FNC1, and from Digital Links, which are not
        fetched. `code_unknown` (404) has `gs1` as well, to fill a form.
        """
        user, scan = get_user(request), query_value(request, "code", ScanField())
        if scan is None:
            raise ValidationError({"code": ["Enter or scan a code."]})
        found = find_one(user, scan)
        lot = find_lot(user, found.product, scan)
        product = add_details(Product.objects.for_user(user), user).get(pk=found.product)
        answer = {
            "product": product,
            "matched": "lot" if lot else found.matched,
            "quantity": found.quantity * scan.units,
            "gs1": scan.gs1,
            "lot": lot,
        }
        return Response(ScanSerializer(answer, context={"request": request}).data)


def find_one(user: User, scan: ScannedText) -> Scanned:
    """Return the product that the code names. Raise CodeUnknown or CodeAmbiguous."""
    found = find_scanned(user.account_id, [scan]).get(scan.text, []) if user.account_id else []
    if not found:
        raise CodeUnknown(gs1=describe_gs1(scan.gs1))
    if len(found) > 1:
        raise CodeAmbiguous(describe_candidates(user, found), describe_gs1(scan.gs1))
    return found[0]


def describe_candidates(user: User, found: list[Scanned]) -> list[dict[str, Any]]:
    """Return the products that a code names, each with the way in which the code matched."""
    ids = [row.product for row in found]
    products = {row.pop("id"): row for row in Product.objects.for_user(user).filter(pk__in=ids).values(*CANDIDATE)}
    return [
        {"product": row.product, **products[row.product], "matched": row.matched, "quantity": row.quantity}
        for row in found
    ]


def find_lot(user: User, product_id: int, scan: ScannedText) -> Any:
    """Return the lot of the product that the code names, or None."""
    if scan.gs1 is None or not scan.gs1.lot:
        return None
    lots = Lot.objects.for_user(user).detailed(user)
    return lots.filter(product_id=product_id, code__lower=Lower(Value(scan.gs1.lot))).first()
