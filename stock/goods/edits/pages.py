"""The page of an edit of many products, and the form that undoes it."""

from rest_framework.reverse import reverse

from core.pages.columns import Row
from core.pages.links import Action, Verb
from core.pages.mixin import BACK
from core.pages.tables import DetailPage, TableSection
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.changed_values import measure
from records.history.pages import CHANGES, WHEN, WHO, link_to_edit, name_edit, name_recorded
from stock.goods.edits.services import NOT_FREE
from stock.pages import NAMED
from users.access.roles import Right

CHANGED_SINCE = _("Left as it is, because it has changed since: {names}.")
STILL_ARCHIVED = _("Still archived, because another product has its code or its options now: {names}.")
MAX_NAMED = 10  # the most products that the message names


def say_undone(row: Row) -> str:
    """Return the message after an undo, with the products whose values were changed since."""
    said = fill_plural(
        "Undone: {number:,} product is as before.",
        "Undone: {number:,} products are as before.",
        row["changed"],
    )
    taken = [one for one in row["kept"] if one["reason"] == NOT_FREE]
    changed = [one for one in row["kept"] if one["reason"] != NOT_FREE]
    return " ".join([said, *say_kept(CHANGED_SINCE, changed), *say_kept(STILL_ARCHIVED, taken)])


def say_kept(sentence: str, kept: list[Row]) -> list[str]:
    """Return the sentence with the names of these products and fields, or nothing without products."""
    named = [f"{one['name']} ({', '.join(map(name_recorded, one['fields']))})" for one in kept[:MAX_NAMED]]
    if more := len(kept) - len(named):
        named.append(fill(_("and {number:,} more"), number=more))
    return [fill(sentence, names=", ".join(named))] if named else []


UNDO = Verb("Undo", say=say_undone, link=lambda _row: reverse("product-list"))


def link_to_undo(row: Row) -> str:
    """Return the route that undoes the edit and leads back to its page, or an empty text if it is undone."""
    undo, page = (reverse(f"product-edit-{name}", args=[row["id"]]) for name in ("undo", "detail"))
    return "" if row["undone_by"] else f"{undo}?{BACK}={page}"


EDIT = DetailPage(
    lambda row: name_edit(len(row["products"])),
    (WHEN, WHO, link_to_edit("undoes", "Undoes"), link_to_edit("undone_by", "Undone by")),
    sections=(
        TableSection(
            "products",
            "What changed",
            (NAMED, CHANGES),
            empty="",
        ),
    ),
    extend=lambda user, row: {**row, "products": measure(user, row["products"], "product")},
    actions=(Action("Undo", link_to_undo, posts=True, right=Right.MANAGE_PRODUCTS),),
)
