"""The pages of the history, and the last changes on the page of a row."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from core.pages.columns import NONE, PageColumn, Row, columns_of
from core.pages.links import PageLink
from core.pages.tables import TablePage, TableSection
from core.sentences import Goods, fill, fill_plural, find_field, find_label, say_code, write_number
from core.texts.locales import LANGUAGES
from core.translation import gettext_noop as _
from products.changed_values import measure
from records.history.models import Change, ChangeQuerySet, Kind, Via, list_recorded, select_pairs
from records.history.models.shapes import LISTED
from records.history.reading import describe_changes, select_changes
from users.models import User

SHOWN = 5  # the changes on the page of a row
MAX_SHOWN_LENGTH = 80  # the most characters of a value that a table shows
WHOLE = {"created": _("Added"), "deleted": _("Deleted")}
ARCHIVED, RESTORED = _("Archived"), _("Restored")
EDIT = _("Edit {number}")
UNREADABLE = _("This change can't be shown.")


def write_changes(row: Row) -> str:
    """Return the changes for people, such as "Price 8.90 → 9.20", without those of metadata, which is for programs."""
    if fields := row.get("edited"):
        return ", ".join(map(name_recorded, fields))
    pairs = {name: pair for name, pair in select_pairs(row["changes"]).items() if name.partition(".")[0] != "metadata"}
    return "; ".join(write_change(name, *pair) for name, pair in pairs.items()) or gettext(UNREADABLE)


def write_change(name: str, old: Any, new: Any) -> str:
    if name in WHOLE:
        return gettext(WHOLE[name])
    if name == "archived":
        return gettext(ARCHIVED if new else RESTORED)
    if name == "picture":  # the values are digests
        old, new = bool(old), bool(new)
    return f"{name_recorded(name)} {write_value(name_value(name, old))} → {write_value(name_value(name, new))}"


def name_value(name: str, value: Any) -> Any:
    """Return what people call the code: the city of a time zone, a country, a language, or the word for a choice."""
    if not value or not isinstance(value, str):
        return value
    if name.endswith("language"):
        return LANGUAGES.get(value)
    field = find_recorded(name)
    named = field.model.named_codes[name]().get(value) if field and name in field.model.named_codes else None
    return named or (say_code(value) if getattr(field, "choices", None) else value)


def name_recorded(name: str) -> str:
    """Return the name of a recorded field for people, in the language of the request."""
    own_name = name.partition(".")[2]  # that of the shop in `options.size`
    return own_name or gettext(ARCHIVED if name == "archived" else find_recorded_label(name))


def find_recorded_label(name: str) -> str:
    """Return the label of a recorded field. A name has one label in all recorded models."""
    return find_label(getattr(find_recorded(name), "model", None), name)


def find_recorded(name: str) -> Any:
    """Return the first field of this name of the recorded models, or None."""
    return next((field for model in list_recorded().values() if (field := find_field(model, name))), None)


def write_value(value: Any) -> str:
    if value in (None, "", []):
        return NONE
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return str(value["name"])
    if isinstance(value, list):
        return ", ".join(map(write_listed, value))
    text = write_number(value) if isinstance(value, Goods) else str(value)
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}…"


def write_listed(row: Any) -> str:
    """Return a text of a list, or what the app that has declared the form of the row writes of it."""
    if isinstance(row, str):
        return row
    return str(next(import_string(writer)(row) for types, writer in LISTED if row.keys() == types.keys()))


def link_to_row(row: Row) -> str:
    """Return the address of the page of the changed row or of the edit, or an empty text if there is none."""
    if "edited" in row:
        return reverse("product-edit-detail", args=[row["edit"]])
    has_page = row["kind"] != Kind.SHOP and row["row_name"] is not None
    return reverse(f"{row['kind']}-detail", args=[row["row"]]) if has_page else ""


def name_edit(products: int) -> str:
    return fill_plural("Edit of {number:,} product", "Edit of {number:,} products", products)


def link_to_edit(field: str, title: str) -> PageColumn:
    """Return the column that leads to the edit of products whose id is in the field."""

    def write(row: Row) -> str:
        return fill(EDIT, number=row[field]) if row[field] else ""

    return PageColumn(field, title, page="product-edit-detail", id_field=field, write=write, is_optional=True)


MAX_EDITED = 2000  # the most changes that are read of the edits of a page


def select_newest(changes: ChangeQuerySet) -> ChangeQuerySet:
    """Return the changes, of each edit of several products only the newest one, for which fold_edits() shows all."""
    newer = changes.filter(edit=OuterRef("edit"), pk__gt=OuterRef("pk"))
    return changes.filter(Q(edit=None) | ~Exists(newer))


def fold_edits(user: User, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows, in which the row of an edit has all its changes. The page of the edit lists its products."""
    edits = {row["edit"] for row in rows} - {None}
    found = select_changes(user).filter(edit__in=edits)
    numbers = found.order_by("edit").values_list("edit").annotate(Count("row_id", distinct=True))
    counts: dict[Any, int] = dict(numbers) if edits else {}
    changed: dict[Any, dict[str, Any]] = defaultdict(dict)
    for one in describe_changes(found.order_by("-id")[:MAX_EDITED]) if edits else ():
        changed[one["edit"]].update(one["changes"])
    folded: list[Row] = [{**row, "changes": changed.get(row["edit"]) or row["changes"]} for row in rows]
    return [
        {**row, "row_name": name_edit(counts[row["edit"]]), "edited": row["changes"]}
        if counts.get(row["edit"], 1) > 1
        else row
        for row in measure(user, folded)
    ]


change_column = columns_of(Change)
WHEN, CHANGES = change_column("at", kind="moment"), change_column("changes", write=write_changes)
WHO = PageColumn("by_username", "Who")
# In which way a change was made.
WAYS = {
    Via.API: _("program"), Via.KEY: _("program with a key"), Via.PAGE: _("page"), Via.IMPORT: _("file"),
    Via.DESK: _("support"), Via.COMMAND: _("operator of the service"),
}  # fmt: skip
VIA = change_column("via", write=lambda row: gettext(WAYS[row["via"]]))
COLUMNS = (WHEN, CHANGES, WHO, VIA, link_to_edit("edit", "Edit"))
ROW_CHANGES = TablePage(COLUMNS, empty="No change has been recorded yet.")
SHOP_CHANGES = TablePage(
    (
        COLUMNS[0],
        PageColumn("row_name", "Name", link=link_to_row),
        change_column("kind", kind="words"),
        *COLUMNS[1:],
    ),
    empty="No change has been recorded yet.",
    extend=fold_edits,
    json_note=_("A program gets each change of an edit of several products."),
)


def show_changes(kind: Kind) -> tuple[Callable[[Any, Row], Row], TableSection]:
    """Return a function that adds the last changes to a row, and the part of the page that shows them."""

    def add_changes(user: User, row: Row) -> Row:
        changes = select_changes(user).filter(kind=kind, row_id=row["id"]).order_by("-id")
        return {**row, "changes": measure(user, describe_changes(changes[:SHOWN]))}

    def link_to_all(row: Row) -> PageLink:
        return PageLink("All changes", reverse(f"{kind.value}-changes", args=[row["id"]]))

    return add_changes, TableSection("changes", "Last changes", COLUMNS, empty="", more=link_to_all, is_optional=True)
