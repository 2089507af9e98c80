"""The form that undoes an edit, as the message after the edit has it."""

from django.utils.translation import gettext

from core.labels import find_label
from core.pages.columns import Row
from core.pages.links import Verb
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.models import Product
from records.history.pages import ARCHIVED

MAX_NAMED = 10  # the most products that the message names


def say_undone(row: Row) -> str:
    """Return the message after an undo, with the products whose values were changed since."""
    said = fill_plural(
        "Undone: {number:,} product is as before.",
        "Undone: {number:,} products are as before.",
        row["changed"],
    )
    if not row["kept"]:
        return said
    named = [f"{one['name']} ({', '.join(map(name_field, one['fields']))})" for one in row["kept"][:MAX_NAMED]]
    if more := len(row["kept"]) - len(named):
        named.append(fill(_("and {number:,} more"), number=more))
    return f"{said} {fill(_('Left as it is, because it has changed since: {names}.'), names=', '.join(named))}"


def name_field(name: str) -> str:
    return gettext(ARCHIVED) if name == "archived" else gettext(find_label(Product, name))


UNDO = Verb("Undo", say=say_undone, link=lambda _row: "/api/products/")
