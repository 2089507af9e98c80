"""The form of a task: its lines and its other fields, with their texts and their errors."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.amounts import MAX_DECIMALS
from core.http.browser_forms import KEY_ERRORS, KEY_REUSED, PROOF_REQUIRED
from core.kinds import HIDDEN, read_number, write_quantity
from core.pages.cells import Cells, Fields, Texts, reword
from core.pages.context import WITH_OTHER_VALUES, get_error_code
from core.pages.form_fields import Cell
from core.pages.verbs import make_form_key
from products.look_ups import PRODUCTS
from products.models import Product
from stock.line_fields import MAX_LINES
from users.models import User

MIN_LINES = 3  # the lines of an empty form; the page's script adds more
CHOOSE = "choose"  # the name of the buttons that choose one of several products
TAKE = "take"  # the name of the buttons that sell what there is
# What forms say in place of the usual sentences of errors, which are for programs, by code.
SAID = {
    KEY_REUSED: WITH_OTHER_VALUES,
    PROOF_REQUIRED: gettext_lazy(
        "Nothing was saved yet: type your password, or a code of your second factor, to go on."
    ),
}


class Line(Cells):
    """A line of a form."""

    title = ""  # the name of the product, in a form whose lines are given
    decimals = 0  # those of the product of a line that was sent
    rest = ""  # what there is of the product if the API has refused the line because it is less

    @property
    def error(self) -> str:
        return " ".join(map(str, self.non_field_errors()))


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values, those with names such as `options.size` as objects."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        root, _point, part = name.partition(".")
        if part:
            nested.setdefault(root, {})[part] = value
        else:
            nested[name] = value
    return nested


def is_blank(fields: Fields, texts: Texts) -> bool:
    """Return whether a line has only empty texts, initial ones and those of hidden fields."""
    return all(field.is_blank(texts[name]) for name, field in fields.items() if field.kind != HIDDEN)


class TaskForm(Cells):
    """A form as it is shown. `key` makes the API book it once, however often it is sent."""

    decimals = 0  # those of the product of its quantities, unless the form has them
    doubts = ""  # the prices that the form confirms if it is sent again: see desk/shop/price_fields.py

    def __init__(
        self, user: User, fields: Fields, texts: Texts, columns: Fields, lines: list[Line], *, key: str, is_sent: bool
    ) -> None:
        super().__init__(fields, texts, is_sent=is_sent)
        self.user = user
        self.columns, self.lines, self.key = columns, lines, key or make_form_key()
        self.sent = [line for line in lines if line.is_bound]  # the lines that the API gets

    def choose(self, chosen: str, name: str = "product") -> None:
        """Write what the user has clicked into the cell of its line. `chosen` is the line's number and the text."""
        number, _colon, text = chosen.partition(":")
        position = read_number(number)
        if isinstance(position, int) and position < len(self.lines) and name in self.columns:
            self.lines[position].texts[name] = text

    def add_empty_lines(self) -> None:
        while len(self.lines) < MIN_LINES or (
            len(self.lines) < MAX_LINES and not is_blank(self.columns, self.lines[-1].texts)
        ):
            self.lines.append(Line(self.columns, {}))

    def clean(self) -> None:
        """Find the products of all lines at once, and read the quantities with their decimals. Mark what is wrong."""
        self.find_products()
        products = [line.cleaned_data["product"] for line in self.sent if line.cleaned_data.get("product")]
        found: Any = Product.objects.for_user(self.user).filter(pk__in=products, decimals__gt=0)
        decimals: dict[Any, int] = dict(found.values_list("pk", "decimals")) if products else {}
        sign = self.user.shop_decimal_sign
        typed = self.cleaned_data.get("decimals", self.decimals)
        self.read_quantities(sign, typed if typed in range(MAX_DECIMALS + 1) else 0)
        for line in self.sent:
            line.decimals = decimals.get(line.cleaned_data.get("product"), 0)
            line.read_quantities(sign, line.decimals)

    def find_products(self) -> None:
        named = [line for line in self.sent if "product" not in line.errors]
        found = PRODUCTS.find_all(self.user, {line.cleaned_data["product"] for line in named}) if named else {}
        wrong: list[Line] = []
        for line in named:
            product = found[line.cleaned_data["product"]]
            if isinstance(product, ValidationError):
                line["product"].candidates = getattr(product, "candidates", [])
                line.add_error("product", product.messages)
                wrong.append(line)
            else:
                line.cleaned_data["product"] = product
        # Only the first wrong line gets similar products, because each text is a search.
        if wrong and not wrong[0]["product"].candidates:
            similar = PRODUCTS.describe_similar(self.user, wrong[0].texts["product"])
            wrong[0]["product"].candidates = list(similar.values())

    @property
    def is_wrong(self) -> bool:
        return super().is_wrong or any(line.errors for line in self.lines)

    @property
    def shows_rare(self) -> bool:
        return any(line.shows_rare for line in self.lines)

    @property
    def rare_fields(self) -> list[Cell]:
        return [self[name] for name, field in self.fields.items() if field.is_rare]

    @property
    def shows_more(self) -> bool:
        return any(cell.errors or not cell.field.is_blank(cell.value()) for cell in self.rare_fields)

    def show_refusal(self, data: Mapping[str, Any]) -> None:
        """Show the errors of a refused request at their cells and lines. Other errors are shown above the form."""
        code = get_error_code(data)  # a field can be called code, too
        if code in KEY_ERRORS:
            self.key = make_form_key()
        if code in SAID:
            data = {"detail": SAID[code]}
        self.show_refused_lines(data.get("lines", ()))
        super().show_refusal({name: messages for name, messages in data.items() if name != "lines"})

    def show_refused_lines(self, refused: Iterable[Any]) -> None:
        for one in refused:
            if isinstance(one, str):  # an error of all lines, such as their number
                self.add_error(None, one)
                continue
            line = self.sent[one["line"]]
            is_only = [other.cleaned_data["product"] for other in self.sent].count(one.get("product")) == 1
            if is_only and "limit" not in one and "quantity" in line.fields and (one.get("available") or 0) > 0:
                line.rest = write_quantity(one["available"], line.decimals, self.user.shop_decimal_sign)
            for name, messages in (one.get("errors") or {"": [one["detail"]]}).items():
                line.add_error(name if name in line.fields else None, list(map(reword, messages)))
