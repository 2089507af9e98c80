"""Pages to sign in, sign up, set a password, and close an account. They use the services and limits of the API."""

import json
from abc import ABC, abstractmethod
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.core.exceptions import ValidationError as FormError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView
from rest_framework.exceptions import AuthenticationFailed, ValidationError

from core.database.constraints import find_constraint, find_field
from core.errors import DomainError
from core.http.client_address import get_origin
from core.languages import ENGLISH
from core.regions import find_currency, writes_decimal_comma
from users import services
from users.access.callers import Caller
from users.access.services import deactivate
from users.models import CSVFormat, User
from users.sign_in import links, password_services, throttling
from users.sign_in import services as sign_in_services
from users.sign_in.errors import ConfirmationInvalid, ResetInvalid
from users.sign_in.factors.challenges import find_user
from users.sign_in.factors.errors import ChallengeExpired
from users.sign_in.factors.models import Purpose
from users.sign_in.forms import CloseForm, NewPasswordForm, ResetForm, SecondStepForm, SignInForm, SignUpForm
from users.sign_in.view_bases import SignedInPage, use_refusal_status

protect = method_decorator([use_refusal_status, sensitive_post_parameters(), never_cache], name="dispatch")


class ServicePage(FormView, ABC):
    """A page whose `submit()` passes the form to a service. Shows what the service refuses in the form."""

    @abstractmethod
    def submit(self, form: Any) -> HttpResponse: ...

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with form.store_refusal():
                return self.submit(form)
        except (FormError, ValidationError, IntegrityError, DomainError, AuthenticationFailed) as error:
            add_errors(form, error)
            return self.form_invalid(form)


@method_decorator(use_refusal_status, name="dispatch")
class SignInPage(auth_views.LoginView):
    """Signs in by a session. The page links to sign-up and to a new password, unless these are switched off.

    For a user with a second factor, the response is the page of the second step.
    """

    authentication_form = SignInForm
    template_name = "rest_framework/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        if form.second_step:
            context = {**show_options(form.second_step), "form": SecondStepForm(), "next": self.get_success_url()}
            return render(self.request, "accounts/second_step.html", context)
        sign_in_services.open_session(self.request, form.get_user(), None)
        is_due = form.get_user().must_set_up_factor
        return HttpResponseRedirect(reverse("second-factors") if is_due else self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        offers = {"signup_open": settings.SIGNUP_OPEN, "mail_on": settings.MAIL_ON}
        return super().get_context_data(**kwargs, **offers)


def show_options(step: dict[str, Any]) -> dict[str, Any]:
    """Return the step with the options for a passkey as the JSON that the page's script reads."""
    return {**step, "options_json": json.dumps(step["options"])} if "options" in step else step


@protect
class SecondStepPage(auth_views.RedirectURLMixin, ServicePage):
    """Signs in a user with a second factor, after the password."""

    form_class = SecondStepForm
    template_name = "accounts/second_step.html"
    http_method_names = ["post"]
    next_page = settings.LOGIN_REDIRECT_URL

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the challenge and what its user can answer it with. If it has expired, the page says so."""
        challenge, origin = self.request.POST.get("challenge", ""), get_origin(self.request)
        try:
            user = find_user(challenge, Purpose.SECOND_STEP)
            step = show_options(sign_in_services.describe_second_step(user, challenge, origin))
        except ChallengeExpired as error:
            step = {"expired": str(error)}
        return super().get_context_data(**step, next=self.get_success_url(), **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        by, origin = Caller.anonymous(self.request), get_origin(self.request)
        user, proved_at = sign_in_services.sign_in(by=by, origin=origin, **form.cleaned_data)
        sign_in_services.open_session(self.request, user, proved_at)
        return HttpResponseRedirect(self.get_success_url())


@protect
class SignUpPage(ServicePage):
    """Creates the owner of a new shop and signs it in. The page does not exist while sign-ups are closed.

    The languages of the browser tell the currency to begin with, and how the shop writes numbers. A script chooses the
    time zone of the browser.
    """

    form_class = SignUpForm
    template_name = "accounts/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.SIGNUP_OPEN:
            raise Http404
        if request.user.is_authenticated:
            return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))
        return super().dispatch(request, *args, **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        by, language = Caller.anonymous(self.request), get_language() or ENGLISH
        has_comma = writes_decimal_comma(language, self.accepted_languages)
        csv_format = CSVFormat.EUROPEAN if has_comma else CSVFormat.STANDARD
        user = services.sign_up(
            by=by, shop_language=language, csv_format=csv_format, developer=False, **form.cleaned_data
        )
        sign_in_services.open_session(self.request, user, None)
        return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))

    def get_initial(self) -> dict[str, Any]:
        return {"currency": find_currency(self.accepted_languages)}

    @property
    def accepted_languages(self) -> str:
        return self.request.headers.get("Accept-Language", "")


@protect
class ResetPage(ServicePage):
    """Asks for a user name or e-mail address, and mails a link. It does not exist if the service sends no mail."""

    form_class = ResetForm
    template_name = "accounts/reset.html"

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        if not settings.MAIL_ON:
            raise Http404
        return super().dispatch(*args, **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        name = form.cleaned_data["name"]
        password_services.request_password_reset(by=Caller.anonymous(self.request), username=name, email=name)
        return HttpResponseRedirect(reverse("password-reset-sent"))


class ResetSentPage(TemplateView):
    """Says that a mail is on its way, whether or not there is such a user."""

    template_name = "accounts/reset_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, printed=settings.MAIL_PRINTED)


@protect
class SetPasswordPage(ServicePage, auth_views.PasswordResetConfirmView):
    """Sets the password of the link's user. It signs nobody in: a mailbox must not suffice.

    Django's view moves the token from the address to the session, so that it is in no Referer header.
    """

    form_class = NewPasswordForm
    template_name = "accounts/set_password.html"
    token_generator = links.ANY

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, mail_on=settings.MAIL_ON)

    def get_user(self, uidb64: str) -> User | None:
        return links.find_user_by_uid(uidb64)

    def submit(self, form: Any) -> HttpResponse:
        fields = {
            "uid": self.kwargs["uidb64"],
            "token": self.request.session[INTERNAL_RESET_SESSION_TOKEN],
            "new_password": form.cleaned_data["new_password1"],
        }
        try:
            user = password_services.reset_password(by=Caller.anonymous(self.request), **fields)
        except ResetInvalid:
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        messages.success(self.request, gettext("The password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("admin:login") if user.is_staff else resolve_url(settings.LOGIN_URL))


@protect
class ConfirmEmailPage(TemplateView):
    """Confirms an e-mail address by one POST. A GET only shows the button, as programs follow links."""

    template_name = "accounts/confirm_email.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables. `outcome` is empty before the POST, then "confirmed" or "invalid"."""
        return {"outcome": "", "mail_on": settings.MAIL_ON, **super().get_context_data(**kwargs)}

    def post(self, request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
        outcome = "confirmed"
        try:
            links.confirm_email(uid=uidb64, token=token)
        except ConfirmationInvalid:
            outcome = "invalid"
        return self.render_to_response(self.get_context_data(outcome=outcome))


@protect
class ClosePage(SignedInPage, ServicePage):
    """Explains what deactivating oneself does, asks for the password, and does so. This closes an owner's shop."""

    form_class = CloseForm
    template_name = "accounts/close.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.user
        people = User.objects.with_workers(user.account or user).filter(is_active=True).exclude(pk=user.pk)
        others = {"is_owner": user.leads_shop, "workers": people.count() if user.leads_shop else 0}
        return super().get_context_data(**others, **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        user = self.user
        by = Caller.of(self.request)
        throttling.prove_password(by=by, user=user, password=form.cleaned_data["password"])
        deactivate(by=by, user=user)
        context = {"is_closed": True, "is_owner": user.leads_shop}
        logout(self.request)
        return self.render_to_response(context)


def add_errors(form: Any, error: Exception) -> None:
    if isinstance(error, FormError):
        form.add_error(None, error)
    elif isinstance(error, DomainError | AuthenticationFailed):
        form.add_error(form.password_field, str(error))
    elif isinstance(error, IntegrityError):
        constraint = find_constraint(error)
        if constraint is None:
            raise error
        form.add_error(find_field(constraint), gettext(str(constraint.get_violation_error_message())))
    elif isinstance(error, ValidationError):
        for name, texts in dict(error.detail).items():  # type: ignore[arg-type]
            form.add_error(name if name in form.fields else form.password_field, [str(text) for text in texts])
