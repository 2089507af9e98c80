"""Find the variants of a file that has options but no groups. Rows with the same name become a group."""

from collections.abc import Iterator
from dataclasses import replace

from core.files.tables import Row
from core.text import fold_case
from products.filing.columns import OPTION
from products.filing.header_cells import HeaderCell
from products.filing.systems.systems import VALUE
from products.filing.words import VARIANTS


def mark_variants(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header with columns of options, and with the name as the parent, if several rows have the same name.

    These rows differ in their options. A file in which each row has a name of its own has no variants.
    """
    name = next((cell.place for cell in header if cell.column == "name"), None)
    axes = [cell.place for cell in header if may_be_axis(cell)]
    if name is None or not axes or any(cell.column == "group" for cell in header):
        return header
    code = next((cell.place for cell in header if cell.column == "sku"), None)
    if not have_variants(rows, name, axes, code):
        return header
    found = [*header]
    for place in axes:
        axis = (header[place].column or "").partition(":")[2] or header[place].name
        found[place] = replace(header[place], column=None, part=VALUE, text=axis, may_be=(), question="")
    found[name] = replace(header[name], is_parent=True)
    return found


def may_be_axis(cell: HeaderCell) -> bool:
    """Return whether the column has options by its name. The parameter `columns` may say that it has none."""
    if cell.column:
        return cell.column.startswith(f"{OPTION}:")
    return cell.key in VARIANTS and not (cell.is_mapped or cell.part)


def have_variants(rows: Iterator[Row], name: int, axes: list[int], code: int | None) -> bool:
    """Return whether two rows have the same name but different options.

    Return False if two rows with the same name and the same options have different codes.
    """
    first, codes = dict[int, int](), dict[tuple[int, int], str]()
    is_found = False
    for _line, cells in rows:
        if cells and len(cells) > max(name, *axes, code or 0) and (text := str(cells[name]).strip()):
            title, options = hash(fold_case(text)), hash(tuple(fold_case(str(cells[place]).strip()) for place in axes))
            is_found = is_found or first.setdefault(title, options) != options
            sku = "" if code is None else fold_case(str(cells[code]).strip())
            if codes.setdefault((title, options), sku) != sku:
                return False
    return is_found
