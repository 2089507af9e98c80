"""Look-ups: in a form, people name a row of their shop by a text, while programs send its id. A page suggests texts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext
from rest_framework.reverse import reverse
from rest_framework.settings import api_settings

from core.fields import MAX_QUOTED_LENGTH
from core.kinds import parse_id
from core.sentences import fill
from core.texts.cleaning import clean_search_text
from core.texts.folding import NameKey, make_key, match_number, match_words, spell
from core.translation import gettext_noop as _

MAX_TEXT_LENGTH = 400  # enough for a name with a code
MAX_WORDS = 8
MAX_CANDIDATES = 5  # the most rows that an error lists
NUMBERED = re.compile(r"(?P<name>.+) \(#(?P<id>[0-9]{1,19})\)")  # a name with an id
Choices = list[tuple[str, str]]


class NewName(str):
    """The name of a row to add. `doubt` is the question that its user answers first, by sending the form again."""

    doubt: ValidationError | None = None


@dataclass(frozen=True)
class LookUp:
    """Finds a row of the user's shop by its id, by its whole name, or by a part of the name that no other row has.

    If several rows may have one name, the text that finds only one of them has its id: `Ada Fern (#17)`.
    """

    noun: str
    get_rows: Callable[[Any], QuerySet]
    page: str = ""  # the route of the list whose `search` finds the suggestions
    name_field: str = "name"
    further_fields: tuple[str, ...] = ()  # the fields that find the row as its name does
    phone_field: str = ""  # the one of these fields that has a telephone number
    has_unique_names: bool = True
    hint: str = _("Any part of the name.")

    def __deepcopy__(self, memo: Any) -> "LookUp":
        """Return this object, because django-filter copies the filters for each request."""
        return self

    @property
    def address(self) -> str:
        return str(reverse(self.page)) if self.page else ""

    def has(self, user: Any, row_id: int) -> bool:
        return self.get_rows(user).filter(pk=row_id).exists()

    def is_gone(self, user: Any, text: str) -> bool:
        """Return whether no row has this id, or this whole name."""
        row_id = parse_id(text)
        name = {f"{self.name_field}__lower": Lower(Value(text))}
        is_named = Q(pk=self.follow(user, row_id)) if row_id else Q(**name)
        return not self.get_rows(user).filter(is_named).exists()

    def follow(self, user: Any, row_id: int | None) -> int | None:
        """Return the id of the row that the row with this id was merged into, or else this id."""
        rows = self.get_rows(user).model._default_manager
        return rows.for_user(user).follow(row_id) if row_id and hasattr(rows, "follow") else row_id

    def find_name(self, user: Any, text: str) -> str:
        """Return the name of the row with this id, or the text if there is none."""
        row_id = parse_id(text)
        if row_id is None:
            return text
        names = self.get_rows(user).filter(pk=row_id).values_list("pk", self.name_field)
        return next((self.write_name(*row) for row in names[:1]), text)

    def describe(self, user: Any, text: str) -> str:
        """Return the name of the row with this id. Return the text if there is none, or its name looks like an id."""
        name = self.find_name(user, text)
        return text if parse_id(name) is not None else name

    def write(self, row: Any) -> str:
        """Return the text that finds the row: its name, or its id if the name consists of digits."""
        name = self.write_name(row.pk, getattr(row, self.name_field))
        return name if parse_id(name) is None else str(row.pk)

    def write_name(self, pk: int, name: str) -> str:
        """Return the name of a row, as in look_ups.js: with its id if other rows may have this name."""
        return name if self.has_unique_names else f"{name} (#{pk})"

    def list_choices(self, user: Any) -> Choices:
        """Return all rows as choices in alphabetical order, but none if there are more than HTML_SELECT_CUTOFF."""
        limit: Any = api_settings.HTML_SELECT_CUTOFF
        rows = list(self.get_rows(user).values_list("pk", self.name_field)[: limit + 1])
        named = sorted(((str(pk), self.write_name(pk, name)) for pk, name in rows), key=lambda row: make_key(row[1]))
        return named if len(named) <= limit else []

    def find(self, user: Any, text: str) -> int:
        """Return the id of the row. Raise ValidationError if there is none, or if several rows fit the text."""
        row_id = parse_id(text)
        if row_id is not None and self.has(user, row_id):
            return row_id
        found, _is_whole = self.search(user, text)
        if len(found) == 1:
            return found[0][0]
        raise refuse(text, self.noun, [self.write_name(*row) for row in found])

    def search(self, user: Any, text: str) -> tuple[list[tuple[int, str]], bool]:
        """Return the first rows that the text may name, and whether it is the whole name, or another whole text."""
        cleaned = clean_search_text(text, MAX_TEXT_LENGTH)
        rows = self.get_rows(user).order_by(NameKey(self.name_field), "pk").values_list("pk", self.name_field)
        exact = reduce(or_, (Q(**{f"{field}__lower": Lower(Value(cleaned))}) for field in self.fields))
        if not self.has_unique_names and (numbered := NUMBERED.fullmatch(cleaned)):
            name = {f"{self.name_field}__lower": Lower(Value(numbered["name"]))}
            exact |= Q(pk=parse_id(numbered["id"]), **name)
        words = match_words(cleaned.split()[:MAX_WORDS], self.fields) | match_number(cleaned, self.phone_field)
        whole = Q(**{f"{self.name_field}__regex": f"^{spell(cleaned)}$"})
        for condition in (exact, whole):  # a whole name takes precedence over a part
            if found := list(rows.filter(condition)[: MAX_CANDIDATES + 1]):
                return found, True
        return list(rows.filter(words)[: MAX_CANDIDATES + 1]), False

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name_field, *self.further_fields)


def refuse(text: str, noun: str, candidates: Sequence[str]) -> ValidationError:
    """Return the error for a text that fits no row or several rows. It lists the texts to write instead."""
    quoted = text if len(text) <= MAX_QUOTED_LENGTH else f"{text[:MAX_QUOTED_LENGTH]}…"
    if not candidates:
        return ValidationError(fill('"{text}" is not in the name of any {noun}.', text=quoted, noun=gettext(noun)))
    more = gettext("; and more") if len(candidates) > MAX_CANDIDATES else ""
    listed = "; ".join(candidates[:MAX_CANDIDATES])
    said = fill(
        '"{text}" could be more than one {noun}. Write one of these: {names}.',
        text=quoted,
        noun=gettext(noun),
        names=f"{listed}{more}",
    )
    return offer(said, candidates)


def offer(said: str, candidates: Sequence[str]) -> ValidationError:
    """Return an error with texts to write instead, which a page offers to click."""
    error = ValidationError(said)
    error.candidates = list(candidates[:MAX_CANDIDATES])  # type: ignore[attr-defined]
    return error
