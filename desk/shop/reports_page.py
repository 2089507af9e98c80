"""The page of the reports: the figures of a period as cards, and what an owner asks."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from rest_framework.exceptions import ValidationError

from core.pages.browsable import get_view_name
from core.pages.columns import Display
from core.pages.parameters import find_ends
from core.pages.periods import link_to_periods, write_period
from core.pages.tabs import Tab
from core.sentences import fill
from core.shop_apps import list_declared
from core.translation import gettext_noop as _
from desk.reports.cards import REPORTS, list_cards
from desk.reports.toolkit.parameters import PERIOD, parse_period
from desk.reports.toolkit.report import Report, Values
from desk.shop.menu import find_view
from users.access.permissions import RolePermission
from users.access.roles import Right, may
from users.reading import list_uses

PERIOD_NAMES = tuple(parameter.name for parameter in PERIOD)


class Entry(NamedTuple):
    """A line of the page: a route, the question that it answers, and the routes of pages that say more about it."""

    page: str
    question: str
    query: str = ""
    title: str = ""  # the default is the title of the page
    more: tuple[str, ...] = ()
    is_further: bool = False  # whether it is under "More reports"


class Asked(NamedTuple):
    """The parameters of the page's address, for the functions that read those of the reports."""

    query_params: QueryDict
    user: Any


def list_more(report: Report) -> tuple[str, ...]:
    """Return the routes of the pages that say more about what the report says."""
    return (
        *report.more_pages,
        *list_declared("more_pages", f"report-{report.name}"),
        *(f"report-{other.name}" for other in REPORTS if other.beside == report.name),
    )


SWITCHES = {f"report-{report.name}": report.switch for report in REPORTS}
WITH_PERIOD = {f"report-{report.name}" for report in REPORTS if report.has_period}
# The entries are in the order in which an owner asks.
ENTRIES = (
    Entry("product-alerts", "What is sold out, low, or past its date?"),
    Entry(
        "product-list",
        "What has to be sold soon?",
        "?in_stock=true&ordering=expiration_date",
        _("Products by expiry date"),
    ),
    *(Entry(f"report-{report.name}", report.question, more=list_more(report)) for report in REPORTS if report.question),
    Entry("comparisons", "Where does another system, such as a web shop, have other quantities?", is_further=True),
    Entry("verify", "Does every number follow from what was recorded?", is_further=True),
)
DEFAULT_PERIOD = {"period": "this_month"}


class ReportsPage(LoginRequiredMixin, TemplateView):
    """The reports that the user may read, each with a question that it answers."""

    template_name = "shop/reports.html"
    tab = Tab(
        covers=(
            "/api/reports/",
            "/api/dashboard/",
            "/api/products/alerts/",
            "/api/stock/counts/",
            "/api/stock/levels/",
            "/api/stock/comparisons/",
            "/api/stock/evidence/",
            "/api/stock/seals/",
            "/api/stock/verify/",
        ),
    )
    title = gettext_lazy("Reports")
    route, method = "dashboard", "GET"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the page, or redirect to it with the parameters that programs send for the end of a day."""
        query = find_ends(Asked(request.GET, request.user))
        return super().get(request, *args, **kwargs) if query is None else HttpResponseRedirect(f"?{query.urlencode()}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        has_figures = bool(user.account_id and may(user, Right.READ))
        scan_address = reverse("product-list") if self.may_use("product-list") else ""
        context = {"title": self.title, "scan_address": scan_address}
        return context | (self.describe_period(user) if has_figures else {"reports": [*self.list_reports("")]})

    def describe_period(self, user: Any) -> dict[str, Any]:
        """Return the variables of the period: its form, its cards, and the reports with links that have it."""
        query, period, errors = read_period(self.request.GET, user)
        kept, display = urlencode(query), Display.of(user)
        asked = Asked(self.request.GET if errors else QueryDict(kept), user)
        now, before = (
            write_period({"from": one["start"], "to": one["end"]}, display) for one in (period, period["before"])
        )
        return {
            "periods": link_to_periods(asked), "parameters": [one.field(asked, errors) for one in PERIOD[1:]],
            "period": now, "before": fill("Compared with the period before. {period}", period=before),
            "wrong_period": errors.get("period"), "is_form_open": bool(errors) or "period" not in query,
            "cards": list_cards(user, {"owner": user.account_id, **period}, kept),
            "reports": [*self.list_reports(f"?{kept}")],
        }  # fmt: skip

    def list_reports(self, period: str) -> Iterator[dict[str, Any]]:
        """Yield the reports that the user may read and the shop uses. `period` is the query of those that have one."""
        for entry in ENTRIES:
            if self.may_use(entry.page):
                pages = [page for page in entry.more if self.may_use(page)]
                more = [(name_report(page), link_to_report(page, period)) for page in pages]
                yield {
                    "title": gettext(entry.title) if entry.title else name_report(entry.page),
                    "address": f"{link_to_report(entry.page, period)}{entry.query}",
                    "question": gettext(entry.question),
                    "more": more,
                    "is_further": entry.is_further,
                }

    def may_use(self, page: str) -> bool:
        user: Any = self.request.user
        switch = SWITCHES.get(page)
        return RolePermission().may_use(user, page) and (not switch or list_uses(user)[switch])


def name_report(page: str) -> str:
    return get_view_name(find_view(page))


def link_to_report(page: str, period: str) -> str:
    return f"{reverse(page)}{period if page in WITH_PERIOD else ''}"


def read_period(sent: QueryDict, user: Any) -> tuple[dict[str, str], Values, dict[str, Any]]:
    """Return the period of the query as its parameters and as values, and the errors of the parameters.

    Without a valid period, it is the default.
    """
    query: Any = {name: sent[name] for name in PERIOD_NAMES if sent.get(name)} or DEFAULT_PERIOD
    try:
        return query, parse_period(make_request(query, user)), {}
    except ValidationError as error:
        errors: Any = error.detail
        return DEFAULT_PERIOD, parse_period(make_request(DEFAULT_PERIOD, user)), errors


def make_request(query: dict[str, str], user: Any) -> Any:
    return Asked(QueryDict(urlencode(query)), user)
