"""What the undo of an import says."""

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Row
from core.pages.links import Verb
from core.sentences import fill
from products.filing.pages.result_page import CREATED, Words

# What the undo of an import archives, in the words of the page of imports.
ARCHIVED = CREATED | {
    "products": Words("{number} product", "{number} products"),
    "groups": Words("{number} group of variants", "{number} groups of variants"),
    "fields": Words("{number} own field", "{number} own fields"),
}


def say_archived(said: str, row: Row) -> str:
    archived = [ARCHIVED[kind].write(len(ids)) for kind, ids in row.get("archived", {}).items() if ids]
    told = fill("Archived: {names}.", names=", ".join(archived))
    return f"{said} {told}" if archived else said


def link_after_undo(row: Row) -> str:
    """Return the page of the reversal. After the undo of an import that has moved nothing, it is the products'."""
    return reverse("operation-detail", args=[row["reversal"]]) if row["reversal"] else reverse("product-list")


UNDO_IMPORT = Verb(
    "Undo the import", "Undo", say=lambda row: say_archived(f"{gettext('Import undone')}.", row), link=link_after_undo
)
