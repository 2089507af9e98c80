"""What responses say about a file of products: its columns and first rows, and what is recognised and left out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

from core.fields import MAX_QUOTED_LENGTH
from core.files.tables import CSVTable
from core.files.writers import BYTE_ORDER_MARK, format_line, remove_guards
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.filing.column_names import name_stock, quote
from products.filing.columns import OPTION, say_column
from products.filing.errors import Body, InvalidFile
from products.filing.header import describe_unknown_columns
from products.filing.header_cells import IDS, REASON_COLUMN, WHOSE_IDS, HeaderCell
from products.filing.questions import TELLS_APART, ask_about_rates, ask_about_sign
from products.filing.rows import Rows
from products.filing.states import CREATE, KEEP, SHOP, VALUES, Findings
from products.filing.systems.systems import PLACE, RATE

LEFT_OUT_TOTALS = _(
    "Rows with totals, which are no products and are left out: {number}, for example line {line}: {cell}."
)
LEFT_OUT_SECTIONS = _(
    "Rows with titles, which are no products and are left out: {number}, for example line {line}: {cell}."
)
LEFT_OUT_CELLS = _(
    "Cells in the column {column} that are no values of it and are left out: {number}, for example line {line}: {cell}."
)
OTHER_VALUES = _(
    "Rows of which only the quantity is added to an earlier row of the product, although other values differ: {number},"
    " for example line {line}."
)
LEFT_OUT_BARCODES = _(
    "Barcodes that are left out, because they are wrong: {number}, for example line {line}, {cell}: {reason}"
)
WITHOUT_PRICE = _("New products without a price, which cost 0.00: {number}, for example line {line}.")
JUDGED = _("{name} is read as {column}, because its cells fit and no other column does.")
WORDS_IN_STOCK = _("{name} is not read as {column}, because most of its cells are words.")
NOT_READ = _("The cells of {name} look like {column}, but it is not used. Choose {column} for it if that is right.")
MAY_BE_PAID = _("{name} is read as {column}, although it may be a price without VAT, or what you pay.")
MAX_NAMED = 5  # the most cells that a note quotes
CLEANED = _("Cells that are cleaned of invisible signs: {number}, for example in line {line}.")
NO_RATES = _("Cells that are no rates of VAT and are left out: {cells}.")
LEFT_OUT_RATES = _("Rates of VAT that your shop does not have and that are left out: {rates}.")
ASSUMED_IDS = _(
    "{name} is read as {column}: only files of this service, which have a column stock_sequence, have its ids."
)


class DescribedRows(Rows):
    """The rows of a file, with the description that responses have of them."""

    @property
    def header(self) -> tuple[HeaderCell, ...]:
        return self.layout.cells

    def ask_for_ids(self, line: int, product_id: str, product: str) -> NoReturn:
        """Raise InvalidFile with the question whose ids the file has. The line has an id of the shop's product."""
        named = fill(
            "Line {line}: {id} is the id of your product {product}.", line=line, id=product_id, product=product
        )
        cells = [*self.header]
        cell = next(cell for cell in cells if cell.is_assumed).doubt(WHOSE_IDS, *IDS)
        cells[cell.place] = replace(cell, question=f"{named} {cell.question}")
        raise InvalidFile(describe_unknown_columns(cells), self.describe_preview(cells))

    def list_notes(self, found: Findings) -> list[str]:
        """Return what the user should know: how the file is read, and which parts are left out."""
        table, reader = self.source.table, self.reader
        return [*table.notes, *self.list_left_out(found), *list_doubts(found), *reader.list_notes(found.kept_barcodes)]

    def list_left_out(self, found: Findings) -> Iterator[str]:
        """Yield the notes about parts that are left out or may be misread."""
        above = self.layout.header.above
        if above:
            yield fill_plural(
                "{number} row above the names of the columns is left out.",
                "{number} rows above the names of the columns are left out.",
                above,
            )
        ignored = [cell.name[:MAX_QUOTED_LENGTH] for cell in self.header if cell.is_ignored and cell.name]
        if ignored and not self.translation:  # `left_out` has them with the numbers of values
            yield fill("Columns that are ignored: {names}.", names=", ".join(ignored))
        yield from self.list_columns()
        if without := found.chosen["no_price"]:
            yield fill(WITHOUT_PRICE, number=len(without), line=min(without))
        for ids in [cell for cell in self.header if cell.is_assumed]:
            yield fill(ASSUMED_IDS, name=quote(ids.name), column=say_column("external_id"))
        yield from self.list_doubtful_cells()
        left_out = (
            (LEFT_OUT_TOTALS, "", self.totals), (LEFT_OUT_SECTIONS, "", self.sections),
            *((LEFT_OUT_CELLS, say_column(name), cells) for name, cells in self.left_cells.items()),
            (OTHER_VALUES, "", [(line, "") for line in found.other_values]),
        )  # fmt: skip
        for said, column, rows in left_out:
            for line, cell in rows[:1]:
                yield fill(said, column=column, number=len(rows), line=line, cell=cell[:MAX_QUOTED_LENGTH])
        yield from self.list_translated()
        for line, (reason, cell) in [*found.left_barcodes.items()][:1]:
            values = {"line": line, "cell": cell, "reason": reason}
            yield fill(LEFT_OUT_BARCODES, number=len(found.left_barcodes), **values)

    def list_columns(self) -> Iterator[str]:
        """Yield the notes about columns that are read by their cells, may be others, or become no own field."""
        for given, cell in zip(self.layout.header.cells, self.header, strict=False):
            name = quote(cell.name)
            if given.column == "quantity" != cell.column and not (cell.part or cell.hint):
                yield fill(WORDS_IN_STOCK, name=name, column=say_column("quantity"))
            if cell.is_judged:
                yield fill(JUDGED, name=name, column=say_column(str(cell.column)))
            if "cost_price" in cell.hint and cell.column == "price":
                yield fill(MAY_BE_PAID, name=name, column=say_column(cell.column))
            elif cell.hint and cell.hint[0].startswith(OPTION):
                yield fill(TELLS_APART, name=name, column=" / ".join(map(say_column, cell.hint)))
            elif cell.hint and cell.column not in cell.hint:
                yield fill(NOT_READ, name=name, column=" / ".join(map(say_column, cell.hint)))
            if cell.wanted and not cell.column and self.layout.choices.unknown == KEEP:
                yield fill(
                    "{name} can't become an own field: it has no values or longer ones than a field has, or the shop"
                    " has too many fields already.",
                    name=name,
                )

    def list_doubtful_cells(self) -> Iterator[str]:
        """Yield the notes about cells that are no values as they are, and about a header that may be a product."""
        if self.layout.header.is_like_rows:
            yield fill(
                "The first row is read as the names of the columns, although it looks like the others: {names}. If it"
                " is a product, choose that the file has no such row.",
                names=", ".join(filter(None, self.layout.header.names))[:MAX_QUOTED_LENGTH],
            )
        if cleaned := self.source.cleaned:
            yield fill(CLEANED, number=sum(cleaned.values()), line=min(cleaned))
        if self.left_rates:
            yield fill(NO_RATES, cells=", ".join(self.left_rates[:MAX_NAMED]))
        if self.missing_rates and self.layout.choices.is_moving:
            yield fill(LEFT_OUT_RATES, rates=", ".join(f"{rate} %" for rate in self.missing_rates))

    def list_translated(self) -> Iterator[str]:
        """Yield the notes about the rows of another system."""
        if not self.translation:
            return
        if self.translation.parents:
            yield fill(
                "Rows of parents and of pictures, which are no products: {number}.", number=self.translation.parents
            )
        tracked, untracked = self.translation.layout.keeps_by, self.translation.found["untracked"]
        if tracked and untracked:
            yield fill(
                "Products whose stock is not counted, as {column} says: {number}. They are sold without a limit here,"
                " too, and their quantities are left out.",
                number=len(untracked),
                column=quote(tracked.name),
            )

    def describe(self, found: Findings) -> Body:
        """Return the description of the file: header, first rows, choices, and what was recognised or left out."""
        known = self.translation.found if self.translation else {}
        left = self.translation.left if self.translation else self.left_values
        numbers = {name: len(concerned) for name, concerned in found.chosen.items()}
        numbers["no_price"] = len(found.chosen["no_price"] | self.no_price)
        numbers |= {"below_zero": self.below_zero, "wrong_rows": len(found.left_rows)}
        numbers["unknown"] = sum(cell.is_unknown or cell.is_left for cell in self.header)
        table, choices, system = self.source.table, self.layout.choices, self.layout.header.system
        preview = self.describe_preview()
        if self.missing_rates:
            taxes = [cell for cell in self.header if cell.column == "tax" or cell.part == RATE]
            preview["questions"].append(ask_about_rates(self.missing_rates, taxes))
        if choices.decimal_sign == SHOP and not self.layout.is_own:
            preview["questions"] += [ask_about_sign(*said) for said in [*self.reader.unsure.items()][:1]]
        return {
            **preview,
            "encoding": table.parameter if isinstance(table, CSVTable) else None,
            "choices": [
                {"name": name, "value": getattr(choices, name), "number": numbers.get(name, 0)} for name in VALUES
            ],
            "recognised": {
                "system": system and system.name,
                **{name: len(known.get(name, ())) for name in ("products", "variants", "pictures")},
                "places": len({*self.layout.places, *known.get("places", ())}),
            },
            "left_out": [
                {"column": self.header[place].name or self.header[place].letter, "values": left[place]}
                for place in sorted(left)
                if left[place]
            ],
        }

    def write_skipped(self, found: Findings) -> Iterator[str]:
        """Yield the rows that are left out, and the reasons, as lines of CSV. The user can correct and import them."""
        kept = [cell for cell in self.header if not cell.is_structure or cell.part == PLACE]
        names = [cell.column or (name_stock(cell.text) if cell.part == PLACE else cell.name) for cell in kept]
        width = self.layout.width
        places = [*(cell.place for cell in kept), *range(len(self.header), width)]
        if self.translation:
            names += [*self.translation.extra, *map(name_stock, self.translation.places)]
        yield BYTE_ORDER_MARK + format_line([REASON_COLUMN, *names])
        for line, cells in self.given.read() if self.given else ():
            if errors := found.left_rows.get(line):
                cells = cells or []
                if any(not error.column for error in errors):  # the row is longer or shorter than the header
                    cells = cells[: len(self.header)]
                cells = cells + [""] * (width - len(cells))
                reasons = (f"{error.column}: {error.reason}" if error.column else error.reason for error in errors)
                yield format_line([" ".join(reasons), *(remove_guards(str(cells[place])) for place in places)])


def list_doubts(found: Findings) -> Iterator[str]:
    """Yield the notes about what may be a mistake."""
    if (archived := found.chosen["archived"]) and found.layout.choices.archived == CREATE:
        yield fill(
            "Rows with the external id of an archived product, for which another product is created: {number}, for"
            " example line {line}.",
            number=len(archived),
            line=min(archived),
        )
    for one in found.doubtful_prices[:1]:
        values = {name: one[name] for name in ("line", "name", "price")}
        yield fill(
            "Prices that may be a mistake, because they are zero or ten times the present one or more: {number}, for"
            " example line {line}, {name}: {price}.",
            number=found.doubtful_price_count,
            **values,
        )
