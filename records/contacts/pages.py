"""The pages that all contacts have in common."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from core.pages.columns import PageColumn, Row, columns_of
from core.pages.links import Action, Verb, add, link_to_form, link_to_row, remove, restore, save, say_name
from core.pages.tables import DetailPage
from core.sentences import fill
from core.translation import gettext_noop as _
from records.contacts.services import list_naming
from records.history.models import Kind
from records.history.pages import show_changes
from users.access.roles import Right

ERASE_FOR_EVER = _("Erase for ever")
MERGE = _("Merge with …")


def confirm_merge(contact: Any) -> list[str]:
    """Return what a merge does to the contact, and how many rows name it."""
    what = fill(
        "This archives {name}. What names it now will name the one that you choose, whose empty fields are filled."
        " Nobody can undo this.",
        name=contact.name,
    )
    names = {one: gettext(capfirst(str(one._meta.verbose_name_plural))) for one in list_naming(type(contact))}
    return [what, *(f"{name}: {naming.count_naming(contact)}" for naming, name in names.items())]


def make_verbs(
    kind: Kind,
    *,
    add_row: str,
    erase: str,
    erased: str,
    confirm_erasing: Callable[[Any], list[str]],
    archived: str,
    confirm: Callable[[Any], list[str]],
) -> dict[str, Verb]:
    """Return the forms of a contact's pages, with their titles, messages and questions."""
    page = f"{kind.value}-detail"
    return {
        "merge": Verb(
            MERGE,
            _("Merge"),
            say=partial(say_name, _("Merged into {name}."), "name"),
            link=link_to_row(page),
            is_final=True,
            confirm=confirm_merge,
        ),
        "erase": Verb(
            erase,
            ERASE_FOR_EVER,
            say=lambda _row: erased,
            link=link_to_row(page),
            is_final=True,
            confirm=confirm_erasing,
        ),
        "create": add(add_row, page),
        "update": save(),
        "restore": restore(page),
        "destroy": remove("Archive", archived, confirm),
    }


def make_page(
    model: Any, columns: tuple[PageColumn, ...], *, erase: str, actions: tuple[Action, ...] = ()
) -> DetailPage:
    """Return the page of a contact. `erase` is the title of the button that erases it."""
    column, kind = columns_of(model), model.tracked[0].kind
    page, merge = f"{kind.value}-detail", link_to_form(f"{kind.value}-merge")
    merged_into = column("merged_name", "Merged into", page=page, id_field="merged_into")
    add_changes, changes = show_changes(kind)

    def extend(user: Any, row: Row) -> Row:
        """Add the last changes, and the name of the row that this one was merged into."""
        names = model.objects.for_user(user).filter(pk=row["merged_into"]).values_list("name", flat=True)
        return {**add_changes(user, row), "merged_name": names.first() if row["merged_into"] else None}

    return DetailPage(
        "name",
        (*columns, column("external_id"), column("created_at", kind="moment"), merged_into),
        actions=(
            *actions,
            Action("Edit", form="PUT"),
            Action(MERGE, lambda row: "" if row["merged_into"] else merge(row), right=Right.MANAGE_PRODUCTS),
            Action(erase, link_to_form(f"{kind.value}-erase"), right=Right.MANAGE_PRODUCTS),
        ),
        sections=(changes,),
        extend=extend,
    )
