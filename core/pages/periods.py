"""The usual periods of reports: the links to them above a page, and the sentence that names the days of the page."""

from datetime import time, timedelta
from typing import Any

from django.utils.translation import gettext

from core.pages.columns import Display, Row, read_moment
from core.pages.links import PageLink
from core.sentences import fill
from core.translation import gettext_noop as _

PERIODS = {
    "this_month": _("This month"), "last_month": _("Last month"), "this_year": _("This year"),
    "last_30_days": _("Last 30 days"), "today": _("Today"),
}  # fmt: skip
REPLACED = ("period", "from", "to", "page")  # the parameters that a link to a period omits


def link_to_periods(request: Any) -> list[PageLink]:
    """Return the links to the same page with each of the periods."""
    query = request.query_params.copy()
    present = query.get("period")
    for name in REPLACED:
        query.pop(name, None)
    kept = f"{query.urlencode()}&" if query else ""
    return [PageLink(title, f"?{kept}period={period}", style="primary" if period == present else "")
            for period, title in PERIODS.items()]  # fmt: skip


def write_period(data: Row, display: Display) -> str:
    """Return the days of a report's period as a sentence, or its times if it has parts of days, or "" if it is open."""
    start, end = (display.local(read_moment(data[name])) if data[name] else None for name in ("from", "to"))
    if start is None or end is None:
        return ""
    if start.time() != time() or end.time() != time():
        return fill("From {first} to {last}.", first=display.moment(start), last=display.moment(end))
    first, last = start.date(), end.date() - timedelta(days=1)
    text = gettext("On {first}.") if first == last else gettext("From {first} to {last}, including both days.")
    return text.format(first=display.date(first), last=display.date(last))
