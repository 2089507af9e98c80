"""Pages to sign up, set a password, and close an account. They use the services and limits of the API."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.generic import TemplateView
from rest_framework.exceptions import ValidationError

from core.http.calls import call_api
from core.texts.locales import ENGLISH, find_currency, list_currencies_of_zones, writes_decimal_comma
from core.translation import gettext_noop as _
from users import services
from users.access.permissions import Caller
from users.access.serializers import ProofSerializer
from users.access.services import deactivate
from users.account_serializers import OpenShopSerializer
from users.errors import ConfirmationInvalid, ResetInvalid
from users.models import CSVFormat, User
from users.sign_in import password_services, throttling
from users.sign_in import services as sign_in_services
from users.sign_in.serializers import NameSerializer, NewPasswordSerializer
from users.sign_in.view_bases import NAME, PASSWORD, AccountPage, SignedInPage, Values, declare, protect


class SignUpPage(AccountPage):
    """Creates the owner of a new shop and signs it in. The page does not exist while sign-ups are closed.

    The languages of the browser tell the currency to begin with, and how the shop writes numbers. A script chooses the
    time zone of the browser.
    """

    serializer_class = OpenShopSerializer
    limited = _("sign-ups")
    fields = {
        "shop_name": declare(
            _("Name of the shop"), autocomplete="organization", autocapitalize="words", autofocus=True
        ),
        "time_zone": declare(_("Time zone"), _("Says when a day of the shop begins.")) | {"begins_empty": True},
        "currency": declare(_("Currency")),
        "username": declare(_("User name"), _("You sign in with it."), autocomplete="username"),
        "email": declare(
            _("E-mail address (optional)"),
            _("To set a new password if you forget yours."),
            autocomplete="email",
            type="email",
        ),
        "password": declare(_("Password"), _("At least 8 characters."), autocomplete="new-password"),
    }
    template_name = "accounts/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.SIGNUP_OPEN:
            raise Http404
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        self.accepted_languages = request.headers.get("Accept-Language", "")
        self.texts = {"currency": find_currency(self.accepted_languages)}
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> Values:
        return super().get_context_data(currencies=json.dumps(list_currencies_of_zones()), **kwargs)

    def submit(self, values: Values) -> HttpResponse:
        by, language = Caller.anonymous(self.request), get_language() or ENGLISH
        has_comma = writes_decimal_comma(language, self.accepted_languages)
        csv_format = CSVFormat.EUROPEAN if has_comma else CSVFormat.STANDARD
        sent = self.validate(values)
        user = services.sign_up(by=by, shop_language=language, csv_format=csv_format, developer=False, **sent)
        sign_in_services.open_session(self.request, user, None)
        return redirect(settings.LOGIN_REDIRECT_URL)


class ResetPage(AccountPage):
    """Asks for a user name or e-mail address, and mails a link. It does not exist if the service sends no mail."""

    serializer_class = NameSerializer
    limited = _("requests for a link")
    fields = {"username": NAME | {"help_text": _("You get a mail with a link to set a new password.")}}
    template_name = "accounts/reset.html"

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        if not settings.MAIL_ON:
            raise Http404
        return super().dispatch(*args, **kwargs)

    def submit(self, values: Values) -> HttpResponse:
        name = self.validate(values)["username"]
        password_services.request_password_reset(by=Caller.anonymous(self.request), username=name)
        return redirect("password-reset-sent")


class ResetSentPage(TemplateView):
    """Says that a mail is on its way, whether or not there is such a user."""

    template_name = "accounts/reset_sent.html"

    def get_context_data(self, **kwargs: Any) -> Values:
        return super().get_context_data(**kwargs, printed=settings.MAIL_PRINTED)


class SetPasswordPage(AccountPage, auth_views.PasswordResetConfirmView):
    """Sets the password of the link's user. It signs nobody in: a mailbox must not suffice.

    Django's view moves the token from the address to the session, so that it is in no Referer header.
    """

    serializer_class = NewPasswordSerializer
    fields = {
        "new_password": declare(
            _("New password"),
            _("At least 8 characters. You are signed out everywhere."),
            autocomplete="new-password",
            autofocus=True,
        ),
        "again": declare(_("The same again"), autocomplete="new-password"),
    }
    template_name = "accounts/set_password.html"
    token_generator = password_services.ANY

    def get_context_data(self, **kwargs: Any) -> Values:
        return super().get_context_data(**kwargs, mail_on=settings.MAIL_ON)

    def get_user(self, uidb64: str) -> User | None:
        return password_services.find_user_by_uid(uidb64)

    def submit(self, values: Values) -> HttpResponse:
        if values.pop("again") != values["new_password"]:
            raise ValidationError({"again": [SetPasswordForm.error_messages["password_mismatch"]]})
        token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        answer = call_api(
            self.request, "password-reset-confirm", {**values, "uid": self.kwargs["uidb64"], "token": token}
        )
        if answer.data.get("code") == ResetInvalid.code:
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        if not answer.is_success:
            return self.refuse(answer.response, answer.data)
        self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        messages.success(self.request, gettext("The password is set. Sign in with it."))
        return redirect("admin:login" if self.user and self.user.is_staff else settings.LOGIN_URL)


@protect
class ConfirmEmailPage(TemplateView):
    """Confirms an e-mail address by one POST. A GET only shows the button, as programs follow links."""

    template_name = "accounts/confirm_email.html"

    def get_context_data(self, **kwargs: Any) -> Values:
        """Return the template's variables. `outcome` is empty before the POST, then "confirmed" or "invalid"."""
        return {"outcome": "", "mail_on": settings.MAIL_ON, **super().get_context_data(**kwargs)}

    def post(self, request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
        outcome = "confirmed"
        try:
            password_services.confirm_email(uid=uidb64, token=token)
        except ConfirmationInvalid:
            outcome = "invalid"
        return self.render_to_response(self.get_context_data(outcome=outcome))


class ClosePage(SignedInPage, AccountPage):
    """Explains what deactivating oneself does, asks for the password, and does so. This closes an owner's shop."""

    serializer_class = ProofSerializer
    fields = {"password": PASSWORD}
    template_name = "accounts/close.html"

    def get_context_data(self, **kwargs: Any) -> Values:
        user = self.user
        people = User.objects.with_workers(user.account or user).filter(is_active=True).exclude(pk=user.pk)
        others = {"is_owner": user.leads_shop, "workers": people.count() if user.leads_shop else 0}
        return super().get_context_data(**others, **kwargs)

    def submit(self, values: Values) -> HttpResponse:
        user, by = self.user, Caller.of(self.request)
        throttling.prove_password(by=by, user=user, **self.validate(values))
        deactivate(by=by, user=user)
        context = {"is_closed": True, "is_owner": user.leads_shop}
        logout(self.request)
        return self.render_to_response(context)
