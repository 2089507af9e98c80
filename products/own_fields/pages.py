"""The pages of the shop's own fields."""

from dataclasses import replace
from typing import Any

from core.lists.parameters import COLUMNS
from core.pages.cells import OMITTED
from core.pages.columns import PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, add, remove, restore, save
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing import columns as files
from products.models import CustomField, FieldType
from products.page_columns import TAGS
from products.reading.details import KINDS
from records.history.models import Kind
from records.history.pages import show_changes

# products.own_fields.own_field_page renames choices.
FORM_FIELDS = {
    "key": {"help_text": "A short name for files and programs, such as brand. It is fixed."},
    "choices": {"help_text": "For the type choice alone: one in each line."},
    "rename": {"kind": OMITTED},
}


def confirm_archive(field: CustomField) -> list[str]:
    what = _("{name} leaves all pages and files. Its values stay, and restoring brings them back.")
    return [fill(what, name=field.label)]


VERBS: dict[str, Verb] = {
    "create": add("Add field", "field-detail", "label"), "update": save("label"),
    "restore": restore("field-detail", "label"),
    "destroy": remove("Archive", "Archived the field. Its values stay.", confirm_archive),
}  # fmt: skip
field_column = columns_of(CustomField)
TYPE = field_column("type", kind="words")
FIELDS = TablePage(
    (
        field_column("label", page="field-detail"),
        field_column("key"),
        TYPE,
        field_column("choices", write=lambda row: ", ".join(row["choices"])),
    ),
    empty="No fields of your own yet.",
    hint="Add what you want to say about your products: the brand, the season, a link to the maker.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.FIELD)
FIELD = DetailPage(
    "label",
    (
        field_column("key"),
        TYPE,
        field_column("choices", write=lambda row: ", ".join(row["choices"])),
        field_column("position", kind="number"),
        field_column("created_at", kind="moment"),
    ),
    actions=(Action("Edit", form="PUT"),),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)


CHOSEN = "_columns"  # the parameter of a page with the keys of the fields that its table shows


class OwnColumn(PageColumn):
    """The column of one of the shop's own fields. Its title is not translated."""

    @property
    def heading(self) -> str:
        return self.title


def make_column(own: CustomField) -> PageColumn:
    def read(row: Row) -> Any:
        return row["fields"].get(own.key)

    link = read if own.type == FieldType.LINK else None
    name, kind = f"{files.FIELD}:{own.key}", KINDS.get(own.type, "text")
    return OwnColumn(name, own.label, kind, write=read, link=link, is_extra=True, edits=f"fields.{own.key}")


def show_fields(page: DetailPage, user: Any) -> DetailPage:
    """Return the page of a product with the shop's own fields."""
    columns = [replace(make_column(own), is_extra=False) for own in CustomField.objects.shown_to(user)]
    return replace(page, columns=(*page.columns, *columns))


def show_chosen_fields(page: TablePage, request: Any) -> TablePage:
    """Return the list of products with the chosen fields, and a link for each field that shows or hides it.

    In a shop with own fields, the tags are chosen like them, so that rows have one line.
    """
    columns: dict[str, PageColumn] = {own.key: make_column(own) for own in CustomField.objects.shown_to(request.user)}
    if not columns:
        return page
    if request.query_params.get(COLUMNS):  # it chooses among all columns, as it does in files
        return replace(page, columns=(*page.columns, *columns.values()))
    columns = {f".{TAGS.name}": TAGS, **columns}  # no key of a field has a dot
    chosen = [key for key in request.query_params.get(CHOSEN, "").split(",") if key in columns]
    toggles = []
    for key, column in columns.items():
        keys = [one for one in chosen if one != key] if key in chosen else [*chosen, key]
        query = request.query_params.copy()
        query[CHOSEN] = ",".join(keys)
        toggles.append(PageLink(column.heading, f"?{query.urlencode()}", style="current" if key in chosen else ""))
    shown = [column for column in page.columns if column is not TAGS]
    return replace(page, columns=(*shown, *(columns[key] for key in chosen)), toggles=tuple(toggles))
