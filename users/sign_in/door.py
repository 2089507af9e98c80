"""The base classes of pages outside of the API. These pages and the support desk can ask for a fresh proof."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import TemplateView
from rest_framework.exceptions import APIException, ParseError, Throttled
from rest_framework.response import Response

from core.errors import DomainError
from core.http.error_handler import exception_handler
from core.http.parsers import parse_json
from core.pages.cells import Cells, Fields, make_fields
from core.translation import gettext_noop
from core.translation import gettext_noop as _
from users.models import User
from users.sign_in import proofs
from users.sign_in.forms import SIGN_INS, describe_throttling

TYPE_CODE = _("The six digits that your authenticator app shows, or one of your recovery codes.")

NO_PASSKEY = gettext_noop("The browser has sent no passkey. Try again.")

PROTECTIONS = [sensitive_post_parameters(), never_cache]
protect = method_decorator(PROTECTIONS, name="dispatch")


class AccountPage(TemplateView, ABC):
    """A page with one form. Its fields, its limits and its errors are those of the API.

    `submit()` sends the form to a route. A page that begins a session calls the service itself.
    """

    serializer_class: Any
    fields: Mapping[str, Mapping[str, Any]] = {}  # what the form adds to the fields of the serializer that it has
    limited = SIGN_INS  # names what the limit counts
    texts: Mapping[str, str] = {}  # those of a new form
    form: Cells | None = None

    @method_decorator(PROTECTIONS)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)

    @abstractmethod
    def submit(self, values: dict[str, Any]) -> HttpResponse: ...

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self.make_form(is_sent=True)
        self.form.full_clean()
        try:
            return self.submit(self.form.values)
        except (APIException, DomainError, IntegrityError) as error:
            response = exception_handler(error, {"view": self, "request": request})
            if not isinstance(response, Response):
                raise
            return self.refuse(response, response.data)

    def get_authenticate_header(self, _request: Any) -> str:
        return ""

    def refuse(self, response: Any, data: Mapping[str, Any]) -> HttpResponse:
        """Return the page with the errors of this response of the API. Its status is 200 unless the user has to wait.

        An error that belongs to no field is shown at the last one.
        """
        seconds, form, detail = response.headers.get("Retry-After"), self.form or self.make_form(), data.get("detail")
        if "credential" in data:
            detail = gettext(NO_PASSKEY)
        elif seconds and str(detail).startswith(str(Throttled.default_detail)):
            detail = describe_throttling(int(seconds), self.limited)
        if detail:
            data = {[*form.fields][-1] if form.fields and not seconds else "": [detail]}
        form.show_refusal(data)
        page = self.render_to_response(self.get_context_data())
        if seconds:
            page.status_code, page.headers["Retry-After"] = response.status_code, seconds
        return page

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        serializer = self.serializer_class(data=values, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def make_form(self, *, is_sent: bool = False) -> Cells:
        made = make_fields(self.serializer_class(), self.fields, changes_row=False)
        fields: Fields = {}
        for name in self.fields:
            attrs = {"autocapitalize": "none", "autofocus": False, "required": made[name].is_needed, **made[name].attrs}
            fields[name] = made[name].replace(user=self.request.user, is_needed=False, empty="", attrs=attrs)
        return Cells(fields, self.request.POST if is_sent else self.texts, is_sent=is_sent)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(form=self.form or self.make_form(), **kwargs)


def read_answer(request: HttpRequest, typed: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a passkey, which a script has put into the form or, without one, what was typed."""
    text = request.POST.get("credential")
    if not text:
        return typed
    try:
        return {"credential": parse_json(text.encode())}
    except ParseError:
        return {"credential": text}  # the API refuses it


def declare(label: str, help_text: str = "", **attrs: Any) -> dict[str, Any]:
    """Return what a form adds to a field of its serializer. `attrs` are attributes in HTML."""
    return {"label": label, "help_text": help_text, "attrs": attrs}


CODE = declare(_("Code"), TYPE_CODE, autocomplete="one-time-code", autofocus=True)


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
