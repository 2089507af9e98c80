"""Tills, and the numbers that they have given up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.model_fields import user_name_column
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, UserKey, save_fields
from core.translation import gettext_noop
from users.access.roles import Right, may
from users.models import MAX_KEY_NAME_LENGTH, PREFIX_LENGTH, ApiKey

MAX_NUMBER = 999_999
MAX_SKIPPED = 1000  # how far above the last number that the server has a device may go
MAX_DROP_NOTE_LENGTH = 500
MAX_SALE_LENGTH = 100_000  # the limit of a refused body, in characters of its JSON


def read_ranges(value: Any) -> tuple[range, ...]:
    """Return a multirange of the database as ranges of Python."""
    return tuple(range(numbers.lower, numbers.upper) for numbers in value)


class NumbersField(models.Field):
    """A set of whole numbers, in Python a tuple of ranges. Its size depends on the number of gaps only."""

    def db_type(self, connection: Any) -> str:
        return "int4multirange"

    def from_db_value(self, value: Any, *_: Any) -> tuple[range, ...] | None:
        return None if value is None else read_ranges(value)


class TillQuerySet(OwnedQuerySet):
    def kept_by(self, user: Any) -> "TillQuerySet":
        """Return the tills that the user made, or all tills of the shop if the user manages users or keeps no tills."""
        found = self.for_user(user)
        sees_all = may(user, Right.MANAGE_USERS) or not may(user, Right.KEEP_TILLS)
        return found if sees_all else found.filter(user=user.pk)

    def link_kept(self, user: Any, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows with the id `kept_till`: that of their `till`, or None if the user may not open its page."""
        kept = self.kept_by(user).filter(pk__in={row.get("till") for row in rows})
        pages = dict(kept.values_list("pk", "pk"))
        return [{**row, "kept_till": pages.get(row.get("till"))} for row in rows]

    def of_device(self, user: Any) -> "TillQuerySet":
        """Return the tills, of which the device of a till has only its own one."""
        return self.filter(key_prefix=user.api_key.prefix) if user.is_device else self


class Till(OwnedModel):
    """A device that numbers what it books. Only trade/tills/services.py writes it."""

    name = models.CharField(max_length=MAX_KEY_NAME_LENGTH)
    user = UserKey(help_text="Who made it. The device acts for the user that has paired it last.")
    key_prefix = models.CharField(max_length=PREFIX_LENGTH, help_text="The prefix of the device's API key.")
    booked = NumbersField(db_default="{}", help_text="The numbers that were booked.")
    unproven = NumbersField(
        db_default="{}", help_text="The numbers that a device may have given before it was replaced, or lost them."
    )
    last_number = models.PositiveIntegerField(
        default=0, help_text="The highest number that was booked or given up, or that a device before may have given."
    )
    created_at = models.DateTimeField("added", auto_now_add=True)
    revoked_at = models.DateTimeField("closed", null=True, help_text="When it was closed.")

    objects = TillQuerySet.as_manager()

    last_seen_at: Any = None  # attach_last_seen() sets it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                condition=Q(revoked_at__isnull=True),
                name="tills_till_open_name",
                violation_error_message=gettext_noop("The shop has an open till with this name already."),
            ),
            models.CheckConstraint(condition=Q(last_number__range=(0, MAX_NUMBER)), name="tills_till_last_number"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def numbered_name(self) -> str:
        """Return the name in references and in the history. These are kept for ever, so it says nothing of a person."""
        return f"till {self.pk}"

    @property
    def prefix(self) -> str:
        """Return the beginning of the keys of the till's bookings."""
        return f"till-{self.pk}-"

    @property
    def next_number(self) -> int:
        return self.last_number + 1

    @property
    def highest_number(self) -> int:
        """Return the highest number that the device may give now: the end of the block that it has been given."""
        return min(self.last_number + MAX_SKIPPED, MAX_NUMBER)

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Replace the names of the tills that an erased user has made: they can tell who it was."""
        super().forget(owner_id, person)
        if type(person) is not cls._meta.get_field("user").related_model:
            return
        tills = cls.objects.filter(owner_id=owner_id)
        for till in tills.filter(user=person.pk):
            others = {name.lower() for name in tills.exclude(pk=till.pk).values_list("name", flat=True)}
            names = (till.numbered_name, *(f"{till.numbered_name} ({number})" for number in range(2, len(others) + 3)))
            save_fields(till, {"name": next(name for name in names if name not in others)})

    def has_booked(self, number: int) -> bool:
        return any(number in numbers for numbers in self.booked)

    def is_used_by(self, user: Any) -> bool:
        """Return whether the user may use the till's numbers: with the key of its device, or as maker or manager."""
        if user.api_key:
            return bool(user.api_key.prefix == self.key_prefix)
        return user.pk == self.user_id or may(user, Right.MANAGE_USERS)


class Drop(OwnedModel):
    """A number of a till that was given up, with a note and the booking that was refused. It is never changed."""

    till = OwnedKey(Till)
    number = models.PositiveIntegerField()
    note = models.TextField(max_length=MAX_DROP_NOTE_LENGTH)
    sale = models.JSONField(null=True, help_text="The body that was refused.")
    made_by = UserKey()
    made_by_username = user_name_column()
    created_at = models.DateTimeField("given up", auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "till", "number"], name="tills_drop_once"),
            models.CheckConstraint(condition=Q(number__range=(1, MAX_NUMBER)), name="tills_drop_number"),
        ]

    def __str__(self) -> str:
        return f"number {self.number} of {self.till}"


def attach_last_seen(tills: Sequence[Till]) -> Sequence[Till]:
    """Set `last_seen_at` of the tills to the last use of their keys, to the minute. Return the tills."""
    keys = ApiKey.objects.filter(prefix__in=[till.key_prefix for till in tills])
    used = dict(keys.values_list("prefix", "last_used_at")) if tills else {}
    for till in tills:
        till.last_seen_at = used.get(till.key_prefix)
    return tills
