"""The base class of pages outside of the API. These pages and the support desk can ask for a fresh proof."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from users.models import User
from users.sign_in import proofs


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


class SignedInPage(LoginRequiredMixin):
    """A mixin for pages outside of the API. It leads signed-out visitors to the sign-in."""

    request: HttpRequest

    @property
    def user(self) -> User:
        """Return the user of the request."""
        return self.request.user  # type: ignore[return-value]
