"""The base classes and decorators of this app's views."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework import generics
from rest_framework.request import Request

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


def get_user(request: Request) -> User:
    """Return the user of a request to a route that is open to signed-in users only."""
    return cast(User, request.user)


def read_body(view: Any, request: Request) -> dict[str, Any]:
    """Return the body, validated by the view's serializer. Raise ValidationError (400)."""
    serializer = view.get_serializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)


class PublicView(PageMixin, generics.GenericAPIView):
    """A view for callers without a token. It does not read the Authorization header."""

    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Return the scheme. Without it, REST framework would return a 403 for a refused password or token."""
        return TokenAuthentication().authenticate_header(request)
