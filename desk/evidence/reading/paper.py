"""The inventory as a page to print and sign."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext

from core.sentences import fill, write_number
from core.translation import gettext_noop as _
from desk.evidence.reading import tables
from desk.evidence.reading.readme import PARAGRAPHS, write_headings
from desk.evidence.reading.request import PackRequest
from desk.evidence.reading.shop import ShopThen

SHOWN = (
    "product",
    "name",
    "sku",
    "category_name",
    "location_name",
    "lot_code",
    "amount",
    "unit",
    "cost_of_one",
    "value",
)
NUMBERS = ("amount", "cost_of_one", "value")
SIGNATURES = (_("Place and date"), _("Counted by"), _("Checked by"), _("Owner"))
STYLE = """
body { font: 10pt sans-serif; margin: 1.5cm; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #999; padding: 2px 6px; text-align: left; vertical-align: top; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.number { text-align: right; white-space: nowrap; }
.lines { break-inside: avoid; margin-top: 2cm; }
.lines p { border-top: 1px solid #000; display: inline-block; margin: 1.5cm 1cm 0 0; width: 40%; }
"""


def write_paper(request: PackRequest, shop: ShopThen, totals: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    rows = tables.read_inventory(request)
    header = next(rows)
    places = [header.index(name) for name in SHOWN]
    title = fill(PARAGRAPHS[0], shop=shop.name or gettext("the shop"), as_of=shop.write_moment(request.as_of))
    yield f'<!DOCTYPE html>\n<html lang="{request.language}"><head><meta charset="utf-8">'
    yield f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n"
    values = {"recorded_until": shop.write_moment(request.recorded_until), "value": shop.write_money(totals["value"])}
    for text in PARAGRAPHS[1:3]:
        yield f"<p>{escape(fill(text, **values))}</p>\n"
    yield "<table><thead>" + write_row(write_headings(SHOWN), "th") + "</thead><tbody>\n"
    for row in rows:
        yield write_row([write_cell(row[place], name) for place, name in zip(places, SHOWN, strict=True)])
    total = [gettext("Total"), *[""] * (len(SHOWN) - 2), write_money(totals["value"])]
    yield "</tbody><tfoot>" + write_row(total) + '</tfoot></table>\n<div class="lines">'
    yield "".join(f"<p>{escape(gettext(text))}</p>" for text in SIGNATURES) + "</div>\n</body></html>\n"


def write_row(cells: Sequence[str], tag: str = "td") -> str:
    written = [
        f'<{tag} class="number">{escape(cell)}</{tag}>' if name in NUMBERS else f"<{tag}>{escape(cell)}</{tag}>"
        for name, cell in zip(SHOWN, cells, strict=True)
    ]
    return f"<tr>{''.join(written)}</tr>\n"


def write_cell(value: Any, name: str) -> str:
    if value is None:
        return ""
    if name == "value":
        return write_money(value)
    return write_number(value, f",.{-value.as_tuple().exponent}f") if name in NUMBERS else str(value)


def write_money(value: Any) -> str:
    return write_number(value, ",.2f")
