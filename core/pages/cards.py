"""Cards: a figure with its change, a line of the last days, and what it means. `pages/cards.html` shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from core.pages.columns import write_shown
from core.pages.links import PageLink

SPARK_WIDTH, SPARK_HEIGHT = 100, 24
MAX_PERCENT = 999  # a larger change says more by the number before


class Delta(NamedTuple):
    """A change, usually in percent. `style` has its CSS classes."""

    style: str
    text: str


@dataclass(frozen=True)
class Card:
    """A card. Its title leads to the address, if it has one."""

    title: str
    figure: str = ""
    address: str = ""
    delta: Delta | None = None
    hint: str = ""
    spark: str = ""  # the points of a line in SVG's format
    links: Sequence[PageLink] = ()
    is_wide: bool = False  # whether it is twice as wide as the others


def compare(number: Decimal, before: Decimal, ago: str, *, is_loss: bool = False) -> Delta | None:
    """Return the change from `before` in percent, or with the text `ago` if it is above MAX_PERCENT.

    Return None if `before` is not above 0. With `is_loss`, more is worse.
    """
    if before <= 0:
        return None
    percent = round(100 * (number - before) / before)
    direction = "up" if percent > 0 else "down" if percent < 0 else "same"
    style = f"{direction} loss" if is_loss else direction
    text = ago if percent > MAX_PERCENT else f"{write_shown(percent, '+,' if percent else ',')} %"
    return Delta(style, text)


def make_spark(numbers: Sequence[Decimal]) -> str:
    """Return the points of a line through the numbers. Return nothing if there are fewer than two, or if all are 0."""
    low, high = min([*numbers, Decimal(0)]), max([*numbers, Decimal(0)])
    if len(numbers) < 2 or low == high:
        return ""
    step, factor = SPARK_WIDTH / (len(numbers) - 1), SPARK_HEIGHT / float(high - low)
    return " ".join(f"{place * step:.1f},{float(high - one) * factor:.1f}" for place, one in enumerate(numbers))
