"""What the routes of imports have in common: how they are described, how a request is read, and what runs once."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.files.encodings import BY_PARAMETER
from core.http.parsers import FILE_PARSERS, StrictMultiPartParser
from core.http.renderers import JSONRenderer
from core.lists.filters import StrictTextField
from core.lists.parameters import query_choice, query_flag, query_value
from products.filing import serializers
from products.filing.files import open_rows
from products.filing.states import Choices
from records.idempotency.decorators import Handler, idempotent, takes_key
from web.view_bases import GenericApiView

ENCODINGS = {"": "", **BY_PARAMETER}
DRY_RUN = "Return the result of the import, without importing"
PARSERS = [StrictMultiPartParser, *FILE_PARSERS]
MAPPING = StrictTextField(max_length=serializers.MAX_MAPPING_LENGTH)


def describe_import(
    answer: Any,
    example: tuple[str, str],
    form: Any,
    parameters: Iterable[OpenApiParameter] = (),
    dry_run: str = DRY_RUN,
) -> Callable[[Handler], Handler]:
    """Return a decorator that describes an import in the schema. `example` is the title of a file, and the file."""
    title, file = example
    return extend_schema(
        parameters=[
            OpenApiParameter("dry_run", bool, description=dry_run),
            OpenApiParameter("encoding", str, description=serializers.ENCODING),
            *parameters,
        ],
        request={"multipart/form-data": form} | {parser.media_type: OpenApiTypes.BINARY for parser in FILE_PARSERS},
        responses=answer,
        examples=[OpenApiExample(title, file, request_only=True, media_type="text/csv")],
    )


def import_action(
    page: Any, answer: Any, example: tuple[str, str], form: Any = serializers.FileSerializer, parameters: Any = (),
    **options: Any,
) -> Callable[[Any], Any]:  # fmt: skip
    """Return a decorator that makes a method the action `import` of a list. The rest is as in describe_import()."""
    route = action(
        detail=False, methods=["post"], url_path="import", url_name="import", pagination_class=None,
        parser_classes=PARSERS, renderer_classes=[JSONRenderer, page], serializer_class=form, is_long_running=True,
        has_form_pages=False, **options,
    )  # fmt: skip
    return lambda method: describe_import(answer, example, form, parameters)(route(takes_key(method)))


class ImportMixin(GenericApiView):
    """Imports a file that was sent. Parameters of the address override the fields of the form."""

    def choose(self, form: dict[str, Any], name: str, values: Iterable[str]) -> str:
        """Return the value of a choice, or an empty text. Raise a ValidationError for any other value."""
        if self.request.query_params.get(name):
            return query_choice(self.request, name, values)
        return str(form.get(name, ""))

    def is_set(self, form: dict[str, Any], name: str) -> bool:
        return query_flag(self.request, name) or form.get(name, False)

    def read_options(self, form: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with which a file of the shop is read."""
        user, encoding = self.user, ENCODINGS[self.choose(form, "encoding", ENCODINGS)]
        signs = {"decimal_sign": user.shop_decimal_sign, "currency": user.shop_currency}
        return {"owner_id": self.account_id, "encoding": encoding, **signs}

    def make_opener(self, form: dict[str, Any], choices: Choices) -> Any:
        """Return a function that opens a file with columns that people choose."""
        mapping = query_value(self.request, "columns", MAPPING) or form.get("columns", "")
        header = query_value(self.request, "header", serializers.HEADER_PARAMETER) or form.get("header") or 0
        options = {"mapping": mapping, "header_line": header, "choices": choices, **self.read_options(form)}
        return partial(open_rows, form["file"], **options)

    def import_table(self, read: Callable[..., Any], service: Callable[..., Any]) -> Any:
        """Read a small table by SmallTable.read_file(), or by a function like it, and import what that returns."""
        form = self.read_body()
        return self.import_file(form, service, file=read(form["file"], **self.read_options(form)))

    def import_file(self, form: dict[str, Any], service: Callable[..., Any], **values: Any) -> Any:
        """Return the response of the service: an import is done once per idempotency key, and a dry run each time."""
        if self.is_set(form, "dry_run"):
            return Response(service(by=self.user, dry_run=True, **values))
        return self.import_once(self.request, service, **values)

    @idempotent
    def import_once(self, request: Request, service: Callable[..., Any], **values: Any) -> Response:
        return Response(service(by=self.user, dry_run=False, **values))
