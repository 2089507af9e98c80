"""The support desk's pages. They show only data that the permissions of the staff member allow."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.views import PasswordChangeView
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.views.generic.base import ContextMixin

from core.admin import render_page
from core.database.transactions import atomic
from core.fields import parse_id
from core.files.csv_text import format_lines
from core.folding import match_text
from core.http.table_files import csv_response
from core.pages.desk_times import use_zone_of
from core.pages.forms import MAX_SEARCH_LENGTH, SearchField
from desk.reports.statements import read_account_rows, read_statement_rows
from desk.support import figures
from desk.support.ledger import rows as ledger
from desk.support.ledger.forms import PeriodForm
from products.models import Product
from products.reading import search as products
from stock.errors import StatementTooLong
from suppliers.models import Supplier
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.tills.models import Till
from users.access.callers import Caller
from users.events import services as events
from users.events.models import EventKind
from users.models import User
from users.sign_in.account_pages import SignInPage
from users.sign_in.forms import AdminSignInForm, OwnPasswordForm
from users.sign_in.view_bases import ask_for_proof

MAX_FOUND = 20  # the most rows of each kind
TOO_LONG = "There are more than {limit:,} movements in this period. Choose a shorter one."
# The groups of the front page: titles by the names of models.
GROUPS = {
    "People and access": {
        "User": "Users and shops", "SecurityEvent": "Security events", "AttemptCounter": "Counted sign-ins",
        "ApiKey": "API keys", "auth.Group": "Groups of staff", "Export": "Exports of shops",
        "ClosedAccount": "Closed shops",
    },
    "Goods": {
        "Product": "Products", "Category": "Categories", "Code": "Further barcodes", "Supplier": "Suppliers",
        "Customer": "Customers",
        "products.Group": "Groups of variants", "CustomField": "Own fields",
        "Profile": "Values of own fields, and tags", "Picture": "Pictures", "Change": "What changed",
    },
    "What was booked": {
        "Operation": "Operations", "Movement": "Movements", "Return": "Returns of sales",
        "Import": "Imports", "Verification": "Checks of the ledger", "Seal": "Seals of the ledger",
    },
    "Where it lies": {
        "Location": "Locations", "Lot": "Lots and their dates", "Holding": "Stock by location and lot",
        "Portion": "Movements by location and lot",
    },
    "Ordered and reserved": {
        "Order": "Purchase orders", "OrderLine": "Lines of orders", "Receipt": "Deliveries of orders",
        "Reservation": "Orders of customers", "ReservationLine": "Lines of reservations",
    },
    "Counted": {
        "Sheet": "Counting sheets", "SheetLine": "Lines of counting sheets", "Entry": "Entries of counting sheets",
    },
    "Other programs": {
        "Webhook": "Webhooks", "DeliveryAttempt": "Requests to webhooks", "Event": "Events",
        "FeedHead": "Last event of each shop", "IdempotencyKey": "Idempotency keys",
        "Till": "Tills", "Drop": "Numbers that tills gave up",
    },
    "The service": {
        "LogEntry": "What staff did", "LastNotice": "Daily mails", "WorkerProcess": "Workers",
    },
}  # fmt: skip


class SearchForm(forms.Form):
    q = SearchField(label="Search", max_length=MAX_SEARCH_LENGTH)


def front_page(request: HttpRequest) -> HttpResponse:
    panels = [panel for permission, panel in figures.PANELS.items() if request.user.has_perm(permission)]
    release = settings.SPECTACULAR_SETTINGS["VERSION"]
    context = {"panels": [panel() for panel in panels], "release": release, "groups": group_models(request)}
    return admin.site.index(request, context)


def group_models(request: HttpRequest) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the groups with the models that the staff member may view. Omit empty groups."""
    listed = [model for app in admin.site.get_app_list(request) for model in app["models"]]
    # Two models are named Group, so these have the name of their app, too.
    visible = {name: one for one in listed for name in (one["object_name"], one["model"]._meta.label)}
    groups = [
        (group, [{**visible[name], "title": title} for name, title in titles.items() if name in visible])
        for group, titles in GROUPS.items()
    ]
    return [(group, models) for group, models in groups if models]


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

    authentication_form = AdminSignInForm
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
        kinds: list[tuple[str, str, Callable[[str, int], Any]]] = [
            ("users.view_user", "users", find_users),
            ("stock.view_operation", "operations", ledger.find_operations),
            ("reservations.view_reservation", "orders of customers", find_reservations),
            ("purchasing.view_order", "purchase orders", find_orders),
            ("suppliers.view_supplier", "suppliers", find_suppliers),
            ("tills.view_till", "tills", find_tills),
            ("products.view_product", "products", search_products),  # these can be many for a number
        ]
        allowed = [(kind, find) for permission, kind, find in kinds if request.user.has_perm(permission)]
        found = [(kind, find(form.cleaned_data["q"], MAX_FOUND)) for kind, find in allowed]
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


def find_users(text: str, limit: int) -> list[User]:
    """Return users whose name, e-mail address or shop contains the text, in any spelling. Whole matches come first."""
    name, address = Lower(Value(User.normalize_username(text))), Lower(Value(text))
    users = User.objects.select_related("employer").order_by("id")
    exact = list(users.filter(Q(username__lower=name) | Q(email__lower=address) | Q(shop_name__iexact=text))[:limit])
    parts = match_text(text, ["username", "email", "shop_name"])
    others = users.filter(parts).exclude(pk__in=[user.pk for user in exact])
    return [*exact, *others[: limit - len(exact)]]


def search_products(text: str, limit: int) -> QuerySet:
    """Return the products with this code. If there are none, return those with the text in their name or code."""
    if by_code := products.find_products_by_code(text, limit):
        return by_code
    found = products.find_by_part(text, limit)
    rows: Any = Product.objects.filter(pk__in=found.ids).select_related("owner").order_by("-id")
    rows.note = found.note
    return rows  # type: ignore[no-any-return]


def find_reservations(text: str, limit: int) -> QuerySet:
    """Return the orders of customers with this number in their shop, or this reference, newest first."""
    found = Reservation.objects.detailed().filter(Q(number=parse_id(text) or 0) | Q(reference=text))
    return found.select_related("owner").order_by("-id")[:limit]


def find_orders(text: str, limit: int) -> QuerySet:
    """Return the purchase orders with this number or reference, newest first."""
    found = Order.objects.filter(Q(pk=parse_id(text) or 0) | Q(reference=text))
    return found.select_related("owner").order_by("-id")[:limit]


def find_suppliers(text: str, limit: int) -> QuerySet:
    """Return the suppliers whose name or e-mail address contains the text, in any spelling, newest first."""
    found = Supplier.objects.filter(match_text(text, ["name", "contact_email"]))
    return found.select_related("owner").order_by("-id")[:limit]


def find_tills(text: str, limit: int) -> QuerySet:
    """Return the tills whose name contains the text, in any spelling, newest first."""
    return Till.objects.filter(match_text(text, ["name"])).select_related("owner").order_by("-id")[:limit]


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

    @atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        changed = [{"changed": {"fields": ["password"]}}]
        LogEntry.objects.log_actions(form.user.pk, [form.user], CHANGE, changed, single_object=True)
        events.record_security_event(by=Caller.of(self.request), user=form.user, kind=EventKind.PASSWORD_CHANGED)
        return response
