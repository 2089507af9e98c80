"""Look up customers by the texts that people type or choose in forms. In some, a new name adds one."""

import re
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.pages.form_fields import Field
from core.pages.look_ups import MAX_CANDIDATES, NUMBERED, LookUp, NewName, offer
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
IS_ADDRESS = re.compile(r"\S+@\S+")
MAY_BE = gettext_noop(
    "Nothing was saved yet. Choose who it is, or send the form again to add “{name}” as a new customer."
)
WAS_ARCHIVED = gettext_noop(
    "Nothing was saved yet. {name} is archived: restore this customer in the list of archived ones, or send the form"
    " again to add a new one."
)


def find_alike(user: Any, name: str) -> list[Any]:
    """Return the first customers whose names are nearly equal. One that was merged into another means that one."""
    text = fold(name)
    parts = "|".join(map(spell, re.findall("(?=(...))", text) or [text]))  # all three letters that follow each other
    rows = Customer.objects.for_user(user).filter(name__regex=parts).select_related("merged_into")
    found = list(rows.order_by("-archived_at", "-id")[:MAX_COMPARED])  # PostgreSQL returns the live ones first
    names = {fold(one.name): one.merged_into or one for one in found[::-1]}
    return [names[alike] for alike in get_close_matches(text, names, MAX_CANDIDATES, ALIKE)]


def read_buyer(user: Any, text: str) -> int | NewName:
    """Return the id of the customer, or the name of one to add. Raise ValidationError if the text is no name.

    A part of a name finds nobody: it may be the name of another person.
    """
    is_name = re.search(r"[^\W\d_]", text) and not NUMBERED.fullmatch(text) and not IS_ADDRESS.fullmatch(text)
    found, is_whole = CUSTOMERS.search(user, text) if is_name else ([], True)
    if not is_name or (is_whole and found) or not may_send(user, "customer-list", "POST"):
        return CUSTOMERS.find(user, text)
    new = NewName(" ".join(text.split()))
    alike = [] if found else find_alike(user, new)
    if found := found or [(one.pk, one.name) for one in alike if not one.archived_at]:
        new.doubt = offer(fill(MAY_BE, name=new), [CUSTOMERS.write_name(*row) for row in found])
    elif alike:
        new.doubt = ValidationError(fill(WAS_ARCHIVED, name=alike[0].name))
    return new


class BuyerField(Field):
    def to_python(self, value: Any) -> Any:
        return read_buyer(self.user, value.strip()) if value.strip() else None


BUYER = BuyerField(
    gettext_lazy("Customer"), look_up=CUSTOMERS, adds_rows=True, help_text=gettext_lazy("A new name adds a customer.")
)
