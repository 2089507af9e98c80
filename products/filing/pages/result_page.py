"""What the page of the import says about a file: what it is, what is chosen, kept, left out, and what it changes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext

from core.sentences import fill, fill_plural, write_number
from core.translation import gettext_noop as _
from products.filing.columns import FIELD, LABELS, NAME_PART, TITLES
from products.filing.errors import Body
from products.filing.states import (
    ADD,
    AMOUNTS,
    CREATE,
    FIRST,
    IGNORE,
    KEEP,
    LEAVE,
    OVERWRITE,
    REFUSE,
    SET,
    SKIP,
    UNCOUNTED,
    ZERO,
)
from products.models import CustomField

NO_VALUE = "\N{EN DASH}"
MAX_NAMED = 8  # the most columns that a sentence names


class Words(NamedTuple):
    """The words for one thing and for several, or a sentence without a number."""

    one: str
    several: str = ""

    def write(self, number: int) -> str:
        """Return the number with the word for what it counts, such as `2 places`."""
        return fill_plural(self.one, self.several, number) if self.several else gettext(self.one)


FOUND = {
    "variants": Words("{number} of them a variant", "{number} of them variants"),
    "pictures": Words("{number} picture", "{number} pictures"),
    "places": Words("{number} place", "{number} places"),
}
CREATED = {
    "suppliers": Words("{number} supplier", "{number} suppliers"),
    "locations": FOUND["places"],
    "categories": Words("{number} category", "{number} categories"),
    "rates": Words("{number} rate of VAT", "{number} rates of VAT"),
}
# The words for the columns of other systems that are no columns of products, by role.
ROLES = {
    "parent": _("Variants"), "parent_code": _("Variants"), "kind": _("Variants"), "variant": _("Variants"),
    "variations": _("Variants"), "axis": _("Options"), "value": _("Options"), "axes": _("Options"),
    "values": _("Options"), "pairs": _("Options"), "picture": _("Pictures"), "place": _("Place"), "places": _("Places"),
    NAME_PART: TITLES[NAME_PART],
}  # fmt: skip


class Question(NamedTuple):
    """A choice as a question on the page.

    `title` returns the question with the number of what it concerns. `options` has the words for each value.
    """

    title: Words
    options: dict[str, str]


REFUSE_FILE, LEAVE_ROWS = _("Refuse the file"), _("Leave these rows out")
QUESTIONS = {
    "no_price": Question(
        Words("{number} row has no price", "{number} rows have no price"),
        {ZERO: _("Create new products at 0.00"), REFUSE: REFUSE_FILE},
    ),
    "below_zero": Question(
        Words("{number} quantity is below zero", "{number} quantities are below zero"),
        {ZERO: _("Read as 0"), REFUSE: REFUSE_FILE},
    ),
    "no_quantity": Question(
        Words("{number} product has no quantity", "{number} products have no quantity"),
        {ZERO: _("Create it with a stock of 0"), UNCOUNTED: _("Do not count its stock, as of coffee or services")},
    ),
    "fractions": Question(
        Words("{number} row has a quantity with decimals", "{number} rows have quantities with decimals"),
        {AMOUNTS: _("Count these products with decimals"), REFUSE: REFUSE_FILE},
    ),
    "unknown": Question(
        Words(_("Columns that your shop does not have")),
        {KEEP: _("Keep them as own fields where possible"), IGNORE: _("Leave them out")},
    ),
    "quantities": Question(
        Words(_("Quantities of products that you have")),
        {
            SET: _("Set the stock to them"),
            ADD: _("Add them as a delivery"),
            LEAVE: _("Leave the stock as it is"),
        },
    ),
    "conflicts": Question(
        Words(
            "{number} row has values that were changed in the shop after the file was exported",
            "{number} rows have values that were changed in the shop after the file was exported",
        ),
        {LEAVE: _("Keep those of the shop"), OVERWRITE: _("Overwrite them with those of the file")},
    ),
    "archived": Question(
        Words(
            "{number} row has the external id of an archived product. To bring this back, restore it first.",
            "{number} rows have the external ids of archived products. To bring these back, restore them first.",
        ),
        {CREATE: _("Create other products"), REFUSE: REFUSE_FILE},
    ),
    "repeated": Question(
        Words(
            "{number} row has the same product as an earlier row",
            "{number} rows have the same product as an earlier row",
        ),
        {ADD: _("Add the quantities"), FIRST: _("Read only the first row of each product"), REFUSE: REFUSE_FILE},
    ),
    "wrong_rows": Question(
        Words("{number} row is wrong", "{number} rows are wrong"),
        {SKIP: _("Import the other rows"), REFUSE: REFUSE_FILE},
    ),
}


def describe_file(body: Body) -> str:
    """Return the sentence that says what the file is, or an empty text for a plain table, and if no row was read."""
    found = body.get("recognised")
    if not found:
        return ""
    number = count_products(body)
    products = number or found["products"]  # after a refusal, only `found` has a number, in which a group counts once
    if not products:
        return ""
    others = [
        words.write(found[name]) for name, words in FOUND.items() if found[name] and (number or name != "variants")
    ]
    parts = ", ".join([fill_plural("{number} product", "{number} products", products), *others])
    if is_own(body):
        return fill("A file of this service: {parts}.", parts=parts)
    if found["system"]:
        return fill("An export of {system}: {parts}.", system=found["system"], parts=parts)
    return fill("The file has {parts}.", parts=parts) if others else ""


def count_products(body: Body) -> int:
    """Return the number of products in the file. It is 0 after a refusal."""
    return sum(body.get(name, 0) for name in ("created", "updated", "unchanged"))


def list_also_created(body: Body) -> list[str]:
    """Return what is created besides products and own fields, with its names."""
    created = {each["kind"]: each for each in body.get("also_created", [])}
    texts = [
        f"{words.write(each['number'])} ({join_names(each['names'], each['number'])})"
        for kind, words in CREATED.items()
        if (each := created.get(kind))
    ]
    if groups := created.get("groups"):  # the number alone: the names are those of products
        texts.append(fill_plural("{number} group of variants", "{number} groups of variants", groups["number"]))
    return texts


def join_names(names: list[str], number: int) -> str:
    """Return the names with commas, and with dots behind them if there are more."""
    return ", ".join([*names, *["…"] * (number > len(names))])


def describe_choices(body: Body, wrong_lines: int) -> list[Body]:
    """Return the choices that concern something in the file, with the words of their values.

    `wrong_lines` is the number of lines for which the file is refused.
    """
    choices = {each["name"]: each for each in body.get("choices", [])}
    skips = bool(choices) and choices["wrong_rows"]["value"] == SKIP
    shown = []
    for name, question in QUESTIONS.items():
        if name not in choices:
            continue
        value, number = choices[name]["value"], choices[name]["number"]
        if name == "wrong_rows":
            number = wrong_lines if value == REFUSE else number
        is_shown = {"unknown": has_further_columns, "quantities": has_known_quantities}.get(name)
        if not (is_shown(body, choices[name]) if is_shown else number):
            continue
        options = [
            (option, gettext(LEAVE_ROWS if option == REFUSE and skips and name != "wrong_rows" else words))
            for option, words in question.options.items()
        ]
        title = question.title.write(number)
        shown.append({"name": name, "title": title, "value": value, "options": options})
    return shown


def has_further_columns(body: Body, choice: Body) -> bool:
    """Return whether the file has columns that are kept as own fields, or left out because of the choice."""
    has_kept = choice["value"] == KEEP and any(map(is_kept, body["columns"]))
    return has_kept or bool(choice["value"] == IGNORE and choice["number"])


def has_known_quantities(body: Body, choice: Body) -> bool:
    """Return whether the file has quantities of products that exist, in a file of this service only changed ones."""
    if choice["value"] != SET or "quantity" in body.get("changed", {}):
        return True
    has_quantities = any(each["column"] == "quantity" or each["role"] == "place" for each in body["columns"])
    return has_quantities and not is_own(body) and body.get("updated", 0) + body.get("unchanged", 0) > 0


def is_own(body: Body) -> bool:
    """Return whether this service has written the file."""
    return any(each["column"] == "stock_sequence" for each in body["columns"])


def is_kept(column: Body) -> bool:
    """Return whether the column is an own field of the shop, or becomes one."""
    return str(column["column"]).startswith(f"{FIELD}:")


def list_kept(body: Body) -> str:
    """Return the names of the columns that are kept as own fields by choice."""
    if not any(each["name"] == "unknown" and each["value"] == KEEP for each in body.get("choices", [])):
        return ""
    return ", ".join(each["name"] for each in body["columns"] if is_kept(each))


def list_left_out(body: Body) -> Body:
    """Return the columns with values that are left out: a text with the first ones, and a list with the others."""
    texts = [
        fill_plural("{column} ({number} value)", "{column} ({number} values)", each["values"], column=each["column"])
        for each in body.get("left_out", [])
    ]
    return {"first": ", ".join(texts[:MAX_NAMED]), "others": texts[MAX_NAMED:]}


def describe_changes(body: Body, own: dict[str, CustomField]) -> Body:
    """Return what the import changes in products that exist: the numbers of each field, and the first products."""
    rows = describe_pairs(body.get("changes", []), own)
    counts = [f"{title_field(name, own)} {write_number(number)}" for name, number in body.get("changed", {}).items()]
    return {"counts": ", ".join(counts), "rows": rows, "more": max(body.get("updated", 0) - len(rows), 0)}


def describe_pairs(rows: list[Body], own: dict[str, CustomField]) -> list[Body]:
    """Return products with the titles of fields and their two values as texts."""
    return [
        {**row, "fields": [(title_field(name, own), *map(write_shown, pair)) for name, pair in row["fields"].items()]}
        for row in rows
    ]


def describe_conflicts(body: Body, own: dict[str, CustomField]) -> list[Body]:
    """Return the products of which the shop keeps values that differ from the file."""
    kept = {"name": "conflicts", "value": LEAVE}.items()
    is_kept = any(kept <= each.items() for each in body.get("choices", []))
    return describe_pairs(body.get("conflicts", []), own) if is_kept else []


def title_field(name: str, own: dict[str, CustomField]) -> str:
    key = name.removeprefix(f"{FIELD}:")
    return own[key].label if key in own else gettext(LABELS.get(name) or name.replace("_", " ").capitalize())


def write_shown(value: Any) -> str:
    """Return a value of a change as text, or a dash if there is none."""
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, dict):
        value = ", ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return write_number(value)
    return NO_VALUE if value in (None, "") else str(value)


def count_lines(rows: Iterable[Body]) -> int:
    return len({row["line"] for row in rows})
