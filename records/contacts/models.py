"""The base of the models of suppliers, customers, and other people and companies."""

import json
from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import F, Q

from core.archiving import ArchivableQuerySet, change_links
from core.errors import Conflict
from core.model_fields import RECORDED_METADATA, external_id_column, metadata_column, unique_external_id
from core.ownership import JSON_TEXT, OwnedKey, OwnedModel, Person
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

# The patterns of values in stored responses, for fields that are not simple texts.
STORED = {"external_id": f"(?:null|{JSON_TEXT})", "metadata": rf"\{{(?:{JSON_TEXT}:{JSON_TEXT},?)*\}}"}


class ContactQuerySet(ArchivableQuerySet):
    def named(self) -> Self:
        """Return the rows that have a page, and that ids name: the live ones, and those that were merged."""
        return self.filter(Q(archived_at=None) | Q(merged_into__isnull=False))

    def follow(self, pk: int) -> int:
        """Return the id of the row that the row with this id was merged into, or else this id."""
        return self.filter(pk=pk).values_list("merged_into_id", flat=True).first() or pk


class Contact(Person, RecordedModel, OwnedModel):
    """A person or company that can be archived, erased, and merged into another one that is the same.

    `personal` names the fields that are erased, in the order of the response. If it does not contain `name`, the name
    is kept. `merged_into` never leads to a row that was merged itself: records.contacts.services.
    """

    later: ClassVar[tuple[str, ...]] = ()  # the last personal fields, which stored responses of 1.4.0 lack
    archived_error: ClassVar[type[Conflict]]  # the error if a row can't be merged into an archived one

    name = models.CharField(max_length=255)
    external_id = external_id_column()
    metadata = metadata_column()
    archived_at = models.DateTimeField(null=True, editable=False)
    merged_into = OwnedKey("self", null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def list_models(cls) -> dict[str, type["Contact"]]:
        models_of = (model for model in apps.get_models() if issubclass(model, cls))
        return {model.tracked[0].kind.value: model for model in models_of}

    @staticmethod
    def track(kind: Kind) -> tuple[Tracked, ...]:
        """Return what the history records when a row changes."""
        return (Tracked(kind, beside=RECORDED_METADATA, saved="metadata", **ARCHIVED),)

    @staticmethod
    def list_constraints(table: str) -> list[models.BaseConstraint]:
        is_merged = Q(archived_at__isnull=False) & ~Q(merged_into=F("id"))
        return [
            unique_external_id(table, archived_at=None),
            models.CheckConstraint(condition=Q(merged_into=None) | is_merged, name=f"{table}_is_merged"),
        ]

    @staticmethod
    def index_merged(table: str) -> models.Index:
        """Return the index that finds the rows that were merged into a row."""
        is_merged = Q(merged_into__isnull=False)
        return models.Index(fields=["owner", "merged_into"], condition=is_merged, name=f"{table}_merged")

    @classmethod
    def release(cls, owner_id: int, ids: list[int]) -> None:
        """Remove the links to these rows, because older rows that were merged into them are removed later."""
        rows: Any = cls._default_manager
        rows.filter(owner_id=owner_id, merged_into__in=ids).update(merged_into=None)

    @property
    def kind(self) -> str:
        """Return what the history, and the parameters of lists, call this kind of contact."""
        return f"{self.tracked[0].kind}"

    @property
    def erased_name(self) -> str:
        """Return the name that an erased row gets if its name is a personal field."""
        return f"{self._meta.model_name}-{self.pk}"

    def list_erased(self) -> dict[str, Any]:
        """Return the values of the personal fields after the row is erased."""
        empty: dict[str, Any] = {"name": self.erased_name, "external_id": None, "metadata": {}}
        return {name: empty.get(name, "") for name in self.personal}

    def list_stored_copies(self) -> dict[str, str]:
        kept = "" if "name" in self.personal else f'"name":{JSON_TEXT},'
        first, later = (
            ",".join(f'"{name}":{STORED.get(name, JSON_TEXT)}' for name in names)
            for names in (self.personal[: -len(self.later) or None], self.later)
        )
        values = f"{first}(?:,{later})?" if later else first
        erased = json.dumps(self.list_erased(), separators=(",", ":"))[1:-1]
        return {f'("id":{self.pk},{kept}){values}': rf"\1{erased}"}


class NamesContacts(OwnedModel):
    """A row that names a contact. After the contact was merged into another one, it names that one.

    A model with a link to contacts must be one of these. Models that name them in another way override the methods.
    """

    moved_as: ClassVar[str]  # what the answer of a merge calls the rows

    class Meta:
        abstract = True

    @classmethod
    def find_link(cls, model: Any) -> str:
        """Return the column with the ids of such contacts, or an empty text if the rows name none."""
        return next((field.attname for field in cls._meta.fields if field.related_model is model), "")

    @classmethod
    def is_naming(cls, contact: Contact) -> Q:
        """Return the condition for the rows that name the contact. An archived one has the rows that kept its id."""
        link = cls.find_link(type(contact))
        kept = Q(**{link: None, f"kept_{link}": contact.pk}) if hasattr(cls, f"kept_{link}") else Q()
        return Q(**{link: contact.pk}) | kept

    @classmethod
    def count_naming(cls, contact: Contact, into: Contact | None = None) -> int:  # noqa: ARG003
        """Return how many rows move if the contact is merged into this one, or into one that no row names."""
        return cls._default_manager.filter(cls.is_naming(contact), owner_id=contact.owner_id).count()

    @classmethod
    def find_costs(cls, contact: Contact, into: Contact | None = None) -> list[dict[str, Any]]:  # noqa: ARG003
        """Return the costs of products before and after the contact is merged into this one, or into each other one."""
        return []

    @classmethod
    def move(cls, contact: Contact, into: Contact) -> None:
        """Let the rows that name the contact name `into` instead."""
        link = cls.find_link(type(contact))
        # Another transaction can copy the link of a row that this statement waits for: the next one finds the copy.
        while change_links(cls, contact.owner_id, cls.is_naming(contact), link, into.pk):
            pass
