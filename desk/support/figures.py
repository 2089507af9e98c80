"""The panels of the front page, and the overview of an account. Each reads a limited number of rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django.utils.text import capfirst

from core.database.postgres.base import fetch
from core.pages import plots
from core.pages.columns import Display
from core.pages.plots import Plot, PlotColumn
from core.shop_apps import collect
from core.support.desk import format_moment
from core.time_zones import today
from desk.support.models import LOST_AFTER, WorkerProcess
from desk.support.rows import link_to
from products.models import Product
from products.reading.figures import ONE_ACCOUNT, WHOLE_TABLE
from stock.models import Operation, Verification
from stock.proofs.verification import describe_change
from users import querysets as users_sql
from users.models import SecurityEvent, User
from users.sign_in.throttling import find_locked

DAYS_PLOTTED, WEEKS_PLOTTED = 14, 12
MAX_MOVEMENTS, MAX_PRODUCTS, MAX_ACCOUNTS = 100_000, 200_000, 100_000  # rows that a panel reads
MAX_PEOPLE, MAX_LATEST_ROWS = 50, 10  # the page of an account shows at most this many
MAX_COUNTED = 1000  # the limit of each number of orders, suppliers, customers and tills of an account
MAX_WORKERS = 100  # the panel reads at most this many rows of workers
MAX_LOST_WORKERS = 5  # the panel names at most this many
MAX_VERIFICATION_AGE = timedelta(days=2)  # verify_stock should run daily

# Returns three numbers of live products, of one account or of all: the total, those with low stock, and those without
# stock. Reads at most %(limit)s products.
PRODUCT_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE is_low_stock AND quantity > 0),
    count(*) FILTER (WHERE is_low_stock AND quantity = 0)
FROM (
    SELECT quantity, is_low_stock FROM products_product
    WHERE {account} AND archived_at IS NULL LIMIT %(limit)s
) AS looked_at
"""

# Returns the number of movements, at most %(limit)s, and the lowest ids of the newest ones and of their operations.
NEWEST_MOVEMENTS = """
SELECT count(*), min(id), min(operation_id)
FROM (SELECT id, operation_id FROM stock_movement ORDER BY id DESC LIMIT %(limit)s) AS newest
"""

# Returns the movements in and out that happened on each day since an instant, in all accounts. It reads the movements
# and operations from these ids on. The limit on the operations' ids lets PostgreSQL read both tables by a range and
# join them by hash.
MOVEMENTS_PER_DAY = """
SELECT (operation.occurred_at AT TIME ZONE 'UTC')::date AS day,
    count(*) FILTER (WHERE movement_type = 'IN'), count(*) FILTER (WHERE movement_type = 'OUT')
FROM stock_movement AS movement
JOIN stock_operation AS operation ON operation.owner_id = movement.owner_id AND operation.id = movement.operation_id
WHERE movement.id >= %(movement)s AND operation.id >= %(operation)s AND operation.occurred_at >= %(since)s
GROUP BY day
"""


@dataclass
class Panel:
    """A title, a number, a text below it, and possibly a plot. `alarm` marks a number that needs action."""

    title: str
    number: str
    text: str
    url_name: str = ""
    plot: Plot | None = None
    alarm: bool = False
    notes: list[str] = field(default_factory=list)


def format_count(number: int, limit: int) -> str:
    """Format with thousands separators. A count that reached its limit ends in "or more"."""
    return f"{number:,}" if number < limit else f"{limit:,} or more"


def make_movements_panel() -> Panel:
    """Count the newest movements in and out by the day on which they happened, for the last days."""
    last = today()
    days = [last - timedelta(days=ago) for ago in reversed(range(DAYS_PLOTTED))]
    [(counted, movement, operation)] = fetch(NEWEST_MOVEMENTS, {"limit": MAX_MOVEMENTS})
    first = {"movement": movement, "operation": operation, "since": datetime.combine(days[0], time.min, UTC)}
    per_day = {day: counts for day, *counts in fetch(MOVEMENTS_PER_DAY, first)}
    columns = [PlotColumn(format_date(day), *per_day.get(day, (0, 0))) for day in days]
    incoming, outgoing = columns[-1].above, columns[-1].below
    title = f"Movements by the day they happened (UTC), the last {DAYS_PLOTTED} days"
    plot = plots.make_column_plot(title, ("in", "out"), columns)
    number, text = f"{incoming + outgoing:,}", f"{incoming:,} in, {outgoing:,} out"
    notes = [f"of the newest {MAX_MOVEMENTS:,}"] if counted == MAX_MOVEMENTS else []
    return Panel("Movements today", number, text, "admin:stock_movement_changelist", plot, notes=notes)


def make_products_panel() -> Panel:
    [(total, low, out)] = fetch(PRODUCT_COUNTS.format(account=WHOLE_TABLE), {"limit": MAX_PRODUCTS})
    shares = [("enough", total - low - out), ("low", low), ("none left", out)]
    plot = plots.make_share_plot("Products by how much is left of them", shares)
    text = f"of {format_count(total, MAX_PRODUCTS)}, {out:,} with none left"
    return Panel("Products low", f"{low + out:,}", text, "admin:products_product_changelist", plot)


def make_accounts_panel() -> Panel:
    per_week = dict(fetch(users_sql.JOINED_PER_WEEK, {"limit": MAX_ACCOUNTS}))
    day = today()
    this_week = day - timedelta(days=day.weekday())
    weeks = [this_week - timedelta(weeks=ago) for ago in reversed(range(WEEKS_PLOTTED))]
    columns = [PlotColumn(format_date(week), per_week.get(week, 0)) for week in weeks]
    plot = plots.make_column_plot(f"Accounts opened, the last {WEEKS_PLOTTED} weeks", ("opened",), columns)
    number = format_count(sum(per_week.values()), MAX_ACCOUNTS)
    text = f"{per_week.get(this_week, 0):,} opened this week"
    return Panel("Accounts", number, text, "admin:users_user_changelist", plot)


def format_date(day: date) -> str:
    return f"{day.day} {day:%b}"


def make_ledger_panel() -> Panel:
    totals = Verification.objects.aggregate(
        accounts=Count("pk"),
        movements=Sum("movements"),
        oldest=Min("verified_at"),
        newest=Max("verified_at"),
        broken=Count("pk", filter=~Q(broken="")),
        changed=Count("pk", filter=Q(server_changes__isnull=False)),
    )
    panel = Panel("Ledger", "not verified", "manage.py verify_stock verifies it", "admin:stock_verification_changelist")
    panel.alarm = True
    if totals["accounts"]:
        is_stale = datetime.now(UTC) - totals["oldest"] > MAX_VERIFICATION_AGE
        panel.alarm = bool(totals["broken"]) or is_stale
        panel.number = f"{totals['broken']:,} broken" if totals["broken"] else "holds"
        panel.text = f"{with_noun(totals['accounts'], 'account')}, {with_noun(totals['movements'], 'movement')}"
        panel.notes = [f"last verified {format_moment(totals['newest'])}"]
        if is_stale:
            panel.notes.append(f"an account only at {format_moment(totals['oldest'])}: run verify_stock daily")
        if totals["changed"]:
            panel.notes.append("the database server has changed: each verification says what was verified before")
    return panel


def make_worker_panel() -> Panel:
    rows = WorkerProcess.objects.order_by("-seen_at").annotate(is_lost=Q(seen_at__lt=Now() - LOST_AFTER))
    workers = list(rows[:MAX_WORKERS])
    lost = [worker for worker in workers if worker.is_lost]
    number = format_count(len(workers) - len(lost), MAX_WORKERS)
    panel = Panel("Workers", f"{number} running", "manage.py deliver sends webhooks and mail, and seals")
    panel.url_name, panel.alarm = "admin:support_workerprocess_changelist", len(lost) == len(workers)
    panel.notes = [f"{worker} was last seen {format_moment(worker.seen_at)}" for worker in lost[:MAX_LOST_WORKERS]]
    return panel


# The panels, by the permission that a staff member needs to see them.
PANELS = {
    "stock.view_movement": make_movements_panel,
    "products.view_product": make_products_panel,
    "users.view_user": make_accounts_panel,
    "stock.view_verification": make_ledger_panel,
    "support.view_workerprocess": make_worker_panel,
}


# The groups of models on the front page, in their order. The models of a group are in the order of the apps.
GROUPS = (
    "People and access", "Goods", "What was booked", "Where it lies", "Ordered and reserved", "Counted",
    "Other programs", "The service",
)  # fmt: skip


def list_admins(staff: Any = None) -> list[Any]:
    """Return the admin of each model that the staff member may view, in the order of the front page.

    Without a staff member, return the admin of every model.
    """
    registered: Any = admin.site._registry.values()
    ordered = sorted(registered, key=lambda each: GROUPS.index(each.group))
    return [
        each
        for each in ordered
        if staff is None or staff.has_perm(f"{each.opts.app_label}.view_{each.opts.model_name}")
    ]


def name_list(one: Any) -> str:
    return str(one.title or capfirst(one.opts.verbose_name_plural))


def get_list_page(one: Any) -> str:
    """Return the name of the page with the list of the model's rows."""
    return f"admin:{one.opts.app_label}_{one.opts.model_name}_changelist"


def summarize_account(owner: User, staff: Any) -> dict[str, Any]:
    """Return the template context of an account's page. Parts that the staff member may not view are None."""
    people = list(User.objects.with_workers(owner).order_by("id")[: MAX_PEOPLE + 1])
    shown = people[:MAX_PEOPLE]
    locked = find_locked(shown)
    parts: dict[str, tuple[str, Callable[[], Any]]] = {
        "product_counts": ("products.view_product", lambda: count_products(owner)),
        "products": ("products.view_product", lambda: list_products(owner)),
        "operations": ("stock.view_operation", lambda: list_operations(owner)),
        "verification": ("stock.view_verification", lambda: find_verification(owner)),
        "events": ("users.view_securityevent", lambda: list_events(owner)),
    }
    allowed = {name: part() if staff.has_perm(permission) else None for name, (permission, part) in parts.items()}
    return {
        "owner": owner, "people": shown, "has_more_people": len(people) > MAX_PEOPLE, "locked": locked, **allowed,
        "counts": count_rows(owner, staff),
        "lists": [(name_list(each), get_list_page(each)) for each in list_admins(staff) if each.of_account],
        "problems": list(find_problems(owner, [each for each in shown if each.pk in locked], staff)),
    }  # fmt: skip


def list_products(owner: User) -> list[tuple[Any, ...]]:
    money = Display.of(owner).money
    return [
        (link_to("products_product", row.pk, str(row)), row.sku, row.shown_stock, money(row.price))
        for row in Product.objects.for_user(owner).live().order_by("-id")[:MAX_LATEST_ROWS]
    ]


def list_operations(owner: User) -> list[tuple[Any, ...]]:
    rows = Operation.objects.for_user(owner).select_related("performer").order_by("-id")[:MAX_LATEST_ROWS]
    return [
        (link_to("stock_operation", row.pk, str(row)), row.reference, row.performer.name, row.created_at)
        for row in rows
    ]


def list_events(owner: User) -> list[tuple[Any, ...]]:
    """Return the events, also those of users who have left the account."""
    rows = SecurityEvent.objects.filter(account=owner).select_related("user", "actor").order_by("-id")
    return [
        (row.get_kind_display(), row.user, f"by {row.actor}" if row.actor else "", row.created_at)
        for row in rows[:MAX_LATEST_ROWS]
    ]


def count_rows(owner: User, staff: Any) -> list[tuple[str, str, str]]:
    """Return the title, the page and the number of the account's rows, for each model that the page counts."""
    counts = []
    for each in (one for one in list_admins(staff) if one.counted):
        rows = each.select_counted(each.model._default_manager.filter(owner=owner))
        number = rows.order_by()[:MAX_COUNTED].count()
        counts.append((each.counted, get_list_page(each), format_count(number, MAX_COUNTED)))
    return counts


def find_problems(owner: User, locked: list[User], staff: Any) -> Iterator[str]:
    """Yield what support has to know first. The ledger has a panel of its own."""
    if not owner.is_active:
        yield "The owner is deactivated"
    if owner.closes_at:
        yield f"The shop closes at {format_moment(owner.closes_at)}"
    if locked:
        yield f"Sign-in is locked for {', '.join(map(str, locked))}"
    for permission, (function, noun, trouble) in collect("problems", settings.SHOP_APPS).items():
        if staff.has_perm(permission) and (number := import_string(function)(owner)[:MAX_COUNTED].count()):
            yield f"{with_noun(number, noun)} {trouble}"


def count_products(owner: User) -> dict[str, str]:
    values = {"owner": owner.pk, "limit": MAX_PRODUCTS}
    [(total, low, out)] = fetch(PRODUCT_COUNTS.format(account=ONE_ACCOUNT), values)
    return {"total": format_count(total, MAX_PRODUCTS), "low": f"{low + out:,}", "out": f"{out:,}"}


def find_verification(owner: User) -> dict[str, Any] | None:
    """Return the last verification, and a sentence about each change of the database server."""
    found: Verification | None = Verification.objects.for_user(owner).first()
    return {"row": found, "changes": list(map(describe_change, found.server_changes or []))} if found else None


def with_noun(number: int, noun: str) -> str:
    """Return "1 line" or "2,000 lines"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
