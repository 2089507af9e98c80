"""The page of the reports: what an owner asks, with the figures that need no report."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView

from core.pages.browsable import get_view_name
from core.pages.columns import Display
from core.pages.tabs import Tab
from core.sentences import fill_plural
from core.translation import gettext_noop as _
from desk.reports.reading.dashboard import compute_dashboard
from desk.reports.report import Report
from desk.reports.report_list import REPORTS
from desk.shop.menu import find_view
from stock.reading.expiring import DAYS_AHEAD, read_expiring
from users.access.permissions import RolePermission
from users.access.roles import Right, may


class Entry(NamedTuple):
    """A line of the page: a route, the question that it answers, and the routes of pages that say more about it."""

    page: str
    question: str
    figure: str = ""
    query: str = ""
    title: str = ""  # the default is the title of the page
    more: tuple[str, ...] = ()


def list_more(report: Report) -> tuple[str, ...]:
    """Return the routes of the pages that say more about what the report says."""
    return *report.more_pages, *(f"report-{other.name}" for other in REPORTS if other.beside == report.name)


QUERIES = {f"report-{report.name}": report.query for report in REPORTS}
# The entries are in the order in which an owner asks.
ENTRIES = (
    Entry("product-alerts", _("What is sold out, low, or past its date?"), "low"),
    Entry(
        "product-list", _("What has to be sold soon?"), "expiring", "?in_stock=true&ordering=expiration_date",
        _("Products by expiry date"),
    ),
    *(
        Entry(f"report-{report.name}", report.question, report.figure, report.query, more=list_more(report))
        for report in REPORTS
        if report.question
    ),
    Entry("comparisons", _("Where does another system, such as a web shop, have other quantities?")),
)  # fmt: skip


class ReportsPage(LoginRequiredMixin, TemplateView):
    """The reports that the user may read, each with a question that it answers."""

    template_name = "shop/reports.html"
    tab = Tab(
        after="product-list",
        is_entry=True,
        covers=(
            "/api/reports/",
            "/api/dashboard/",
            "/api/products/alerts/",
            "/api/stock/counts/",
            "/api/stock/levels/",
            "/api/stock/comparisons/",
        ),
    )
    title = gettext_lazy("Reports")
    route, method = "dashboard", "GET"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        figures = read_figures(user) if user.account_id and may(user, Right.READ) else {}
        scan_address = reverse("product-list") if self.may_use("product-list") else ""
        return {"title": self.title, "reports": list(self.describe_reports(figures)), "scan_address": scan_address}

    def describe_reports(self, figures: dict[str, str]) -> Iterator[dict[str, Any]]:
        for entry in ENTRIES:
            if self.may_use(entry.page):
                pages = [page for page in entry.more if self.may_use(page)]
                more = [(name_report(page), f"{reverse(page)}{QUERIES.get(page, '')}") for page in pages]
                yield {
                    "title": gettext(entry.title) if entry.title else name_report(entry.page),
                    "address": f"{reverse(entry.page)}{entry.query}", "question": gettext(entry.question),
                    "figure": figures.get(entry.figure, ""), "more": more,
                }  # fmt: skip

    def may_use(self, page: str) -> bool:
        return RolePermission().may_use(self.request.user, page)


def name_report(page: str) -> str:
    return get_view_name(find_view(page))


def read_figures(user: Any) -> dict[str, str]:
    """Return the figures that need no report, by the statements of the dashboard and the one of what expires."""
    dashboard = compute_dashboard(user)
    low, today = dashboard["counts"]["low_stock"], user.shop_today()
    last = today + timedelta(days=DAYS_AHEAD)
    soon = read_expiring(user.account_id, today, last, 1, by_product=True)[1]
    return {
        "low": fill_plural("{number:,} is low on stock", "{number:,} are low on stock", low),
        "expiring": fill_plural(
            "{number:,} is about to expire within {days} days", "{number:,} are about to expire within {days} days",
            soon, days=DAYS_AHEAD,
        ),
        "value": Display.of(user).money(dashboard["financial"]["total_inventory_value"]),
    }  # fmt: skip
