"""The sign-in, and the base classes of pages outside of the API. They and the support desk ask for a fresh proof."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import TemplateView
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError, Throttled
from rest_framework.response import Response

from core.errors import DomainError
from core.http.clients import get_origin
from core.http.errors import exception_handler
from core.http.parsers import parse_json
from core.pages.cells import Cells, Fields, make_fields
from core.sentences import fill
from core.translation import gettext_noop as _
from users.access.permissions import Caller
from users.errors import ChallengeExpired, SecondFactorRequired
from users.models import Purpose, User
from users.sign_in import proofs, throttling
from users.sign_in import services as sign_in_services
from users.sign_in.factors.passkeys import find_user
from users.sign_in.serializers import LoginSerializer, SecondStepSerializer
from users.validators import MAX_TYPED_PASSWORD_LENGTH

Values = dict[str, Any]  # those of a form, of a route or of a template, by their names
TYPE_CODE = _("The six digits that your authenticator app shows, or one of your recovery codes.")
NO_PASSKEY = _("The browser has sent no passkey. Try again.")
SIGN_INS = _("wrong sign-ins")
PROTECTIONS = [sensitive_post_parameters(), never_cache]
protect = method_decorator(PROTECTIONS, name="dispatch")


def describe_throttling(seconds: float, limited: str = SIGN_INS) -> str:
    """Return what a form says if there were too many of what the limit counts."""
    number = math.ceil(seconds)
    wait = ngettext("{number} second", "{number} seconds", number)
    if number >= 60:
        number = math.ceil(number / 60)
        wait = ngettext("{number} minute", "{number} minutes", number)
    return fill("Too many {what}. Try again in {time}.", what=gettext(limited), time=wait.format(number=number))


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
    def submit(self, values: Values) -> HttpResponse: ...

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

    def validate(self, values: Values) -> Values:
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

    def get_context_data(self, **kwargs: Any) -> Values:
        return super().get_context_data(form=self.form or self.make_form(), **kwargs)


def read_answer(request: HttpRequest, typed: Values) -> Values:
    """Return the answer of a passkey, which a script has put into the form or, without one, what was typed."""
    text = request.POST.get("credential")
    if not text:
        return typed
    try:
        return {"credential": parse_json(text.encode())}
    except ParseError:
        return {"credential": text}  # the API refuses it


def declare(label: str, help_text: str = "", **attrs: Any) -> Values:
    """Return what a form adds to a field of its serializer. `attrs` are attributes in HTML."""
    return {"label": label, "help_text": help_text, "attrs": attrs}


CODE = declare(_("Code"), TYPE_CODE, autocomplete="one-time-code", autofocus=True)
NAME = declare(_("User name or e-mail address"), autocomplete="username", autofocus=True)
PASSWORD = declare(_("Your password"), autocomplete="current-password", required=True)


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
        return self.request.user  # type: ignore[return-value]


class SecondStepPage(auth_views.RedirectURLMixin, AccountPage):
    """Signs in a user with a second factor, after the password."""

    serializer_class = SecondStepSerializer
    fields = {"code": CODE}
    template_name = "accounts/second_step.html"
    http_method_names = ["post"]
    next_page = settings.LOGIN_REDIRECT_URL
    step: Values = {}  # the challenge, and with what its user can answer it

    def get_context_data(self, **kwargs: Any) -> Values:
        """Return the variables of the step. If its challenge has expired, the page says so."""
        step = self.step or self.read_step()
        if "options" in step:  # the page's script reads them
            step["options_json"] = json.dumps(step["options"])
        return super().get_context_data(**step, **{"next": self.get_success_url(), **kwargs})

    def read_step(self) -> Values:
        challenge = self.request.POST.get("challenge", "")
        try:
            user = find_user(challenge, Purpose.SECOND_STEP)
        except ChallengeExpired as error:
            return {"expired": str(error)}
        return sign_in_services.describe_second_step(user, challenge, get_origin(self.request))

    def submit(self, values: Values) -> HttpResponse:
        by, origin, answer = Caller.anonymous(self.request), get_origin(self.request), read_answer(self.request, values)
        sent = self.validate({"challenge": self.request.POST.get("challenge", ""), **answer})
        user, proved_at = sign_in_services.sign_in(by=by, origin=origin, **sent)
        sign_in_services.open_session(self.request, user, proved_at)
        return HttpResponseRedirect(self.get_success_url())


class SignInPage(auth_views.RedirectURLMixin, AccountPage):
    """Signs in by a session. The page links to sign-up and to a new password, unless these are switched off.

    For a user with a second factor, the response is the page of the second step.
    """

    serializer_class = LoginSerializer
    fields = {"username": NAME, "password": PASSWORD | {"label": _("Password")}}
    template_name = "rest_framework/login.html"
    next_page = settings.LOGIN_REDIRECT_URL
    staff_only = False
    wrong = AuthenticationForm.error_messages["invalid_login"]

    @sensitive_variables("sent", "values")
    def submit(self, values: Values) -> HttpResponse:
        by, origin, sent = Caller.anonymous(self.request), get_origin(self.request), self.validate(values)
        try:
            user, proved_at = sign_in_services.sign_in(by=by, origin=origin, staff_only=self.staff_only, **sent)
        except SecondFactorRequired as error:
            page = SecondStepPage(step=error.numbers)
            page.setup(self.request)
            return page.render_to_response(page.get_context_data(next=self.get_success_url()))
        except AuthenticationFailed as error:
            if error.get_codes() != "no_active_account":
                raise
            raise AuthenticationFailed(self.wrong % {"username": User.username.field.verbose_name}) from None
        sign_in_services.open_session(self.request, user, proved_at)
        return HttpResponseRedirect(reverse("second-factors") if user.must_set_up_factor else self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> Values:
        offers = {"signup_open": settings.SIGNUP_OPEN, "mail_on": settings.MAIL_ON}
        return super().get_context_data(**{"next": self.get_redirect_url(), **offers, **kwargs})


class OwnPasswordForm(AdminPasswordChangeForm):
    """Counts a wrong old password as a wrong sign-in. `refusal` is the error if the form is refused for a time."""

    refusal: APIException | None = None

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["old_password"].validators.append(MaxLengthValidator(MAX_TYPED_PASSWORD_LENGTH))

    def clean_old_password(self) -> str:
        by, username = Caller.of(self.request), self.user.get_username()
        try:
            with throttling.limit_sign_in(by=by, username=username) as succeeded:
                old_password: str = super().clean_old_password()
                succeeded()
        except (Throttled, throttling.TooBusy) as refusal:
            self.refusal = refusal
            wait: float = getattr(refusal, "wait", None) or 1
            is_busy = isinstance(refusal, throttling.TooBusy)
            raise ValidationError(str(refusal) if is_busy else describe_throttling(wait)) from None
        return old_password
