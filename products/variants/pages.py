"""The pages of groups of variants, and their rows in the list of products.

The page of a group has a table of its products by the values of their options.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from core.http.browsers import is_page_for_people
from core.pages.cells import OMITTED
from core.pages.columns import NONE, Display, PageCell, PageColumn, Row, columns_of, mark_goods
from core.pages.links import Action, PageLink, add, link_to_list, link_to_row, link_to_task, remove, restore, save
from core.pages.tables import PLACE, ColumnHead, DetailPage, Table, TablePage
from core.sentences import fill_plural
from core.translation import gettext_noop as _
from products.models import Group, Product, Profile
from products.page_columns import STOCK_MARKS, write_options
from products.reading.details import add_first_dates
from products.variants.reading import MAX_VARIANTS_SHOWN, read_group_rows, read_variants
from records.history.models import Kind
from records.history.pages import show_changes
from users.access.roles import Right, may

FORM_FIELDS = {
    "axes": {"help_text": "What they differ in, one in each line: size, colour."},
    "rename": {"kind": OMITTED},
    "rename_axes": {"kind": OMITTED},
}


def confirm_archive(group: Group) -> list[str]:
    number = Profile.objects.filter(owner_id=group.owner_id, group=group, is_live=True).count()
    what = fill_plural(
        "{name} leaves the list. Its {number:,} product stays, without a group until you restore it.",
        "{name} leaves the list. Its {number:,} products stay, without a group until you restore it.",
        number,
        name=group.name,
    )
    return [what]


VERBS = {
    "create": add("Add group", "group-detail"), "update": save(), "restore": restore("group-detail"),
    "destroy": remove("Archive", "Archived the group. Its products stay.", confirm_archive),
}  # fmt: skip
TASKS = {"Sell": "shop-sell", "Receive": "shop-receive", "Count": "shop-count"}


@dataclass(frozen=True, slots=True)
class VariantsCell(PageCell):
    """The products with the same values: how much of each is there, its price, and links to its tasks."""

    variants: tuple[Row, ...] = ()
    display: Display = field(default_factory=Display)
    has_tasks: bool = False

    @property
    def html(self) -> SafeString:
        return mark_safe("".join(map(self.write, self.variants)) or f"<span>{NONE}</span>")  # noqa: S308, escaped

    def write(self, row: Row) -> str:
        goods, name = mark_goods(row, row["quantity"]), escape(row["name"])
        quantity = self.display.goods(goods) if row["keeps_stock"] else NONE
        address = escape(link_to_row("product-detail")(row))
        marks = [f'<b class="chip {m.style}">{escape(gettext(m.word))}</b>' for m in STOCK_MARKS if m.holds(row)]
        price = f"<span>{escape(self.display.money(row['price']))}</span>"
        tasks = [
            f'<a href="{escape(task)}" aria-label="{escape(gettext(title))}: {name}">{escape(gettext(title))}</a>'
            for title, page in TASKS.items()
            if (task := link_to_task(page)(row))
            if self.has_tasks
        ]
        parts = [f'<a href="{address}" title="{name}"><b>{escape(quantity)}</b></a>', *marks, price, *tasks]
        return f'<div class="variant">{" ".join(parts)}</div>'


@dataclass(frozen=True)
class GroupPage(DetailPage):
    """The page of a group. Its tables have a row for each value of the first axis and a column for each of the second.

    There is a table for each value of the third axis.
    """

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        context = super().context(request, view, data, display)
        variants = read_variants(view.account_id, data["id"])
        tables = make_tables(data["axes"], variants, display, has_tasks=may(request.user, Right.WORK))
        return {**context, "tables": [*tables, *context["tables"]]}


def make_tables(axes: list[str], variants: Sequence[Row], display: Display, *, has_tasks: bool) -> list[Table]:
    """Return the tables of a group's products. A product without a value of an axis stands at a dash."""
    first, second, third = [*axes, "", "", ""][:3]
    cells: dict[tuple[str, str, str], list[Row]] = {}
    for row in variants:
        place = (row["options"].get(third, ""), row["options"].get(first, ""), row["options"].get(second, ""))
        cells.setdefault(place, []).append(row)
    tables = []
    for value in dict.fromkeys(place[0] for place in cells):
        rows, columns = (dict.fromkeys(place[number] for place in cells if place[0] == value) for number in (1, 2))
        heads = [column or (NONE if second else gettext("In stock")) for column in columns]
        lines = [
            [
                PageCell(first, row or NONE),
                *(
                    VariantsCell(head, "", "" if (value, row, column) in cells else "none",
                                 variants=tuple(cells.get((value, row, column), ())), display=display,
                                 has_tasks=has_tasks)
                    for head, column in zip(heads, columns, strict=True)
                ),
            ]
            for row in rows
        ]  # fmt: skip
        label = f"{third}: {value or NONE}" if third else gettext("Variants")
        title = f"{first} / {second}" if second else first
        note = gettext("The first 500 are shown.") if len(variants) == MAX_VARIANTS_SHOWN else ""
        tables.append(Table(label, [ColumnHead(title, ""), *(ColumnHead(h, "") for h in heads)], lines, "", note))
    return tables


group_column = columns_of(Group)
AXES = group_column("axes", write=lambda row: ", ".join(row["axes"]))
NUMBERS = (
    PageColumn("products", "Products", kind="number"),
    PageColumn("quantity", "In stock", kind="goods"),
    PageColumn("value", "Value at cost", kind="money", is_optional=True),
)
ADD_CHANGES, CHANGES = show_changes(Kind.GROUP)
GROUPS = TablePage(
    (
        PageColumn("name", "Group", page="group-detail"),
        AXES,
        *NUMBERS,
    ),
    empty="No groups yet.",
    hint="A group holds the variants of one thing, such as a shirt in sizes and colours.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
GROUP = GroupPage(
    "name",
    (AXES, group_column("created_at", kind="moment")),
    figures=(*NUMBERS, PageColumn("available", "Available", kind="goods")),
    actions=(
        Action("Its products", link_to_list("product-list", group="id"), style="primary"),
        Action("Add variants", link_to_row("shop-fill-group"), right=Right.MANAGE_PRODUCTS),
        Action("Rename values", link_to_row("shop-rename-group"), right=Right.MANAGE_PRODUCTS),
        Action("Edit", form="PUT"),
    ),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)


# --- In the list of products -----------------------------------------------------------------------------------------

VARIANTS, EACH = "_variants", "each"  # the parameter of the list, and its value for a row for each variant
NOT_FILTERS = {"page", "page_size", "format"}
EACH_VARIANT, EACH_GROUP = _("Show each variant"), _("Show groups as one row")
FOR_PROGRAMS = _("Programs get a row for each variant: see JSON.")
# A group has no values of its own for these columns of a product.
WITHOUT_VALUE = {"id": None, "sku": "", "group_name": None}


def wants_groups(request: Any) -> bool:
    """Return whether the list of products is a page with rows of groups: without filters, search and order."""
    used = {name for name, values in request.query_params.lists() if any(values) and not name.startswith("_")}
    return is_page_for_people(request) and used <= NOT_FILTERS and request.query_params.get(VARIANTS) != EACH


def show_groups(page: TablePage, request: Any, left_out: int) -> TablePage:
    """Return the list of products with the rows of groups and a link to each variant, or with the link back.

    `left_out` is the number of variants that have no row. Without any, the page stays as it is.
    """
    is_each = request.query_params.get(VARIANTS) == EACH
    if not left_out and not is_each:
        return page
    query = request.query_params.copy()
    for name in (VARIANTS, *PLACE):
        query.pop(name, None)
    if is_each:
        return replace(page, tasks=(*page.tasks, PageLink(EACH_GROUP, f"?{query.urlencode()}")))
    query[VARIANTS] = EACH
    return replace(
        page,
        columns=tuple(IN_LIST.get(column.name, column) for column in page.columns),
        tasks=(*page.tasks, PageLink(EACH_VARIANT, f"?{query.urlencode()}")),
        extend=add_groups,
        json_note=FOR_PROGRAMS,
    )


def add_groups(user: Any, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a page with the row of its group for the first variant, if the group has several."""
    dated = add_first_dates(user, rows)
    found = read_group_rows(user, [row["group"] for row in dated if row["group"]])
    several = {group: row for group, row in found.items() if row["variants"] > 1}
    return [
        {**row, **WITHOUT_VALUE, "name": row["group_name"], **several[row["group"]]} if row["group"] in several else row
        for row in dated
    ]


def link_to_variants(row: Row) -> str:
    return link_to_list("product-list", group="group")(row) if "variants" in row else ""


def link_to_product(row: Row) -> str:
    return link_to_row("group-detail", "group")(row) if "variants" in row else link_to_row("product-detail")(row)


def write_variants(row: Row) -> str:
    """Return the number of variants for the row of a group, and the SKU for that of a product."""
    if "variants" not in row:
        return str(row["sku"])
    return fill_plural("{number:,} variant", "{number:,} variants", row["variants"])


def write_prices(row: Row) -> tuple[str, str]:
    return row["price"], row.get("highest_price", row["price"])


product_column = columns_of(Product)
# The columns that show a group, too.
IN_LIST = {
    column.name: column
    for column in (
        PageColumn("picture", "Picture", kind="picture", link=link_to_product, is_optional=True),
        PageColumn("name", "Product", link=link_to_product),
        PageColumn("options", "Options", is_optional=True,
                   write=lambda row: "" if "variants" in row else write_options(row)),
        product_column("sku", link=link_to_variants, write=write_variants),
        product_column("price", kind="prices", write=write_prices),
    )
}  # fmt: skip
