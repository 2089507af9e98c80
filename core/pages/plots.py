"""Plots made of rectangles and lines. `pages/plot.html` draws them as SVG, without scripts or further requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 336, 120
LABEL_HEIGHT = 18
GAP = 3
MAX_LABELS = 5
TOP = 3  # room above the highest level for the width of the line


class Bar(NamedTuple):
    """A rectangle in pixels. `kind` is its CSS class, which sets the colour; `text` describes its value."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    text: str


class Label(NamedTuple):
    """A text below the axis, and its position in pixels."""

    x: int
    text: str


class Column(NamedTuple):
    """A label and the values to draw above and below the axis."""

    label: str
    above: int
    below: int = 0


@dataclass(frozen=True)
class Plot:
    """The shapes to draw, and the same numbers as a table, whose first row is the header if there is one."""

    title: str
    kinds: Sequence[str]
    bars: list[Bar]
    labels: list[Label]
    table: list[tuple[str, ...]]
    width: int = WIDTH
    height: int = HEIGHT
    axis: int | None = None
    line: str = ""  # the points of a line, as SVG has them
    marks: Sequence[tuple[int, str]] = ()  # the heights of lines across the plot, with their names

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The CSS class and name of each kind, if there is more than one."""
        return [(kind.split()[0], kind) for kind in self.kinds] if len(self.kinds) > 1 else []


def make_column_plot(title: str, kinds: Sequence[str], columns: Sequence[Column]) -> Plot:
    """Draw a bar above the axis for each column and, for a second kind, one below it. Both have the same scale."""
    highest, deepest = max(column.above for column in columns), max(column.below for column in columns)
    room = HEIGHT - LABEL_HEIGHT
    scale = room / (highest + deepest or 1)
    axis = round(highest * scale) if highest or deepest else room
    step, bars = WIDTH // len(columns), []
    for number, column in enumerate(columns):
        for kind, count in zip(kinds, column[1:], strict=False):
            height = max(round(count * scale), 1) if count else 0
            top = axis - height if kind == kinds[0] else axis
            bars.append(Bar(kind, number * step, top, step - GAP, height, f"{column.label}: {count:,} {kind}"))
    every = -(-len(columns) // MAX_LABELS)
    labels = [Label(n * step, column.label) for n, column in enumerate(columns) if n % every == 0]
    table = [(column.label, *(f"{count:,}" for count in column[1 : 1 + len(kinds)])) for column in columns]
    return Plot(title, kinds, bars, labels, [("", *kinds), *table], axis=axis)


def make_share_plot(title: str, parts: Sequence[tuple[str, int]]) -> Plot:
    """Draw one bar, divided in proportion to the parts."""
    total = sum(number for _, number in parts)
    bars, x = [], 0
    for kind, number in parts:
        width = round(WIDTH * number / total) if total else 0
        bars.append(Bar(kind.split()[0], x, 0, width, HEIGHT // 5, f"{number:,} {kind}"))
        x += width
    table: list[tuple[str, ...]] = [(kind, f"{number:,}") for kind, number in parts]
    return Plot(title, [kind for kind, _ in parts], bars, [], table, height=HEIGHT // 5)


def level_plot(title: str, levels: Sequence[tuple[str, int]], threshold: int | None = None) -> Plot:
    """Draw a line through the levels, a step for each, with a line across at the threshold."""
    room = HEIGHT - LABEL_HEIGHT
    highest = max([level for _, level in levels] + [threshold or 0]) or 1
    step = WIDTH / len(levels)

    def height_of(level: int) -> int:
        return round(TOP + (room - TOP) * (1 - max(level, 0) / highest))

    points = [
        f"{round(position * step, 1)},{height_of(level)}"
        for number, (_, level) in enumerate(levels)
        for position in (number, number + 1)
    ]
    every = -(-len(levels) // MAX_LABELS)
    labels = [Label(round(n * step), label) for n, (label, _) in enumerate(levels) if n % every == 0]
    table: list[tuple[str, ...]] = [("", "level"), *((label, f"{level:,}") for label, level in levels)]
    marks = [(height_of(threshold), f"threshold {threshold:,}")] if threshold else []
    return Plot(title, ["level"], [], labels, table, axis=room, line=" ".join(points), marks=marks)
