"""What the front page shows: numbers and plots, each from one statement that looks at so many rows and no more."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from inventory_api.desk import plots
from inventory_api.desk.plots import Column, Plot
from products import sql as products_sql
from products.querysets import today
from stock import sql as stock_sql
from stock.models import Verification
from users import sql as users_sql

DAYS_PLOTTED, WEEKS_PLOTTED = 14, 12
MOST_MOVEMENTS, MOST_PRODUCTS, MOST_ACCOUNTS = 200_000, 200_000, 100_000  # that are looked at
MOST_BREAKS = 5
STALE = timedelta(days=2)  # since the last verification, which is to run daily


@dataclass
class Panel:
    """A headline with a number, words below it, and perhaps a plot. `alarm` says that somebody should act."""

    title: str
    number: str
    words: str
    address: str = ""
    plot: Plot | None = None
    alarm: bool = False
    notes: list[str] = field(default_factory=list)


def rows(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
        return found


def counted(number: int, most: int) -> str:
    """With thousands apart; a count that ended at its limit says so."""
    return f"{number:,}" if number < most else f"{most:,} or more"


def movements() -> Panel:
    """In and out on each of the last days, by when they happened."""
    days = [today() - timedelta(days=ago) for ago in reversed(range(DAYS_PLOTTED))]
    since = datetime.combine(days[0], datetime.min.time(), UTC)
    per_day = {day: (came, went) for day, came, went in rows(stock_sql.PER_DAY, since=since, limit=MOST_MOVEMENTS)}
    columns = [Column(in_short(day), *per_day.get(day, (0, 0))) for day in days]
    came, went = per_day.get(days[-1], (0, 0))
    looked_at = sum(sum(counts) for counts in per_day.values())
    notes = [f"Of the newest {MOST_MOVEMENTS:,} movements."] if looked_at >= MOST_MOVEMENTS else []
    return Panel(
        title="Movements today",
        number=f"{came + went:,}",
        words=f"{came:,} in, {went:,} out",
        address="admin:stock_movement_changelist",
        plot=plots.columns(f"Movements in and out, the last {DAYS_PLOTTED} days", ("in", "out"), columns),
        notes=notes,
    )


def products() -> Panel:
    """How many there are, and how many are low or out of stock."""
    [(total, low, out)] = rows(products_sql.SHELVES.format(whose=products_sql.ALL_ACCOUNTS), limit=MOST_PRODUCTS)
    shares = [("enough", total - low - out), ("low", low), ("none left", out)]
    return Panel(
        title="Products low",
        number=f"{low + out:,}",
        words=f"of {counted(total, MOST_PRODUCTS)}, {out:,} with none left",
        address="admin:products_product_changelist",
        plot=plots.shares("Products by how much is left of them", shares),
    )


def accounts() -> Panel:
    """How many are open, and how many were opened in each of the last weeks."""
    per_week = dict(rows(users_sql.JOINED_PER_WEEK, limit=MOST_ACCOUNTS))
    this_week = today() - timedelta(days=today().weekday())
    weeks = [this_week - timedelta(weeks=ago) for ago in reversed(range(WEEKS_PLOTTED))]
    columns = [Column(in_short(week), per_week.get(week, 0)) for week in weeks]
    return Panel(
        title="Accounts",
        number=counted(sum(per_week.values()), MOST_ACCOUNTS),
        words=f"{per_week.get(this_week, 0):,} opened this week",
        address="admin:users_user_changelist",
        plot=plots.columns(f"Accounts opened, the last {WEEKS_PLOTTED} weeks", ("opened",), columns),
    )


def in_short(day: date) -> str:
    return f"{day.day} {day:%b}"


def ledger() -> Panel:
    """When it was verified, and with what result."""
    found = Verification.objects.aggregate(
        accounts=Count("pk"),
        movements=Sum("movements"),
        oldest=Min("verified_at"),
        newest=Max("verified_at"),
        broken=Count("pk", filter=~Q(broken="")),
    )
    panel = Panel("Ledger", "not verified", "manage.py verify_stock proves it", "admin:stock_verification_changelist")
    panel.alarm = True
    if found["accounts"]:
        panel.alarm = bool(found["broken"]) or datetime.now(UTC) - found["oldest"] > STALE
        panel.number = f"{found['broken']:,} broken" if found["broken"] else "holds"
        panel.words = f"{found['accounts']:,} accounts, {found['movements']:,} movements"
        panel.notes = [
            f"Verified {found['newest']:%Y-%m-%d %H:%M} UTC",
            f"the longest ago {found['oldest']:%Y-%m-%d %H:%M}",
        ]
    return panel


# Who may view these sees the panel.
PANELS = {
    "stock.view_movement": movements,
    "products.view_product": products,
    "users.view_user": accounts,
    "stock.view_verification": ledger,
}
