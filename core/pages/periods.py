"""The periods and instants of reports: links to the usual periods, and how titles, sentences and files name both."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext

from core.http.downloads import FROM_PAGE
from core.pages.columns import Display, Row, read_moment
from core.pages.links import PageLink
from core.sentences import fill
from core.time_zones import MOMENT, begins_day
from core.translation import gettext_noop as _

PERIODS = {
    "this_month": _("This month"), "last_month": _("Last month"), "this_year": _("This year"),
    "last_90_days": _("Last 90 days"), "last_30_days": _("Last 30 days"), "today": _("Today"),
}  # fmt: skip
STAMP = "%Y-%m-%d-%H%M"
REPLACED = ("period", "from", "to", "page")  # the parameters that a link to a period omits


def link_to_periods(request: Any, default: str = "") -> list[PageLink]:
    """Return the links to the same page with each of the periods. `default` is that of an address without one."""
    query = request.query_params.copy()
    present = query.get("period") or (default if not query.get("from") and not query.get("to") else "")
    for name in REPLACED:
        query.pop(name, None)
    kept = f"{query.urlencode()}&" if query else ""
    return [
        PageLink(title, f"?{kept}period={period}", style="current" if period == present else "")
        for period, title in PERIODS.items()
    ]


def write_period(data: Row, display: Display) -> str:
    """Return the days of a report's period as a sentence, or its times if it has parts of days, or "" if it is open."""
    start, end = (display.local(read_moment(data[name])) if data[name] else None for name in ("from", "to"))
    if start is None or end is None:
        return ""
    if not begins_day(start) or not begins_day(end):
        return fill("From {first} to {last}.", first=display.moment(start), last=display.moment(end))
    first, last = start.date(), end.date() - timedelta(days=1)
    text = gettext("On {first}.") if first == last else gettext("From {first} to {last}, including both days.")
    return text.format(first=display.date(first), last=display.date(last))


def title_at(name: str, instant: datetime, display: Display) -> str:
    """Return the name of a report with its instant, or with the day that ends then. The future means now."""
    if day := find_ended_day(instant, display):
        return fill("{name}: end of {day}", name=name, day=display.date(day))
    return f"{name}: {display.moment(min(instant, datetime.now(UTC)))}"


def find_ended_day(instant: datetime, display: Display) -> date | None:
    """Return the day of which this is the last instant, or None if it is none or has not come yet."""
    local = display.local(instant)
    is_last = (local + MOMENT).time() == time()
    return local.date() if is_last and instant < datetime.now(UTC) else None


def name_file(request: Any, name: str, start: datetime | None, end: datetime | None) -> str:
    """Return the name of a page's file with its period, or with its instant if it has no start: by default now."""
    if FROM_PAGE not in request.query_params:
        return name
    display, now = Display.of(request.user), datetime.now(UTC)
    if start is None:
        day = find_ended_day(end or now, display)
        return f"{name}-end-of-{day}" if day else f"{name}-{display.local(min(end or now, now)):{STAMP}}"
    first, last = display.local(start), display.local(end or now)
    if begins_day(first) and begins_day(last):
        return f"{name}-{first.date()}-to-{last.date() - timedelta(days=1)}"
    return f"{name}-{first:{STAMP}}-to-{last:{STAMP}}"
