"""The base classes of the views of all apps."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.database import replicas
from core.database.transactions import is_database_away
from core.fields import MAX_QUOTED_LENGTH
from core.http.browsers import is_page_for_people
from core.http.downloads import Words, table_response
from core.http.renderers import AlwaysJSON, FormChanged, JSONOrFile, JSONRenderer
from core.lists.filters import StrictTextField
from core.lists.parameters import FILE_FORMATS, query_format, query_value
from core.lists.serialization import PreparedRows, RowSerializer, get_row_reader, get_row_serializer
from core.pages.cells import find_value
from core.pages.mixin import PageMixin
from core.sentences import fill
from core.serializers import EmptySerializer
from users.access.permissions import Tag
from users.models import User
from users.sign_in.tokens import TokenAuthentication

FIELDS, FIELD_NAMES = "fields", StrictTextField(max_length=1000)
FIELDS_PARAMETER = OpenApiParameter(
    FIELDS, str, description="The names of some fields, with commas between them. The response omits all other fields."
)

# The decorators of routes below a row: one that does something with the row, by default without a body, and one that
# returns a file.
post_action = partial(action, detail=True, methods=["post"], serializer_class=EmptySerializer)
file_action = partial(action, detail=True, pagination_class=None, content_negotiation_class=AlwaysJSON)


def created(data: Any) -> Response:
    """Return the response of a request that has created something."""
    return Response(data, status=status.HTTP_201_CREATED)


class ApiView(PageMixin, APIView):
    """The base of all views of the API.

    Each declares who may use it; what it does not declare is closed to all users. Names are those of actions or, if the
    view has no actions, of methods. An `@action`, or `as_view()`, can have attributes of its own for its route.
    """

    rights: Mapping[str, str] = {}  # for each action, the group of users.access.permissions that may use it
    tag: Tag | str = ""  # the tag in the schema: one view declares the Tag, the others name it
    root_link = ""  # the name of the link to the view, or to its list, at the root of the API; empty for none
    needs_factor = True  # whether a user that has to set up a second factor is refused
    stays_open: tuple[str, ...] = ()  # the actions by which the owner may write while the shop is being closed
    devices: tuple[str, ...] = ()  # the actions, or the methods, that the key of a till's device may use

    @property
    def user(self) -> User:
        """Return the user of the request. Views that are open to signed-out clients read `request.user` instead."""
        return self.request.user  # type: ignore[return-value]

    @property
    def account_id(self) -> int:
        """Return the id of the user's account. Without a shop it is None, and no row has this owner."""
        return self.request.user.account_id  # type: ignore[return-value,union-attr]


class GenericApiView(ApiView, generics.GenericAPIView):
    """The base of the views that have a serializer: that of their rows, or of their body."""

    serializer_class: Any
    action_serializers: Mapping[str, Any] = {}  # those of the actions that have another one

    def get_serializer_class(self) -> Any:
        return self.action_serializers.get(getattr(self, "action", "")) or super().get_serializer_class()

    def read_body(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return the body, validated by the view's serializer. Raise ValidationError (400)."""
        serializer = self.get_serializer(*args, data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def stores(self, name: str, text: str) -> bool:
        """Return whether what the address names has this text, such as an amount of money, under this name."""
        return "pk" in self.kwargs and f'"{name}":"{text}"'.encode() in JSONRenderer().render(self.show_stored())

    def show_stored(self) -> Any:
        """Return what the address names, as a response shows it."""
        return self.represent(self.get_object())

    def represent(self, row: Any) -> Any:
        """Return the response body of the row. The serializer of an action may describe only the action's request."""
        return type(self).serializer_class(row, context=self.get_serializer_context()).data

    def show(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        """Return the response with the row."""
        return Response(self.represent(row), status=status_code)


class RowFormView(GenericApiView):
    """The base of the views of rows that a form changes. Code that locks the row calls `check_unchanged()`."""

    def check_unchanged(self, row: Any) -> None:
        """Raise FormChanged if the form would undo a change. Call this with the locked row, before any change."""
        if read := getattr(self.request._request, "read_values", None):
            now = json.loads(JSONRenderer().render(self.represent(row)))
            if any(find_value(now, name) != value for name, value in read.items()):
                raise FormChanged

    def read_change(self) -> dict[str, Any]:
        """Return who changes which row, the check of the locked row, and the body. Raise ValidationError (400)."""
        return {"by": self.user, "pk": self.kwargs["pk"], "check": self.check_unchanged, **self.read_body()}


class PublicView(GenericApiView):
    """A view for callers without a token. It does not read the Authorization header.

    Its `links` lead people to the pages below /accounts/ that do the same.
    """

    authentication_classes = ()
    forms_elsewhere = ("post",)

    def list_links(self) -> Mapping[str, str]:
        """Return the links to pages that the operator has not switched off."""
        is_on = {"sign-up": settings.SIGNUP_OPEN, "password-forgotten": settings.MAIL_ON}
        return {title: page for title, page in self.links.items() if is_on.get(page, True)}

    def get_authenticate_header(self, request: Request) -> str:
        """Return the scheme. Without it, REST framework would return a 403 for a refused password or token."""
        return TokenAuthentication().authenticate_header(request)


class ReplicaReads(ApiView):
    """Reads from a replica in the actions that `replica_actions` names, if REPLICA_URL is set and a replica is current.

    Authentication, permissions and throttles always read from the primary, so that a revoked access ends at once. If
    the replica fails before anything is sent, the action runs again on the primary. Single rows are read from the
    primary: checking whether the replica is current would cost more than the read.
    """

    replica_actions: tuple[str, ...] = ("get", "list")  # the actions of a viewset, or the methods of another view

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not replicas.REPLICAS:
            return super().dispatch(request, *args, **kwargs)
        with replicas.read_from(replicas.PRIMARY):
            response = super().dispatch(request, *args, **kwargs)
            alias = replicas.get_alias()
            if response.streaming and alias != replicas.PRIMARY:
                # The content is generated while reading from the same database as the request.
                content: Any = iter(response.streaming_content)  # type: ignore[attr-defined]
                read_next = replicas.read_from(alias)(lambda: next(content, None))
                response.streaming_content = iter(read_next, None)  # type: ignore[attr-defined]
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        action = getattr(self, "action", None) or ("get" if method == "head" else method)
        if replicas.REPLICAS and action in self.replica_actions:
            self.use_database(replicas.choose_alias())

    def use_database(self, alias: str) -> None:
        """Read from this database until `dispatch()` ends, and add its name to the request's log line."""
        replicas.use(alias)
        self.request._request.read_from = alias  # type: ignore[attr-defined]

    def handle_exception(self, exc: Exception) -> Any:
        """Run the action again on the primary if the replica failed."""
        replica = replicas.REPLICAS.get(replicas.get_alias())
        if replica is None or not is_database_away(exc):
            return super().handle_exception(exc)
        replica.pause_after(exc)
        self.use_database(replicas.PRIMARY)
        try:
            return getattr(self, (self.request.method or "").lower())(self.request, *self.args, **self.kwargs)
        except Exception as error:
            return super().handle_exception(error)


class ListRowsMixin(mixins.ListModelMixin, GenericApiView):
    """A mixin for views with a `list` action, which returns a page of rows serialized from columns."""

    filterset_class: Any

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_rows(self.get_queryset(), self.get_serializer_class())

    def list_rows(self, queryset: QuerySet, serializer_class: Any) -> Response:
        """Return a page of the filtered queryset, with the fields of the serializer class."""
        rows = get_row_serializer(serializer_class)
        found = self.filter_queryset(queryset)
        paginator: Any = self.paginator
        page = paginator.paginate_rows(found, rows.select_columns, self.request, self)
        return self.respond(rows, page)

    def list_log(self, build_queryset: Callable[..., QuerySet], **numbers: int) -> Response:
        """Return a page of the log. Without filters, its rows are those of `build_queryset`: see PreparedRows."""
        serializer_class: Any = self.get_serializer_class()
        if self.filterset_class.has_filters(self.request):
            return self.list_rows(self.get_queryset(), serializer_class)
        columns = get_row_serializer(serializer_class).distinct_columns
        all_rows: Any = PreparedRows(build_queryset, columns, get_row_reader(serializer_class, columns), numbers)
        return self.get_paginated_response(self.paginate_queryset(all_rows))

    def respond(self, rows: RowSerializer, page: Any) -> Response:
        return self.get_paginated_response([rows.serialize_row(row) for row in page])


class FileOfList(GenericApiView, viewsets.GenericViewSet):
    """A mixin for viewsets whose list is a file, too, which has all rows. The page of the list links to it.

    The file has the name of `root_link`. This mixin comes before the base class that lists the rows.
    """

    content_negotiation_class = JSONOrFile
    file_labels: Mapping[str, str] = {}  # the headings for people; by default the labels of the fields
    file_money: Sequence[str] = ()  # the columns with amounts of money

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.pages = {**cls.pages, "list": replace(cls.pages["list"], has_csv=True)}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        file_format = query_format(request, self)
        if file_format not in FILE_FORMATS:
            return super().list(request, *args, **kwargs)  # type: ignore[misc] # the next base class lists rows
        rows = self.export_rows(self.filter_queryset(self.get_queryset()))
        words = Words(self.file_labels, write_titles=None)
        return table_response(request, rows, self.root_link, file_format, self.file_money, words)

    def export_rows(self, found: Any) -> Iterator[Sequence[Any]]:
        """Yield the header, and the fields of each row that was found."""
        serializer_class: Any = self.get_serializer_class()
        rows = get_row_serializer(serializer_class)
        yield rows.names
        for row in rows.select_columns(found).iterator():
            yield [*rows.serialize_row(row).values()]


class SparseFields(GenericApiView, viewsets.GenericViewSet):
    """A mixin for viewsets, whose lists and single rows then take the parameter `fields`.

    It is the first base class, so that an ETag is that of the whole row, which a later `If-Match` is compared with.
    """

    sparse_actions = ("list", "retrieve")  # the schema reads it
    chosen: frozenset[str] = frozenset()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if FIELDS in request.query_params and self.action in self.sparse_actions:
            self.chosen = read_names(request, get_row_serializer(type(self).serializer_class).names)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.chosen and response.status_code == 200 and not is_page_for_people(request):  # pages show all fields
            response.data = select_fields(response.data, self.chosen)
        return response


def read_names(request: Request, known: Sequence[str]) -> frozenset[str]:
    """Return the names in the parameter. Raise a ValidationError that lists the unknown ones."""
    names = [name.strip() for name in (query_value(request, FIELDS, FIELD_NAMES) or "").split(",")]
    unknown = ", ".join(f'"{name[:MAX_QUOTED_LENGTH]}"' for name in names if name not in known)
    if unknown and names != [""]:
        said = fill("There is no field {unknown}. The fields are {known}.", unknown=unknown, known=", ".join(known))
        raise ValidationError({FIELDS: [said]})
    return frozenset(names) - {""}


def select_fields(data: dict[str, Any], chosen: frozenset[str]) -> dict[str, Any]:
    """Return the row, or the page of rows, with the chosen fields in their usual order."""
    if "results" in data:
        return {**data, "results": [select_fields(row, chosen) for row in data["results"]]}
    return {name: value for name, value in data.items() if name in chosen}
