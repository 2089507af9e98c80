"""Plots made of rectangles and lines. `pages/plot.html` draws them as SVG, without scripts or further requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext

from core.sentences import fill, write_number
from core.translation import gettext_noop as _

WIDTH, HEIGHT = 336, 120
LABEL_HEIGHT = 18
GAP = 3
MAX_LABELS = 5
TOP = 3  # the room above the highest level, which the width of the line needs
# The heights of a name, of the bar below it, and of both with the space between rows.
TEXT_HEIGHT, ROW_BAR_HEIGHT, ROW_HEIGHT = 11, 6, 26
MAX_NAME_LENGTH = 48
KINDS = _("in"), _("out"), _("revenue"), _("cost"), _("quantity"), _("threshold")  # the kinds on pages of shops


class Bar(NamedTuple):
    """A rectangle in pixels. `kind` is its CSS class, which sets the colour; `text` describes its value."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    text: str


class PlotLabel(NamedTuple):
    """A text of a plot. `x` is its left edge and `y` its baseline, in pixels; by default it is below the axis."""

    x: int
    text: str
    y: int = HEIGHT


class PlotColumn(NamedTuple):
    """A label and the values to draw above and below the axis."""

    label: str
    above: int
    below: int = 0


class PlotTarget(NamedTuple):
    name: str
    value: int
    target: int


@dataclass(frozen=True)
class Plot:
    """The shapes to draw, and the same numbers as a table. The first row of the table is the header if there is one."""

    title: str
    kinds: Sequence[str]
    bars: list[Bar]
    labels: list[PlotLabel]
    table: list[tuple[str, ...]]
    width: int = WIDTH
    height: int = HEIGHT
    axis: int | None = None
    line: str = ""  # the points of a line in SVG's format
    marks: Sequence[tuple[int, str]] = ()  # the heights of lines across the plot, with their names

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Return the CSS class and name of each kind if there are several kinds."""
        return [(kind.split()[0], gettext(kind)) for kind in self.kinds] if len(self.kinds) > 1 else []


def make_column_plot(title: str, kinds: Sequence[str], columns: Sequence[PlotColumn]) -> Plot:
    """Draw a bar above the axis for each column, and a bar below it for a second kind. All bars have the same scale."""
    highest, deepest = max(column.above for column in columns), max(column.below for column in columns)
    room = HEIGHT - LABEL_HEIGHT
    scale = room / (highest + deepest or 1)
    axis = round(highest * scale) if highest + deepest else room
    step = WIDTH // len(columns)
    drawn = [(number, bar) for number, column in enumerate(columns) for bar in draw_column(column, kinds, axis, scale)]
    bars = [bar._replace(x=number * step, width=step - GAP) for number, bar in drawn]
    labels = place_labels([column.label for column in columns], step)
    return Plot(title, kinds, bars, labels, make_table_rows(kinds, columns), axis=axis)


def draw_column(column: PlotColumn, kinds: Sequence[str], axis: int, scale: float) -> list[Bar]:
    """Return a bar for each kind, the first above the axis, the second below it. They have no place and width yet."""
    bars = []
    for kind, count in zip(kinds, column[1:], strict=False):
        height = max(round(count * scale), 1) if count else 0
        top = axis - height if kind == kinds[0] else axis
        bars.append(Bar(kind, 0, top, 0, height, f"{column.label}: {write_number(count)} {gettext(kind)}"))
    return bars


def make_table_rows(kinds: Sequence[str], rows: Sequence[PlotColumn | PlotTarget]) -> list[tuple[str, ...]]:
    """Return a table of the numbers. The kinds are its header, and each label or name has a row."""
    numbered = [(str(row[0]), *map(write_number, row[1 : 1 + len(kinds)])) for row in rows]
    return [("", *map(gettext, kinds)), *numbered]


def write_day(day: date) -> str:
    """Return a day for the label of a plot: "Nov 23", or as the language writes it."""
    return date_format(day, "PLOT_DAY_FORMAT")


def place_labels(texts: Sequence[str], step: float) -> list[PlotLabel]:
    """Return at most MAX_LABELS of the texts at equal distances. `step` is the width of a column."""
    every = -(-len(texts) // MAX_LABELS)
    return [PlotLabel(round(number * step), text) for number, text in enumerate(texts) if number % every == 0]


def make_target_plot(title: str, kinds: tuple[str, str], targets: Sequence[PlotTarget]) -> Plot:
    """Draw a row for each target: its name, and a bar for the value within the outline of the target."""
    scale = WIDTH / (max(max(target.value, target.target) for target in targets) or 1)
    bars, labels = [], []
    for number, (name, value, target) in enumerate(targets):
        top = number * ROW_HEIGHT
        text = f"{name}: {write_number(value)} {gettext(kinds[0])}, {write_number(target)} {gettext(kinds[1])}"
        shown = name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}\N{HORIZONTAL ELLIPSIS}"
        labels.append(PlotLabel(0, shown, top + TEXT_HEIGHT))
        for kind, length in zip(kinds, (value, target), strict=True):
            bars.append(Bar(kind, 0, top + TEXT_HEIGHT + GAP, round(max(length, 0) * scale), ROW_BAR_HEIGHT, text))
    return Plot(title, kinds, bars, labels, make_table_rows(kinds, targets), height=len(targets) * ROW_HEIGHT)


def make_share_plot(title: str, parts: Sequence[tuple[str, int]]) -> Plot:
    """Draw one bar that is divided in proportion to the parts."""
    total = sum(number for _, number in parts)
    bars, x = [], 0
    for kind, number in parts:
        width = round(WIDTH * number / total) if total else 0
        bars.append(Bar(kind.split()[0], x, 0, width, HEIGHT // 5, f"{number:,} {kind}"))
        x += width
    table: list[tuple[str, ...]] = [(kind, f"{number:,}") for kind, number in parts]
    return Plot(title, [kind for kind, _ in parts], bars, [], table, height=HEIGHT // 5)


def make_level_plot(title: str, levels: Sequence[tuple[str, int]], threshold: int | None = None) -> Plot:
    """Draw a line through the levels with a step for each, and a line across the plot at the threshold."""
    room = HEIGHT - LABEL_HEIGHT
    highest = max([level for _, level in levels] + [threshold or 0]) or 1
    step = WIDTH / len(levels)

    def height_of(level: int) -> int:
        return round(TOP + (room - TOP) * (1 - max(level, 0) / highest))

    points = [(position, level) for number, (_, level) in enumerate(levels) for position in (number, number + 1)]
    line = " ".join(f"{round(position * step, 1)},{height_of(level)}" for position, level in points)
    labels = place_labels([label for label, _ in levels], step)
    table: list[tuple[str, ...]] = [("", gettext("level")), *((label, write_number(level)) for label, level in levels)]
    marks = [(height_of(threshold), fill("threshold {number:,}", number=threshold))] if threshold else []
    return Plot(title, ["level"], [], labels, table, axis=room, line=line, marks=marks)
