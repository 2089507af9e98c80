"""The base classes of the views of all apps, and the decorators of this app's views."""

import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.database import replicas
from core.database.errors import is_database_away
from core.pages.mixin import PageMixin
from users import proofs
from users.authentication import TokenAuthentication
from users.models import User


def use_refusal_status(page: Callable[..., Any]) -> Callable[..., Any]:
    """Return the page as a view that returns 429 or 503 with Retry-After if its `ThrottledForm` was refused."""

    @wraps(page)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = page(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if refusal := getattr(form, "refusal", None):
            response.status_code = refusal.status_code
            response.headers["Retry-After"] = str(math.ceil(refusal.wait))
        return response

    return respond


def lead_to_proof(address: str) -> HttpResponse:
    """Return a redirect to the page that asks for a fresh proof, and then leads to the address."""
    return HttpResponseRedirect(f"{reverse('prove')}?{urlencode({'next': address})}")


def ask_for_proof(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to the page that asks for a proof, or None if this request of the support desk needs none."""
    if request.method != "POST" or not settings.STAFF_SECOND_FACTOR or proofs.has_fresh_proof(request):
        return None
    messages.warning(request, "Nothing was changed, because you had to prove again that it is you. Now do it again.")
    return lead_to_proof(request.get_full_path())


READS = ("GET", "HEAD")


class ApiView(PageMixin, APIView):
    """The base of all views of the API.

    Each declares who may use it; what it does not declare is closed to all users. Names are those of actions or, if the
    view has no actions, of methods. An `@action`, or `as_view()`, can have attributes of its own for its route.
    """

    rights: Mapping[str, str] = {}  # the group of users.permissions that may use each action
    tag = ""  # the tag in the schema
    root_link = ""  # the name of the link to the view, or to its list, at the root of the API; empty for none
    needs_factor = True  # whether a user that has to set up a second factor is refused
    stays_open: tuple[str, ...] = ()  # the actions by which the owner may write while the shop is being closed
    devices: tuple[str, ...] = ()  # the actions that the key of a till's device may use

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

    def read_body(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return the body, validated by the view's serializer. Raise ValidationError (400)."""
        serializer = self.get_serializer(*args, data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def represent(self, row: Any) -> Any:
        """Return the response body of the row. The serializer of an action may describe only the action's request."""
        serializer_class: Any = type(self).serializer_class
        return serializer_class(row, context=self.get_serializer_context()).data

    def show(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        """Return the response with the row."""
        return Response(self.represent(row), status=status_code)


class PublicView(GenericApiView):
    """A view for callers without a token. It does not read the Authorization header."""

    authentication_classes = ()

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
        action = getattr(self, "action", None) or "get"
        if replicas.REPLICAS and request.method in READS and action in self.replica_actions:
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
