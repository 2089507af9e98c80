"""The support desk's pages. They show only data that the permissions of the staff member allow."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.views import PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.views.generic.base import ContextMixin

from core.database.transactions import atomic
from core.files.writers import format_lines
from core.http.downloads import csv_response
from core.pages.form_fields import MAX_SEARCH_LENGTH, SearchField
from core.support.admin import render_page
from core.support.desk import use_zone_of
from desk.reports.overview.statements import read_account_rows, read_statement_rows
from desk.support import figures
from desk.support.forms import PeriodForm
from products.models import Product
from stock.errors import StatementTooLong
from users.access.permissions import Caller
from users.events import services as events
from users.models import EventKind, User
from users.sign_in import rate_limits
from users.sign_in.view_bases import OwnPasswordForm, SignInPage, ask_for_proof

MAX_FOUND = 20  # the most rows of each kind
TOO_LONG = "There are more than {limit:,} movements in this period. Choose a shorter one."


class SearchForm(forms.Form):
    q = SearchField(label="Search", max_length=MAX_SEARCH_LENGTH)


def front_page(request: HttpRequest) -> HttpResponse:
    panels = [panel for permission, panel in figures.PANELS.items() if request.user.has_perm(permission)]
    release = settings.SPECTACULAR_SETTINGS["VERSION"]
    context = {"panels": [panel() for panel in panels], "release": release, "groups": group_models(request)}
    return admin.site.index(request, context)


def group_models(request: HttpRequest) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the groups with the models that the staff member may view. Omit empty groups."""
    listed = {model["model"]: model for app in admin.site.get_app_list(request) for model in app["models"]}
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in figures.list_admins():
        if model := listed.get(each.model):
            groups.setdefault(each.group, []).append({**model, "title": figures.name_list(each)})
    return [*groups.items()]


class DeskContext(ContextMixin):
    """A mixin that gives a page the context of the admin's pages."""

    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.request.current_app = admin.site.name
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request)}


class StaffSignInPage(DeskContext, SignInPage):
    """The sign-in of the support desk. It offers a link to set a password if the service sends mail.

    Staff that has signed in, but has no second factor, is redirected to the page that sets one up.
    """

    staff_only = True
    wrong = AdminAuthenticationForm.error_messages["invalid_login"]
    template_name = "admin/login.html"
    next_page = reverse_lazy("admin:index")  # type: ignore[assignment]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user: Any = request.user
        if request.method == "GET" and admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_success_url())
        if request.method == "GET" and user.is_authenticated and user.is_staff and user.must_set_up_factor:
            return HttpResponseRedirect(reverse("second-factors"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs), "title": "Sign in", "subtitle": None,
            "username": self.request.user.get_username(), "app_path": self.request.get_full_path(),
            "next": self.get_success_url(),
        }  # fmt: skip


def search(request: HttpRequest) -> HttpResponse:
    """Find what has this name, number, code or reference, of the kinds that the staff member may view."""
    form = SearchForm(request.GET)
    results = []
    if form.is_valid():
        searched = [each for each in figures.list_admins(request.user) if each.found]
        searched.sort(key=lambda each: each.model is Product)  # products come last, because there can be many of them
        found = [(each.found, each.find(form.cleaned_data["q"], MAX_FOUND)) for each in searched]
        results = [(kind, rows) for kind, rows in found if rows or getattr(rows, "note", "")]
    return render_page(
        request,
        "admin/support/search.html",
        "Search",
        query=request.GET.get("q", ""),
        form=form,
        results=results,
        limit=MAX_FOUND,
    )


@permission_required(("products.view_product", "stock.view_movement"), raise_exception=True)
def product_statement(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Return the statement of a product in a period as the shop's CSV, or the form if it has errors."""
    product = get_object_or_404(Product.objects.select_related("owner"), pk=pk)
    return send_statement(request, product.owner, partial(read_statement_rows, product), product)


@permission_required(("users.view_user", "products.view_product", "stock.view_movement"), raise_exception=True)
def account_statement(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Return the statements of all products of an account in a period as one CSV file, or the form."""
    owner = get_object_or_404(User.objects.owners(), pk=pk)
    return send_statement(request, owner, partial(read_account_rows, owner))


def send_statement(
    request: HttpRequest, owner: User, read_rows: Callable[..., Iterator[Any]], product: Product | None = None
) -> HttpResponseBase:
    form = PeriodForm(request.GET, account=owner)
    if form.is_valid():
        try:
            rows = read_rows(*form.period)
        except StatementTooLong as refused:
            form.add_error(None, TOO_LONG.format(limit=refused.numbers["limit"]))
        else:
            name = product.pk if product else f"account-{owner.pk}"
            return csv_response(format_lines(rows, owner.csv_format, is_marked=True), f"statement-{name}.csv")
    use_zone_of(owner)
    context = {"owner": owner, "product": product, "form": form}
    return render_page(request, "admin/support/statement.html", f"Statement of {product or owner}", **context)


@permission_required("users.view_user", raise_exception=True)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Render an owner's account. Redirect a worker to its employer's, and a user without one to the user's page."""
    user = get_object_or_404(User, pk=pk)
    if user.employer is not None and user.employer.owns_shop:
        return HttpResponseRedirect(reverse("support-account", args=[user.employer_id]))
    if not user.owns_shop:
        return HttpResponseRedirect(reverse("admin:users_user_change", args=[pk]))
    use_zone_of(user)
    return render_page(
        request, "admin/support/account.html", f"Account {user}", **figures.summarize_account(user, request.user)
    )


def refuse_unknown_address(request: HttpRequest, address: str) -> HttpResponse:
    raise Http404


class ChangePassword(DeskContext, PasswordChangeView):
    """The admin's page on which staff change their own password. A change writes a log entry and a security event."""

    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_for_proof(request) or super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Return the page with the errors. Its status says if the user has to wait."""
        response = super().form_invalid(form)
        if form.refusal:
            response.status_code = form.refusal.status_code
            response.headers["Retry-After"] = str(math.ceil(form.refusal.wait))
        return response

    @atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        changed = [{"changed": {"fields": ["password"]}}]
        LogEntry.objects.log_actions(form.user.pk, [form.user], CHANGE, changed, single_object=True)
        events.record_security_event(by=Caller.of(self.request), user=form.user, kind=EventKind.PASSWORD_CHANGED)
        rate_limits.tell_user(form.user, "password_changed", is_limited=False)
        return response
