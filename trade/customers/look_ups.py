"""Look up customers by the texts that people type or choose in forms. In some, a new name adds one."""

import re
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy

from core.pages.form_fields import Field
from core.pages.look_ups import MAX_CANDIDATES, NUMBERED, LookUp
from core.sentences import fill
from core.texts.folding import fold, spell
from core.translation import gettext_noop
from trade.customers.models import Customer
from users.access.permissions import may_send

CUSTOMERS = LookUp(
    "customer", lambda user: Customer.objects.for_user(user).live(), page="customer-list",
    further_fields=("email", "phone"), phone_field="phone", has_unique_names=False,
    hint=gettext_noop("Any part of the name, e-mail address or phone number."),
)  # fmt: skip
MAX_COMPARED = 2000  # the most names with which a new one is compared
ALIKE = 0.8  # the share of letters that nearly equal names have in common
LETTERS = 3  # names that have none of these parts in common are not alike
IS_ADDRESS = re.compile(r"\S+@\S+")
MAY_BE = gettext_noop(
    "Nothing was saved yet. Choose who it is, or send the form again to add “{name}” as a new customer."
)
WAS_ARCHIVED = gettext_noop(
    "Nothing was saved yet. A customer of this name is archived, and can be restored in the list of archived ones. To"
    " add “{name}” as a new customer, send the form again."
)


class NewCustomer(str):
    """The name of a customer to add. `doubt` is the question that its user answers first by sending the form again."""

    doubt: ValidationError | None = None


def find_alike(user: Any, name: str) -> list[str]:
    """Return the texts that find the customers whose names are nearly equal."""
    text = fold(name)
    parts = {text[start : start + LETTERS] for start in range(max(len(text) - LETTERS + 1, 1))}
    rows = CUSTOMERS.get_rows(user).filter(name__regex="|".join(map(spell, sorted(parts)))).order_by("-id")
    names = {CUSTOMERS.write_name(*row): fold(row[1]) for row in rows.values_list("pk", "name")[:MAX_COMPARED]}
    alike = get_close_matches(text, set(names.values()), MAX_CANDIDATES, ALIKE)
    return [text for text, folded in names.items() if folded in alike][:MAX_CANDIDATES]


def read_buyer(user: Any, text: str) -> int | NewCustomer:
    """Return the id of the customer, or the name of one to add. Raise ValidationError if the text is no name.

    A part of a name finds nobody: it may be the name of another person.
    """
    is_name = any(map(str.isalpha, text)) and not NUMBERED.fullmatch(text) and not IS_ADDRESS.fullmatch(text)
    found, is_whole = CUSTOMERS.search(user, text) if is_name else ([], True)
    if (is_whole and (found or not is_name)) or not may_send(user, "customer-list", "POST"):
        return CUSTOMERS.find(user, text)
    new = NewCustomer(" ".join(text.split()))
    archived = Customer.objects.for_user(user).filter(~Q(archived_at=None), merged_into=None, name__iexact=new)
    if candidates := [CUSTOMERS.write_name(*row) for row in found] or find_alike(user, new):
        new.doubt = ValidationError(fill(MAY_BE, name=new))
        new.doubt.candidates = candidates[:MAX_CANDIDATES]  # type: ignore[attr-defined]
    elif archived.exists():
        new.doubt = ValidationError(fill(WAS_ARCHIVED, name=new))
    return new


class BuyerField(Field):
    def __init__(self) -> None:
        said = gettext_lazy("A new name adds a customer.")
        super().__init__(gettext_lazy("Customer"), look_up=CUSTOMERS, adds_rows=True, help_text=said)

    def to_python(self, value: Any) -> Any:
        text = value.strip()
        return read_buyer(self.user, text) if text else None
