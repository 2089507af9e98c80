"""Movements at the support desk: the newest of a product or an account, and how their values are shown."""

from django.db.models import Prefetch, QuerySet

from stock.booking.drafts import SUPPORT_STAFF
from stock.models import Movement, Operation

MAX_LATEST = 50
MAX_NOTE_SHOWN = 80

# One statement reads the operations of a page of movements, the users who performed them, and their names at that time.
OPERATIONS = Prefetch("operation", Operation.objects.select_related("performed_by", "performer"))


def find_latest_movements(owner_id: int, product_id: int | None = None) -> QuerySet:
    """Return the newest MAX_LATEST movements of a product, or of the whole account if no product is given."""
    rows = Movement.objects.filter(owner_id=owner_id).prefetch_related(OPERATIONS)
    if product_id is None:
        return rows.order_by("-id")[:MAX_LATEST]
    return rows.filter(product_id=product_id).order_by("-sequence")[:MAX_LATEST]


def get_performer(operation: Operation) -> str:
    """Return the user's name at that time. The shop sees "support staff" instead of a staff member's name (ADR 11)."""
    if operation.performer.name != SUPPORT_STAFF:
        return operation.performer.name
    return f"{operation.performed_by} ({SUPPORT_STAFF})"


def format_change(movement: Movement) -> str:
    """Return the quantity with its sign, "+1,200" for instance."""
    return f"{movement.new_quantity - movement.old_quantity:+,}"


def format_levels(movement: Movement) -> str:
    return f"{movement.old_quantity:,} → {movement.new_quantity:,}"


def shorten(text: str) -> str:
    """Return the text's first MAX_NOTE_SHOWN characters, with an ellipsis if there are more."""
    return text if len(text) <= MAX_NOTE_SHOWN else f"{text[:MAX_NOTE_SHOWN].rstrip()}…"
