"""What the front page shows: numbers and plots, each from one statement that looks at so many rows and no more."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from products.querysets import today
from stock.models import Verification
from support import plots, sql
from support.plots import Column, Plot
from users import sql as users_sql

DAYS_PLOTTED, WEEKS_PLOTTED = 14, 12
MAX_MOVEMENTS, MAX_PRODUCTS, MAX_ACCOUNTS = 200_000, 200_000, 100_000  # that are looked at
STALE = timedelta(days=2)  # since the last verification, which is to run daily


@dataclass
class Panel:
    """A headline with a number, words below it, and perhaps a plot. `alarm` marks a number that needs action."""

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


def so_many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def movements() -> Panel:
    """Booked in and out on each of the last days."""
    days = [today() - timedelta(days=ago) for ago in reversed(range(DAYS_PLOTTED))]
    midnights = [datetime.combine(day, time.min, UTC) for day in days]
    booked = rows(sql.BOOKED_SINCE, instants=midnights, limit=MAX_MOVEMENTS)
    per_day = {midnight.date(): (came, went) for midnight, came, went, _ in booked}
    columns = [Column(in_short(day), *per_day.get(day, (0, 0))) for day in days]
    came, went = columns[-1].above, columns[-1].below
    return Panel(
        title="Movements today",
        number=f"{came + went:,}",
        words=f"{came:,} in, {went:,} out",
        address="admin:stock_movement_changelist",
        plot=plots.columns(f"Movements booked, the last {DAYS_PLOTTED} days", ("in", "out"), columns),
        notes=[f"of the newest {MAX_MOVEMENTS:,}"] if any(is_cut for *_, is_cut in booked) else [],
    )


def products() -> Panel:
    """How many there are, and how many are low or out of stock."""
    [(total, low, out)] = rows(sql.SHELVES.format(whose=sql.ALL_ACCOUNTS), limit=MAX_PRODUCTS)
    shares = [("enough", total - low - out), ("low", low), ("none left", out)]
    return Panel(
        title="Products low",
        number=f"{low + out:,}",
        words=f"of {counted(total, MAX_PRODUCTS)}, {out:,} with none left",
        address="admin:products_product_changelist",
        plot=plots.shares("Products by how much is left of them", shares),
    )


def accounts() -> Panel:
    """How many are open, and how many were opened in each of the last weeks."""
    per_week = dict(rows(users_sql.JOINED_PER_WEEK, limit=MAX_ACCOUNTS))
    this_week = today() - timedelta(days=today().weekday())
    weeks = [this_week - timedelta(weeks=ago) for ago in reversed(range(WEEKS_PLOTTED))]
    columns = [Column(in_short(week), per_week.get(week, 0)) for week in weeks]
    return Panel(
        title="Accounts",
        number=counted(sum(per_week.values()), MAX_ACCOUNTS),
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
        is_stale = datetime.now(UTC) - found["oldest"] > STALE
        panel.alarm = bool(found["broken"]) or is_stale
        panel.number = f"{found['broken']:,} broken" if found["broken"] else "holds"
        panel.words = f"{so_many(found['accounts'], 'account')}, {so_many(found['movements'], 'movement')}"
        panel.notes = [f"last verified {found['newest']:%Y-%m-%d %H:%M} UTC"]
        if is_stale:
            panel.notes.append(f"an account only on {found['oldest']:%Y-%m-%d}: let verify_stock run daily")
    return panel


# Who may view these sees the panel.
PANELS = {
    "stock.view_movement": movements,
    "products.view_product": products,
    "users.view_user": accounts,
    "stock.view_verification": ledger,
}
