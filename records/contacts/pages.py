"""The pages that all contacts have in common."""

from collections.abc import Callable
from typing import Any

from core.pages.columns import PageColumn, columns_of
from core.pages.links import Action, Verb, add, link_to_form, link_to_row, remove, restore, save
from core.pages.tables import DetailPage
from core.translation import gettext_noop as _
from records.history.models import Kind
from records.history.pages import show_changes
from users.access.roles import Right

ERASE_FOR_EVER = _("Erase for ever")


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
    add_changes, changes = show_changes(kind)
    return DetailPage(
        "name",
        (*columns, column("external_id"), column("created_at", kind="moment")),
        actions=(
            *actions,
            Action("Edit", form="PUT"),
            Action(erase, link_to_form(f"{kind.value}-erase"), right=Right.MANAGE_PRODUCTS),
        ),
        sections=(changes,),
        extend=add_changes,
    )
