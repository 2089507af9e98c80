"""Plots made of rectangles and lines. `pages/plot.html` draws them as SVG, without scripts or further requests.

A plot is as wide as its place on the page: horizontal positions and lengths are percentages of its width. Its height
and the size of its texts are in pixels, and do not change with the width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count, zip_longest
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext

from core.money.amounts import MAX_DECIMALS, scale
from core.money.currencies import get_money_decimals, round_money
from core.pages.columns import NONE
from core.sentences import Goods, fill, write_number
from core.translation import gettext_noop as _

WIDTH, HEIGHT = 100, 160
LABEL_HEIGHT = 20
SHARE_HEIGHT = 24
GAP = 4
# A bar is as wide as this share of its column, but not wider than the maximum: the bars of a few days stay apart.
BAR_SHARE, MAX_BAR_WIDTH = 0.75, 4
MAX_LABELS = 5
MAX_LABEL_WIDTH = 16  # the width of a day below the axis on a narrow phone
MAX_TICKS = 5  # the most numbers of a scale, with the 0
CHARACTER_WIDTH = 7  # the width of a digit of a scale, in pixels
TOP = 3  # the room above the highest level, which the width of the line needs
# The heights of a name, of the bar below it, and of both with the space between rows.
TEXT_HEIGHT, ROW_BAR_HEIGHT, ROW_HEIGHT = 13, 8, 32
MAX_NAME_LENGTH = 48
# The kinds on pages of shops.
KINDS = _("in"), _("out"), _("sold"), _("given back"), _("sold for"), _("cost"), _("quantity"), _("low at")
BEFORE = _("before")  # the name and the CSS class of the line of the period before
Number = int | Decimal  # a number of things, a quantity of a product (Goods), or money (Decimal)


class Bar(NamedTuple):
    """A rectangle. `kind` is its CSS class, which sets the colour; `text` describes its value."""

    kind: str
    x: float
    y: int
    width: float
    height: int
    text: str


class PlotLabel(NamedTuple):
    """A text of a plot. `x` and `y` are the position of its baseline; by default it is below the axis."""

    x: float
    text: str
    y: int = HEIGHT
    anchor: str = "start"  # the part of the text that is at `x`: "start", "middle" or "end"


class PlotLine(NamedTuple):
    """A line. `kind` is its CSS class; `text` names it."""

    kind: str
    x1: float
    y1: int
    x2: float
    y2: int
    text: str = ""


class PlotColumn(NamedTuple):
    """A label, the value above the axis, and the value below it or within the first one."""

    label: str
    above: Number
    below: Number = 0


class PlotTarget(NamedTuple):
    name: str
    value: Number
    target: Number


@dataclass(frozen=True)
class Plot:
    """The shapes to draw, and the same numbers as a table. The first row of the table is the header if there is one."""

    title: str
    kinds: Sequence[str]
    bars: list[Bar]
    labels: list[PlotLabel]
    table: list[tuple[str, ...]]
    height: int = HEIGHT
    lines: list[PlotLine] = field(default_factory=list)
    curve: str = ""  # the points of a line in SVG's format
    before: str = ""  # the points of the line of the period before, in the same format
    # The scale has the numbers beside the plot. They need the width `left`, in pixels.
    scale: list[PlotLabel] = field(default_factory=list)
    left: int = 0

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Return the CSS class and name of each kind if there are several kinds."""
        return [(kind.split()[0], gettext(kind)) for kind in self.kinds] if len(self.kinds) > 1 else []


def measure(number: Number) -> float:
    """Return the number that is drawn: of goods with decimals, the amount."""
    return float(scale(number, number.decimals) if isinstance(number, Goods) else number)


def write_value(number: Number, unit: str) -> str:
    """Return the number as the shop writes it, money with its currency. Goods bring a unit of their own."""
    if not isinstance(number, Decimal):
        return write_number(number)
    return f"{write_number(round_money(number, unit), f',.{get_money_decimals(unit)}f')} {unit}".strip()


def make_ticks(numbers: Sequence[Number], unit: str, deepest: Number = 0) -> list[tuple[float, str]]:
    """Return the numbers of a scale with their texts: 0, and others at equal distances from it.

    The distance is the smallest of 1, 2 or 5 times a power of ten with which there are at most MAX_TICKS.
    """
    has_parts = any(isinstance(number, Decimal) or getattr(number, "decimals", 0) for number in numbers)
    highest, depth = max(0.0, *map(measure, numbers)), measure(deepest)
    powers = count(-MAX_DECIMALS if has_parts else 0)
    steps = ((digit * 10.0**power, power) for power in powers for digit in (1, 2, 5))
    step, power = next(one for one in steps if int(highest / one[0]) + int(depth / one[0]) < MAX_TICKS)
    form = f",.{max(2, -power) if power < 0 else 0}f"
    ticks = [number * step for number in range(-int(depth / step), int(highest / step) + 1)]
    return [(tick, f"{write_number(abs(tick), form)} {unit}".strip()) for tick in ticks]


def place_scale(
    ticks: Sequence[tuple[float, str]], height_of: Callable[[float], int]
) -> tuple[int, list[PlotLine], list[PlotLabel]]:
    """Return the width of the numbers of the scale, a line across the plot for each of them, and the numbers."""
    left = GAP + CHARACTER_WIDTH * max(len(text) for _, text in ticks)
    lines = [PlotLine("tick" if tick else "axis", 0, height_of(tick), WIDTH, height_of(tick)) for tick, _ in ticks]
    return left, lines, [PlotLabel(left - GAP, text, height_of(tick) + GAP, "end") for tick, text in ticks]


def make_column_plot(
    title: str, kinds: Sequence[str], columns: Sequence[PlotColumn], unit: str = "", is_within: bool = False,
    before: Sequence[Number] = (),
) -> Plot:  # fmt: skip
    """Draw a bar above the axis for each column, and one of a second kind below it or, with `is_within`, in front.

    A line shows the values above the axis in the period `before`, which may be shorter or longer.
    """
    numbers = [0, *before, *(number for column in columns for number in (column[1:] if is_within else column[1:2]))]
    deepest = 0 if is_within else max(column.below for column in columns)
    factor = (HEIGHT - LABEL_HEIGHT) / (max(map(measure, numbers)) + measure(deepest) or 1)
    axis = round(HEIGHT - LABEL_HEIGHT - measure(deepest) * factor)
    left, lines, scale = place_scale(make_ticks(numbers, unit, deepest), lambda tick: round(axis - tick * factor))
    step = WIDTH / max(len(columns), len(before))
    width = round(min(step * BAR_SHARE, MAX_BAR_WIDTH), 2)
    bars = []
    for number, column in enumerate(columns):
        for kind, value in zip(kinds, column[1:], strict=False):
            height = max(round(measure(value) * factor), 1) if value > 0 else 0
            top = axis if kind != kinds[0] and not is_within else axis - height
            text = f"{column.label}: {write_value(value, unit)} {gettext(kind)}"
            bars.append(Bar(kind.split()[0], round(number * step, 2), top, width, height, text))
    line = draw_steps([round(axis - max(measure(number), 0) * factor) for number in before], step)
    labels, table = place_labels([column.label for column in columns], step), make_table_rows(kinds, columns, unit)
    if before:
        kinds = [*kinds, BEFORE]
        added = [gettext(BEFORE), *(write_value(number, unit) for number in before)]
        table = [(*(row or (NONE,) * len(kinds)), text or NONE) for row, text in zip_longest(table, added)]
    return Plot(title, kinds, bars, labels, table, lines=lines, before=line, scale=scale, left=left)


def draw_steps(heights: Sequence[int], step: float) -> str:
    """Return the points of a line with a step of this width at each height."""
    points = ((at * step, height) for number, height in enumerate(heights) for at in (number, number + 1))
    return " ".join(f"{round(x, 2)},{height}" for x, height in points)


def make_table_rows(
    kinds: Sequence[str], rows: Sequence[PlotColumn | PlotTarget], unit: str = ""
) -> list[tuple[str, ...]]:
    """Return a table of the numbers. The kinds are its header, and each label or name has a row."""
    table = [("", *map(gettext, kinds))]
    for name, *numbers in rows:
        table.append((str(name), *(write_value(number, unit) for number in numbers[: len(kinds)])))
    return table


def write_day(day: date) -> str:
    """Return a day for the label of a plot: "23 Nov", or as the language writes it."""
    return date_format(day, "DAY_FORMAT")


def place_labels(texts: Sequence[str], step: float) -> list[PlotLabel]:
    """Return at most MAX_LABELS of the texts at equal distances. `step` is the width of a column."""
    every = -(-len(texts) // MAX_LABELS)
    placed = ((round(number * step, 2), text) for number, text in enumerate(texts) if number % every == 0)
    return [PlotLabel(x, text) for x, text in placed if x + MAX_LABEL_WIDTH <= WIDTH]


def make_target_plot(title: str, kinds: tuple[str, str], targets: Sequence[PlotTarget]) -> Plot:
    """Draw a row for each target: its name, and a bar for the value within the outline of the target."""
    numbers = [number for target in targets for number in target[1:]]
    factor = WIDTH / (max(map(measure, numbers)) or 1)
    height = len(targets) * ROW_HEIGHT
    bars, labels, lines = [], [], []
    for tick, text in make_ticks(numbers, ""):
        x = round(tick * factor, 2)
        lines.append(PlotLine("tick" if tick else "axis", x, 0, x, height))
        is_at_end = x + MAX_LABEL_WIDTH / 2 > WIDTH
        labels.append(PlotLabel(x, text, height + TEXT_HEIGHT, "end" if is_at_end else "middle" if x else "start"))
    for number, (name, value, target) in enumerate(targets):
        top = number * ROW_HEIGHT
        text = f"{name}: {write_number(value)} {gettext(kinds[0])}, {write_number(target)} {gettext(kinds[1])}"
        shown = name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}\N{HORIZONTAL ELLIPSIS}"
        labels.append(PlotLabel(0, shown, top + TEXT_HEIGHT))
        for kind, length in zip(kinds, (value, target), strict=True):
            width = round(max(measure(length), 0) * factor, 2)
            bars.append(Bar(kind.split()[0], 0, top + TEXT_HEIGHT + GAP, width, ROW_BAR_HEIGHT, text))
    table = make_table_rows(kinds, targets)
    return Plot(title, kinds, bars, labels, table, height=height + LABEL_HEIGHT, lines=lines)


def make_share_plot(title: str, parts: Sequence[tuple[str, int]]) -> Plot:
    """Draw one bar that is divided in proportion to the parts."""
    total = sum(number for _, number in parts)
    bars, x = [], 0.0
    for kind, number in parts:
        width = round(WIDTH * number / total, 2) if total else 0
        bars.append(Bar(kind.split()[0], x, 0, width, SHARE_HEIGHT, f"{number:,} {kind}"))
        x += width
    table: list[tuple[str, ...]] = [(kind, f"{number:,}") for kind, number in parts]
    return Plot(title, [kind for kind, _ in parts], bars, [], table, height=SHARE_HEIGHT)


def make_level_plot(title: str, levels: Sequence[tuple[str, int]], threshold: int | None = None) -> Plot:
    """Draw a line through the levels with a step for each, and a line across the plot at the threshold."""
    numbers = [*(level for _, level in levels), threshold or 0]
    room, highest = HEIGHT - LABEL_HEIGHT, max(map(measure, numbers)) or 1

    def height_of(level: float) -> int:
        return round(TOP + (room - TOP) * (1 - max(level, 0) / highest))

    unit = next((number.unit for number in numbers if isinstance(number, Goods) and number.decimals), "")
    left, lines, scale = place_scale(make_ticks(numbers, unit), height_of)
    step = WIDTH / len(levels)
    curve = draw_steps([height_of(measure(level)) for _, level in levels], step)
    labels = place_labels([label for label, _ in levels], step)
    table: list[tuple[str, ...]] = [("", gettext("level")), *((label, write_number(level)) for label, level in levels)]
    if threshold:
        y, text = height_of(measure(threshold)), fill("low at {number:,}", number=threshold)
        lines.append(PlotLine("across", 0, y, WIDTH, y, text))
    return Plot(title, ["level"], [], labels, table, lines=lines, curve=curve, scale=scale, left=left)
