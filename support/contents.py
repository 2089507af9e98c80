"""The front page's list of models, grouped by what staff looks for."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# The titles of the models by their names.
GROUPS = {
    "People and access": {
        "User": "Users and shops", "SecurityEvent": "Security events", "AttemptCounter": "Counted sign-ins",
        "ApiKey": "API keys", "Group": "Groups of staff", "Export": "Exports of shops", "ClosedAccount": "Closed shops",
    },
    "Goods": {
        "Product": "Products", "Category": "Categories", "Code": "Further barcodes", "Supplier": "Suppliers",
        "Change": "What changed",
    },
    "What was booked": {
        "Operation": "Operations", "Movement": "Movements", "Import": "Imports", "Verification": "Checks of the ledger",
        "Seal": "Seals of the ledger",
    },
    "Where it lies": {
        "Location": "Locations", "Lot": "Lots and their dates", "Holding": "Stock by location and lot",
        "Portion": "Movements by location and lot",
    },
    "Ordered and reserved": {
        "Order": "Purchase orders", "OrderLine": "Lines of orders", "Receipt": "Deliveries of orders",
        "Reservation": "Reservations", "ReservationLine": "Lines of reservations",
    },
    "Counted": {
        "Sheet": "Counting sheets", "SheetLine": "Lines of counting sheets", "Entry": "Entries of counting sheets",
    },
    "Other programs": {
        "Webhook": "Webhooks", "DeliveryAttempt": "Requests to webhooks", "Event": "Events",
        "FeedHead": "Ends of feeds", "IdempotencyKey": "Idempotency keys",
        "Till": "Tills", "Drop": "Numbers that tills gave up",
    },
    "The service": {
        "LogEntry": "What staff did", "LastNotice": "Daily mails", "WorkerProcess": "Workers",
    },
}  # fmt: skip


def group_models(request: HttpRequest) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the groups, each with the models that the staff member may view."""
    visible = {model["object_name"]: model for app in admin.site.get_app_list(request) for model in app["models"]}
    groups = [
        (group, [{**visible[name], "title": title} for name, title in titles.items() if name in visible])
        for group, titles in GROUPS.items()
    ]
    return [(group, models) for group, models in groups if models]
