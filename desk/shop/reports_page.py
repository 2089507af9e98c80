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
from desk.shop.menu import find_view
from stock.reading.expiring import DAYS_AHEAD, read_expiring
from users.access.permissions import RolePermission
from users.access.roles import Right, may


class Report(NamedTuple):
    """A report of the page: its route, the question that it answers, and the reports that say more about it."""

    page: str
    question: str
    figure: str = ""
    query: str = ""
    title: str = ""  # the default is the title of the page
    more: tuple[str, ...] = ()


# In the order of what an owner asks first.
REPORTS = (
    Report("product-alerts", _("What is sold out, low, or past its date?"), "low"),
    Report(
        "product-list", _("What has to be sold soon?"), "expiring", "?in_stock=true&ordering=expiration_date",
        _("Products by expiry date"),
    ),
    Report("report-margins", _("What was earned this month?"), query="?period=this_month"),
    Report(
        "report-valuation", _("What is the stock worth?"), "value", more=("dashboard", "stock-levels"),
    ),
    Report("report-reorder", _("What has to be ordered, and from whom?"), more=("report-days-left",)),
    Report(
        "report-losses", _("Where was something lost this year?"), query="?period=this_year",
        more=("counts", "report-not-counted"),
    ),
    Report("report-idle", _("What stands idle?")),
    Report("report-movements", _("What came in and went out on each day?")),
    Report("comparisons", _("Where does another system, such as a web shop, have other quantities?")),
)  # fmt: skip


class ReportsPage(LoginRequiredMixin, TemplateView):
    """The reports that the user may read, each with a question that it answers."""

    template_name = "shop/reports.html"
    tab = Tab(
        after="movement-list",
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
        for report in REPORTS:
            if self.may_use(report.page):
                more = [(name_report(page), reverse(page)) for page in report.more if self.may_use(page)]
                yield {
                    "title": gettext(report.title) if report.title else name_report(report.page),
                    "address": f"{reverse(report.page)}{report.query}", "question": gettext(report.question),
                    "figure": figures.get(report.figure, ""), "more": more,
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
