"""The route of a product's picture."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.files.pictures import CONTENT_TYPE
from core.http.parsers import PictureParser
from core.http.renderers import Changed, JSONForFiles, JSONRenderer, is_listed
from core.http.throttling import count_as_long
from core.lists.parameters import query_choice
from core.serializers import CachedFieldsSerializer
from products.models import Picture, Product
from products.pictures.services import read_picture, remove_picture, set_picture
from users.access.permissions import READ, grant
from users.access.roles import Right
from web.view_bases import ApiView
from web.viewsets import raise_404_if_missing


class PictureSerializer(CachedFieldsSerializer):
    """Where the picture is."""

    picture = serializers.CharField(help_text="The address, relative to this service. Each picture has another one.")


COLUMNS = {"1000": "large", "200": "small"}  # by the parameter `size`
SIZE = OpenApiParameter("size", enum=list(COLUMNS), description="The most pixels of a side, by default 1000.")
VERSION = OpenApiParameter("v", str, description="The digest in a product's `picture`: clients may keep this version.")
SENT_TYPES = ("image/jpeg", "image/png", "image/webp")
KEPT, UNKEPT = "private, max-age=31536000, immutable", "private, no-cache"


class PictureView(ApiView):
    """The picture of a product. Before it refuses an unknown parameter, core calls `get_object`."""

    tag, rights = "products", READ | grant(Right.MANAGE_PRODUCTS, "put", "delete")
    devices = ("get",)
    has_etags, checked_actions = True, ("put", "delete")  # the schema reads these attributes
    forms_elsewhere = ("put", "delete")  # they are at /shop/products/{id}/picture/
    content_negotiation_class = JSONForFiles
    parser_classes, renderer_classes = [PictureParser], [JSONRenderer]

    def get_object(self) -> Product:
        """Return the product. An archived one can only be read."""
        products = Product.objects.for_user(self.user)
        is_read = self.request.method in ("GET", "HEAD")
        return get_object_or_404(products if is_read else products.live(), pk=self.kwargs["product_id"])

    def check_unchanged(self, digest: str) -> None:
        """Raise Changed if the client expects another picture than this digest. It is empty if there is no picture."""
        match, none_match = (self.request.headers.get(name) for name in ("If-Match", "If-None-Match"))
        if match is not None and not (digest and is_listed(f'"{digest}"', match)):
            raise Changed
        if digest and none_match == "*":
            raise Changed

    @extend_schema(parameters=[SIZE, VERSION], responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, product_id: int) -> HttpResponse:
        """Return the picture as a JPEG, which fits into 1000 by 1000 pixels and 200 kB, or 200 by 200 and 12 kB."""
        column = COLUMNS[query_choice(request, "size", tuple(COLUMNS))]
        pictures = Picture.objects.for_user(self.user).filter(product_id=product_id)
        content, digest = get_object_or_404(pictures.values_list(column, "digest"))
        is_version = request.query_params.get("v") == digest
        headers = {"ETag": f'"{digest}"', "Cache-Control": KEPT if is_version else UNKEPT}
        if is_listed(headers["ETag"], request.headers.get("If-None-Match", "")):
            return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return HttpResponse(content, content_type=CONTENT_TYPE, headers=headers)

    @extend_schema(request=dict.fromkeys(SENT_TYPES, OpenApiTypes.BINARY), responses=PictureSerializer)
    def put(self, request: Request, product_id: int) -> Response:
        """Give the product a picture: a JPEG, PNG or WebP of up to 8 MiB and 40 million pixels is the body.

        It is drawn again, upright and on white. EXIF data, such as the place of a photo, and all else is removed.
        """
        self.get_object()
        count_as_long(request)  # reading a picture is expensive
        body: Any = request.data
        picture = read_picture(body.get("file"), self.account_id)
        with raise_404_if_missing():
            set_picture(by=self.user, product_id=product_id, picture=picture, check=self.check_unchanged)
        return Response({"picture": f"{request.path}?v={picture.digest}"})

    @extend_schema(responses={204: None})
    def delete(self, request: Request, product_id: int) -> Response:
        """Remove the picture of the product."""
        with raise_404_if_missing():
            remove_picture(by=self.user, product_id=product_id, check=self.check_unchanged)
        return Response(status=status.HTTP_204_NO_CONTENT)
