"""The apps of the product, from the lowest to the highest. This is their only list.

`settings.py` installs the apps, `urls.py` includes their `urls.py`, and `testing/laws/layers.py` reads the order, by
which an app imports only apps below it: docs/decisions/0021-rooms-in-one-order.md. A folder says what an app is about,
and the order what it knows: `stock.levels` has a report, so it stands above `desk.reports`.
"""

ORDER = (
    "core",
    "records.idempotency",
    "records.history",
    "users",
    "web",
    "records.events",
    "records.contacts",
    "suppliers",
    "products",
    "stock",
    "records.events.feed",
    "trade.customers",
    "trade.selling",
    "trade.kits",
    "trade.prices",
    "trade.reservations",
    "trade.quotes",
    "trade.purchasing",
    "trade.labels",
    "trade.sheets",
    "records.events.webhooks",
    "trade.tills",
    "trade.sales",
    "trade.invoices",
    "trade.closings",
    "records.events.notices",
    "desk.reports",
    "stock.levels",
    "trade.customer_accounts",
    "desk.takeout",
    "desk.saved",
    "desk.evidence",
    "desk.shop",
    "desk.agents",
    "desk.support",
    "ops",
    "inventory_api",
)
# These packages have no models, so they are not installed.
BASES = {"web", "records.contacts", "records.events.feed"}
