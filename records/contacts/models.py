"""The base of the models of suppliers, customers, and other people and companies."""

import json
from typing import Any

from django.apps import apps
from django.db import models

from core.archiving import ArchivableQuerySet
from core.erasing import JSON_TEXT, Person
from core.external_ids import external_id_column, unique_external_id
from core.metadata import RECORDED_METADATA, metadata_column
from core.ownership import OwnedModel
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

# The patterns of values in stored responses, for fields that are not simple texts.
STORED = {"external_id": f"(?:null|{JSON_TEXT})", "metadata": rf"\{{(?:{JSON_TEXT}:{JSON_TEXT},?)*\}}"}


class Contact(Person, RecordedModel, OwnedModel):
    """A person or company that can be archived and erased.

    `personal` names the fields that are erased, in the order of the response. If it does not contain `name`, the name
    is kept.
    """

    name = models.CharField(max_length=255)
    external_id = external_id_column()
    metadata = metadata_column()
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def list_models(cls) -> dict[str, type["Contact"]]:
        """Return the models of contacts by their kind in the history."""
        models_of = (model for model in apps.get_models() if issubclass(model, cls))
        return {model.tracked[0].kind.value: model for model in models_of}

    @staticmethod
    def track(kind: Kind) -> tuple[Tracked, ...]:
        """Return what the history records when a row changes."""
        return (Tracked(kind, beside=RECORDED_METADATA, saved="metadata", **ARCHIVED),)

    @staticmethod
    def list_constraints(table: str) -> list[models.BaseConstraint]:
        return [*OwnedModel.Meta.constraints, unique_external_id(table, archived_at=None)]

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
        values = ",".join(f'"{name}":{STORED.get(name, JSON_TEXT)}' for name in self.personal)
        erased = json.dumps(self.list_erased(), separators=(",", ":"))[1:-1]
        return {f'("id":{self.pk},{kept}){values}': rf"\1{erased}"}
