"""The product of another commit.

Its files are in a temporary folder, with its packages if they are pinned differently.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environment import NO_TIME_LIMITS
from core.database.embedded import place
from testing.servers import serving

PINS = "requirements.txt"
NAME_LENGTH = 8


@dataclass(frozen=True)
class OtherCommit:
    """The files of a commit and the interpreter that has its packages."""

    name: str
    folder: Path
    python: str

    def fill_shop(self, service: serving.Service, products: int) -> dict[str, Any]:
        """Create the tables and fill the shop by the code of the commit. Return the shop's ids."""
        options = ["--products", str(products), "--processes", str(os.cpu_count() or 1)]
        variables = {**service.variables, **NO_TIME_LIMITS}
        filled: dict[str, Any] = json.loads(
            run(self.folder, self.python, "-m", "benchmarks.fill", *options, **variables)
        )
        return filled


class OtherService(serving.Service):
    """The service of the other commit."""

    def __init__(self, other: OtherCommit, database: serving.Database, **variables: str) -> None:
        super().__init__(database, **variables)
        self.clone, self.command = other.folder, [other.python, "-m", "inventory_api"]
        self.log = database.folder / "service_of_other_commit.log"


@contextmanager
def check_out(commit: str) -> Iterator[OtherCommit]:
    """Extract the commit's files into a folder, and remove the folder at the end."""
    name = find_commit(commit)
    with tempfile.TemporaryDirectory(prefix="inventory-against-") as temporary:
        folder = Path(temporary).resolve()
        archive = subprocess.run(["git", "archive", name], cwd=place.CLONE, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield OtherCommit(name, folder, find_python(folder))


def find_commit(commit: str) -> str:
    """Return the commit's short hash. Exit if there is no such commit."""
    command = ["git", "rev-parse", "--verify", "--quiet", f"--short={NAME_LENGTH}", f"{commit}^{{commit}}"]
    found = subprocess.run(command, cwd=place.CLONE, capture_output=True, text=True, check=False)
    if found.returncode:
        sys.exit(f"There is no commit {commit}.")
    return found.stdout.strip()


def find_python(folder: Path) -> str:
    """Return this interpreter, or one in the folder if its packages are pinned differently."""
    if (folder / PINS).read_text() == (place.CLONE / PINS).read_text():
        return sys.executable
    run(folder, "make", "setup", f"PYTHON={sys.executable}", **os.environ)
    return str(folder / ".venv" / "bin" / "python")


def run(folder: Path, *command: str, **variables: str) -> str:
    """Run the command in the folder and return its output."""
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{' '.join(command)} in the other commit: {done.stderr[-2000:]}"
    return done.stdout
