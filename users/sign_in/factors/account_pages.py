"""The pages on which people set up second factors, sign in by a passkey, and prove again who they are."""

import base64
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.views.generic import TemplateView

from core.http.calls import Answer, call_api
from core.http.clients import get_origin
from core.kinds import parse_id
from core.translation import gettext_noop as _
from users.access.permissions import Caller
from users.models import Factor, FactorKind
from users.sign_in import proofs
from users.sign_in import services as sign_in_services
from users.sign_in.factors import services
from users.sign_in.serializers import FreshProofSerializer, PasskeySignInSerializer
from users.sign_in.view_bases import (
    CODE,
    NO_PASSKEY,
    AccountPage,
    SignedInPage,
    Values,
    declare,
    lead_to_proof,
    protect,
    read_answer,
)

PASSWORD = declare(_("Your password"), autocomplete="current-password", required=True, autofocus=True)


class PasskeyPage(RedirectURLMixin, AccountPage):
    """Signs in by a passkey alone. The sign-in page sends what the browser has answered."""

    serializer_class = PasskeySignInSerializer
    template_name = "accounts/second_step.html"
    http_method_names = ["post"]
    next_page = reverse_lazy("root")  # type: ignore[assignment]

    def get_context_data(self, **kwargs: Any) -> Values:
        """Return the variables of the page that says why the passkey was refused."""
        refused = " ".join(map(str, self.form.non_field_errors())) if self.form else ""
        return super().get_context_data(expired=refused, next=self.get_success_url(), **kwargs)

    def submit(self, values: Values) -> HttpResponse:
        by, origin = Caller.anonymous(self.request), get_origin(self.request)
        sent = self.validate(read_answer(self.request, {}))
        user, proved_at = sign_in_services.sign_in_by_passkey(by=by, origin=origin, **sent)
        sign_in_services.open_session(self.request, user, proved_at)
        return HttpResponseRedirect(self.get_success_url())


class ProofPage(SignedInPage, RedirectURLMixin, AccountPage):
    """Asks again for the password, a code or a passkey, and leads on to the page that needs it."""

    serializer_class = FreshProofSerializer
    template_name = "accounts/proof.html"
    next_page = reverse_lazy("second-factors")  # type: ignore[assignment]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        has_factor = request.user.is_authenticated and request.user.second_factor_since
        self.fields = {"code": CODE} if has_factor else {"password": PASSWORD}
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> Values:
        return super().get_context_data(next=self.get_success_url(), **kwargs)

    def submit(self, values: Values) -> HttpResponse:
        answer = call_api(self.request, "proof", read_answer(self.request, values))
        if not answer.is_success:
            return self.refuse(answer.response, answer.data)
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

    def get_context_data(self, **kwargs: Any) -> Values:
        user = self.user
        factors = list(services.select_confirmed(user))
        has_app = any(factor.kind == FactorKind.TOTP for factor in factors)
        return super().get_context_data(factors=factors, has_app=has_app, due=user.second_factor_due, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button says, and show the page again: it may have recovery codes, which are shown only once."""
        name, user = request.POST.get("do", ""), self.user
        app = Factor.objects.filter(user=user, kind=FactorKind.TOTP, confirmed_at=None).first()
        answer, said = self.act(name, app.pk if app else 0)
        shown: Values = {"said": said, "codes": answer.data.get("recovery_codes")}
        if not answer.is_success:
            shown = {"error": say_refusal(answer)}
            if name == "confirm" and app:  # its picture is shown again
                shown["app"] = add_picture(services.describe_app(user, app, request.get_host()))
        elif name == "app":
            shown["app"] = add_picture(answer.data)
        return self.render_to_response(self.get_context_data(**shown), status=200 if answer.is_success else 400)

    def act(self, name: str, app: int) -> tuple[Answer, str]:
        """Return the API's answer to what the button of this name does, and what the page says after a success."""
        call, post = partial(call_api, self.request), self.request.POST
        if name == "app":
            return call("factor-totp", {"replace": True}), ""
        if name == "recovery":
            return call("factor-recovery"), ""
        if name == "remove":
            return call("factor-detail", method="DELETE", pk=parse_id(post.get("factor", "")) or 0), gettext("Removed.")
        if name == "confirm":
            said = gettext("The authenticator app is added.")
            return call("factor-confirm", {"code": post.get("code", "")}, pk=app), said
        body = {"name": post.get("name") or gettext("Passkey"), **read_answer(self.request, {"credential": ""})}
        return call("factor-passkeys", body), gettext("The passkey is added.")


def say_refusal(answer: Answer) -> str:
    """Return what the page says if the API has refused what a button does."""
    data = answer.data
    if answer.response.status_code == HTTPStatus.NOT_FOUND:
        return gettext("There is no such factor: perhaps you have removed it already.")
    if "credential" in data:
        return gettext(NO_PASSKEY)
    return str(data.get("detail") or " ".join(str(error) for errors in data.values() for error in errors))


def add_picture(app: Values) -> Values:
    """Return the app's data with its QR code as the address of a picture."""
    return {**app, "picture": f"data:image/svg+xml;base64,{base64.b64encode(app['svg'].encode()).decode()}"}
