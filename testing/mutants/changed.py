"""The mutants of the lines that changed since the last time, and what found them: `changed.toml`.

At most MAX_MUTANTS are chosen by a hash of their texts, so the same change has the same mutants everywhere.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from testing.mutants.operators import Mutant, make_mutants
from testing.programs.changed import CLONE, git

RESULTS = Path(__file__).with_name("changed.toml")
MAX_MUTANTS = 40
HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
PRODUCT = re.compile(r"(?!testing/|benchmarks/|build/|docs/)(?!.*(?:/tests/|/migrations/|conftest)).*\.(?:py|html|js)")


def choose_mutants() -> list[Mutant]:
    """Return those of the lines that changed since the commit of the results, in the order of their hashes."""
    lines = list_changed_lines(read_results()["commit"])
    found = [
        mutant
        for file, numbers in lines.items()
        for mutant in make_mutants(file, (CLONE / file).read_bytes())
        if numbers & {*range(mutant.line, mutant.last_line + 1)}
    ]
    return sorted(found, key=hash_mutant)[:MAX_MUTANTS]


def hash_mutant(mutant: Mutant) -> str:
    return sha256(f"{mutant.file}\n{mutant.old}\n{mutant.new}".encode()).hexdigest()


def list_changed_lines(commit: str) -> dict[str, set[int]]:
    """Return the numbers of the lines of the product that are new or other than in the commit, by file."""
    return read_hunks(git("diff", "--unified=0", "--no-renames", "--no-color", commit, "--", "*.py", "*.html", "*.js"))


def read_hunks(rows: Iterable[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    file = ""
    for row in rows:
        if row.startswith("+++ "):
            file = row.removeprefix("+++ b/")
        elif (hunk := HUNK.match(row)) and PRODUCT.fullmatch(file):
            first, number = int(hunk[1]), int(hunk[2] or 1)
            found.setdefault(file, set()).update(range(first, first + number))
    return found


def read_results() -> dict[str, Any]:
    return tomllib.loads(RESULTS.read_text(encoding="utf-8"))


def write_results(results: Iterable[dict[str, Any]]) -> None:
    """Write what found each mutant, and from which commit on the lines have no result."""
    names = ("file", "old", "new", "found", "test")
    rows = ["[[mutant]]\n" + "".join(f"{name} = {json.dumps(one[name] or '')}\n" for name in names) for one in results]
    RESULTS.write_text("\n".join([f'commit = "{git("rev-parse", "HEAD")[0]}"\n', *rows]), encoding="utf-8")


def show_unjudged(mutants: Iterable[Mutant]) -> int:
    """Print the mutants of changed lines that have no result."""
    known = {(one["file"], one["old"], one["new"]) for one in read_results().get("mutant", ())}
    missing = [one for one in mutants if (one.file, one.old, one.new) not in known]
    print("\n".join(f"{one.file}:{one.line} {one.edit.rule}: {one.old!r} -> {one.new!r}" for one in missing))
    print(f"{len(missing)} mutants of changed lines have no result: make mutants-changed")
    return 0
