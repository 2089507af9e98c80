"""Saved views: a list or a report with its filters, its order and its columns, which a user keeps under a name."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, CheckConstraint, Q, UniqueConstraint, Value, When
from django.db.models.functions import JSONObject, Lower

from core.kinds import parse_id
from core.ownership import OwnedQuerySet, Renamed, delete_rows, save_fields
from core.texts.cleaning import fold_case
from core.translation import gettext_noop
from records.contacts.models import Contact, NamesContacts
from users.models import User

MAX_VIEWS, MAX_MAILED_VIEWS = 50, 10  # the limits of each user
MAX_VIEW_NAME_LENGTH = 60
MAX_ROUTE_LENGTH, MAX_QUERY_LENGTH = 60, 2000
MAX_COLUMNS, MAX_COLUMN_LENGTH = 50, 60
MAX_DAY_LENGTH = 4  # "mon", "28" or "last"
HOURS = 0, 23
MAIL_FIELDS = ("mail_days", "mail_hour", "mail_format", "mail_when_empty")


class MailFormat(models.TextChoices):
    XLSX = "xlsx"
    CSV = "csv"
    TEXT = "text"


class SavedViewQuerySet(OwnedQuerySet):
    def with_mail(self) -> Any:
        """Add the mail of each view as an object, as its serializer writes it."""
        parts = {name.removeprefix("mail_"): name for name in MAIL_FIELDS}
        return self.annotate(mail=Case(When(mail_days__isnull=False, then=JSONObject(**parts))))

    def readable_by(self, user: Any) -> Any:
        """Return the user's own views, and those that others of the shop share."""
        return self.for_user(user).filter(Q(user_id=user.pk) | Q(shared=True))


class SavedView(NamesContacts):
    """A view of a user. The fields of the mail are null if it sends none."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_VIEW_NAME_LENGTH)
    route = models.CharField("list", max_length=MAX_ROUTE_LENGTH)
    query = models.CharField("filters", max_length=MAX_QUERY_LENGTH, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=MAX_COLUMN_LENGTH), null=True)
    shared = models.BooleanField("for the whole shop", default=False)
    mail_days = ArrayField(models.CharField(max_length=MAX_DAY_LENGTH), null=True)
    mail_hour = models.PositiveSmallIntegerField(null=True)
    mail_format = models.CharField(max_length=4, choices=MailFormat, null=True)
    mail_when_empty = models.BooleanField(null=True)
    next_mail_at = models.DateTimeField("next mail", null=True, help_text="When the worker sends the next mail.")
    mail_failures = models.PositiveSmallIntegerField(default=0, help_text="The mails that have failed in a row.")
    mail_ended_at = models.DateTimeField(
        null=True, help_text="When failures ended the mail; empty once its user has been told."
    )
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = SavedViewQuerySet.as_manager()
    moved_as = "views"

    class Meta:
        verbose_name = "saved view"
        constraints = [
            UniqueConstraint(
                "owner",
                "user",
                Lower("name"),
                name="saved_savedview_name",
                violation_error_message=gettext_noop("You have a view with this name already."),
            ),
            CheckConstraint(
                condition=Q(**dict.fromkeys(MAIL_FIELDS), next_mail_at=None)
                | Q(**{f"{name}__isnull": False for name in MAIL_FIELDS}, mail_hour__range=HOURS),
                name="saved_savedview_mail",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "next_mail_at"], condition=Q(next_mail_at__isnull=False), name="saved_savedview_due"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def find_link(cls, model: Any) -> str:  # noqa: ARG003
        """Return the column with the filters, which can name contacts of all kinds."""
        return "query"

    @classmethod
    def is_naming(cls, contact: Contact) -> Q:
        return Q(pk__in=cls.find_naming(contact.owner_id, rename_contact(contact, 0)))

    @classmethod
    def move(cls, contact: Contact, into: Contact) -> None:
        cls.rename(contact.owner_id, rename_contact(contact, into.pk))

    @classmethod
    def rename(cls, owner_id: int, renamed: Renamed) -> None:
        views = cls.objects.filter(owner_id=owner_id, pk__in=cls.find_naming(owner_id, renamed)).order_by("pk")
        for view in views.select_for_update(no_key=True):
            query = view.rewrite(renamed)
            if query and len(query) <= MAX_QUERY_LENGTH:  # a longer one means the merged contact, or says what is gone
                save_fields(view, {"query": query})

    @classmethod
    def find_naming(cls, owner_id: int, renamed: Renamed) -> list[int]:
        return [view.pk for view in cls.objects.filter(owner_id=owner_id) if view.rewrite(renamed)]

    def rewrite(self, renamed: Renamed) -> str | None:
        """Return the query after the renaming, or None if it stays as it is."""
        pairs, after = parse_qsl(self.query, keep_blank_values=True), []
        for name, value in pairs:
            new_name, values = renamed.get(name, (name, {}))
            after.append((new_name, values.get(parse_id(value) or fold_case(value), value)))
        return urlencode(after, safe=",") if after != pairs else None

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Delete the views of the erased person: the name and the filters of a view can tell something about it."""
        if isinstance(person, User):
            delete_rows(cls, owner_id, [*cls.objects.filter(owner_id=owner_id, user=person)])


def rename_contact(contact: Contact, pk: int) -> Renamed:
    """Return this id for what names the contact: its id and, in reports, its name, unless another live one has it."""
    others: Any = type(contact)._default_manager
    others = others.live().filter(owner_id=contact.owner_id, name__lower=Lower(Value(contact.name)))
    named = [contact.pk, *([] if others.exclude(pk=contact.pk).exists() else [fold_case(contact.name)])]
    return {contact.kind: (contact.kind, dict.fromkeys(named, str(pk)))}
