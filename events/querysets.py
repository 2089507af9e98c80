"""The queries that record events for models. events.services records all others."""

from collections.abc import Iterable

from django.db import connection

from core.ownership import OwnedQuerySet
from events import sql


class EventQuerySet(OwnedQuerySet):
    def record_products(self, *, owner_id: int, event_type: str, products: Iterable[int]) -> None:
        """Insert an event for each product, in the transaction that has locked and changes the products."""
        if ids := list(products):
            with connection.cursor() as cursor:
                cursor.execute(sql.RECORD_PRODUCTS, {"owner": owner_id, "type": str(event_type), "products": ids})
