"""The events of an account, and the end of its feed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from core.arranging import make_choices
from core.database.constraints import array_of_ids, checks
from core.database.postgres.base import execute
from core.ownership import OwnedModel, OwnedQuerySet
from core.shop_apps import collect
from records.events import sql
from records.history.models import Kind, Recording, list_recorded

# The forms of all types, also of those whose app is left out: earlier events have them.
EVENTS: dict[str, dict[str, str]] = collect("events", settings.KNOWN_APPS)
EventType: Any = make_choices("EventType", "PUBLISHED_EVENTS", settings.EVENT_TYPES, EVENTS)


def name_products(statement: str, **parts: str) -> str:
    """Return the statement with the table of products and these parts."""
    return statement.format(table=list_recorded()[Kind.PRODUCT]._meta.db_table, **parts)


class EventQuerySet(OwnedQuerySet):
    """Records the events of products, for models. events.services records all others."""

    def record_products(
        self, *, owner_id: int, event_type: str, products: Iterable[int], at: datetime | None = None
    ) -> None:
        """Insert an event at this time or now for each product. The transaction has locked and changes the products."""
        if ids := list(products):
            statement = name_products(sql.RECORD_PRODUCTS, ids=array_of_ids("products", len(ids)))
            execute(statement, {"owner": owner_id, "type": str(event_type), "products": ids, "at": at})

    def record_changed(self, owner_id: int, changes: Recording) -> None:
        """Insert an event for each changed product. It has the time of the changes, by which the feed finds them."""
        changed = EventType.PRODUCT_CHANGED
        self.record_products(owner_id=owner_id, event_type=changed, products=sorted(changes.changed), at=changes.at)

    def record_created(self, owner_id: int, changes: Recording, products: Iterable[int]) -> None:
        """Insert an event for each of these new products, with the time of the changes as in record_changed()."""
        created = EventType.PRODUCT_CREATED
        self.record_products(owner_id=owner_id, event_type=created, products=products, at=changes.at)


class Event(OwnedModel):
    """An event. SQL inserts it in the transaction of a change. A trigger refuses all updates but the first position."""

    is_data = False

    position = models.BigIntegerField(null=True, help_text="In the feed; empty until the event is numbered.")
    type = models.CharField(max_length=32, choices=EventType)
    # These ids are no foreign keys, which each booking would have to check: what they name is never deleted.
    operation = models.BigIntegerField(null=True, help_text="Id of the operation.")
    product = models.BigIntegerField(null=True, help_text="Id of the product.")
    data = models.JSONField(null=True, help_text="The numbers of the event, besides the ids.")
    created_at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "position"], condition=Q(position__isnull=False), name="events_event_position"
            ),
            models.UniqueConstraint(
                "owner",
                KeyTextTransform("lot", "data"),
                condition=Q(type="lot.expiring"),
                name="events_event_lot_expiring",
            ),
            *checks(
                position_from_one=Q(position__gte=1),
                # The constraint does not list the types: a new type would have to check all events of the past.
                type=Q(type__regex=r"^[a-z_]+\.[a-z_]+$"),
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], condition=Q(position__isnull=True), name="events_event_unnumbered"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.position or 'without position'}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are written by events.services alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are never deleted.")


class FeedHead(OwnedModel):
    """The end of an account's feed. Its row is locked to give positions. Each account has one row."""

    is_data = False

    position = models.BigIntegerField(default=0, help_text="The last position that was given.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "last event of a shop"
        verbose_name_plural = "last events of shops"
        constraints = [
            models.UniqueConstraint(fields=["owner"], name="events_feedhead_owner"),
            *checks(position=Q(position__gte=0)),
        ]

    def __str__(self) -> str:
        return f"position {self.position}"
