"""The form of a task: its lines and fields, with their texts and errors, and the question about doubtful prices."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from core.http.browsers import KEY_ERRORS, KEY_REUSED, PROOF_REQUIRED
from core.kinds import HIDDEN, read_decimal, read_number, write_quantity
from core.money.amounts import MAX_DECIMALS
from core.money.currencies import find_doubt
from core.pages.cells import Cells, Fields, Texts
from core.pages.columns import Display
from core.pages.context import WITH_OTHER_VALUES, get_error_code
from core.pages.form_fields import Cell
from core.pages.mixin import make_form_key
from core.pages.wording import reword
from core.sentences import Goods, fill
from core.translation import gettext_noop as _
from products.look_ups import PRODUCTS, Measured
from products.models import Product
from stock.errors import InsufficientStock, ProductArchived
from stock.line_fields import MAX_LINES
from trade.selling.drafts import FoundGoods
from trade.selling.look_ups import find_goods
from users.models import User

Values = dict[str, Any]  # those of fields or of variables of a template, by their names
MAX_DIGITS = 6  # a click adds one to a quantity that has no more digits
MIN_LINES = 3  # the lines of an empty form; the page's script adds more
CHOOSE = "chosen"  # the name of the buttons that choose one of several products
MAX_EXPECTED = 3  # the most purchase orders that a line names if too little is there
TAKE = "take"  # the name of the buttons that sell what there is
ADD = "tile"  # the name of the buttons that add a product to the lines
UNCOUNTED = "uncounted"  # the name of the buttons after which nobody counts the stock of a product
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
    product = 0  # the id of this product
    about = ""  # what a form with given lines says of it
    # The codes that a scanner may read of it, each in a line of its own. Behind a tab, how many it stands for.
    codes = ""
    counts_scans = False  # whether each scan of a code adds what it stands for
    decimals = 0  # those of the product of a line that was sent
    measured: Measured | None = None  # the product of a code that says how much it stands for
    goods: FoundGoods | None = None  # what the line sells in place of a product
    total: Decimal | None = None  # the price on the label of a scale, at which the line is sold
    rest = ""  # what there is of the product if the API has refused the line because it is less
    short_of = 0  # the product of which too little is in stock
    agreed = ""  # what an order or a quote has agreed on for it, as JSON for the script that says the sum
    is_archived = False  # whether the API would refuse the line, because its product is archived

    @property
    def error(self) -> str:
        """Return what is wrong with the line, and with cells of it that are not shown."""
        if self.is_archived:
            return gettext(ProductArchived.field_detail)
        hidden = [
            name for name, field in self.fields.items() if field.kind == HIDDEN or (name == "product" and self.title)
        ]
        errors = [*self.non_field_errors(), *(error for name in hidden for error in self.errors.get(name, ()))]
        return " ".join(map(str, errors))

    @property
    def values(self) -> Values:
        """Return the values for the API. A price that was typed replaces that of the label."""
        values = super().values
        if self.goods:
            values = {**self.goods.named, **{name: value for name, value in values.items() if name != "product"}}
        is_typed = "unit_price" in values and "off" not in values
        return values if self.total is None or is_typed else {**values, "total": str(self.total)}

    def read_measured(self, measured: Measured, price: Decimal | None, sign: str) -> None:
        """Read the quantity: that of the code, unless somebody has typed it. Refuse another one than that of the code.

        A label with a price is sold at it, in any quantity. `price` is the product's, or None if nothing is sold.
        """
        name = next((name for name, field in self.fields.items() if field.is_goods), "")
        is_blank = not name or self.fields[name].is_blank(self.texts[name])
        quantity = measured.find_quantity(price)
        if name and is_blank and quantity is not None:
            self.texts[name] = self.cleaned_data[name] = write_quantity(quantity, measured.decimals, sign)
        self.read_quantities(sign, measured.decimals)
        is_other = measured.quantity not in (None, self.cleaned_data.get(name)) and name not in self.errors
        if is_other or (is_blank and (not name or quantity is None)):
            self.add_error("product", measured.refusal)
        self.total = measured.total if price is not None else None


def are_used(cells: Iterable[Cell]) -> bool:
    """Return whether one of the cells has an error or another text than at first."""
    return any(cell.errors or not cell.field.is_blank(cell.value()) for cell in cells)


def nest(values: Mapping[str, Any]) -> Values:
    """Return the values, those with names such as `options.size` as objects."""
    nested: Values = {}
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


def list_refused(data: Mapping[str, Any], name: str) -> list[Any]:
    """Return the errors of the lines with this name: each with the place of its `line`, or a text about all of them."""
    if name == "lines" or isinstance(data.get(name), list):
        return list(data.get(name, ()))
    if "part" in data:
        return [{**data, "line": data["part"]}]
    refused: list[Any] = []
    for place, errors in data.get(name, {}).items():
        refused += [{"line": int(place), "errors": errors}] if place.isdecimal() else errors
    return refused


class TaskForm(Cells):
    """A form as it is shown. `key` makes the API book it once, however often it is sent."""

    decimals = 0  # those of the product of its quantities, unless the form has them
    sells = False  # whether the label of a scale with a price is sold at it
    takes_goods = False  # whether a line may name goods with parts in place of a product
    lines_name = "lines"  # the name of the lines in the body of the API
    sum = ""  # what would be booked if that is not what the page has said: the form confirms it if it is sent again
    doubts = ""  # the prices that the form confirms if it is sent again: see web/task_pages/task_form.py

    def __init__(
        self, user: User, fields: Fields, texts: Texts, columns: Fields, lines: list[Line], *, key: str, is_sent: bool
    ) -> None:
        super().__init__(fields, texts, is_sent=is_sent)
        self.user = user
        self.line_columns, self.lines, self.key = columns, lines, key or make_form_key()
        self.sent = [line for line in lines if line.is_bound]  # the lines that the API gets

    def choose(self, chosen: str, name: str = "product") -> None:
        """Write what the user has clicked into the cell of its line. `chosen` is the line's number and the text.

        For a field of the form, it is the field's name and the text.
        """
        number, _colon, text = chosen.partition(":")
        if number in self.fields:
            self.texts[number] = text
        position = read_number(number)
        if isinstance(position, int) and position < len(self.lines) and name in self.line_columns:
            self.lines[position].texts[name] = text

    def add(self, text: str) -> None:
        """Write the product into the first line that is empty, or one more into the line that has it."""
        if not {"product", "quantity"} <= self.line_columns.keys():
            return
        same = next((line for line in self.lines if line.texts["product"] == text), None)
        if same is None:
            line = next(
                (line for line in self.lines if is_blank(self.line_columns, line.texts)), Line(self.line_columns, {})
            )
            self.lines += [] if line in self.lines else [line]
            line.texts["product"] = text
        elif (quantity := same.texts["quantity"]).isdecimal() and len(quantity) <= MAX_DIGITS:
            same.texts["quantity"] = str(int(quantity) + 1)

    def add_error(self, field: str | None, error: Any) -> None:
        """Add the error. What the user may have meant is offered beside the field."""
        if field and (candidates := getattr(error, "candidates", None)):
            self[field].candidates = candidates
        super().add_error(field, error)

    def add_empty_lines(self) -> None:
        while len(self.lines) < MIN_LINES or (
            len(self.lines) < MAX_LINES and not is_blank(self.line_columns, self.lines[-1].texts)
        ):
            self.lines.append(Line(self.line_columns, {}))

    def clean(self) -> None:
        """Find the products of all lines at once, and read the quantities with their decimals. Mark what is wrong."""
        self.find_products()
        products = [line.cleaned_data["product"] for line in self.sent if line.cleaned_data.get("product")]
        rows: Any = Product.objects.for_user(self.user).only("decimals", "price").in_bulk(products) if products else {}
        sign = self.user.shop_decimal_sign
        typed = self.cleaned_data.get("decimals", self.decimals)
        self.read_quantities(sign, typed if typed in range(MAX_DECIMALS + 1) else 0)
        for line in self.sent:
            row = rows.get(line.cleaned_data.get("product"))
            line.decimals = row.decimals if row else 0
            if line.measured and row:
                line.read_measured(line.measured, row.price if self.sells else None, sign)
            else:
                line.read_quantities(sign, line.decimals)

    def find_products(self) -> None:
        named = [line for line in self.sent if not line.errors.get("product") and line.cleaned_data.get("product")]
        find: Any = find_goods if self.takes_goods else PRODUCTS.find_measured
        found = find(self.user, {line.cleaned_data["product"] for line in named}) if named else {}
        wrong: list[Line] = []
        for line in named:
            product = found[line.cleaned_data["product"]]
            if isinstance(product, FoundGoods):
                line.goods, line.cleaned_data["product"] = product, None
            elif isinstance(product, ValidationError):
                line["product"].candidates = getattr(product, "candidates", [])
                line.add_error("product", product.messages)
                wrong.append(line)
            else:
                line.measured = product if isinstance(product, Measured) else None
                line.cleaned_data["product"] = product.product if isinstance(product, Measured) else product
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
    def groups(self) -> list[tuple[Any, list[Cell], bool]]:
        """Return the titles of the folded parts of the form, with their cells, and whether they are open."""
        cells = [self[name] for name, field in self.fields.items() if field.group]
        titles = dict.fromkeys(cell.field.group for cell in cells)
        parts = [(title, [cell for cell in cells if cell.field.group == title]) for title in titles]
        return [(title, part, are_used(part)) for title, part in parts]

    @property
    def rare_fields(self) -> list[Cell]:
        return [self[name] for name, field in self.fields.items() if field.is_rare]

    @property
    def shows_more(self) -> bool:
        return are_used(self.rare_fields)

    def show_refusal(self, data: Mapping[str, Any]) -> None:
        """Show the errors of a refused request at their cells and lines. Other errors are shown above the form."""
        code = get_error_code(data)  # a field can be called code, too
        if code in KEY_ERRORS:
            self.key = make_form_key()
        if code in SAID:
            data = {"detail": SAID[code]}
        refused = list_refused(data, self.lines_name)
        self.show_refused_lines(refused)
        if not (refused and "part" in data):
            super().show_refusal({name: said for name, said in data.items() if name not in ("lines", self.lines_name)})

    def show_refused_lines(self, refused: Iterable[Any]) -> None:
        for one in refused:
            if isinstance(one, str):  # an error of all lines, such as their number
                self.add_error(None, reword(one))
                continue
            if not self.line_columns:  # the lines are those of a recipe
                self.add_error(None, f"{PRODUCTS.describe(self.user, str(one['product']))}: {reword(one['detail'])}")
                continue
            line = self.sent[one["line"]]
            line.short_of = one["product"] if one.get("code") == InsufficientStock.code else 0
            others = [other.cleaned_data.get("product") for other in self.sent]
            is_only = not line.goods and others.count(one.get("product")) == 1
            if is_only and "limit" not in one and "quantity" in line.fields and (one.get("available") or 0) > 0:
                line.rest = write_quantity(one["available"], line.decimals, self.user.shop_decimal_sign)
            parts = (
                Product.objects.for_user(self.user).filter(pk=one["product"]) if line.goods and "product" in one else []
            )
            part = next((product.name for product in parts), "")
            for name, messages in (one.get("errors") or {"": [one["detail"]]}).items():
                said = [f"{part}: {reword(message)}" if part else reword(message) for message in messages]
                line.add_error(name if name in line.fields else None, said)
            for coming in one.get("expected", ())[:MAX_EXPECTED]:
                line.add_error(None, self.say_coming(coming["on"], Goods(coming["quantity"], line.decimals)))

    def say_coming(self, day: str | None, quantity: Goods) -> str:
        """Return what a purchase order brings of a product of which too little is there."""
        said = _("{number:,} on order, expected {day}") if day else _("{number:,} on order")
        return fill(said, number=quantity, day=Display.of(self.user).date(day) if day else "")


ASK = gettext_lazy("Nothing was saved yet. If these prices are right, send the form again.")
OF_LINE, OF_FORM = "unit_price", "price"


def ask_about_prices(form: TaskForm, confirmed: str, agreed: Mapping[int, Decimal | None]) -> bool:
    """Mark the doubtful prices and new names of the form, unless they are `confirmed`. Return whether there are any.

    `agreed` has the prices of products about which the shop has been asked before, by 0 that of the row of the form.
    """
    found = [
        (cells, name, price, doubt)
        for cells, name, price, usual in list_prices(form, agreed)
        if (doubt := find_doubt(price, usual)) and price != agreed.get(cells.cleaned_data.get("product", 0))
    ]
    new = {name: value for name, value in form.cleaned_data.items() if getattr(value, "doubt", None)}
    doubtful = [f"{cells.cleaned_data.get('product', '')}:{price}" for cells, _, price, _ in found]
    form.doubts = ",".join([*doubtful, *new.values()])
    if not form.doubts or form.doubts == confirmed:
        return False
    for cells, name, _price, doubt in found:
        cells.add_error(name, doubt)
    for name, value in new.items():
        form.add_error(name, value.doubt)
    if found:
        form.add_error(None, str(ASK))
    return True


def list_prices(
    form: TaskForm, agreed: Mapping[int, Decimal | None]
) -> Iterator[tuple[Cells, str, Decimal | None, Decimal | None]]:
    """Yield the cells with each price of the form, their name, the price, and the usual one."""
    if OF_FORM in form.fields:
        yield form, OF_FORM, read_decimal(form.cleaned_data.get(OF_FORM) or ""), agreed.get(0)
    if OF_LINE not in form.line_columns:
        return
    lines = {line.cleaned_data["product"] for line in form.sent if not line.goods}
    products: Any = Product.objects.for_user(form.user).only("price").in_bulk(lines)
    for line in form.sent:
        if product := products.get(line.cleaned_data["product"]):
            typed = line.cleaned_data.get(OF_LINE)
            yield line, OF_LINE, read_decimal(typed) if typed else product.price, product.price
