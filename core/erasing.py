"""Erase the personal data of users, suppliers and customers, and its copies in all tables of an account."""

from collections.abc import Callable
from typing import ClassVar

from django.apps import apps
from django.db import models

from core.ownership import OwnedModel

JSON_TEXT = r'"(?:[^"\\]|\\.)*"'  # matches a text in JSON


class Person(models.Model):
    """A model with personal data. It names the fields to erase, and finds their copies in stored responses."""

    personal: ClassVar[tuple[str, ...]]

    # Returns regular expressions that match copies in stored responses, each with its replacement. They find the row by
    # its id, so that they also match its former names and addresses.
    list_stored_copies: Callable[[], dict[str, str]]

    class Meta:
        abstract = True


def forget_copies(person: Person, owner_id: int) -> None:
    """Let each model of the account remove what its rows have copied from the erased row."""
    for model in apps.get_models():
        if issubclass(model, OwnedModel):
            model.forget(owner_id, person)
