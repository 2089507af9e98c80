"""The routes of labels, for a product, for a lot and for sheets of many labels, and the route of scanned codes."""

from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.renderers import AlwaysJSON
from core.lists.filters import StrictTextField
from core.lists.parameters import query_choice, query_flag, query_value
from core.lists.row_filters import ValueListField
from core.sentences import decimal_sign
from core.texts.barcodes import GTIN
from products.codes.reading.scanning import MAX_SCAN_LENGTH, ScanField, Scanned, ScannedText, find_scanned
from products.models import MAX_FIELDS, MAX_KEY_LENGTH, Product
from products.reading.details import add_details
from stock.errors import CodeAmbiguous
from stock.hooks import COUNTS
from stock.line_fields import call_service
from stock.models import Lot
from stock.reading.traces import read_last_out
from trade.labels import label_page
from trade.labels.drawing import formats
from trade.labels.drawing.formats import DOTS_PER_MM, Drawing
from trade.labels.drawing.labels import draw_label, draw_labels, write_extras
from trade.labels.errors import CodeUnknown, NothingDrawn
from trade.labels.serializers import LABEL_FORMATS, ZPL, LabelsSerializer, ScanSerializer, describe_gs1
from trade.selling.goods import find_kind, list_kinds
from trade.selling.look_ups import find_scanned_goods
from users.access.permissions import READ, SIGNED_IN, Tag, grant
from users.access.roles import Right, may
from users.models import LABEL_CODES, LABEL_SIZES, User
from web.view_bases import ApiView, GenericApiView

SVG_TYPE, ZPL_TYPE = "image/svg+xml", "text/plain; charset=utf-8"
PARAMETERS = [
    OpenApiParameter("format", enum=LABEL_FORMATS, description="By default SVG. zpl: for a label printer."),
    OpenApiParameter(
        "code", enum=LABEL_CODES, description="By default a QR code. barcode: a code of lines. auto: for an EAN."
    ),
    OpenApiParameter("size", enum=LABEL_SIZES, description="Width and height in millimetres, by default 57x32."),
    OpenApiParameter("options", OpenApiTypes.BOOL, description="With the options of a variant: `M / red`."),
    OpenApiParameter("fields", description="Keys of the shop's own fields to print, with commas between them."),
]
LABEL_RESPONSES = {(200, SVG_TYPE): OpenApiTypes.STR, (200, "text/plain"): OpenApiTypes.STR}
CODE = OpenApiParameter(
    "code",
    {"type": "string", "maxLength": MAX_SCAN_LENGTH},
    required=True,
    description="What the scanner read. FNC1 is the character 29 (`%1D`).",
)
CANDIDATE = ("id", "name", "sku", "barcode")
# What a scan shows of a product and of its lot to a user who may not read the shop.
BLIND_PRODUCT = (*CANDIDATE, "external_id", "codes", "unit", "decimals", "group_name", "options")
BLIND_LOT = ("id", "code")


class LabelView(ApiView):
    """The base of the routes that draw one label. Before it refuses an unknown parameter, core calls `get_object`."""

    tag = Tag("scanning", "What a scanner reads, and labels to print: docs/scanning.md.", for_keys=True)
    rights = READ
    content_negotiation_class = AlwaysJSON

    def respond(self, request: Request, product: Product, lot: Lot | None = None) -> HttpResponse:
        """Return the label in the format, and with the code, the size and the optional lines, of the parameters."""
        label_format = query_choice(request, "format", LABEL_FORMATS)
        code, size = query_choice(request, "code", LABEL_CODES), query_choice(request, "size", LABEL_SIZES)
        keys = ValueListField(item=StrictTextField(max_length=MAX_KEY_LENGTH), limit=MAX_FIELDS)
        options, fields = query_flag(request, "options"), query_value(request, "fields", keys) or []
        extras = write_extras(self.user, [product.pk], options=options, fields=fields).get(product.pk, ())
        chosen: Any = {"code": code, "size": size, "is_zpl": label_format == ZPL, "extras": extras}
        drawing = draw_label(by=self.user, product=product, lot=lot, **chosen)
        return make_response([(drawing, 1)], label_format)


class ProductLabelView(LabelView):
    """The label of a product."""

    @extend_schema(parameters=PARAMETERS, responses=LABEL_RESPONSES)
    def get(self, request: Request, product_id: int) -> HttpResponse:
        """Draw a label with the name, the price and the barcode or SKU of the product."""
        return self.respond(request, self.get_object())

    def get_object(self) -> Product:
        products = Product.objects.for_user(self.user).live()
        return get_object_or_404(products, pk=self.kwargs["product_id"])


class LotLabelView(LabelView):
    """The label of a lot."""

    queryset = Lot.objects.all()  # the rows of the route's id: testing/laws/walk.py reads it

    @extend_schema(parameters=PARAMETERS, responses=LABEL_RESPONSES)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Draw a label with the name of the product, the lot and its date.

        If the barcode of the product is a GTIN, the code has GTIN, date and lot: as a Digital Link, or as GS1-128.
        Otherwise it is that of the product.
        """
        lot = self.get_object()
        return self.respond(request, lot.product, lot)

    def get_object(self) -> Lot:
        lots = Lot.objects.for_user(self.user).filter(product__archived_at=None).select_related("product")
        return get_object_or_404(lots, pk=self.kwargs["pk"])


class LabelsView(GenericApiView):
    """Sheets of labels."""

    tag, rights = "scanning", grant(Right.READ, "post")
    serializer_class = LabelsSerializer
    is_long_running = True  # 500 QR codes take several seconds
    forms_elsewhere = ("post",)

    @extend_schema(responses={**LABEL_RESPONSES, (200, "text/html"): OpenApiTypes.STR})
    def post(self, request: Request) -> HttpResponse:
        """Draw up to 500 labels of products and lots, all or none. Nothing is stored."""
        values = {"by": self.user, **self.read_body()}
        label_format = values.pop("format")
        values["is_zpl"] = label_format == ZPL
        decimal_sign.set(self.user.shop_decimal_sign)
        drawings = call_service(draw_labels, values, NothingDrawn)
        if label_format == "html":
            return render(request._request, "labels/sheet.html", describe_sheet(drawings))
        return make_response(drawings, label_format)


def make_response(drawings: list[tuple[Drawing, int]], label_format: str) -> HttpResponse:
    """Return the labels as SVG or as ZPL. A single label as SVG has no sheet around it."""
    headers = {"Content-Disposition": f'inline; filename="labels.{label_format}"'}
    if label_format == ZPL:
        commands = "".join(formats.write_zpl(drawing, copies) for drawing, copies in drawings)
        return HttpResponse(commands, content_type=ZPL_TYPE, headers=headers)
    is_one = len(drawings) == 1 and drawings[0][1] == 1
    content = formats.write_svg(drawings[0][0]) if is_one else formats.write_sheet(drawings)
    return HttpResponse(content, content_type=SVG_TYPE, headers=headers)


def describe_sheet(drawings: list[tuple[Drawing, int]]) -> dict[str, Any]:
    return {
        "symbols": mark_safe(formats.write_symbols(drawings)),  # noqa: S308, its texts are escaped
        "labels": [number for number, (_, copies) in enumerate(drawings) for _ in range(copies)],
        "width": drawings[0][0].width // DOTS_PER_MM,
        "height": drawings[0][0].height // DOTS_PER_MM,
    }


# --- Scanned codes ----------------------------------------------------------------------------------------


class ScanView(ApiView):
    """What a scanner has read."""

    tag, rights = "scanning", grant(SIGNED_IN, "get")
    devices = ("get",)
    also_refuses = {"get": ("404",)}  # an unknown code
    pages = {"get": label_page.SCAN}

    @extend_schema(parameters=[CODE], responses=ScanSerializer)
    def get(self, request: Request) -> Response:
        """The product or the kit that a code names: a SKU or barcode, a further code, or GS1 data with a GTIN.

        For the code of a case, `quantity` is the number of pieces in it: book this quantity. For a weight, it is in
        base units, and `amount` is the weight. It is null if the code has a price instead (`total_price`), or if it
        does not say how much it is. The shop's `scale_codes` say which codes are those of scales. GS1 data is read
        from element strings, with or without a symbology prefix, brackets and FNC1, and from Digital Links, which are
        not fetched. `code_unknown` (404) has `gs1` as well, to fill a form.

        Counters find only what is on an open counting sheet, and get no numbers of the stock: of `product` only the
        fields that tell what it is, of `lot` its `id` and `code`, and no `last_out`.
        """
        user, scan = self.user, query_value(request, "code", ScanField())
        if scan is None:
            raise ValidationError({"code": [_("Enter or scan a code.")]})
        goods = find_goods(user, scan)
        # An exact code comes before other forms of a GTIN.
        if goods and (goods["matched"] != GTIN or not find_scanned(user, [scan])):
            return Response(ScanSerializer(goods, context={"request": request}).data)
        found = find_one(user, scan)
        lot = find_lot(user, found.product, scan)
        product = add_details(Product.objects.for_user(user), user).get(pk=found.product)
        answer = {
            **NOTHING,
            "product": product,
            "matched": "lot" if lot else found.matched,
            "quantity": found.quantity,
            "total_price": found.total_price,
            "gs1": scan.gs1,
            "lot": lot,
            "last_out": read_last_out(lot.owner_id, lot.pk) if lot and not lot.quantity else None,
        }
        data = ScanSerializer(answer, context={"request": request}).data
        return Response(data if may(user, Right.READ) else hide_stock(data))


def find_one(user: User, scan: ScannedText) -> Scanned:
    """Return the product that the code names. Raise CodeUnknown or CodeAmbiguous."""
    found = find_scanned(user, [scan]).get(scan.text, []) if user.account_id else []
    if found and not may(user, Right.READ):
        scanned = [row.product for row in found]
        countable = {pk for hook in COUNTS for pk in hook.list_countable(user, scanned)}
        found = [row for row in found if row.product in countable]
    if not found:
        raise CodeUnknown(gs1=describe_gs1(scan.gs1))
    if len(found) > 1:
        raise CodeAmbiguous(candidates=describe_candidates(user, found), gs1=describe_gs1(scan.gs1))
    return found[0]


# What an answer has not: a product, or goods with parts.
NOTHING = dict.fromkeys(("product", *(kind.name for kind in list_kinds()), "total_price", "lot", "last_out"))


def find_goods(user: User, scan: ScannedText) -> dict[str, Any] | None:
    """Return the answer to the code of goods with parts, or None. No product has their code."""
    goods, matched = find_scanned_goods(user, scan) if may(user, Right.READ) else (None, "")
    if goods is None:
        return None
    row = find_kind(goods.kind).model.objects.for_user(user).get(pk=goods.pk)
    return {**NOTHING, goods.kind: row, "matched": matched, "quantity": scan.units, "gs1": scan.gs1}


def hide_stock(scan: dict[str, Any]) -> dict[str, Any]:
    """Return the answer without what tells how much of the product is in stock, or when it moved."""
    lot = scan["lot"] and {name: scan["lot"][name] for name in BLIND_LOT}
    product = {name: scan["product"][name] for name in BLIND_PRODUCT}
    return {**scan, "product": product, "lot": lot, "last_out": None}


def describe_candidates(user: User, found: list[Scanned]) -> list[dict[str, Any]]:
    """Return the products that a code names, each with the way in which the code matched."""
    ids = [row.product for row in found]
    products = {row.pop("id"): row for row in Product.objects.for_user(user).filter(pk__in=ids).values(*CANDIDATE)}
    return [
        {"product": row.product, **products[row.product], "matched": row.matched, "quantity": row.counted}
        for row in found
    ]


def find_lot(user: User, product_id: int, scan: ScannedText) -> Any:
    if scan.gs1 is None or not scan.gs1.lot:
        return None
    lots = Lot.objects.for_user(user).detailed(user)
    return lots.filter(product_id=product_id, code__lower=Lower(Value(scan.gs1.lot))).first()
