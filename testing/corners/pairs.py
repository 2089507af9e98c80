"""Draw rows of values so that each two values of different dimensions are together in one of the rows."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

Row = dict[str, str]
Pair = tuple[tuple[str, str], tuple[str, str]]  # of a dimension and its value


def list_pairs(row: Mapping[str, str]) -> Iterator[Pair]:
    yield from combinations(sorted(row.items()), 2)


def draw_pairs(dimensions: Mapping[str, Sequence[str]], is_possible: Callable[[Row], bool], seed: int) -> list[Row]:
    """Return rows with a value of each dimension that have all possible pairs.

    Each row begins with a pair that is missing, and takes of each further dimension the value that adds most missing
    pairs. `is_possible` gets rows that lack dimensions, too.
    """
    chance = random.Random(seed)  # noqa: S311, rows that can be drawn again
    missing: dict[Pair, None] = {}
    for (one, values), (other, others) in combinations(sorted(dimensions.items()), 2):
        found = [((one, value), (other, second)) for value in values for second in others]
        missing |= dict.fromkeys(pair for pair in found if is_possible(dict(pair)))
    rows: list[Row] = []
    while missing:
        row: Row = dict(next(iter(missing)))
        for name in chance.sample(sorted(dimensions), len(dimensions)):
            if name not in row:
                possible = [value for value in dimensions[name] if is_possible({**row, name: value})]
                chance.shuffle(possible)
                row[name] = max(
                    possible, key=lambda value: sum(pair in missing for pair in list_pairs({**row, name: value}))
                )
        rows.append(row)
        for pair in list_pairs(row):
            missing.pop(pair, None)
    return rows
