"""The saved views of the demo shop."""

from desk.saved.services import create_view
from users.models import User

VIEWS = (
    ("Low on stock", "products", "low_stock=true&ordering=quantity", ["name", "quantity", "supplier"]),
    ("Earned last month", "reports/margins", "period=last_month", None),
)


def add_views(owner: User) -> None:
    """Let the owner share a view of a list and one of a report."""
    for name, route, query, columns in VIEWS:
        create_view(user=owner, name=name, route=route, query=query, columns=columns, shared=True)
