"""Plots as rectangles, drawn as SVG by `admin/support/plot.html`: a browser loads nothing for them and runs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 336, 120
LABEL_HEIGHT = 18
GAP = 3
MAX_LABELS = 5


class Bar(NamedTuple):
    """`kind` gives the colour, `words` say what it stands for."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    words: str


class Label(NamedTuple):
    x: int
    text: str


class Column(NamedTuple):
    label: str
    above: int
    below: int = 0


@dataclass(frozen=True)
class Plot:
    """What is drawn, and the same as a table for who reads it."""

    title: str
    kinds: Sequence[str]
    bars: list[Bar]
    labels: list[Label]
    table: list[tuple[str, ...]]
    width: int = WIDTH
    height: int = HEIGHT
    axis: int | None = None

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Each kind's colour and name, where there is more than one."""
        return [(kind.split()[0], kind) for kind in self.kinds] if len(self.kinds) > 1 else []


def columns(title: str, kinds: Sequence[str], columns: Sequence[Column]) -> Plot:
    """A bar above the axis for each column and, where there is a second kind, one below it, on one scale."""
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


def shares(title: str, parts: Sequence[tuple[str, int]]) -> Plot:
    """One bar, divided as the whole is."""
    total = sum(number for _, number in parts)
    bars, x = [], 0
    for kind, number in parts:
        width = round(WIDTH * number / total) if total else 0
        bars.append(Bar(kind.split()[0], x, 0, width, HEIGHT // 5, f"{number:,} {kind}"))
        x += width
    table: list[tuple[str, ...]] = [(kind, f"{number:,}") for kind, number in parts]
    return Plot(title, [kind for kind, _ in parts], bars, [], table, height=HEIGHT // 5)
