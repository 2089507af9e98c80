"""The pages on which people set up second factors, sign in by a passkey, and prove again who they are."""

import base64
from typing import Any

from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.views.generic import TemplateView

from core.errors import DomainError
from core.http.client_address import get_origin
from core.kinds import parse_id
from users.access.callers import Caller
from users.sign_in import proofs, tokens
from users.sign_in import services as sign_in_services
from users.sign_in.account_pages import ServicePage, protect
from users.sign_in.factors import services
from users.sign_in.factors.models import Factor, FactorKind
from users.sign_in.forms import PasskeyForm, ProofForm
from users.sign_in.view_bases import SignedInPage, lead_to_proof


@protect
class PasskeyPage(RedirectURLMixin, ServicePage):
    """Signs in by a passkey alone. The sign-in page sends what the browser has answered."""

    form_class = PasskeyForm
    template_name = "accounts/second_step.html"
    http_method_names = ("post",)
    next_page = reverse_lazy("root")  # type: ignore[assignment]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the variables of the page that says why the passkey was refused."""
        errors = [str(error) for errors in kwargs["form"].errors.values() for error in errors]
        return super().get_context_data(expired=" ".join(errors), next=self.get_success_url(), **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        by, credential = Caller.anonymous(self.request), form.cleaned_data["credential"]
        user, proved_at = sign_in_services.sign_in_by_passkey(
            by=by, origin=get_origin(self.request), credential=credential
        )
        sign_in_services.open_session(self.request, user, proved_at)
        return HttpResponseRedirect(self.get_success_url())


@protect
class ProofPage(SignedInPage, RedirectURLMixin, ServicePage):
    """Asks again for the password, a code or a passkey, and leads on to the page that needs it."""

    form_class = ProofForm
    template_name = "accounts/proof.html"
    next_page = reverse_lazy("second-factors")  # type: ignore[assignment]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_success_url(), **kwargs)

    def submit(self, form: Any) -> HttpResponse:
        user = self.user
        typed, credential = form.cleaned_data["proof"], form.cleaned_data["credential"]
        proof = {"code" if user.second_factor_since else "password": typed, "credential": credential}
        by, origin = Caller.of(self.request), get_origin(self.request)
        self.request.session[tokens.PROVED_AT] = proofs.prove(by=by, user=user, origin=origin, **proof)
        return HttpResponseRedirect(self.get_success_url())


@protect
class FactorsPage(SignedInPage, TemplateView):
    """The second factors of the user: what there is, what can be added, and new recovery codes.

    Users whose last proof is not fresh prove first who they are, and come back.
    """

    template_name = "accounts/factors.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not proofs.has_fresh_proof(request):
            return lead_to_proof(reverse("second-factors"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.user
        factors = list(services.select_confirmed(user))
        has_app = any(factor.kind == FactorKind.TOTP for factor in factors)
        return super().get_context_data(factors=factors, has_app=has_app, due=user.second_factor_due, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button says, and show the page again: it may have recovery codes, which are shown only once."""
        try:
            shown = self.act(request.POST.get("do", ""))
        except DomainError as error:
            shown = {"error": str(error)}
        except Factor.DoesNotExist:
            shown = {"error": gettext("There is no such factor: perhaps you have removed it already.")}
        return self.render_to_response(self.get_context_data(**shown), status=400 if "error" in shown else 200)

    def act(self, name: str) -> dict[str, Any]:
        """Do what the button of this name says, and return what the page shows afterwards."""
        user = self.user
        by, data, form = Caller.of(self.request), self.request.POST, PasskeyForm(self.request.POST)
        if name == "recovery":
            return {"codes": services.make_recovery_codes(by=by, user=user)}
        if name == "remove":
            services.remove_factor(by=by, user=user, factor_id=parse_id(data.get("factor", "")) or 0)
            sign_in_services.renew_session(self.request)
            return {"said": gettext("Removed.")}
        if name == "confirm":
            return self.confirm(by, user, data.get("code", ""))
        if not form.is_valid():
            return {"error": gettext("The browser has sent no passkey. Try again.")}
        fields = {**form.cleaned_data, "name": form.cleaned_data["name"] or gettext("Passkey")}
        _factor, made = services.add_passkey(by=by, user=user, origin=get_origin(self.request), **fields)
        sign_in_services.renew_session(self.request)
        return {"codes": made, "said": gettext("The passkey is added.")}

    def confirm(self, by: Caller, user: Any, code: str) -> dict[str, Any]:
        """Confirm the authenticator app if this is its code. Otherwise show its QR code again."""
        factor = Factor.objects.get(user=user, kind=FactorKind.TOTP, confirmed_at=None)
        try:
            made = services.confirm_totp(by=by, user=user, factor_id=factor.pk, code=code)
        except DomainError as error:
            app = services.describe_app(user, factor, self.request.get_host())
            return {"error": str(error), "app": add_picture(app)}
        sign_in_services.renew_session(self.request)
        return {"codes": made, "said": gettext("The authenticator app is added.")}


@protect
class AppPage(FactorsPage):
    """Shows the secret of a new authenticator app as a QR code, and asks for its first code."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("second-factors")

    def act(self, name: str) -> dict[str, Any]:
        user = self.user
        title, service = gettext("Authenticator app"), self.request.get_host()
        app = services.begin_totp(user=user, name=title, service=service, replace=True)
        return {"app": add_picture(app)}


def add_picture(app: dict[str, Any]) -> dict[str, Any]:
    """Return the app's data with its QR code as the address of a picture."""
    return {**app, "picture": f"data:image/svg+xml;base64,{base64.b64encode(app['svg'].encode()).decode()}"}
