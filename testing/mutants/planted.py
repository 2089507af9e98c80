"""The mutants that no rule makes: mistakes that somebody has thought of, with the rule of the product that each breaks.

`planted.toml` has them by file. Each is a sentence with the text that another one replaces, or with a text of the file
and a statement that is executed in the database of the tests.
"""

import tomllib
from pathlib import Path

from testing.mutants.operators import Mutant, name_mutant
from testing.mutants.texts import Edit
from testing.programs.changed import CLONE

PLANTED = Path(__file__).with_name("planted.toml")


def list_planted() -> list[Mutant]:
    """Return the mutants of the table. Raise ValueError if a text does not occur once in its file."""
    table = tomllib.loads(PLANTED.read_text(encoding="utf-8"))
    return [make_planted(file, rule, *texts) for file, rules in table.items() for rule, texts in rules.items()]


def make_planted(file: str, rule: str, old: str, new: str, statement: str = "") -> Mutant:
    source = (CLONE / file).read_bytes()
    if source.count(old.encode()) != 1:
        raise ValueError(f"{rule} {old!r} occurs {source.count(old.encode())} times in {file}.")
    start = source.index(old.encode())
    end = start + len(old.encode())
    return name_mutant(file, Edit(rule, start, end, old if statement else new), source, statement)
